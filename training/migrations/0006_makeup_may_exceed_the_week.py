from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("training", "0005_rules_of_session_types")]

    operations = [
        # Make-up sessions have always been booked beyond the limit.
        migrations.RunSQL("UPDATE session_types SET skips_cap = true WHERE code = 'makeup'", migrations.RunSQL.noop),
    ]
