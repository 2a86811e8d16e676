"""What Stripe told this studio: kept as it came, and what became of it."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.payment_attempt import PaymentAttempt
from studio.db import CreatedUpdated


class EventState(models.TextChoices):
    """What became of an event."""

    RECEIVED = "received", _("waiting")
    APPLIED = "applied", _("applied")
    IGNORED = "ignored", _("not ours")
    FAILED = "failed", _("failed")
    QUARANTINED = "quarantined", _("put aside")


DONE = (EventState.APPLIED, EventState.IGNORED)
WAITING = (EventState.RECEIVED, EventState.FAILED)


class StripeEventQuerySet(models.QuerySet["StripeEvent"]):
    """Events of Stripe."""

    def waiting(self) -> Self:
        """Keep those that nobody has dealt with, and nobody has put aside."""
        return self.filter(state__in=WAITING)

    def locked(self) -> Self:
        """Rows about to be written, in primary-key order so that two callers cannot deadlock."""
        return self.select_for_update(of=("self",), no_key=True).order_by("pk")


class StripeEvent(CreatedUpdated):
    """One event, as it was signed. It is a hint to look, and never believed by itself."""

    event_id = models.CharField(_("event"), max_length=255)
    type = models.CharField(_("type"), max_length=100)
    provider_account = models.CharField(_("account at Stripe"), max_length=255, blank=True, default="", db_default="")
    is_live = models.BooleanField(_("real money"), default=False, db_default=False)
    object_id = models.CharField(_("about"), max_length=255, blank=True, default="", db_default="")
    payload = models.JSONField(_("what it said"))
    received_at = models.DateTimeField(_("received at"))
    state = models.CharField(
        _("state"), max_length=16, choices=EventState, default=EventState.RECEIVED, db_default=EventState.RECEIVED
    )
    problem = models.CharField(_("why"), max_length=500, blank=True, default="", db_default="")
    tries = models.PositiveIntegerField(_("tries"), default=0, db_default=0)
    settled_at = models.DateTimeField(_("dealt with at"), null=True, blank=True)
    attempt = models.ForeignKey(
        PaymentAttempt,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="events",
        verbose_name=_("payment at Stripe"),
        db_index=False,
        help_text=_("Empty where it names none, until it was looked at, and for what is about no payment of ours."),
    )

    objects = models.Manager.from_queryset(StripeEventQuerySet)()

    class Meta:
        db_table = "stripe_events"
        verbose_name = _("event of Stripe")
        verbose_name_plural = _("events of Stripe")
        permissions = [("replay_stripeevent", _("Can have events of Stripe dealt with again"))]
        constraints = [
            models.UniqueConstraint(
                name="stripe_events_once", fields=["event_id"], violation_error_message=_("This event is known.")
            ),
            models.CheckConstraint(name="stripe_events_state_known", condition=Q(state__in=EventState.values)),
            models.CheckConstraint(
                name="stripe_events_settled_when_done",
                condition=Q(state__in=[each.value for each in DONE], settled_at__isnull=False)
                | (~Q(state__in=[each.value for each in DONE]) & Q(settled_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="stripe_events_put_aside_for_a_reason",
                condition=~Q(state__in=[EventState.FAILED.value, EventState.QUARANTINED.value]) | ~Q(problem=""),
            ),
        ]
        indexes = [
            models.Index(name="stripe_events_newest", fields=["-received_at", "-id"]),
            models.Index(name="stripe_events_of_attempt", fields=["attempt"], condition=Q(attempt__isnull=False)),
            models.Index(
                name="stripe_events_to_do",
                fields=["received_at"],
                condition=Q(state__in=[EventState.RECEIVED.value, EventState.FAILED.value]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"
