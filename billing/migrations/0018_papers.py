import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0017_deductions_round"),
        ("mail", "0004_sent"),
        ("sessions_app", "0034_client_last_paid_on"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ReceiptPaper",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                (
                    "updated_at",
                    models.DateTimeField(auto_now=True, db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "pdf_s3_key",
                    models.TextField(blank=True, db_default="", default="", editable=False, verbose_name="stored PDF"),
                ),
                (
                    "pdf_hash",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        editable=False,
                        max_length=64,
                        verbose_name="fingerprint of the PDF",
                    ),
                ),
                (
                    "pdf_problem",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "none"),
                            ("no_renderer", "The server lacks the libraries that lay out documents."),
                            ("too_large", "There is more in it than a document can hold."),
                            ("too_slow", "Laying it out took too long."),
                            ("no_room", "The studio's storage is full."),
                            ("broken", "It could not be laid out."),
                            ("lost", "The stored file is gone."),
                            ("changed", "The stored file is not the one that was made."),
                            ("again", "It is being made again."),
                        ],
                        db_default="",
                        default="",
                        editable=False,
                        max_length=16,
                        verbose_name="why there is no PDF",
                    ),
                ),
            ],
            options={
                "verbose_name": "file of a receipt",
                "verbose_name_plural": "files of receipts",
                "db_table": "receipt_papers",
            },
        ),
        migrations.CreateModel(
            name="Reprint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                (
                    "updated_at",
                    models.DateTimeField(auto_now=True, db_default=django.db.models.functions.datetime.Now()),
                ),
                ("pdf_s3_key", models.TextField(verbose_name="stored PDF")),
                ("pdf_hash", models.CharField(max_length=64, verbose_name="fingerprint of the PDF")),
                ("made_at", models.DateTimeField(verbose_name="made at")),
            ],
            options={
                "verbose_name": "file that was made again",
                "verbose_name_plural": "files that were made again",
                "db_table": "reprints",
            },
        ),
        migrations.RemoveConstraint(
            model_name="documentmail",
            name="document_mails_waiting_once",
        ),
        migrations.RemoveConstraint(
            model_name="invoice",
            name="invoices_pdf_problem_known",
        ),
        migrations.RemoveConstraint(
            model_name="invoice",
            name="invoices_pdf_with_fingerprint",
        ),
        migrations.RemoveIndex(
            model_name="documentmail",
            name="document_mails_of_invoice",
        ),
        migrations.AddField(
            model_name="documentmail",
            name="receipt",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="Empty: it is about a document of another kind.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="%(class)ss",
                to="billing.paymentreceipt",
                verbose_name="receipt",
            ),
        ),
        migrations.AddField(
            model_name="documentmail",
            name="version",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="Empty: it is about a document of another kind.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="%(class)ss",
                to="billing.quoteversion",
                verbose_name="version of a quote",
            ),
        ),
        migrations.AddField(
            model_name="quoteversion",
            name="pdf_problem",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "none"),
                    ("no_renderer", "The server lacks the libraries that lay out documents."),
                    ("too_large", "There is more in it than a document can hold."),
                    ("too_slow", "Laying it out took too long."),
                    ("no_room", "The studio's storage is full."),
                    ("broken", "It could not be laid out."),
                    ("lost", "The stored file is gone."),
                    ("changed", "The stored file is not the one that was made."),
                    ("again", "It is being made again."),
                ],
                db_default="",
                default="",
                editable=False,
                max_length=16,
                verbose_name="why there is no PDF",
            ),
        ),
        migrations.AlterField(
            model_name="documentmail",
            name="invoice",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="Empty: it is about a document of another kind.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="%(class)ss",
                to="billing.invoice",
                verbose_name="invoice",
            ),
        ),
        migrations.AlterField(
            model_name="invoice",
            name="pdf_problem",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "none"),
                    ("no_renderer", "The server lacks the libraries that lay out documents."),
                    ("too_large", "There is more in it than a document can hold."),
                    ("too_slow", "Laying it out took too long."),
                    ("no_room", "The studio's storage is full."),
                    ("broken", "It could not be laid out."),
                    ("lost", "The stored file is gone."),
                    ("changed", "The stored file is not the one that was made."),
                    ("again", "It is being made again."),
                ],
                db_default="",
                default="",
                editable=False,
                max_length=16,
                verbose_name="why there is no PDF",
            ),
        ),
        migrations.AlterField(
            model_name="quoteversion",
            name="pdf_hash",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                editable=False,
                max_length=64,
                verbose_name="fingerprint of the PDF",
            ),
        ),
        migrations.AlterField(
            model_name="quoteversion",
            name="pdf_s3_key",
            field=models.TextField(blank=True, db_default="", default="", editable=False, verbose_name="stored PDF"),
        ),
        migrations.AddIndex(
            model_name="documentmail",
            index=models.Index(
                condition=models.Q(("invoice__isnull", False)),
                fields=["invoice", "-id"],
                name="document_mails_of_invoice",
            ),
        ),
        migrations.AddIndex(
            model_name="documentmail",
            index=models.Index(
                condition=models.Q(("version__isnull", False)),
                fields=["version", "-id"],
                name="document_mails_of_version",
            ),
        ),
        migrations.AddIndex(
            model_name="documentmail",
            index=models.Index(
                condition=models.Q(("receipt__isnull", False)),
                fields=["receipt", "-id"],
                name="document_mails_of_receipt",
            ),
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(
                condition=models.Q(("pdf_problem", "again")), fields=["id"], name="invoices_to_print_again"
            ),
        ),
        migrations.AddIndex(
            model_name="quoteversion",
            index=models.Index(
                condition=models.Q(("pdf_s3_key", ""), ("pdf_problem", "again"), _connector="OR"),
                fields=["id"],
                name="quote_versions_to_print",
            ),
        ),
        migrations.AddConstraint(
            model_name="documentmail",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("invoice__isnull", False), ("receipt__isnull", True), ("version__isnull", True)),
                    models.Q(("invoice__isnull", True), ("receipt__isnull", True), ("version__isnull", False)),
                    models.Q(("invoice__isnull", True), ("receipt__isnull", False), ("version__isnull", True)),
                    _connector="OR",
                ),
                name="document_mails_of_one_document",
            ),
        ),
        migrations.AddConstraint(
            model_name="documentmail",
            constraint=models.UniqueConstraint(
                condition=models.Q(("queued_at__isnull", True)),
                fields=("invoice", "version", "receipt", "recipient"),
                name="document_mails_waiting_once",
                nulls_distinct=False,
                violation_error_message="This is on its way there already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "pdf_problem__in",
                        ["", "no_renderer", "too_large", "too_slow", "no_room", "broken", "lost", "changed", "again"],
                    )
                ),
                name="invoices_pdf_problem_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("pdf_hash", ""), ("pdf_s3_key", "")),
                    models.Q(models.Q(("pdf_s3_key", ""), _negated=True), models.Q(("pdf_hash", ""), _negated=True)),
                    models.Q(("former_series", ""), _negated=True),
                    _connector="OR",
                ),
                name="invoices_pdf_with_fingerprint",
            ),
        ),
        migrations.AddConstraint(
            model_name="quoteversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "pdf_problem__in",
                        ["", "no_renderer", "too_large", "too_slow", "no_room", "broken", "lost", "changed", "again"],
                    )
                ),
                name="quote_versions_pdf_problem_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="quoteversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("pdf_hash", ""), ("pdf_s3_key", "")),
                    models.Q(models.Q(("pdf_s3_key", ""), _negated=True), models.Q(("pdf_hash", ""), _negated=True)),
                    _connector="OR",
                ),
                name="quote_versions_pdf_with_fingerprint",
            ),
        ),
        migrations.AddField(
            model_name="receiptpaper",
            name="receipt",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="paper",
                to="billing.paymentreceipt",
                verbose_name="receipt",
            ),
        ),
        migrations.AddField(
            model_name="reprint",
            name="invoice",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="Empty: it is about a document of another kind.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="%(class)ss",
                to="billing.invoice",
                verbose_name="invoice",
            ),
        ),
        migrations.AddField(
            model_name="reprint",
            name="receipt",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="Empty: it is about a document of another kind.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="%(class)ss",
                to="billing.paymentreceipt",
                verbose_name="receipt",
            ),
        ),
        migrations.AddField(
            model_name="reprint",
            name="version",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="Empty: it is about a document of another kind.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="%(class)ss",
                to="billing.quoteversion",
                verbose_name="version of a quote",
            ),
        ),
        migrations.AddIndex(
            model_name="receiptpaper",
            index=models.Index(
                condition=models.Q(("pdf_s3_key", ""), ("pdf_problem", "again"), _connector="OR"),
                fields=["id"],
                name="receipt_papers_to_print",
            ),
        ),
        migrations.AddConstraint(
            model_name="receiptpaper",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "pdf_problem__in",
                        ["", "no_renderer", "too_large", "too_slow", "no_room", "broken", "lost", "changed", "again"],
                    )
                ),
                name="receipt_papers_pdf_problem_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="receiptpaper",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("pdf_hash", ""), ("pdf_s3_key", "")),
                    models.Q(models.Q(("pdf_s3_key", ""), _negated=True), models.Q(("pdf_hash", ""), _negated=True)),
                    _connector="OR",
                ),
                name="receipt_papers_pdf_with_fingerprint",
            ),
        ),
        migrations.AddIndex(
            model_name="reprint",
            index=models.Index(
                condition=models.Q(("invoice__isnull", False)), fields=["invoice", "-id"], name="reprints_of_invoice"
            ),
        ),
        migrations.AddIndex(
            model_name="reprint",
            index=models.Index(
                condition=models.Q(("version__isnull", False)), fields=["version", "-id"], name="reprints_of_version"
            ),
        ),
        migrations.AddIndex(
            model_name="reprint",
            index=models.Index(
                condition=models.Q(("receipt__isnull", False)), fields=["receipt", "-id"], name="reprints_of_receipt"
            ),
        ),
        migrations.AddConstraint(
            model_name="reprint",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("invoice__isnull", False), ("receipt__isnull", True), ("version__isnull", True)),
                    models.Q(("invoice__isnull", True), ("receipt__isnull", True), ("version__isnull", False)),
                    models.Q(("invoice__isnull", True), ("receipt__isnull", False), ("version__isnull", True)),
                    _connector="OR",
                ),
                name="reprints_of_one_document",
            ),
        ),
        migrations.AddConstraint(
            model_name="reprint",
            constraint=models.UniqueConstraint(fields=("pdf_s3_key",), name="reprints_file_once"),
        ),
        migrations.AddConstraint(
            model_name="reprint",
            constraint=models.CheckConstraint(
                condition=models.Q(("pdf_hash__regex", "^[0-9a-f]{64}$"), models.Q(("pdf_s3_key", ""), _negated=True)),
                name="reprints_pdf_with_fingerprint",
            ),
        ),
    ]
