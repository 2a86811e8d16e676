"""The people and companies a studio works for."""

from decimal import Decimal

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Upper
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from studio.db import CreatedUpdated
from studio.showing import stamp


class ClientKind(models.TextChoices):
    """Whether a client is a person or an organisation."""

    INDIVIDUAL = "individual", _("individual")
    COMPANY = "company", _("company")


class Client(CreatedUpdated):
    """Somebody the studio works for and bills."""

    kind = models.CharField(
        _("kind"), max_length=16, choices=ClientKind, default=ClientKind.INDIVIDUAL, db_default=ClientKind.INDIVIDUAL
    )
    name = models.CharField(_("name"), max_length=255, help_text=_("As it stands on an invoice."))
    prefix = models.CharField(_("title"), max_length=20, blank=True, default="", db_default="")
    first_name = models.CharField(_("first name"), max_length=100, blank=True, default="", db_default="")
    middle_name = models.CharField(_("middle name"), max_length=100, blank=True, default="", db_default="")
    last_name = models.CharField(_("last name"), max_length=100, blank=True, default="", db_default="")
    suffix = models.CharField(_("suffix"), max_length=20, blank=True, default="", db_default="")
    artist_name = models.CharField(_("artist name"), max_length=255, blank=True, default="", db_default="")

    email = models.EmailField(_("e-mail"), max_length=255, blank=True, default="", db_default="")
    phone = models.CharField(_("phone"), max_length=50, blank=True, default="", db_default="")
    # Further ones, each {"type": ..., "value": ...}.
    emails = models.JSONField(_("further e-mails"), default=list, db_default=Value([], models.JSONField()), blank=True)
    phones = models.JSONField(_("further phones"), default=list, db_default=Value([], models.JSONField()), blank=True)
    street = models.CharField(_("street"), max_length=255, blank=True, default="", db_default="")
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True, default="", db_default="")
    city = models.CharField(_("city"), max_length=100, blank=True, default="", db_default="")
    region = models.CharField(_("region"), max_length=100, blank=True, default="", db_default="")
    country = models.CharField(_("country"), max_length=100, blank=True, default="", db_default="")
    birthday = models.DateField(_("birthday"), null=True, blank=True)

    genres = models.JSONField(_("genres"), default=list, db_default=Value([], models.JSONField()), blank=True)
    instruments = models.JSONField(_("instruments"), default=list, db_default=Value([], models.JSONField()), blank=True)
    platform_links = models.JSONField(
        _("platform links"),
        default=dict,
        db_default=Value({}, models.JSONField()),
        blank=True,
        help_text=_("Name of the platform -> address."),
    )
    record_label = models.CharField(_("label"), max_length=255, blank=True, default="", db_default="")
    manager_contact = models.CharField(_("manager"), max_length=255, blank=True, default="", db_default="")
    rights_society = models.CharField(_("rights society"), max_length=100, blank=True, default="", db_default="")
    notes = models.TextField(_("notes"), blank=True, default="", db_default="")
    # Items {"label": ..., "type": ..., "value": ...}.
    custom_fields = models.JSONField(
        _("own fields"), default=list, db_default=Value([], models.JSONField()), blank=True
    )

    currency = models.CharField(_("currency"), max_length=3, default="EUR", db_default="EUR")
    default_deposit_percent = models.DecimalField(
        _("deposit"),
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("Percent of the total. Empty: the studio's own; 0: never a deposit."),
    )
    # Pushed down by billing, in the transaction that changes it; positive is owed to the studio.
    balance_due = models.DecimalField(
        _("balance due"), max_digits=12, decimal_places=2, default=Decimal(0), db_default=Decimal(0), editable=False
    )
    is_vip = models.BooleanField(_("VIP"), default=False, db_default=False)
    is_active = models.BooleanField(
        _("active"),
        default=True,
        db_default=True,
        help_text=_("Switched off: no longer offered in forms; everything kept under the client stays."),
    )

    class Meta:
        db_table = "clients"
        verbose_name = _("client")
        verbose_name_plural = _("clients")
        constraints = [
            models.CheckConstraint(name="clients_kind_known", condition=Q(kind__in=ClientKind.values)),
            models.CheckConstraint(name="clients_name_given", condition=~Q(name="")),
            models.CheckConstraint(
                name="clients_currency_code",
                condition=Q(currency__regex=r"^[A-Z]{3}$"),
                violation_error_message=_("A currency has three capital letters, e.g. EUR."),
            ),
            models.CheckConstraint(
                name="clients_deposit_is_percent",
                condition=Q(default_deposit_percent__isnull=True)
                | Q(default_deposit_percent__gte=0, default_deposit_percent__lte=100),
                violation_error_message=_("A deposit lies between 0 and 100 percent."),
            ),
        ]
        indexes = [
            # icontains compares UPPER(): an index on the plain column would never be used.
            GinIndex(
                OpClass(Upper("name"), "gin_trgm_ops"),
                OpClass(Upper("artist_name"), "gin_trgm_ops"),
                OpClass(Upper("email"), "gin_trgm_ops"),
                name="clients_search",
            ),
            models.Index(name="clients_by_name", fields=["name", "id"]),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.artist_name})" if self.artist_name else self.name


class ClientNote(CreatedUpdated):
    """A remark on a client, added and never rewritten; shown newest first."""

    client = models.ForeignKey(Client, on_delete=models.DB_CASCADE, related_name="client_notes", db_index=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        help_text=_("Empty after the account is deleted: the note stays, with the name as it was."),
    )
    author_label = models.CharField(_("author"), max_length=420, blank=True, default="", db_default="", editable=False)
    body = models.TextField(_("note"))

    class Meta:
        db_table = "client_notes"
        verbose_name = _("client note")
        verbose_name_plural = _("client notes")
        constraints = [models.CheckConstraint(name="client_notes_body_given", condition=~Q(body=""))]
        indexes = [models.Index(name="client_notes_newest", fields=["client", "-created_at", "-id"])]

    def __str__(self) -> str:
        return gettext("Remark of %(moment)s") % {"moment": stamp(self.created_at)}
