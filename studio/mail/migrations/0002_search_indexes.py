import django.contrib.postgres.indexes
import django.db.models.functions.text
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("mail", "0001_initial"),
        ("tenancy", "0002_extensions_and_roles"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="emailmessage",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(
                    django.db.models.functions.text.Upper("recipient"), "gin_trgm_ops"
                ),
                django.contrib.postgres.indexes.OpClass(
                    django.db.models.functions.text.Upper("subject"), "gin_trgm_ops"
                ),
                name="email_messages_search",
            ),
        ),
    ]
