"""A payment keeps which studio Stripe was told it is of: a copy that takes the studio's place has another schema."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0041_late_money")]

    operations = [
        migrations.AddField(
            model_name="paymentattempt",
            name="schema_name",
            field=models.CharField(
                db_default=models.Func(function="current_schema", output_field=models.CharField(max_length=63)),
                editable=False,
                max_length=63,
                verbose_name="studio at Stripe",
            ),
        ),
    ]
