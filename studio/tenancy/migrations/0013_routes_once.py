"""A payment's route is written once: those of a backup are written again, where nobody has them."""

from importlib import import_module

from django.db import migrations

ROUTE = import_module("studio.tenancy.migrations.0010_payment_doors").ROUTE
ROUTE_ONCE = ROUTE.replace("schema_name = place;", "schema_name = place\n    ON CONFLICT (attempt_key) DO NOTHING;")


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0012_jobs_that_wait")]

    operations = [
        # Whoever has a route keeps it.
        migrations.RunSQL(ROUTE_ONCE, ROUTE),
    ]
