from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0015_printed_documents")]

    operations = [
        migrations.AddField(
            model_name="billingdetails",
            name="time_step_minutes",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="Minutes: each entry of worked time is rounded up to the next. Empty: as it was worked.",
                null=True,
                verbose_name="hours are charged by",
            ),
        ),
        migrations.AddConstraint(
            model_name="billingdetails",
            constraint=models.CheckConstraint(
                condition=models.Q(("time_step_minutes__isnull", True))
                | models.Q(("time_step_minutes__gte", 1), ("time_step_minutes__lte", 120)),
                name="billing_details_time_step_bounded",
                violation_error_message="Hours are charged by 1 to 120 minutes.",
            ),
        ),
        migrations.AddField(
            model_name="invoicesource",
            name="amount",
            field=models.DecimalField(
                blank=True,
                decimal_places=2,
                help_text="When the line was written; a price that changed since stops the issue. Empty: it has none.",
                max_digits=12,
                null=True,
                verbose_name="its price",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoicesource",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__isnull", True)) | models.Q(("amount__gte", 0)),
                name="invoice_sources_price_not_negative",
            ),
        ),
        migrations.AlterField(
            model_name="numberseries",
            name="pattern",
            field=models.CharField(max_length=65, verbose_name="pattern"),
        ),
    ]
