"""Plans, subscriptions, credits, pay and certificates; taken back only where there are none."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models
from django.db.migrations.exceptions import IrreversibleError

RECORDS = """
    SELECT name, rows FROM (
        SELECT 'plans', count(*) FROM plans
        UNION ALL SELECT 'subscriptions', count(*) FROM subscriptions
        UNION ALL SELECT 'trainer_certificates', count(*) FROM trainer_certificates
        UNION ALL SELECT 'trainer_pay_lines', count(*) FROM trainer_pay_lines
    ) kept (name, rows) WHERE rows > 0 ORDER BY name
"""


def refuse_to_lose(apps, schema_editor):
    """Go back only where nothing was written: these tables have no former place, and nobody could make them again."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(RECORDS)
        found = cursor.fetchall()
    if found:
        told = ", ".join(f"{name}: {rows}" for name, rows in found)
        raise IrreversibleError(f"{schema_editor.connection.schema_name} would lose its records ({told}).")


class Migration(migrations.Migration):
    dependencies = [
        ("training", "0010_referral_guard"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CreditEntry",
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
                    "session_label",
                    models.CharField(blank=True, db_default="", default="", max_length=420, verbose_name="session"),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("bought", "bought"),
                            ("used", "used"),
                            ("returned", "returned"),
                            ("expired", "expired"),
                            ("adjusted", "adjusted"),
                        ],
                        db_default="adjusted",
                        default="adjusted",
                        max_length=16,
                        verbose_name="kind",
                    ),
                ),
                ("quantity", models.SmallIntegerField(verbose_name="credits")),
                (
                    "reason",
                    models.CharField(blank=True, db_default="", default="", max_length=500, verbose_name="reason"),
                ),
                (
                    "actor_label",
                    models.CharField(blank=True, db_default="", default="", max_length=420, verbose_name="by"),
                ),
                ("at", models.DateTimeField(verbose_name="at")),
            ],
            options={
                "verbose_name": "credit entry",
                "verbose_name_plural": "credit entries",
                "db_table": "credit_entries",
                "permissions": [("adjust_creditentry", "Can adjust credits")],
            },
        ),
        migrations.CreateModel(
            name="Plan",
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
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("description", models.TextField(blank=True, db_default="", default="", verbose_name="description")),
                ("sessions_count", models.PositiveSmallIntegerField(verbose_name="sessions")),
                ("months", models.PositiveSmallIntegerField(db_default=1, default=1, verbose_name="months")),
                ("price", models.DecimalField(decimal_places=2, max_digits=12, verbose_name="price")),
                (
                    "signup_fee",
                    models.DecimalField(
                        db_default=0,
                        decimal_places=2,
                        default=0,
                        help_text="Charged once, with a member's first plan.",
                        max_digits=12,
                        verbose_name="sign-up fee",
                    ),
                ),
                (
                    "is_collaboration",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        help_text="For collaboration members only; the price may be 0.",
                        verbose_name="for collaborations",
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        db_default=True,
                        default=True,
                        help_text="Switched off: it is no longer sold. Members who have it keep it.",
                        verbose_name="on sale",
                    ),
                ),
            ],
            options={
                "verbose_name": "plan",
                "verbose_name_plural": "plans",
                "db_table": "plans",
            },
        ),
        migrations.CreateModel(
            name="Subscription",
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
                ("plan_name", models.CharField(max_length=120, verbose_name="plan")),
                ("sessions_count", models.PositiveSmallIntegerField(verbose_name="sessions")),
                ("days", models.PositiveSmallIntegerField(help_text="As sold, without pauses.", verbose_name="days")),
                ("starts_on", models.DateField(verbose_name="first day")),
                ("ends_on", models.DateField(verbose_name="last day")),
                (
                    "next_billing_on",
                    models.DateField(
                        blank=True,
                        help_text="A pause moves it as it moves the last day.",
                        null=True,
                        verbose_name="next payment",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("scheduled", "scheduled"),
                            ("active", "active"),
                            ("paused", "paused"),
                            ("cancelled", "cancelled"),
                            ("expired", "expired"),
                        ],
                        db_default="scheduled",
                        default="scheduled",
                        max_length=16,
                        verbose_name="status",
                    ),
                ),
                ("cancelled_at", models.DateTimeField(blank=True, null=True, verbose_name="cancelled at")),
                (
                    "cancelled_by_label",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        editable=False,
                        max_length=420,
                        verbose_name="cancelled by",
                    ),
                ),
                (
                    "cancellation_reason",
                    models.CharField(
                        blank=True, db_default="", default="", max_length=500, verbose_name="cancellation reason"
                    ),
                ),
                ("currency", models.CharField(db_default="EUR", default="EUR", max_length=3, verbose_name="currency")),
                (
                    "price",
                    models.DecimalField(
                        decimal_places=2, help_text="Of the sessions.", max_digits=12, verbose_name="price"
                    ),
                ),
                (
                    "credited_amount",
                    models.DecimalField(
                        db_default=0,
                        decimal_places=2,
                        default=0,
                        help_text="Taken off the price for what was left of the plan before an upgrade.",
                        max_digits=12,
                        verbose_name="credited",
                    ),
                ),
                (
                    "signup_fee",
                    models.DecimalField(
                        db_default=0, decimal_places=2, default=0, max_digits=12, verbose_name="sign-up fee"
                    ),
                ),
                (
                    "amount",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                models.F("price"), "-", models.F("credited_amount")
                            ),
                            "+",
                            models.F("signup_fee"),
                        ),
                        output_field=models.DecimalField(decimal_places=2, max_digits=12),
                        verbose_name="amount",
                    ),
                ),
                (
                    "paid_amount",
                    models.DecimalField(
                        db_default=0, decimal_places=2, default=0, editable=False, max_digits=12, verbose_name="paid"
                    ),
                ),
                ("notes", models.TextField(blank=True, db_default="", default="", verbose_name="notes")),
            ],
            options={
                "verbose_name": "subscription",
                "verbose_name_plural": "subscriptions",
                "db_table": "subscriptions",
            },
        ),
        migrations.CreateModel(
            name="SubscriptionPause",
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
                ("starts_on", models.DateField(verbose_name="first day")),
                (
                    "resumes_on",
                    models.DateField(
                        blank=True,
                        help_text="The day it goes on again; empty: until it is resumed.",
                        null=True,
                        verbose_name="planned end",
                    ),
                ),
                (
                    "resumed_on",
                    models.DateField(
                        blank=True, help_text="Empty while it lasts.", null=True, verbose_name="went on again"
                    ),
                ),
                ("reason", models.CharField(max_length=500, verbose_name="reason")),
                (
                    "paused_by_label",
                    models.CharField(blank=True, db_default="", default="", max_length=420, verbose_name="paused by"),
                ),
            ],
            options={
                "verbose_name": "pause",
                "verbose_name_plural": "pauses",
                "db_table": "subscription_pauses",
            },
        ),
        migrations.CreateModel(
            name="TrainerCertificate",
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
                ("name", models.CharField(max_length=200, verbose_name="certificate")),
                (
                    "issuer",
                    models.CharField(blank=True, db_default="", default="", max_length=200, verbose_name="issued by"),
                ),
                (
                    "number",
                    models.CharField(blank=True, db_default="", default="", max_length=100, verbose_name="number"),
                ),
                ("issued_on", models.DateField(blank=True, null=True, verbose_name="issued on")),
                (
                    "expires_on",
                    models.DateField(
                        blank=True,
                        help_text="The last day on which it is valid; empty: for ever.",
                        null=True,
                        verbose_name="last day",
                    ),
                ),
                ("warned_for", models.DateField(blank=True, editable=False, null=True, verbose_name="warned of")),
            ],
            options={
                "verbose_name": "certificate",
                "verbose_name_plural": "certificates",
                "db_table": "trainer_certificates",
            },
        ),
        migrations.CreateModel(
            name="TrainerPay",
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
                ("trainer_label", models.CharField(max_length=520, verbose_name="trainer's name")),
                ("session_label", models.CharField(max_length=420, verbose_name="session")),
                ("earned_on", models.DateField(verbose_name="day")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("session", "session"),
                            ("hours", "hours"),
                            ("head", "participant"),
                            ("bonus", "bonus"),
                            ("no_show", "no-show"),
                        ],
                        db_default="session",
                        default="session",
                        max_length=16,
                        verbose_name="for",
                    ),
                ),
                ("completion", models.PositiveSmallIntegerField(db_default=1, default=1, verbose_name="completion")),
                ("quantity", models.DecimalField(decimal_places=2, max_digits=10, verbose_name="quantity")),
                ("rate", models.DecimalField(decimal_places=2, max_digits=12, verbose_name="rate")),
                ("amount", models.DecimalField(decimal_places=2, max_digits=12, verbose_name="amount")),
                ("currency", models.CharField(db_default="EUR", default="EUR", max_length=3, verbose_name="currency")),
                (
                    "actor_label",
                    models.CharField(blank=True, db_default="", default="", max_length=420, verbose_name="by"),
                ),
                (
                    "reason",
                    models.CharField(blank=True, db_default="", default="", max_length=500, verbose_name="reason"),
                ),
                ("at", models.DateTimeField(verbose_name="at")),
            ],
            options={
                "verbose_name": "pay line",
                "verbose_name_plural": "pay lines",
                "db_table": "trainer_pay_lines",
            },
        ),
        migrations.RemoveConstraint(
            model_name="trainer",
            name="trainers_rate_not_negative",
        ),
        migrations.AddField(
            model_name="trainer",
            name="background_checked_on",
            field=models.DateField(blank=True, null=True, verbose_name="background checked on"),
        ),
        migrations.AddField(
            model_name="trainer",
            name="biography",
            field=models.TextField(blank=True, db_default="", default="", verbose_name="about"),
        ),
        migrations.AddField(
            model_name="trainer",
            name="bonus_after",
            field=models.PositiveSmallIntegerField(
                db_default=0, default=0, help_text="Sessions.", verbose_name="bonus after"
            ),
        ),
        migrations.AddField(
            model_name="trainer",
            name="bonus_rate",
            field=models.DecimalField(
                blank=True,
                decimal_places=2,
                help_text="On top, once so many sessions are completed in a month.",
                max_digits=12,
                null=True,
                verbose_name="bonus per session",
            ),
        ),
        migrations.AddField(
            model_name="trainer",
            name="born_on",
            field=models.DateField(blank=True, null=True, verbose_name="date of birth"),
        ),
        migrations.AddField(
            model_name="trainer",
            name="emergency_name",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=255, verbose_name="emergency contact"
            ),
        ),
        migrations.AddField(
            model_name="trainer",
            name="emergency_phone",
            field=models.CharField(blank=True, db_default="", default="", max_length=50, verbose_name="their phone"),
        ),
        migrations.AddField(
            model_name="trainer",
            name="head_rate",
            field=models.DecimalField(
                blank=True,
                decimal_places=2,
                help_text="On top, for each one who came.",
                max_digits=12,
                null=True,
                verbose_name="rate per participant",
            ),
        ),
        migrations.AddField(
            model_name="trainer",
            name="hired_on",
            field=models.DateField(blank=True, null=True, verbose_name="works here since"),
        ),
        migrations.AddField(
            model_name="trainer",
            name="insurance_expires_on",
            field=models.DateField(blank=True, null=True, verbose_name="insured until"),
        ),
        migrations.AddField(
            model_name="trainer",
            name="insurance_number",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=100, verbose_name="insurance policy"
            ),
        ),
        migrations.AddField(
            model_name="trainer",
            name="is_accepting_members",
            field=models.BooleanField(
                db_default=True,
                default=True,
                help_text="Trainers do, until they say otherwise.",
                verbose_name="takes new members",
            ),
        ),
        migrations.AddField(
            model_name="trainer",
            name="is_active",
            field=models.BooleanField(
                db_default=True,
                default=True,
                help_text="Switched off: no longer offered for sessions.",
                verbose_name="works here",
            ),
        ),
        migrations.AddField(
            model_name="trainer",
            name="no_show_rate",
            field=models.DecimalField(
                blank=True,
                decimal_places=2,
                help_text="Empty: nothing is paid when nobody came.",
                max_digits=12,
                null=True,
                verbose_name="rate for a no-show",
            ),
        ),
        migrations.AddField(
            model_name="trainer",
            name="notes",
            field=models.TextField(blank=True, db_default="", default="", verbose_name="notes"),
        ),
        migrations.AddField(
            model_name="trainer",
            name="phone",
            field=models.CharField(blank=True, db_default="", default="", max_length=50, verbose_name="phone"),
        ),
        migrations.AddField(
            model_name="trainer",
            name="session_rate",
            field=models.DecimalField(
                blank=True, decimal_places=2, max_digits=12, null=True, verbose_name="rate per session"
            ),
        ),
        migrations.AddField(
            model_name="trainer",
            name="specialisations",
            field=models.JSONField(
                blank=True,
                db_default=models.Value([], models.JSONField()),
                default=list,
                verbose_name="specialisations",
            ),
        ),
        migrations.AddField(
            model_name="trainer",
            name="years_experience",
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="years of experience"),
        ),
        migrations.AlterField(
            model_name="trainer",
            name="hourly_rate",
            field=models.DecimalField(
                blank=True,
                decimal_places=2,
                help_text="For the booked time, where no rate per session is given.",
                max_digits=12,
                null=True,
                verbose_name="hourly rate",
            ),
        ),
        migrations.AddConstraint(
            model_name="trainer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("hourly_rate__isnull", True), ("hourly_rate__gte", 0), _connector="OR"),
                    models.Q(("session_rate__isnull", True), ("session_rate__gte", 0), _connector="OR"),
                    models.Q(("head_rate__isnull", True), ("head_rate__gte", 0), _connector="OR"),
                    models.Q(("no_show_rate__isnull", True), ("no_show_rate__gte", 0), _connector="OR"),
                    models.Q(("bonus_rate__isnull", True), ("bonus_rate__gte", 0), _connector="OR"),
                ),
                name="trainers_rate_not_negative",
                violation_error_message="A rate may not be negative.",
            ),
        ),
        migrations.AddField(
            model_name="creditentry",
            name="account",
            field=models.ForeignKey(
                blank=True,
                help_text="Empty for acts of the product itself, and once the account is deleted: the label stays.",
                null=True,
                on_delete=django.db.models.deletion.DB_SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="account",
            ),
        ),
        migrations.AddField(
            model_name="creditentry",
            name="session",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="Empty when it is about no session, and after the session is deleted: its time stays.",
                null=True,
                on_delete=django.db.models.deletion.DB_SET_NULL,
                related_name="credit_entries",
                to="training.trainingsession",
                verbose_name="session",
            ),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="plans_name_given"),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=models.CheckConstraint(
                condition=models.Q(("sessions_count__gte", 1), ("sessions_count__lte", 9999)),
                name="plans_sessions_bounded",
                violation_error_message="A plan has from 1 to 9,999 sessions.",
            ),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=models.CheckConstraint(
                condition=models.Q(("months__gte", 1), ("months__lte", 120)),
                name="plans_months_bounded",
                violation_error_message="A plan lasts from 1 to 120 months.",
            ),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=models.CheckConstraint(
                condition=models.Q(("price__gte", 0), ("signup_fee__gte", 0)),
                name="plans_price_not_negative",
                violation_error_message="A price may not be negative.",
            ),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("price", 0), _negated=True), ("is_collaboration", True), _connector="OR"),
                name="plans_free_for_collaborations_only",
                violation_error_message="Only a plan for collaborations may be free.",
            ),
        ),
        migrations.AddField(
            model_name="subscription",
            name="cancelled_by",
            field=models.ForeignKey(
                blank=True,
                help_text="Empty when nobody of the staff did, and after the account is deleted: the name stays.",
                null=True,
                on_delete=django.db.models.deletion.DB_SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="cancelled by",
            ),
        ),
        migrations.AddField(
            model_name="subscription",
            name="member",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="subscriptions",
                to="training.member",
                verbose_name="member",
            ),
        ),
        migrations.AddField(
            model_name="subscription",
            name="plan",
            field=models.ForeignKey(
                blank=True,
                help_text="Empty after the plan is deleted: what was bought is copied here.",
                null=True,
                on_delete=django.db.models.deletion.DB_SET_NULL,
                related_name="subscriptions",
                to="training.plan",
                verbose_name="plan",
            ),
        ),
        migrations.AddField(
            model_name="subscription",
            name="renewed_from",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="Empty: bought anew.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="renewals",
                to="training.subscription",
                verbose_name="renewal of",
            ),
        ),
        migrations.AddField(
            model_name="subscription",
            name="upgraded_to",
            field=models.OneToOneField(
                blank=True,
                help_text="Empty: never upgraded.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="upgraded_from",
                to="training.subscription",
                verbose_name="upgraded to",
            ),
        ),
        migrations.AddField(
            model_name="creditentry",
            name="subscription",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="credit_entries",
                to="training.subscription",
                verbose_name="subscription",
            ),
        ),
        migrations.AddField(
            model_name="trainingsession",
            name="subscription",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                editable=False,
                help_text="Whose credit it took. Empty: none, or it was given back.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="sessions",
                to="training.subscription",
                verbose_name="charged to",
            ),
        ),
        migrations.AddIndex(
            model_name="trainingsession",
            index=models.Index(
                condition=models.Q(("subscription__isnull", False)),
                fields=["subscription", "scheduled_start"],
                name="training_sessions_charged_to",
            ),
        ),
        migrations.AddConstraint(
            model_name="trainingsession",
            constraint=models.CheckConstraint(
                condition=models.Q(("subscription__isnull", True), ("member__isnull", False), _connector="OR"),
                name="training_sessions_charged_has_member",
                violation_error_message="Only a member's session takes a credit.",
            ),
        ),
        migrations.AddField(
            model_name="subscriptionpause",
            name="paused_by",
            field=models.ForeignKey(
                blank=True,
                help_text="Empty when nobody of the staff did, and after the account is deleted: the name stays.",
                null=True,
                on_delete=django.db.models.deletion.DB_SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="paused by",
            ),
        ),
        migrations.AddField(
            model_name="subscriptionpause",
            name="subscription",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.DB_CASCADE,
                related_name="pauses",
                to="training.subscription",
                verbose_name="subscription",
            ),
        ),
        migrations.AddField(
            model_name="trainercertificate",
            name="trainer",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.DB_CASCADE,
                related_name="certificates",
                to="training.trainer",
                verbose_name="trainer",
            ),
        ),
        migrations.AddField(
            model_name="trainerpay",
            name="account",
            field=models.ForeignKey(
                blank=True,
                help_text="Empty for acts of the product itself, and once the account is deleted: the label stays.",
                null=True,
                on_delete=django.db.models.deletion.DB_SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="account",
            ),
        ),
        migrations.AddField(
            model_name="trainerpay",
            name="reversal_of",
            field=models.OneToOneField(
                blank=True,
                help_text="Empty: a line that is paid.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reversed_by",
                to="training.trainerpay",
                verbose_name="takes back",
            ),
        ),
        migrations.AddField(
            model_name="trainerpay",
            name="session",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="Empty after the session is deleted: its time stays.",
                null=True,
                on_delete=django.db.models.deletion.DB_SET_NULL,
                related_name="pay_lines",
                to="training.trainingsession",
                verbose_name="session",
            ),
        ),
        migrations.AddField(
            model_name="trainerpay",
            name="trainer",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="Empty after the trainer is deleted: the name stays.",
                null=True,
                on_delete=django.db.models.deletion.DB_SET_NULL,
                related_name="pay_lines",
                to="training.trainer",
                verbose_name="trainer",
            ),
        ),
        migrations.AddIndex(
            model_name="subscription",
            index=models.Index(fields=["member", "starts_on"], name="subscriptions_of_member"),
        ),
        migrations.AddIndex(
            model_name="subscription",
            index=models.Index(fields=["status", "ends_on"], name="subscriptions_of_status"),
        ),
        migrations.AddIndex(
            model_name="subscription",
            index=models.Index(fields=["renewed_from"], name="subscriptions_renewed_from"),
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["scheduled", "active", "paused", "cancelled", "expired"])),
                name="subscriptions_status_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.CheckConstraint(
                condition=models.Q(("plan_name", ""), _negated=True), name="subscriptions_plan_named"
            ),
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.CheckConstraint(
                condition=models.Q(("sessions_count__gte", 1), ("sessions_count__lte", 9999)),
                name="subscriptions_sessions_bounded",
                violation_error_message="A subscription has from 1 to 9,999 sessions.",
            ),
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.CheckConstraint(condition=models.Q(("days__gte", 1)), name="subscriptions_days_positive"),
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_on__gte", models.F("starts_on"))),
                name="subscriptions_ends_after_start",
                violation_error_message="The last day may not come before the first.",
            ),
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.CheckConstraint(
                condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="subscriptions_currency_code"
            ),
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.CheckConstraint(
                condition=models.Q(("paid_amount__gte", 0), ("price__gte", 0), ("signup_fee__gte", 0)),
                name="subscriptions_amounts_not_negative",
                violation_error_message="A price may not be negative.",
            ),
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.CheckConstraint(
                condition=models.Q(("credited_amount__gte", 0), ("credited_amount__lte", models.F("price"))),
                name="subscriptions_credited_within_price",
                violation_error_message="No more than the price is credited.",
            ),
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("cancelled_at__isnull", False),
                        ("status", "cancelled"),
                        models.Q(("cancellation_reason", ""), _negated=True),
                    ),
                    models.Q(
                        models.Q(("status", "cancelled"), _negated=True),
                        ("cancellation_reason", ""),
                        ("cancelled_at__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="subscriptions_cancelled_for_a_reason",
                violation_error_message="A subscription is cancelled for a reason.",
            ),
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.CheckConstraint(
                condition=models.Q(("upgraded_to__isnull", True), ("status", "cancelled"), _connector="OR"),
                name="subscriptions_upgraded_is_cancelled",
            ),
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("upgraded_to__isnull", True),
                        models.Q(("upgraded_to", models.F("id")), _negated=True),
                        _connector="OR",
                    ),
                    models.Q(
                        ("renewed_from__isnull", True),
                        models.Q(("renewed_from", models.F("id")), _negated=True),
                        _connector="OR",
                    ),
                ),
                name="subscriptions_never_its_own_successor",
            ),
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.UniqueConstraint(fields=("id", "member"), name="subscriptions_own"),
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status__in", ["active", "paused"])),
                fields=("member",),
                name="subscriptions_one_active_per_member",
                violation_error_message="This member has an active subscription already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.UniqueConstraint(
                condition=models.Q(("renewed_from__isnull", False), models.Q(("status", "cancelled"), _negated=True)),
                fields=("renewed_from",),
                name="subscriptions_renewed_once",
                violation_error_message="This subscription is renewed already.",
            ),
        ),
        migrations.AddIndex(
            model_name="creditentry",
            index=models.Index(fields=["subscription", "id"], name="credit_entries_of_lot"),
        ),
        migrations.AddIndex(
            model_name="creditentry",
            index=models.Index(
                condition=models.Q(("session__isnull", False)), fields=["session"], name="credit_entries_of_session"
            ),
        ),
        migrations.AddIndex(
            model_name="creditentry",
            index=models.Index(
                condition=models.Q(("account__isnull", False)), fields=["account"], name="credit_entries_by"
            ),
        ),
        migrations.AddIndex(
            model_name="creditentry",
            index=models.Index(fields=["-at", "-id"], name="credit_entries_newest"),
        ),
        migrations.AddConstraint(
            model_name="creditentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["bought", "used", "returned", "expired", "adjusted"])),
                name="credit_entries_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="creditentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "bought"), ("quantity__gt", 0)),
                    models.Q(("kind", "used"), ("quantity", -1)),
                    models.Q(("kind", "returned"), ("quantity", 1)),
                    models.Q(("kind", "expired"), ("quantity__lt", 0)),
                    models.Q(("kind", "adjusted"), models.Q(("quantity", 0), _negated=True)),
                    _connector="OR",
                ),
                name="credit_entries_quantity_of_kind",
                violation_error_message="This number of credits does not fit what is done with them.",
            ),
        ),
        migrations.AddConstraint(
            model_name="creditentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind__in", ["used", "returned"]), _negated=True),
                    models.Q(("session_label", ""), _negated=True),
                    _connector="OR",
                ),
                name="credit_entries_session_named",
            ),
        ),
        migrations.AddConstraint(
            model_name="creditentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "adjusted"), _negated=True),
                    models.Q(("reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="credit_entries_adjusted_for_a_reason",
                violation_error_message="Credits are adjusted for a reason.",
            ),
        ),
        migrations.AddConstraint(
            model_name="creditentry",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "bought")), fields=("subscription",), name="credit_entries_bought_once"
            ),
        ),
        migrations.AddIndex(
            model_name="subscriptionpause",
            index=models.Index(fields=["subscription", "starts_on"], name="subscription_pauses_of_one"),
        ),
        migrations.AddIndex(
            model_name="subscriptionpause",
            index=models.Index(
                condition=models.Q(("resumed_on__isnull", True)),
                fields=["resumes_on"],
                name="subscription_pauses_planned",
            ),
        ),
        migrations.AddConstraint(
            model_name="subscriptionpause",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="subscription_pauses_reason_given"
            ),
        ),
        migrations.AddConstraint(
            model_name="subscriptionpause",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("resumes_on__isnull", True), ("resumes_on__gt", models.F("starts_on")), _connector="OR"
                ),
                name="subscription_pauses_planned_after_start",
                violation_error_message="A pause goes on for a day at least.",
            ),
        ),
        migrations.AddConstraint(
            model_name="subscriptionpause",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("resumed_on__isnull", True), ("resumed_on__gte", models.F("starts_on")), _connector="OR"
                ),
                name="subscription_pauses_ends_after_start",
                violation_error_message="A pause may not end before it begins.",
            ),
        ),
        migrations.AddConstraint(
            model_name="subscriptionpause",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    ("subscription", "="),
                    (
                        models.Func(
                            models.F("starts_on"),
                            models.F("resumed_on"),
                            function="daterange",
                            output_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                        ),
                        "&&",
                    ),
                ],
                name="subscription_pauses_disjoint",
                violation_error_message="This subscription is paused at that time already.",
            ),
        ),
        migrations.AddIndex(
            model_name="trainercertificate",
            index=models.Index(fields=["trainer", "name"], name="trainer_certificates_of_one"),
        ),
        migrations.AddIndex(
            model_name="trainercertificate",
            index=models.Index(
                condition=models.Q(("expires_on__isnull", False)),
                fields=["expires_on"],
                name="trainer_certificates_ending",
            ),
        ),
        migrations.AddConstraint(
            model_name="trainercertificate",
            constraint=models.CheckConstraint(
                condition=models.Q(("name", ""), _negated=True), name="trainer_certificates_name_given"
            ),
        ),
        migrations.AddConstraint(
            model_name="trainercertificate",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("issued_on__isnull", True),
                    ("expires_on__isnull", True),
                    ("expires_on__gte", models.F("issued_on")),
                    _connector="OR",
                ),
                name="trainer_certificates_expires_after_issue",
                violation_error_message="A certificate ends after it is issued.",
            ),
        ),
        migrations.AddIndex(
            model_name="trainerpay",
            index=models.Index(fields=["trainer", "earned_on"], name="trainer_pay_lines_of_trainer"),
        ),
        migrations.AddIndex(
            model_name="trainerpay",
            index=models.Index(fields=["session"], name="trainer_pay_lines_of_session"),
        ),
        migrations.AddIndex(
            model_name="trainerpay",
            index=models.Index(fields=["-earned_on", "-id"], name="trainer_pay_lines_newest"),
        ),
        migrations.AddIndex(
            model_name="trainerpay",
            index=models.Index(
                condition=models.Q(("account__isnull", False)), fields=["account"], name="trainer_pay_lines_by"
            ),
        ),
        migrations.AddConstraint(
            model_name="trainerpay",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["session", "hours", "head", "bonus", "no_show"])),
                name="trainer_pay_lines_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="trainerpay",
            constraint=models.CheckConstraint(
                condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="trainer_pay_lines_currency_code"
            ),
        ),
        migrations.AddConstraint(
            model_name="trainerpay",
            constraint=models.CheckConstraint(
                condition=models.Q(("quantity__gt", 0), ("rate__gte", 0)), name="trainer_pay_lines_quantity_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="trainerpay",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("amount__gt", 0), ("reversal_of__isnull", True)),
                    models.Q(("amount__lt", 0), ("reversal_of__isnull", False)),
                    _connector="OR",
                ),
                name="trainer_pay_lines_only_taken_back_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="trainerpay",
            constraint=models.UniqueConstraint(
                condition=models.Q(("reversal_of__isnull", True), ("session__isnull", False)),
                fields=("session", "kind", "completion"),
                name="trainer_pay_lines_once",
            ),
        ),
        migrations.RunPython(migrations.RunPython.noop, refuse_to_lose),
    ]
