"""Former documents are exempt from no more than adoption needs: below zero is none, and only a credit note is about none."""

from django.db import migrations, models
from django.db.models import F, Q

REFERRING = ["credit_note", "corrected"]


class Migration(migrations.Migration):
    dependencies = [("billing", "0039_session_deposits")]

    operations = [
        migrations.RemoveConstraint(model_name="invoice", name="invoices_refers_by_kind"),
        migrations.RemoveConstraint(model_name="invoice", name="invoices_amounts_not_negative"),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                name="invoices_refers_by_kind",
                condition=(Q(kind__in=REFERRING, refers_to__isnull=False) & ~Q(reason=""))
                | (~Q(kind__in=REFERRING) & Q(refers_to__isnull=True))
                | (Q(kind="credit_note") & ~Q(former_series="") & ~Q(reason="")),
                violation_error_message="A credit note names its invoice and a reason.",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                name="invoices_amounts_not_negative",
                condition=Q(status="draft")
                | Q(
                    subtotal__gte=0,
                    tax_amount__gte=0,
                    deducted_total__gte=0,
                    deducted_total__lte=F("total") + F("rounding"),
                ),
                violation_error_message="What is issued may not be below zero: that is a credit note.",
            ),
        ),
    ]
