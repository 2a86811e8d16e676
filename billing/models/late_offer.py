"""Times that are offered to a client whose money came after the slot was gone."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from billing.models.payment_attempt import PaymentAttempt
from sessions_app.models import Room, StudioSession
from studio.db import CreatedUpdated


class LateOffer(CreatedUpdated):
    """Another time for a session that was paid too late. It holds nothing: whoever is first has it."""

    attempt = models.ForeignKey(
        PaymentAttempt,
        on_delete=models.PROTECT,
        related_name="late_offers",
        verbose_name=_("payment at Stripe"),
        db_index=False,
    )
    session = models.ForeignKey(
        StudioSession,
        on_delete=models.DB_CASCADE,
        related_name="+",
        verbose_name=_("session"),
        help_text=_("An offer of time for a session that is deleted is none."),
    )
    room = models.ForeignKey(
        Room,
        on_delete=models.DB_CASCADE,
        related_name="+",
        verbose_name=_("room"),
        help_text=_("An offer of a room that is deleted is none."),
    )
    starts_at = models.DateTimeField(_("starts at"))
    ends_at = models.DateTimeField(_("ends at"))

    class Meta:
        db_table = "late_offers"
        verbose_name = _("offer of another time")
        verbose_name_plural = _("offers of another time")
        constraints = [
            models.CheckConstraint(
                name="late_offers_ends_after_start",
                condition=Q(ends_at__gt=F("starts_at")),
                violation_error_message=_("A session must end after it starts."),
            ),
            models.UniqueConstraint(
                name="late_offers_each_once", fields=["attempt", "session", "room", "starts_at", "ends_at"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.attempt_id}: {self.room_id} {self.starts_at:%Y-%m-%d %H:%M%z}"
