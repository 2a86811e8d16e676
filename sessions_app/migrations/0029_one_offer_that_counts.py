from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sessions_app", "0028_offers_beside_an_accepted_one")]

    operations = [
        migrations.RemoveConstraint(
            model_name="waitlistoffer",
            name="waitlist_offers_one_open",
        ),
        migrations.AddConstraint(
            model_name="waitlistoffer",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["open", "accepted"])),
                fields=("entry",),
                name="waitlist_offers_one_that_counts",
            ),
        ),
    ]
