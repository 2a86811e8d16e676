"""Whoever has taken an offer is offered nothing else: an offer that was open beside it is closed, and so is an older one
that was taken as well, since it was paid late. The sessions that came of it stay as they are.
"""

from django.db import migrations

CLOSE = """
UPDATE waitlist_offers AS offer SET state = 'declined', updated_at = now()
WHERE offer.state IN ('open', 'accepted') AND EXISTS (
    SELECT FROM waitlist_offers AS other
    WHERE other.entry_id = offer.entry_id AND other.id <> offer.id AND other.state = 'accepted'
    AND (offer.state = 'open' OR other.id > offer.id)
)
"""


class Migration(migrations.Migration):
    dependencies = [("sessions_app", "0027_length_of_versions")]

    operations = [migrations.RunSQL(CLOSE, migrations.RunSQL.noop)]
