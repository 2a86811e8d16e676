"""The code of a bank's no, which a later try may change."""

from django.db import migrations, models

GUARD = """
DROP TRIGGER payment_attempts_kept ON payment_attempts;
CREATE TRIGGER payment_attempts_kept BEFORE UPDATE OR DELETE ON payment_attempts
    FOR EACH ROW EXECUTE FUNCTION stripe_kept_guard({columns});
"""
BEFORE = (
    "'state', 'checkout_session_id', 'payment_intent_id', 'url', 'error', 'payment_id', 'late_at', 'late_settled_at',"
    " 'late_reminded_at', 'late_outcome'"
)


class Migration(migrations.Migration):
    dependencies = [("billing", "0047_late_offers")]

    operations = [
        migrations.AddField(
            model_name="paymentattempt",
            name="decline_code",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=100, verbose_name="code of the bank's no"
            ),
        ),
        # The guard names the columns that it lets through.
        migrations.RunSQL(GUARD.format(columns=f"{BEFORE}, 'decline_code'"), GUARD.format(columns=BEFORE)),
    ]
