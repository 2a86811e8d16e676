"""What became of money for a slot that was gone, and when the staff were reminded of it."""

from django.db import migrations, models
from django.db.models import Q

# Of a payment these columns may change; the others are what Stripe was asked with.
BEFORE = (
    "'state', 'checkout_session_id', 'payment_intent_id', 'url', 'error', 'payment_id', 'late_at', 'late_settled_at'"
)
GUARD = """
DROP TRIGGER payment_attempts_kept ON payment_attempts;
CREATE TRIGGER payment_attempts_kept BEFORE UPDATE OR DELETE ON payment_attempts
    FOR EACH ROW EXECUTE FUNCTION stripe_kept_guard({columns});
"""
OUTCOMES = ["booked", "moved", "credit", "paid_back"]


class Migration(migrations.Migration):
    dependencies = [("billing", "0040_rules_of_former_documents")]

    operations = [
        migrations.AddField(
            model_name="paymentattempt",
            name="late_reminded_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="staff reminded at"),
        ),
        migrations.AddField(
            model_name="paymentattempt",
            name="late_outcome",
            field=models.CharField(
                blank=True,
                choices=[
                    ("booked", "booked again"),
                    ("moved", "booked at another time or place"),
                    ("credit", "kept as the client's credit"),
                    ("paid_back", "paid back"),
                ],
                db_default="",
                default="",
                max_length=16,
                verbose_name="settled by",
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentattempt",
            constraint=models.CheckConstraint(
                condition=Q(("late_outcome__in", ["", *OUTCOMES])), name="payment_attempts_late_outcome_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentattempt",
            constraint=models.CheckConstraint(
                condition=Q(("late_outcome", ""), ("late_settled_at__isnull", True))
                | (Q(("late_settled_at__isnull", False)) & Q(("late_outcome", ""), _negated=True)),
                name="payment_attempts_late_settled_somehow",
            ),
        ),
        # The guard names the columns that it lets through.
        migrations.RunSQL(
            GUARD.format(columns=f"{BEFORE}, 'late_reminded_at', 'late_outcome'"), GUARD.format(columns=BEFORE)
        ),
    ]
