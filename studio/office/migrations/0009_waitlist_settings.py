import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("office", "0008_one_meaning_of_cancelling"),
    ]

    operations = [
        migrations.AddField(
            model_name="studioprofile",
            name="waitlist_cut_off_hours",
            field=models.PositiveSmallIntegerField(
                db_default=24,
                default=24,
                help_text="Hours before the start. A slot nearer than that is not held for anybody: the staff are told.",
                verbose_name="the waitlist is asked until",
            ),
        ),
        migrations.AddField(
            model_name="studioprofile",
            name="waitlist_offer_hours",
            field=models.PositiveSmallIntegerField(
                db_default=12,
                default=12,
                help_text="Hours for which a slot is held for the first who waits, then for the next.",
                validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(999)],
                verbose_name="a waitlist offer lasts",
            ),
        ),
        migrations.AddConstraint(
            model_name="studioprofile",
            constraint=models.CheckConstraint(
                condition=models.Q(("waitlist_cut_off_hours__lte", 999)),
                name="studio_profile_waitlist_cut_off_bounded",
                violation_error_message="Choose a number from 0 to 999.",
            ),
        ),
        migrations.AddConstraint(
            model_name="studioprofile",
            constraint=models.CheckConstraint(
                condition=models.Q(("waitlist_offer_hours__gte", 1), ("waitlist_offer_hours__lte", 999)),
                name="studio_profile_waitlist_offer_hours_bounded",
                violation_error_message="Choose a number from 1 to 999.",
            ),
        ),
    ]
