"""What of a payment at Stripe is filled in once is not emptied again either: to nothing was no other value before."""

from importlib import import_module

from django.db import migrations

BEFORE = import_module("billing.migrations.0031_stripe_guards").KEPT.partition("CREATE TRIGGER")[0]
STAYS = BEFORE.replace(
    "to_jsonb(OLD) ->> once <> to_jsonb(NEW) ->> once", "to_jsonb(OLD) -> once <> to_jsonb(NEW) -> once"
).replace("'attempt_id', 'late_at'", "'attempt_id', 'late_at', 'late_settled_at', 'late_outcome'")


class Migration(migrations.Migration):
    dependencies = [("billing", "0049_bank_debits")]

    operations = [migrations.RunSQL(STAYS, BEFORE)]
