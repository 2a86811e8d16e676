"""An event that names a payment is kept as one of that payment: what waits of it is found together."""

from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models

KEEP = import_module("billing.migrations.0044_event_door").KEEP.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
WITH_PAYMENT = KEEP.replace("payload, received_at)", "payload, received_at, attempt_id)").replace(
    "(told ->> 'received_at')::timestamptz)",
    "(told ->> 'received_at')::timestamptz,\n"
    "        (SELECT id FROM payment_attempts WHERE public_id = (told ->> 'attempt')::uuid))",
)


class Migration(migrations.Migration):
    dependencies = [("billing", "0044_event_door")]

    operations = [
        migrations.RunSQL(WITH_PAYMENT, KEEP),
        migrations.AlterField(
            model_name="stripeevent",
            name="attempt",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="Empty where it names none, until it was looked at, and for what is about no payment of ours.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="events",
                to="billing.paymentattempt",
                verbose_name="payment at Stripe",
            ),
        ),
    ]
