from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sessions_app", "0004_project_cost_not_negative")]

    operations = [
        migrations.AddIndex(
            model_name="studiosession",
            index=models.Index(
                condition=models.Q(("cancelled_by__isnull", False)),
                fields=["cancelled_by"],
                name="sessions_cancelled_by",
            ),
        ),
    ]
