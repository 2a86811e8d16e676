"""Documents that go out by mail: who asked for it, to whom, and which mail of the outbox it became."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.of_document import LINKS, OfDocument, links_to_documents, of_one_document
from studio.db import CreatedUpdated
from studio.mail.models import EmailMessage


class DocumentMailQuerySet(models.QuerySet["DocumentMail"]):
    """Documents that go out by mail."""

    def waiting(self) -> Self:
        """Keep those whose document is not made yet, so that no mail is written."""
        return self.filter(queued_at__isnull=True)

    def locked(self) -> Self:
        """Rows about to be written, in primary-key order so that two callers cannot deadlock."""
        return self.select_for_update(of=("self",), no_key=True).order_by("pk")


class DocumentMail(OfDocument, CreatedUpdated):
    """One sending of a document; it is written to the outbox once its file is there."""

    recipient = models.EmailField(_("recipient"))
    asked_at = models.DateTimeField(_("asked at"))
    queued_at = models.DateTimeField(_("written at"), null=True, blank=True, editable=False)
    email = models.ForeignKey(
        EmailMessage,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        verbose_name=_("e-mail"),
        db_index=False,
        editable=False,
        help_text=_("Empty until the document is made, and once the mail is deleted."),
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
    actor_label = models.CharField(_("by"), max_length=420, blank=True, default="", db_default="")

    objects = models.Manager.from_queryset(DocumentMailQuerySet)()

    class Meta:
        db_table = "document_mails"
        verbose_name = _("sent document")
        verbose_name_plural = _("sent documents")
        constraints = [
            models.CheckConstraint(
                name="document_mails_written_once_queued", condition=Q(email__isnull=True) | Q(queued_at__isnull=False)
            ),
            models.CheckConstraint(
                name="document_mails_recipient_lower",
                condition=Q(recipient=models.functions.Lower("recipient")) & ~Q(recipient=""),
            ),
            of_one_document("document_mails"),
            models.UniqueConstraint(
                name="document_mails_waiting_once",
                fields=[*LINKS, "recipient"],
                condition=Q(queued_at__isnull=True),
                nulls_distinct=False,
                violation_error_message=_("This is on its way there already."),
            ),
        ]
        indexes = [
            *links_to_documents("document_mails"),
            models.Index(name="document_mails_by", fields=["account"], condition=Q(account__isnull=False)),
            models.Index(name="document_mails_as", fields=["email"], condition=Q(email__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.document} -> {self.recipient}"
