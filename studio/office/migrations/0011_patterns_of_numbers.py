from django.db import migrations, models

PATTERN = r"^[^{}]*\{year\}[^{}]*\{number(:0[1-9])?\}[^{}]*$"
USUAL = {
    "invoice_pattern": "FAC-{year}-{number:04}",
    "quote_pattern": "DEV-{year}-{number:04}",
    "credit_note_pattern": "AV-{year}-{number:04}",
}


def settle(apps, schema_editor):
    """Give a studio whose patterns cannot be numbered by the usual ones; what is numbered keeps its own."""
    for profile in apps.get_model("office", "StudioProfile").objects.all():
        patterns = [getattr(profile, field) for field in USUAL]
        readable = type(profile).objects.filter(**{f"{field}__regex": PATTERN for field in USUAL}).exists()
        if not readable or len(set(patterns)) < len(patterns):
            for field, usual in USUAL.items():
                setattr(profile, field, usual)
            profile.save(update_fields=list(USUAL))


def numbering(field):
    return migrations.AddConstraint(
        model_name="studioprofile",
        constraint=models.CheckConstraint(
            condition=models.Q((f"{field}__regex", PATTERN)),
            name=f"studio_profile_{field}_numbers",
            violation_error_message="Write numbers e.g. as FAC-{year}-{number:04}: the year, then the number.",
        ),
    )


class Migration(migrations.Migration):
    dependencies = [("office", "0010_vat_on_debits")]

    operations = [
        # Patterns by which nothing can be numbered give way, or the constraints below would not hold.
        migrations.RunPython(settle, migrations.RunPython.noop),
        *[numbering(field) for field in USUAL],
        migrations.AddConstraint(
            model_name="studioprofile",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("invoice_pattern", models.F("credit_note_pattern")), _negated=True),
                    models.Q(("invoice_pattern", models.F("quote_pattern")), _negated=True),
                    models.Q(("quote_pattern", models.F("credit_note_pattern")), _negated=True),
                ),
                name="studio_profile_patterns_differ",
                violation_error_message="Invoices, quotes and credit notes are numbered by patterns that differ.",
            ),
        ),
    ]
