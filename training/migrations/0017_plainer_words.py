from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("training", "0016_guests_are_searched")]

    operations = [
        migrations.AlterField(
            model_name="member",
            name="referral_source",
            field=models.CharField(
                blank=True,
                choices=[
                    ("instagram", "Instagram"),
                    ("member_referral", "another member"),
                    ("website", "website"),
                    ("prospection", "outreach"),
                    ("studio", "passing by"),
                    ("phone", "telephone"),
                    ("chatbot", "chatbot"),
                ],
                db_default="",
                default="",
                max_length=16,
                verbose_name="found the studio through",
            ),
        ),
        migrations.AlterField(
            model_name="sessiontype",
            name="attendee",
            field=models.CharField(
                choices=[
                    ("anyone", "any member"),
                    ("trial", "a trial member"),
                    ("full", "a full member"),
                    ("collaboration", "a collaboration member"),
                    ("guest", "a guest of another studio"),
                    ("nobody", "nobody"),
                ],
                db_default="anyone",
                default="anyone",
                max_length=16,
                verbose_name="who has it",
            ),
        ),
        migrations.AlterField(
            model_name="trainingsession",
            name="guest_gym_name",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=255, verbose_name="guest's studio"
            ),
        ),
        migrations.AlterConstraint(
            model_name="sessiontype",
            name="session_types_guests_are_multi_site",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("attendee", "guest"), ("code", "multi_site")),
                    models.Q(
                        models.Q(("code", "multi_site"), _negated=True), models.Q(("attendee", "guest"), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="session_types_guests_are_multi_site",
                violation_error_message="Guests of another studio have multi-site sessions, and nobody else has.",
            ),
        ),
        migrations.AlterConstraint(
            model_name="trainingsession",
            name="training_sessions_guest_complete",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("session_type", "multi_site"),
                        models.Q(("guest_first_name", ""), _negated=True),
                        models.Q(("guest_last_name", ""), _negated=True),
                        models.Q(("guest_gym_name", ""), _negated=True),
                    ),
                    models.Q(
                        models.Q(("session_type", "multi_site"), _negated=True),
                        ("guest_first_name", ""),
                        ("guest_gym_name", ""),
                        ("guest_last_name", ""),
                    ),
                    _connector="OR",
                ),
                name="training_sessions_guest_complete",
                violation_error_message="A guest has a first name, a last name and a studio they come from.",
            ),
        ),
    ]
