"""The outbox: every mail, written in the transaction that causes it."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from studio.db import CreatedUpdated


class EmailState(models.TextChoices):
    """How far a mail has come."""

    QUEUED = "queued", _("waiting")
    SENT = "sent", _("sent")
    FAILED = "failed", _("not sent")
    BOUNCED = "bounced", _("returned")


class EmailMessage(CreatedUpdated):
    """One mail to one recipient; it is sent when the mail server has accepted it, not before."""

    kind = models.CharField(_("kind"), max_length=64)
    about = models.CharField(_("about"), max_length=160, help_text=_("What the mail is about: app.model:id."))
    recipient = models.EmailField(_("recipient"))
    reply_to = models.EmailField(
        _("answers go to"), blank=True, default="", db_default="", help_text=_("Empty: to the sender.")
    )
    subject = models.CharField(_("subject"), max_length=255)
    text = models.TextField(_("text"))
    html = models.TextField(_("page"), blank=True, default="", db_default="")
    # Given once, so a mail that is sent twice after a crash is shown once by the reader.
    message_id = models.CharField(_("message id"), max_length=255, unique=True, editable=False)
    state = models.CharField(
        _("state"), max_length=16, choices=EmailState, default=EmailState.QUEUED, db_default=EmailState.QUEUED
    )
    tries = models.PositiveSmallIntegerField(_("tries"), default=0, db_default=0)
    last_error = models.TextField(_("last error"), blank=True, default="", db_default="")
    next_try_at = models.DateTimeField(_("next try"))
    # While a worker speaks to the server nobody else does; after that instant the worker is taken for dead.
    taken_until = models.DateTimeField(_("being sent until"), null=True, blank=True, editable=False)
    sent_at = models.DateTimeField(_("accepted"), null=True, blank=True)

    class Meta:
        db_table = "email_messages"
        verbose_name = _("e-mail")
        verbose_name_plural = _("e-mails")
        constraints = [
            models.UniqueConstraint(name="email_messages_once", fields=["about", "kind", "recipient"]),
            models.CheckConstraint(name="email_messages_state_known", condition=Q(state__in=EmailState.values)),
            models.CheckConstraint(
                name="email_messages_sent_when_accepted",
                condition=Q(state__in=[EmailState.SENT, EmailState.BOUNCED], sent_at__isnull=False)
                | Q(state__in=[EmailState.QUEUED, EmailState.FAILED], sent_at__isnull=True),
            ),
            models.CheckConstraint(name="email_messages_kind_given", condition=~Q(kind="") & ~Q(about="")),
        ]
        indexes = [
            GinIndex(
                OpClass(Upper("recipient"), "gin_trgm_ops"),
                OpClass(Upper("subject"), "gin_trgm_ops"),
                name="email_messages_search",
            ),
            models.Index(name="email_messages_waiting", fields=["next_try_at"], condition=Q(state=EmailState.QUEUED)),
            models.Index(name="email_messages_newest", fields=["-created_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.subject} -> {self.recipient}"


class EmailAttachment(CreatedUpdated):
    """A file that goes with a mail."""

    message = models.ForeignKey(EmailMessage, on_delete=models.CASCADE, related_name="attachments")
    name = models.CharField(_("name"), max_length=200)
    content_type = models.CharField(_("type"), max_length=100)
    content = models.BinaryField(_("content"))

    class Meta:
        db_table = "email_attachments"
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")

    def __str__(self) -> str:
        return self.name
