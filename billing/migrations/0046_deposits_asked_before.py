"""Sessions whose deposit is asked for by an invoice that stands know since when."""

from django.db import migrations

SAY = """
UPDATE sessions s SET deposit_asked_at = d.created_at
FROM session_deposits d JOIN invoices i ON i.id = d.invoice_id
WHERE d.session_id = s.id AND d.released_at IS NULL AND i.status <> 'draft' AND NOT i.is_test
    AND s.deposit_asked_at IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0045_event_of_payment"), ("sessions_app", "0040_deposits_by_the_settings")]

    operations = [migrations.RunSQL(SAY, migrations.RunSQL.noop)]
