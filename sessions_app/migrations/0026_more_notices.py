import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sessions_app", "0025_time_of_session_versions"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="noticetext",
            name="notice_texts_kind_known",
        ),
        migrations.RemoveConstraint(
            model_name="sessionnotice",
            name="session_notices_kind_known",
        ),
        migrations.RemoveConstraint(
            model_name="sessionnotice",
            name="session_notices_outcome_known",
        ),
        migrations.RemoveConstraint(
            model_name="sessionnotice",
            name="session_notices_letter_when_written",
        ),
        migrations.AddField(
            model_name="sessionnotice",
            name="old_ends_at",
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="end before"),
        ),
        migrations.AddField(
            model_name="sessionnotice",
            name="old_room",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                editable=False,
                help_text="Empty: it had none, or it was no change, and after the room is deleted.",
                null=True,
                on_delete=django.db.models.deletion.DB_SET_NULL,
                related_name="+",
                to="sessions_app.room",
                verbose_name="room before",
            ),
        ),
        migrations.AddField(
            model_name="sessionnotice",
            name="old_starts_at",
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="start before"),
        ),
        migrations.AlterField(
            model_name="noticetext",
            name="kind",
            field=models.CharField(
                choices=[
                    ("confirmation", "confirmation"),
                    ("change", "change"),
                    ("cancellation", "cancellation"),
                    ("reminder", "reminder"),
                    ("hold_placed", "hold placed"),
                    ("hold_expiring", "hold about to expire"),
                    ("request_received", "request received"),
                    ("request_approved", "request approved"),
                    ("request_declined", "request declined"),
                    ("request_expired", "request expired"),
                    ("payment_asked", "payment asked for"),
                    ("waitlist_offer", "offer from the waitlist"),
                ],
                max_length=32,
                verbose_name="kind",
            ),
        ),
        migrations.AlterField(
            model_name="sessionnotice",
            name="kind",
            field=models.CharField(
                choices=[
                    ("confirmation", "confirmation"),
                    ("change", "change"),
                    ("cancellation", "cancellation"),
                    ("reminder", "reminder"),
                    ("hold_placed", "hold placed"),
                    ("hold_expiring", "hold about to expire"),
                    ("request_received", "request received"),
                    ("request_approved", "request approved"),
                    ("request_declined", "request declined"),
                    ("request_expired", "request expired"),
                    ("payment_asked", "payment asked for"),
                    ("waitlist_offer", "offer from the waitlist"),
                ],
                max_length=32,
                verbose_name="kind",
            ),
        ),
        migrations.AlterField(
            model_name="sessionnotice",
            name="outcome",
            field=models.CharField(
                choices=[
                    ("written", "written"),
                    ("no_address", "no address is known"),
                    ("not_wanted", "the staff did not want it"),
                    ("switched_off", "mails of this kind are switched off"),
                    ("withdrawn", "withdrawn before it left"),
                ],
                db_default="written",
                default="written",
                max_length=16,
                verbose_name="outcome",
            ),
        ),
        migrations.AddIndex(
            model_name="sessionnotice",
            index=models.Index(
                condition=models.Q(("old_room__isnull", False)), fields=["old_room"], name="session_notices_of_old_room"
            ),
        ),
        migrations.AddConstraint(
            model_name="noticetext",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "confirmation",
                            "change",
                            "cancellation",
                            "reminder",
                            "hold_placed",
                            "hold_expiring",
                            "request_received",
                            "request_approved",
                            "request_declined",
                            "request_expired",
                            "payment_asked",
                            "waitlist_offer",
                        ],
                    )
                ),
                name="notice_texts_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="sessionnotice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "confirmation",
                            "change",
                            "cancellation",
                            "reminder",
                            "hold_placed",
                            "hold_expiring",
                            "request_received",
                            "request_approved",
                            "request_declined",
                            "request_expired",
                            "payment_asked",
                            "waitlist_offer",
                        ],
                    )
                ),
                name="session_notices_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="sessionnotice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("outcome__in", ["written", "no_address", "not_wanted", "switched_off", "withdrawn"])
                ),
                name="session_notices_outcome_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="sessionnotice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("outcome__in", ("written", "withdrawn")), models.Q(("letter", ""), _negated=True)),
                    models.Q(models.Q(("outcome__in", ("written", "withdrawn")), _negated=True), ("letter", "")),
                    _connector="OR",
                ),
                name="session_notices_letter_when_written",
            ),
        ),
        migrations.AddConstraint(
            model_name="sessionnotice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("old_ends_at__isnull", True), ("old_starts_at__isnull", True)),
                    models.Q(
                        ("old_ends_at__gt", models.F("old_starts_at")),
                        ("old_ends_at__isnull", False),
                        ("old_starts_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="session_notices_old_times_in_order",
            ),
        ),
    ]
