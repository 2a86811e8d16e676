"""A series begins after the numbers that a former system gave in its form; where it begins is kept for good."""

from importlib import import_module

from django.db import migrations, models
from django.db.models import F, Q

# As in 0017; but a series has given no number while the next one is its first.
SERIES = import_module("billing.migrations.0017_deductions_round").SERIES_KEPT
SERIES_BEGUN = SERIES.replace("OLD.next_number = 1 ", "OLD.next_number = OLD.first_number ")


class Migration(migrations.Migration):
    dependencies = [("billing", "0027_prepaid_lines")]

    operations = [
        migrations.AddField(
            model_name="numberseries",
            name="first_number",
            field=models.PositiveIntegerField(db_default=1, default=1, verbose_name="first number"),
        ),
        migrations.AddConstraint(
            model_name="numberseries",
            constraint=models.CheckConstraint(
                name="number_series_begins_before_next",
                condition=Q(first_number__gte=1, first_number__lte=F("next_number")),
            ),
        ),
        # The first number is kept as everything else of a series is: the guard knows it.
        migrations.RunSQL(SERIES_BEGUN, SERIES),
    ]
