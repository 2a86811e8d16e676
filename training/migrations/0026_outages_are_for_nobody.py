"""The type of outages is for nobody and counts in no week: else each block of one would wait for somebody to complete it."""

from django.db import migrations, models
from django.db.models import Q

SETTLE = (
    "UPDATE session_types SET attendee = 'nobody', counts_in_cap = false, takes_credit = false WHERE code = 'outage'"
)


class Migration(migrations.Migration):
    dependencies = [("training", "0025_late_moves")]

    operations = [
        migrations.RunSQL(SETTLE, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="sessiontype",
            constraint=models.CheckConstraint(
                condition=Q(("code", "outage"), _negated=True) | Q(("attendee", "nobody"), ("counts_in_cap", False)),
                name="session_types_outage_of_nobody",
                violation_error_message="An outage is for nobody, and the limit of a week leaves it out.",
            ),
        ),
    ]
