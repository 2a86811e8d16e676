"""Whose a payment provider's accounts, payments and events are, and whether the provider can be reached."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from studio.db import CreatedUpdated
from studio.tenancy.models.studio import Studio


class ProviderShare(models.TextChoices):
    """Who waits for a provider."""

    PAGES = "pages"
    JOBS = "jobs"


class PaymentAccount(CreatedUpdated):
    """The account at Stripe that a studio's money goes to; no two studios have the same."""

    studio = models.OneToOneField(
        Studio, on_delete=models.CASCADE, related_name="payment_account", verbose_name=_("studio")
    )
    provider_account = models.CharField(
        _("account at Stripe"),
        max_length=255,
        blank=True,
        default="",
        db_default="",
        help_text=_("Empty: the one that the platform's own key belongs to."),
    )
    is_ready = models.BooleanField(
        _("ready"), default=False, db_default=False, help_text=_("Stripe has what it asks for, and takes payments.")
    )
    connected_by = models.CharField(_("connected by"), max_length=420, blank=True, default="", db_default="")

    class Meta:
        db_table = "payment_accounts"
        verbose_name = _("payment account")
        verbose_name_plural = _("payment accounts")
        constraints = [
            models.UniqueConstraint(
                name="payment_accounts_of_one_studio",
                fields=["provider_account"],
                violation_error_message=_("Another studio has this account."),
            ),
            models.CheckConstraint(
                name="payment_accounts_account_plain",
                condition=Q(provider_account__regex=r"^(acct_[A-Za-z0-9_]{1,250})?$"),
                violation_error_message=_("An account at Stripe is called acct_ and letters or digits."),
            ),
        ]

    def __str__(self) -> str:
        return self.provider_account or str(_("the platform's own"))


class PaymentRoute(CreatedUpdated):
    """Which studio a payment was begun in: what the provider says of it goes nowhere else."""

    attempt_key = models.UUIDField(_("payment"), unique=True)
    studio = models.ForeignKey(
        Studio, on_delete=models.CASCADE, related_name="payment_routes", verbose_name=_("studio")
    )

    class Meta:
        db_table = "payment_routes"

    def __str__(self) -> str:
        return str(self.attempt_key)


class StrayEvent(CreatedUpdated):
    """Something that Stripe told, signed, about a payment or an account of no studio here."""

    event_id = models.CharField(_("event"), max_length=255, unique=True)
    type = models.CharField(_("type"), max_length=100)
    provider_account = models.CharField(_("account at Stripe"), max_length=255, blank=True, default="", db_default="")
    payload = models.JSONField(_("what it said"))
    problem = models.CharField(_("why it is nobody's"), max_length=300)
    received_at = models.DateTimeField(_("received at"))

    class Meta:
        db_table = "stray_events"
        verbose_name = _("event of nobody")
        verbose_name_plural = _("events of nobody")
        indexes = [models.Index(name="stray_events_newest", fields=["-received_at"])]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"


class ProviderBreaker(CreatedUpdated):
    """How many calls to a provider failed in a row; after some it is left alone for a while, by all processes."""

    provider = models.CharField(max_length=20, unique=True)
    failures = models.PositiveIntegerField(default=0, db_default=0)
    opened_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "provider_breakers"

    def __str__(self) -> str:
        return f"{self.provider}: {self.failures}"


class ProviderPlace(CreatedUpdated):
    """A place among those who may wait for a provider at once; one that was killed loses it by the time."""

    provider = models.CharField(max_length=20)
    share = models.CharField(max_length=10, choices=ProviderShare)
    number = models.PositiveIntegerField()
    lease = models.UUIDField(null=True, blank=True)
    taken_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "provider_places"
        constraints = [
            models.UniqueConstraint(name="provider_places_counted_once", fields=["provider", "share", "number"]),
            models.CheckConstraint(name="provider_places_share_known", condition=Q(share__in=ProviderShare.values)),
        ]

    def __str__(self) -> str:
        return f"{self.provider}, {self.share}: {self.number}"
