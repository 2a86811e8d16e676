"""Reminders of what is overdue: the letter that went to a client, each document that it reminded of, and pauses."""

from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from billing.models.invoice import Invoice
from billing.models.ledger import LedgerTransaction
from billing.models.reminder_policy import ReminderLevel
from sessions_app.models import Client
from studio.db import CreatedUpdated
from studio.mail.models import EmailMessage

LABEL_LENGTH = 420


class ReminderLetterQuerySet(models.QuerySet["ReminderLetter"]):
    """Letters."""

    def with_documents(self) -> Self:
        """Fetch what each reminded of, without what those documents printed: that is as long as they are."""
        reminded = InvoiceReminder.objects.select_related("invoice").defer("invoice__snapshot")
        return self.prefetch_related(models.Prefetch("reminders", reminded.order_by("pk")))


class ReminderLetter(CreatedUpdated):
    """One mail to a client about everything of theirs that is overdue; its tone is that of its highest step."""

    append_only = True
    append_only_except = ("client_id", "email_id", "updated_at")  # clients are merged, mails deleted

    client = models.ForeignKey(
        Client, on_delete=models.PROTECT, related_name="+", verbose_name=_("client"), db_index=False
    )
    level = models.PositiveSmallIntegerField(
        _("step"), choices=ReminderLevel, default=ReminderLevel.POLITE, db_default=ReminderLevel.POLITE
    )
    recipient = models.EmailField(_("recipient"))
    sent_on = models.DateField(_("day"))
    written_at = models.DateTimeField(_("written at"))
    # What the ledger said then can be worked out anew: every posting up to this one.
    newest_posting = models.ForeignKey(
        LedgerTransaction,
        on_delete=models.PROTECT,
        related_name="reminder_letters",
        verbose_name=_("newest posting then"),
        db_index=False,
    )
    email = models.ForeignKey(
        EmailMessage,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        verbose_name=_("e-mail"),
        db_index=False,
        help_text=_("Empty once the mail is deleted."),
    )
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        verbose_name=_("account"),
        db_index=False,
        help_text=_("Who sent it. Empty for the product itself, and once the account is deleted: the name stays."),
    )
    actor_label = models.CharField(_("by"), max_length=LABEL_LENGTH, blank=True, default="", db_default="")

    objects = models.Manager.from_queryset(ReminderLetterQuerySet)()

    class Meta:
        db_table = "reminder_letters"
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        permissions = [("send_reminderletter", _("Can send reminders and pause them"))]
        constraints = [
            models.CheckConstraint(name="reminder_letters_level_known", condition=Q(level__in=ReminderLevel.values)),
            models.CheckConstraint(
                name="reminder_letters_recipient_lower",
                condition=Q(recipient=models.functions.Lower("recipient")) & ~Q(recipient=""),
            ),
        ]
        indexes = [
            models.Index(name="reminder_letters_of_client", fields=["client", "-id"]),
            models.Index(name="reminder_letters_newest", fields=["-sent_on", "-id"]),
            models.Index(name="reminder_letters_posting", fields=["newest_posting"]),
            models.Index(name="reminder_letters_by", fields=["account"], condition=Q(account__isnull=False)),
            models.Index(name="reminder_letters_as", fields=["email"], condition=Q(email__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.get_level_display()}, {self.sent_on}"


class InvoiceReminder(CreatedUpdated):
    """A step that a document has had: each once, and no two on one day.

    A document that is paid in parts climbs the ladder for each part that is late.
    """

    append_only = True
    append_only_except = ("withdrawn_at", "updated_at")

    letter = models.ForeignKey(
        ReminderLetter, on_delete=models.PROTECT, related_name="reminders", verbose_name=_("letter"), db_index=False
    )
    invoice = models.ForeignKey(
        Invoice, on_delete=models.PROTECT, related_name="reminders", verbose_name=_("invoice"), db_index=False
    )
    level = models.PositiveSmallIntegerField(
        _("step"), choices=ReminderLevel, default=ReminderLevel.POLITE, db_default=ReminderLevel.POLITE
    )
    due_on = models.DateField(_("due on"), help_text=_("Of the document, or of its part that was late."))
    sent_on = models.DateField(_("day"))
    remaining = models.DecimalField(_("to pay"), max_digits=12, decimal_places=2, help_text=_("As it was then."))
    withdrawn_at = models.DateTimeField(
        _("withdrawn at"),
        null=True,
        blank=True,
        help_text=_("Its mail did not leave, so that it counts for nothing. Empty: it counts."),
    )

    class Meta:
        db_table = "invoice_reminders"
        verbose_name = _("reminded document")
        verbose_name_plural = _("reminded documents")
        constraints = [
            models.CheckConstraint(name="invoice_reminders_level_known", condition=Q(level__in=ReminderLevel.values)),
            models.UniqueConstraint(
                name="invoice_reminders_step_once",
                fields=["invoice", "due_on", "level"],
                condition=Q(withdrawn_at__isnull=True),
                violation_error_message=_("This document was reminded of in these words already."),
            ),
            models.UniqueConstraint(
                name="invoice_reminders_one_a_day",
                fields=["invoice", "sent_on"],
                condition=Q(withdrawn_at__isnull=True),
                violation_error_message=_("This document was reminded of today already."),
            ),
            models.UniqueConstraint(name="invoice_reminders_once_in_a_letter", fields=["letter", "invoice"]),
            models.CheckConstraint(
                name="invoice_reminders_of_what_is_overdue",
                condition=Q(due_on__lt=F("sent_on")),
                violation_error_message=_("Only what is overdue is reminded of."),
            ),
            models.CheckConstraint(
                name="invoice_reminders_of_what_is_open",
                condition=Q(remaining__gt=0),
                violation_error_message=_("Nothing is to be paid of it any more."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.invoice_id}: {self.get_level_display()}, {self.sent_on}"


class ReminderPauseQuerySet(models.QuerySet["ReminderPause"]):
    """Pauses."""

    def living(self, today: date) -> Self:
        """Keep those that hold reminders back on a day."""
        return self.filter(ended_at__isnull=True, until_on__gte=today)

    def locked(self) -> Self:
        """Rows about to be written, in primary-key order so that two callers cannot deadlock."""
        return self.select_for_update(of=("self",), no_key=True).order_by("pk")


class ReminderPause(CreatedUpdated):
    """Why a client is not reminded until a day, of one document or of anything."""

    client = models.ForeignKey(
        Client, on_delete=models.PROTECT, related_name="+", verbose_name=_("client"), db_index=False
    )
    invoice = models.ForeignKey(
        Invoice,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="reminder_pauses",
        verbose_name=_("invoice"),
        db_index=False,
        help_text=_("Empty: everything of this client."),
    )
    until_on = models.DateField(_("until"), help_text=_("The last day on which nothing leaves."))
    reason = models.CharField(_("reason"), max_length=500)
    begun_at = models.DateTimeField(_("since"))
    ended_at = models.DateTimeField(
        _("ended at"), null=True, blank=True, help_text=_("Somebody ended it before its last day. Empty: it runs out.")
    )
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        verbose_name=_("account"),
        db_index=False,
        help_text=_("Who asked for it. Empty for the product itself, and once the account is deleted: the name stays."),
    )
    actor_label = models.CharField(_("by"), max_length=LABEL_LENGTH, blank=True, default="", db_default="")

    objects = models.Manager.from_queryset(ReminderPauseQuerySet)()

    class Meta:
        db_table = "reminder_pauses"
        verbose_name = _("pause of reminders")
        verbose_name_plural = _("pauses of reminders")
        constraints = [
            models.CheckConstraint(
                name="reminder_pauses_for_a_reason",
                condition=~Q(reason=""),
                violation_error_message=_("Say why."),
            ),
            models.CheckConstraint(
                name="reminder_pauses_end_after_begin",
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("begun_at")),
            ),
        ]
        indexes = [
            models.Index(name="reminder_pauses_of_client", fields=["client", "-id"]),
            models.Index(name="reminder_pauses_of_invoice", fields=["invoice"], condition=Q(invoice__isnull=False)),
            models.Index(name="reminder_pauses_living", fields=["until_on"], condition=Q(ended_at__isnull=True)),
            models.Index(name="reminder_pauses_by", fields=["account"], condition=Q(account__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.client}: {self.until_on}"
