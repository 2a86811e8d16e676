"""Contracts: what was agreed with a client in words, and who signed it."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from billing.models.number_series import NumberSeries
from sessions_app.models import Client, Project
from studio.db import CreatedUpdated
from studio.office.models import StoredFile


class ContractKind(models.TextChoices):
    """What it is about."""

    RECORDING = "recording", _("recording")
    MIXING = "mixing", _("mixing")
    MASTERING = "mastering", _("mastering")
    PRODUCTION = "production", _("production")
    EXCLUSIVITY = "exclusivity", _("exclusivity")
    DISTRIBUTION = "distribution", _("distribution")
    STUDIO_RENTAL = "studio_rental", _("hire of the studio")
    SERVICES = "services", _("services")
    PARTNERSHIP = "partnership", _("partnership")
    OTHER = "other", _("other")


class ContractStatus(models.TextChoices):
    """How far it is; whether it holds on a day, its dates say."""

    DRAFT = "draft", _("draft")
    SENT = "sent", _("to be signed")
    SIGNED = "signed", _("signed")
    TERMINATED = "terminated", _("terminated")
    CANCELLED = "cancelled", _("withdrawn")


BINDING = (ContractStatus.SIGNED, ContractStatus.TERMINATED)


class ContractQuerySet(models.QuerySet["Contract"]):
    """Contracts."""

    def in_force(self, on: date) -> Self:
        """Keep those that are signed and hold on a day."""
        begun = Q(starts_on__isnull=True) | Q(starts_on__lte=on)
        lasts = Q(ends_on__isnull=True) | Q(ends_on__gte=on)
        return self.filter(begun, lasts, status=ContractStatus.SIGNED)

    def locked(self) -> Self:
        """Rows about to be written, in primary-key order so that two callers cannot deadlock."""
        return self.select_for_update(of=("self",), no_key=True).order_by("pk")


class Contract(CreatedUpdated):
    """A text for a client; it changes while it is a draft, and once sent its fingerprint is what is signed."""

    series = models.ForeignKey(
        NumberSeries,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="contracts",
        verbose_name=_("number series"),
        editable=False,
        db_index=False,
        help_text=_("Empty until it is sent for the first time, and for numbers of a former system."),
    )
    number = models.PositiveIntegerField(_("number in its series"), null=True, blank=True, editable=False)
    contract_number = models.CharField(
        _("number"), max_length=100, blank=True, default="", db_default="", editable=False
    )
    former_series = models.CharField(
        _("former system"), max_length=60, blank=True, default="", db_default="", editable=False
    )
    client = models.ForeignKey(
        Client, on_delete=models.PROTECT, related_name="+", verbose_name=_("client"), db_index=False
    )
    # As the client was called when it was sent: part of what is signed.
    client_label = models.CharField(_("client"), max_length=255, blank=True, default="", db_default="", editable=False)
    project = models.ForeignKey(
        Project,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        verbose_name=_("project"),
        db_index=False,
        help_text=_("Empty: for no project, or for one that was deleted: its name stays."),
    )
    project_label = models.CharField(_("project"), max_length=255, blank=True, default="", db_default="")
    kind = models.CharField(
        _("kind"), max_length=16, choices=ContractKind, default=ContractKind.SERVICES, db_default=ContractKind.SERVICES
    )
    title = models.CharField(_("title"), max_length=255)
    description = models.TextField(_("description"), blank=True, default="", db_default="")
    terms = models.TextField(_("text"), blank=True, default="", db_default="", help_text=_("What is signed."))
    starts_on = models.DateField(_("first day"), null=True, blank=True)
    ends_on = models.DateField(_("last day"), null=True, blank=True, help_text=_("Empty: without an end."))
    currency = models.CharField(_("currency"), max_length=3, default="EUR", db_default="EUR")
    value = models.DecimalField(
        _("value"), max_digits=12, decimal_places=2, null=True, blank=True, help_text=_("Without VAT. Empty: none.")
    )
    status = models.CharField(
        _("status"),
        max_length=16,
        choices=ContractStatus,
        default=ContractStatus.DRAFT,
        db_default=ContractStatus.DRAFT,
        editable=False,
    )
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True, editable=False)
    content_hash = models.CharField(
        _("fingerprint"), max_length=64, blank=True, default="", db_default="", editable=False
    )
    signed_on = models.DateField(_("signed on"), null=True, blank=True, editable=False)
    signer_name = models.CharField(
        _("signed by"), max_length=255, blank=True, default="", db_default="", editable=False
    )
    signed_file = models.ForeignKey(
        StoredFile,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("signed contract"),
        editable=False,
        help_text=_("Empty: none was kept yet."),
    )
    ended_on = models.DateField(_("terminated on"), null=True, blank=True, editable=False)
    end_reason = models.CharField(
        _("why it ended"), max_length=500, blank=True, default="", db_default="", editable=False
    )
    signature_request_id = models.CharField(
        _("signature request of a former system"), max_length=255, blank=True, default="", db_default="", editable=False
    )
    former_document = models.CharField(
        _("document in the former system"), max_length=500, blank=True, default="", db_default="", editable=False
    )
    former_signed_document = models.CharField(
        _("signed document in the former system"), max_length=500, blank=True, default="", db_default="", editable=False
    )
    notes = models.TextField(
        _("internal notes"), blank=True, default="", db_default="", help_text=_("The client never sees them.")
    )

    objects = models.Manager.from_queryset(ContractQuerySet)()

    class Meta:
        db_table = "contracts"
        verbose_name = _("contract")
        verbose_name_plural = _("contracts")
        constraints = [
            models.CheckConstraint(name="contracts_kind_known", condition=Q(kind__in=ContractKind.values)),
            models.CheckConstraint(name="contracts_status_known", condition=Q(status__in=ContractStatus.values)),
            models.CheckConstraint(
                name="contracts_titled",
                condition=~Q(title=""),
                violation_error_message=_("A contract says what it is about."),
            ),
            models.CheckConstraint(
                name="contracts_currency_code",
                condition=Q(currency__regex=r"^[A-Z]{3}$"),
                violation_error_message=_("A currency has three capital letters, e.g. EUR."),
            ),
            models.CheckConstraint(
                name="contracts_ends_after_start",
                condition=Q(ends_on__isnull=True) | Q(starts_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                violation_error_message=_("A contract ends after it begins."),
            ),
            models.CheckConstraint(
                name="contracts_value_not_negative",
                condition=Q(value__isnull=True) | Q(value__gte=0),
                violation_error_message=_("A value may not be negative."),
            ),
            models.UniqueConstraint(
                name="contracts_number_unique",
                fields=["former_series", "contract_number"],
                condition=~Q(contract_number=""),
                violation_error_message=_("Another contract has this number."),
            ),
            models.UniqueConstraint(name="contracts_once_in_series", fields=["series", "number"]),
            models.CheckConstraint(
                name="contracts_sent_in_full",
                condition=Q(status__in=[ContractStatus.DRAFT.value, ContractStatus.CANCELLED.value])
                | (
                    Q(series__isnull=False, sent_at__isnull=False, content_hash__regex=r"^[0-9a-f]{64}$")
                    & ~Q(contract_number="")
                    & ~Q(terms="")
                )
                | ~Q(former_series=""),
                violation_error_message=_("A contract has a text and a number once it is sent."),
            ),
            models.CheckConstraint(
                name="contracts_signed_by_somebody",
                condition=(Q(status__in=[each.value for each in BINDING], signed_on__isnull=False) & ~Q(signer_name=""))
                | (
                    ~Q(status__in=[each.value for each in BINDING])
                    & Q(signed_on__isnull=True, signer_name="", signed_file__isnull=True)
                )
                | ~Q(former_series=""),
                violation_error_message=_("A signed contract says who signed it, and when."),
            ),
            models.CheckConstraint(
                name="contracts_ended_for_a_reason",
                condition=(Q(status=ContractStatus.TERMINATED, ended_on__isnull=False) & ~Q(end_reason=""))
                | (~Q(status=ContractStatus.TERMINATED) & Q(ended_on__isnull=True, end_reason=""))
                | ~Q(former_series=""),
                violation_error_message=_("A contract is terminated on a day, for a reason."),
            ),
        ]
        indexes = [
            models.Index(name="contracts_of_client", fields=["client", "-id"]),
            models.Index(name="contracts_of_project", fields=["project"], condition=Q(project__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.contract_number or self.title
