"""Who belongs to a company is a person, and whom somebody belongs to is a company or a band.

Keys on (client, kind) say it, for raw SQL too: each member's row carries the kind that either side has to have, and a
client whose kind changes while somebody belongs to it is refused. Deferrable, so that merging two clients can
change both sides one after the other.
"""

from django.db import migrations

KEYS = {"company": "company_id, company_kind", "member": "member_id, member_kind"}


class Migration(migrations.Migration):
    dependencies = [("sessions_app", "0008_clients_companies_merges_and_imports")]

    operations = [
        migrations.RunSQL(
            sql=f"""
                ALTER TABLE company_members ADD CONSTRAINT company_members_{side}_kind
                FOREIGN KEY ({columns}) REFERENCES clients (id, kind)
                ON DELETE CASCADE DEFERRABLE INITIALLY IMMEDIATE
            """,
            reverse_sql=f"ALTER TABLE company_members DROP CONSTRAINT company_members_{side}_kind",
        )
        for side, columns in KEYS.items()
    ]
