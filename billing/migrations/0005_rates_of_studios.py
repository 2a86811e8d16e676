"""Every studio that is there already gets the VAT rates of its country, too.

A studio that is being set up has no profile yet: its are seeded with the rest (billing.receivers).
"""

from django.db import migrations

SEED = """
WITH known (country, percent, position) AS (VALUES
    ('AT', '20', 0), ('AT', '13', 1), ('AT', '10', 2),
    ('BE', '21', 0), ('BE', '12', 1), ('BE', '6', 2),
    ('CA', '5', 0),
    ('CH', '8.1', 0), ('CH', '3.8', 1), ('CH', '2.6', 2),
    ('DE', '19', 0), ('DE', '7', 1),
    ('ES', '21', 0), ('ES', '10', 1), ('ES', '4', 2),
    ('FR', '20', 0), ('FR', '10', 1), ('FR', '5.5', 2), ('FR', '2.1', 3),
    ('GB', '20', 0), ('GB', '5', 1),
    ('IE', '23', 0), ('IE', '13.5', 1), ('IE', '9', 2),
    ('IT', '22', 0), ('IT', '10', 1), ('IT', '5', 2), ('IT', '4', 3),
    ('LU', '17', 0), ('LU', '14', 1), ('LU', '8', 2), ('LU', '3', 3),
    ('MA', '20', 0), ('MA', '14', 1), ('MA', '10', 2), ('MA', '7', 3),
    ('NL', '21', 0), ('NL', '9', 1),
    ('PT', '23', 0), ('PT', '13', 1), ('PT', '6', 2)
),
studio AS (SELECT country FROM studio_profile WHERE NOT EXISTS (SELECT FROM vat_rates) LIMIT 1)
INSERT INTO vat_rates (name, rate, category, reason, is_default)
SELECT known.percent || ' %', known.percent::numeric, 'S', '', known.position = 0
FROM known JOIN studio USING (country)
UNION ALL
SELECT '0 %', 0, 'O', 'Not subject to VAT.', true
FROM studio WHERE country NOT IN (SELECT country FROM known)
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0004_whole_documents"), ("office", "0001_initial")]

    operations = [migrations.RunSQL(SEED, migrations.RunSQL.noop)]
