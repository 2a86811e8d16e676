"""Money of a former system is told apart: its cash is in no till of ours."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0028_series_begin_after_former")]

    operations = [
        migrations.AddField(
            model_name="payment",
            name="is_former",
            field=models.BooleanField(
                db_default=False, default=False, editable=False, verbose_name="of a former system"
            ),
        ),
    ]
