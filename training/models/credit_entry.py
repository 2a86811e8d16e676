"""The ledger of credits: how many sessions a member has, and why."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from studio.db import CreatedUpdated
from training.models.subscription import Subscription
from training.models.training_session import TrainingSession


class CreditKind(models.TextChoices):
    """What moved a credit."""

    BOUGHT = "bought", _("bought")
    USED = "used", _("used")
    RETURNED = "returned", _("returned")
    EXPIRED = "expired", _("expired")
    ADJUSTED = "adjusted", _("adjusted")


class CreditEntry(CreatedUpdated):
    """One move of credits of one subscription, its lot; never changed afterwards.

    What is left of a lot is the sum of its entries. The database adds up after each insert and refuses a sum below
    zero, a session that is charged twice, and one that is given back elsewhere than where it was charged.
    """

    append_only = True

    subscription = models.ForeignKey(
        Subscription,
        on_delete=models.PROTECT,
        related_name="credit_entries",
        verbose_name=_("subscription"),
        db_index=False,
    )
    session = models.ForeignKey(
        TrainingSession,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="credit_entries",
        verbose_name=_("session"),
        db_index=False,
        help_text=_("Empty when it is about no session, and after the session is deleted: its time stays."),
    )
    session_label = models.CharField(_("session"), max_length=420, blank=True, default="", db_default="")
    kind = models.CharField(
        _("kind"), max_length=16, choices=CreditKind, default=CreditKind.ADJUSTED, db_default=CreditKind.ADJUSTED
    )
    quantity = models.SmallIntegerField(_("credits"))
    reason = models.CharField(_("reason"), max_length=500, blank=True, default="", db_default="")
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        verbose_name=_("account"),
        help_text=_("Empty for acts of the product itself, and once the account is deleted: the label stays."),
    )
    actor_label = models.CharField(_("by"), max_length=420, blank=True, default="", db_default="")
    at = models.DateTimeField(_("at"))

    class Meta:
        db_table = "credit_entries"
        verbose_name = _("credit entry")
        verbose_name_plural = _("credit entries")
        permissions = [("adjust_creditentry", _("Can adjust credits"))]
        constraints = [
            models.CheckConstraint(name="credit_entries_kind_known", condition=Q(kind__in=CreditKind.values)),
            models.CheckConstraint(
                name="credit_entries_quantity_of_kind",
                condition=Q(kind=CreditKind.BOUGHT, quantity__gt=0)
                | Q(kind=CreditKind.USED, quantity=-1)
                | Q(kind=CreditKind.RETURNED, quantity=1)
                | Q(kind=CreditKind.EXPIRED, quantity__lt=0)
                | (Q(kind=CreditKind.ADJUSTED) & ~Q(quantity=0)),
                violation_error_message=_("This number of credits does not fit what is done with them."),
            ),
            models.CheckConstraint(
                name="credit_entries_session_named",
                condition=~Q(kind__in=[CreditKind.USED.value, CreditKind.RETURNED.value]) | ~Q(session_label=""),
            ),
            models.CheckConstraint(
                name="credit_entries_adjusted_for_a_reason",
                condition=~Q(kind=CreditKind.ADJUSTED) | ~Q(reason=""),
                violation_error_message=_("Credits are adjusted for a reason."),
            ),
            models.UniqueConstraint(
                name="credit_entries_bought_once", fields=["subscription"], condition=Q(kind=CreditKind.BOUGHT)
            ),
        ]
        indexes = [
            models.Index(name="credit_entries_of_lot", fields=["subscription", "id"]),
            models.Index(name="credit_entries_of_session", fields=["session"], condition=Q(session__isnull=False)),
            models.Index(name="credit_entries_by", fields=["account"], condition=Q(account__isnull=False)),
            models.Index(name="credit_entries_newest", fields=["-at", "-id"]),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.quantity:+d}"
