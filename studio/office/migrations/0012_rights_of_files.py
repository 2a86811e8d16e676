from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("office", "0011_patterns_of_numbers"),
    ]

    operations = [
        migrations.AddField(
            model_name="storedfile",
            name="right",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                editable=False,
                help_text="Of what it is part of, e.g. a contract, beside the right to see files. Empty: none.",
                max_length=100,
                verbose_name="right that it asks for",
            ),
        ),
        migrations.AddConstraint(
            model_name="storedfile",
            constraint=models.CheckConstraint(
                condition=models.Q(("right", ""), ("right__regex", "^[a-z_]+\\.[a-z_]+$"), _connector="OR"),
                name="stored_files_right_named",
            ),
        ),
    ]
