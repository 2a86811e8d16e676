"""What a client was told of a session, each thing once."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sessions_app.models.session import StudioSession
from studio.db import CreatedUpdated


class NoticeKind(models.TextChoices):
    """What a mail tells of a session."""

    CONFIRMATION = "confirmation", _("confirmation")
    CHANGE = "change", _("change")
    CANCELLATION = "cancellation", _("cancellation")
    REMINDER = "reminder", _("reminder")
    HOLD_PLACED = "hold_placed", _("hold placed")
    HOLD_EXPIRING = "hold_expiring", _("hold about to expire")
    REQUEST_RECEIVED = "request_received", _("request received")
    REQUEST_APPROVED = "request_approved", _("request approved")
    REQUEST_DECLINED = "request_declined", _("request declined")


class NoticeOutcome(models.TextChoices):
    """Whether a mail was written, and if not, why not."""

    WRITTEN = "written", _("written")
    NO_ADDRESS = "no_address", _("no address is known")
    NOT_WANTED = "not_wanted", _("the staff did not want it")
    SWITCHED_OFF = "switched_off", _("mails of this kind are switched off")


class SessionNotice(CreatedUpdated):
    """One thing told of a session: its mails are in the outbox, or it says why there is none."""

    session = models.ForeignKey(
        StudioSession, on_delete=models.DB_CASCADE, related_name="notices", db_index=False, verbose_name=_("session")
    )
    kind = models.CharField(_("kind"), max_length=32, choices=NoticeKind)
    # The version of the session, or the instant that a reminder is about: a move asks for a mail of its own.
    occasion = models.CharField(_("occasion"), max_length=64, editable=False)
    outcome = models.CharField(
        _("outcome"),
        max_length=16,
        choices=NoticeOutcome,
        default=NoticeOutcome.WRITTEN,
        db_default=NoticeOutcome.WRITTEN,
    )
    # Names the mails in the outbox; sessions that were told of together share it.
    letter = models.CharField(max_length=32, blank=True, default="", db_default="", editable=False)
    starts_at = models.DateTimeField(_("start"))
    ends_at = models.DateTimeField(_("end"))
    told_at = models.DateTimeField(_("told"))

    class Meta:
        db_table = "session_notices"
        verbose_name = _("mail to a client")
        verbose_name_plural = _("mails to clients")
        constraints = [
            models.UniqueConstraint(name="session_notices_once", fields=["session", "kind", "occasion"]),
            models.CheckConstraint(name="session_notices_kind_known", condition=Q(kind__in=NoticeKind.values)),
            models.CheckConstraint(name="session_notices_outcome_known", condition=Q(outcome__in=NoticeOutcome.values)),
            models.CheckConstraint(
                name="session_notices_letter_when_written",
                condition=(Q(outcome=NoticeOutcome.WRITTEN) & ~Q(letter=""))
                | (~Q(outcome=NoticeOutcome.WRITTEN) & Q(letter="")),
            ),
            models.CheckConstraint(name="session_notices_occasion_given", condition=~Q(occasion="")),
        ]
        indexes = [models.Index(name="session_notices_newest", fields=["-told_at", "-id"])]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} #{self.session_id}"

    @property
    def about(self) -> str:
        """What its mails in the outbox are about."""
        return f"sessions_app.letter:{self.letter}"

    @property
    def mail_kind(self) -> str:
        """What kind of mails they are in the outbox."""
        return f"session_{self.kind}"
