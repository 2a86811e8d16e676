import django.db.models.functions.text
import django.db.models.lookups
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sessions_app", "0020_time_of_tracks"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="sessionrequest",
            constraint=models.CheckConstraint(
                condition=django.db.models.lookups.LessThanOrEqual(
                    django.db.models.functions.text.Length("message"), 5000
                ),
                name="session_requests_message_brief",
                violation_error_message="A message has 5,000 characters at most.",
            ),
        ),
    ]
