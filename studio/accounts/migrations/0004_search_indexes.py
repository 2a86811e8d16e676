import django.contrib.postgres.indexes
import django.db.models.functions.text
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_third_party_keys"),
        ("tenancy", "0002_extensions_and_roles"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="accountsession",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(
                    django.db.models.functions.text.Upper("account_label"), "gin_trgm_ops"
                ),
                name="account_sessions_search",
            ),
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(
                    django.db.models.functions.text.Upper("actor_label"), "gin_trgm_ops"
                ),
                django.contrib.postgres.indexes.OpClass(
                    django.db.models.functions.text.Upper("object_label"), "gin_trgm_ops"
                ),
                name="audit_events_search",
            ),
        ),
    ]
