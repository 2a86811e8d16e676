"""What a client was told of a session, each thing once."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from sessions_app.models.room import Room
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
    REQUEST_EXPIRED = "request_expired", _("request expired")
    PAYMENT_ASKED = "payment_asked", _("payment asked for")
    WAITLIST_OFFER = "waitlist_offer", _("offer from the waitlist")


class NoticeOutcome(models.TextChoices):
    """Whether a mail was written, and if not, why not."""

    WRITTEN = "written", _("written")
    NO_ADDRESS = "no_address", _("no address is known")
    NOT_WANTED = "not_wanted", _("the staff did not want it")
    SWITCHED_OFF = "switched_off", _("mails of this kind are switched off")
    WITHDRAWN = "withdrawn", _("withdrawn before it left")


WITH_LETTER = (NoticeOutcome.WRITTEN, NoticeOutcome.WITHDRAWN)


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
    # Of a change: where the session stood when the client last heard of it.
    old_starts_at = models.DateTimeField(_("start before"), null=True, blank=True, editable=False)
    old_ends_at = models.DateTimeField(_("end before"), null=True, blank=True, editable=False)
    old_room = models.ForeignKey(
        Room,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        db_index=False,
        editable=False,
        verbose_name=_("room before"),
        help_text=_("Empty: it had none, or it was no change, and after the room is deleted."),
    )

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
                condition=(Q(outcome__in=WITH_LETTER) & ~Q(letter="")) | (~Q(outcome__in=WITH_LETTER) & Q(letter="")),
            ),
            models.CheckConstraint(
                name="session_notices_old_times_in_order",
                condition=Q(old_starts_at__isnull=True, old_ends_at__isnull=True)
                | Q(old_starts_at__isnull=False, old_ends_at__isnull=False, old_ends_at__gt=F("old_starts_at")),
            ),
            models.CheckConstraint(name="session_notices_occasion_given", condition=~Q(occasion="")),
        ]
        indexes = [
            models.Index(name="session_notices_newest", fields=["-told_at", "-id"]),
            models.Index(name="session_notices_of_old_room", fields=["old_room"], condition=Q(old_room__isnull=False)),
        ]

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
