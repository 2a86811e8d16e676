import django.contrib.postgres.indexes
import studio.db
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("training", "0015_machine_outages")]

    operations = [
        migrations.AddIndex(
            model_name="trainingsession",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(
                    studio.db.Folded("guest_first_name", "guest_last_name"), "gin_trgm_ops"
                ),
                condition=models.Q(("guest_last_name", ""), _negated=True),
                name="training_sessions_guests",
            ),
        ),
    ]
