"""Who waits for a slot, or for an answer: challenges of holds, requests, and the waitlist with its offers."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual
from django.utils.translation import gettext_lazy as _

from sessions_app.models.client import Client
from sessions_app.models.room import Room, RoomKind
from sessions_app.models.session import SessionKind, StudioSession
from studio.db import CreatedUpdated

LONGEST_MESSAGE = 5000  # characters
LONGEST_WISH = 7 * 24 * 60  # minutes


class ChallengeOutcome(models.TextChoices):
    """How a challenge ended."""

    OPEN = "open", _("open")
    ANSWERED = "answered", _("first holder confirmed")
    WON = "won", _("first holder lost the slot")
    WITHDRAWN = "withdrawn", _("withdrawn")


class HoldChallenge(CreatedUpdated):
    """The next in line asks the first holder of a slot to confirm it or lose it."""

    hold = models.ForeignKey(
        StudioSession, on_delete=models.DB_CASCADE, related_name="challenges", verbose_name=_("first hold")
    )
    challenger = models.ForeignKey(
        StudioSession, on_delete=models.DB_CASCADE, related_name="challenges_made", verbose_name=_("challenger")
    )
    ends_at = models.DateTimeField(_("deadline"))
    is_firm = models.BooleanField(
        _("challenger has confirmed"),
        default=False,
        db_default=False,
        help_text=_("The challenger is booked the moment the slot is theirs; otherwise their hold moves up."),
    )
    outcome = models.CharField(
        _("outcome"),
        max_length=16,
        choices=ChallengeOutcome,
        default=ChallengeOutcome.OPEN,
        db_default=ChallengeOutcome.OPEN,
    )
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)

    class Meta:
        db_table = "hold_challenges"
        verbose_name = _("challenge")
        verbose_name_plural = _("challenges")
        constraints = [
            models.CheckConstraint(
                name="hold_challenges_outcome_known", condition=Q(outcome__in=ChallengeOutcome.values)
            ),
            models.CheckConstraint(
                name="hold_challenges_settled_when_over",
                condition=Q(outcome=ChallengeOutcome.OPEN, settled_at__isnull=True)
                | (~Q(outcome=ChallengeOutcome.OPEN) & Q(settled_at__isnull=False)),
            ),
            models.CheckConstraint(name="hold_challenges_of_another", condition=~Q(hold=F("challenger"))),
            models.UniqueConstraint(
                name="hold_challenges_one_open",
                fields=["hold"],
                condition=Q(outcome=ChallengeOutcome.OPEN),
                violation_error_message=_("This hold is challenged already."),
            ),
        ]
        indexes = [
            models.Index(name="hold_challenges_due", fields=["ends_at"], condition=Q(outcome=ChallengeOutcome.OPEN)),
        ]

    def __str__(self) -> str:
        return f"#{self.hold_id} / #{self.challenger_id}"


class Awaited(models.TextChoices):
    """What a request still needs."""

    APPROVAL = "approval", _("approval")
    PAYMENT = "payment", _("payment")


class SessionRequest(CreatedUpdated):
    """Who asks for a session, and what the request waits for; the session keeps the slot meanwhile."""

    session = models.OneToOneField(
        StudioSession, on_delete=models.DB_CASCADE, related_name="request", verbose_name=_("session")
    )
    awaits = models.CharField(
        _("awaits"), max_length=16, choices=Awaited, default=Awaited.APPROVAL, db_default=Awaited.APPROVAL
    )
    visitor_key = models.CharField(
        _("visitor"),
        max_length=64,
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text=_("A digest that tells visitors apart; empty for requests that the staff wrote down."),
    )
    visitor_name = models.CharField(_("name"), max_length=255, blank=True, default="", db_default="")
    visitor_email = models.EmailField(_("e-mail address"), blank=True, default="", db_default="")
    visitor_phone = models.CharField(_("phone"), max_length=64, blank=True, default="", db_default="")
    message = models.TextField(_("message"), max_length=LONGEST_MESSAGE, blank=True, default="", db_default="")

    class Meta:
        db_table = "session_requests"
        verbose_name = _("request")
        verbose_name_plural = _("requests")
        constraints = [
            models.CheckConstraint(name="session_requests_awaits_known", condition=Q(awaits__in=Awaited.values)),
            models.CheckConstraint(
                name="session_requests_message_brief",
                condition=LessThanOrEqual(Length("message"), LONGEST_MESSAGE),
                violation_error_message=_("A message has 5,000 characters at most."),
            ),
        ]
        indexes = [
            models.Index(name="session_requests_of_visitor", fields=["visitor_key"], condition=~Q(visitor_key="")),
        ]

    def __str__(self) -> str:
        return str(self.session)


class WaitlistState(models.TextChoices):
    """Whether a wish still counts."""

    WAITING = "waiting", _("waiting")
    BOOKED = "booked", _("booked")
    WITHDRAWN = "withdrawn", _("withdrawn")


class WaitlistEntryQuerySet(models.QuerySet["WaitlistEntry"]):
    """Wishes."""

    def waiting(self, now: datetime) -> Self:
        """Keep those that can still be fulfilled."""
        return self.filter(state=WaitlistState.WAITING, wanted_to__gt=now)

    def overlapping(self, start: datetime, end: datetime) -> Self:
        """Keep those whose window shares time with [start, end)."""
        return self.filter(wanted_from__lt=end, wanted_to__gt=start)


class WaitlistEntry(CreatedUpdated):
    """A client who would take a slot of some length, in a room or any of a kind, within a window of time."""

    client = models.ForeignKey(
        Client, on_delete=models.DB_CASCADE, related_name="waitlist_entries", verbose_name=_("client")
    )
    room = models.ForeignKey(
        Room,
        null=True,
        blank=True,
        on_delete=models.DB_CASCADE,
        related_name="waitlist_entries",
        verbose_name=_("room"),
        help_text=_("Empty: any room, of the kind where one is chosen."),
    )
    room_kind = models.CharField(
        _("kind of room"), max_length=16, choices=RoomKind, blank=True, default="", db_default=""
    )
    kind = models.CharField(
        _("kind"), max_length=50, choices=SessionKind, default=SessionKind.STUDIO, db_default=SessionKind.STUDIO
    )
    title = models.CharField(_("title"), max_length=255)
    wanted_from = models.DateTimeField(_("from"))
    wanted_to = models.DateTimeField(_("to"))
    length_minutes = models.PositiveIntegerField(_("length"), help_text=_("Minutes."))
    group_size = models.PositiveSmallIntegerField(_("people"), default=1, db_default=1)
    notes = models.TextField(_("notes"), blank=True, default="", db_default="")
    state = models.CharField(
        _("state"),
        max_length=16,
        choices=WaitlistState,
        default=WaitlistState.WAITING,
        db_default=WaitlistState.WAITING,
    )

    objects = models.Manager.from_queryset(WaitlistEntryQuerySet)()

    class Meta:
        db_table = "waitlist_entries"
        verbose_name = _("waitlist entry")
        verbose_name_plural = _("waitlist")
        constraints = [
            models.CheckConstraint(name="waitlist_entries_state_known", condition=Q(state__in=WaitlistState.values)),
            models.CheckConstraint(name="waitlist_entries_kind_known", condition=Q(kind__in=SessionKind.values)),
            models.CheckConstraint(
                name="waitlist_entries_room_kind_known", condition=Q(room_kind__in=["", *RoomKind.values])
            ),
            models.CheckConstraint(
                name="waitlist_entries_room_or_kind",
                condition=Q(room__isnull=True) | Q(room_kind=""),
                violation_error_message=_("Choose a room, or a kind of room, not both."),
            ),
            models.CheckConstraint(
                name="waitlist_entries_window_in_order",
                condition=Q(wanted_to__gt=F("wanted_from")),
                violation_error_message=_("The window ends after it starts."),
            ),
            models.CheckConstraint(
                name="waitlist_entries_length_in_a_week",
                condition=Q(length_minutes__gte=1, length_minutes__lte=LONGEST_WISH),
                violation_error_message=_("A session lasts between a minute and a week."),
            ),
            models.CheckConstraint(
                name="waitlist_entries_somebody_comes",
                condition=Q(group_size__gte=1),
                violation_error_message=_("At least one person comes."),
            ),
        ]
        indexes = [
            models.Index(
                name="waitlist_entries_waiting",
                fields=["wanted_to"],
                condition=Q(state=WaitlistState.WAITING),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class OfferState(models.TextChoices):
    """What became of an offer."""

    OPEN = "open", _("open")
    ACCEPTED = "accepted", _("accepted")
    DECLINED = "declined", _("declined")
    EXPIRED = "expired", _("expired")


class WaitlistOffer(CreatedUpdated):
    """A freed slot held for somebody on the waitlist until they answer."""

    entry = models.ForeignKey(
        WaitlistEntry, on_delete=models.DB_CASCADE, related_name="offers", verbose_name=_("waitlist entry")
    )
    session = models.OneToOneField(
        StudioSession, on_delete=models.DB_CASCADE, related_name="offer", verbose_name=_("held slot")
    )
    state = models.CharField(
        _("state"), max_length=16, choices=OfferState, default=OfferState.OPEN, db_default=OfferState.OPEN
    )

    class Meta:
        db_table = "waitlist_offers"
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        constraints = [
            models.CheckConstraint(name="waitlist_offers_state_known", condition=Q(state__in=OfferState.values)),
            # Whoever has one that they may take, or have taken, gets no other.
            models.UniqueConstraint(
                name="waitlist_offers_one_that_counts",
                fields=["entry"],
                condition=Q(state__in=[OfferState.OPEN.value, OfferState.ACCEPTED.value]),
            ),
        ]

    def __str__(self) -> str:
        return str(self.session)
