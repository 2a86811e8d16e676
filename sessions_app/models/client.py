"""The people and companies a studio works for."""

import re
from decimal import Decimal
from typing import Self

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Lower, Upper
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sessions_app.models.client_keys import FEWEST_DIGITS, PHONE_DIGITS, ItemTexts, PhoneKey
from studio.db import CreatedUpdated, Digits, Folded
from studio.showing import stamp

# Written with blanks, dots, dashes or brackets, and long enough not to be a year or a house.
TELEPHONE = re.compile(r"\+?[0-9][0-9 ./()-]{5,}")


class ClientKind(models.TextChoices):
    """Whether a client is a person or an organisation."""

    INDIVIDUAL = "individual", _("individual")
    COMPANY = "company", _("company")


# What the search looks at: written once, so that a question and the index that answers it cannot differ.
SEARCHED = Folded(
    "name",
    "artist_name",
    "email",
    ItemTexts("emails"),
    Digits("phone"),
    Digits(ItemTexts("phones")),
    ItemTexts("genres", items="$[*]"),
    ItemTexts("instruments", items="$[*]"),
)


class ClientQuerySet(models.QuerySet["Client"]):
    """Clients."""

    def present(self) -> Self:
        """Drop those that were merged into another."""
        return self.filter(merged_into__isnull=True)

    def searched(self, words: str) -> Self:
        """Keep those of whom every word stands somewhere: names, e-mails, phones, genres, instruments.

        Accents and capitals do not matter, nor how a telephone number is grouped.
        """
        found = self.alias(searched=SEARCHED)
        for word in searched_words(words):
            found = found.filter(searched__contains=Folded(Value(word)))
        return found

    def sharing(self, *, email: str, phone: str) -> Self:
        """Keep those with an e-mail address or a telephone number, however it is written; nobody shares nothing."""
        keyed = self.alias(email_key=Lower("email"), phone_key=PhoneKey("phone"))
        digits = "".join(sign for sign in phone if sign.isdigit())[-PHONE_DIGITS:]
        by_email = Q(email_key=email.strip().lower()) & ~Q(email="") if email.strip() else Q(pk__in=[])
        by_phone = Q(phone_key=digits) & ~Q(phone="") if len(digits) >= FEWEST_DIGITS else Q(pk__in=[])
        return keyed.filter(by_email | by_phone)

    def locked(self) -> Self:
        """Rows about to be written, in primary-key order so that two callers cannot deadlock."""
        return self.select_for_update(of=("self",)).order_by("pk")


def searched_words(text: str) -> list[str]:
    """Return what is looked for one by one; a telephone number is one thing however it is grouped.

    Of a long number its end is looked for, the same as in PhoneKey: it is found with its country's prefix and without.
    """
    if TELEPHONE.fullmatch(text.strip()):
        digits = "".join(sign for sign in text if sign.isdigit())
        return [(digits.removeprefix("00") if text.strip().startswith("00") else digits)[-PHONE_DIGITS:]]
    return text.split()


def known_as(name: str, artist_name: str) -> str:
    """Return what the staff call a client, e.g. "Mina Morel (Mina M.)"."""
    return f"{name} ({artist_name})" if artist_name else name


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
    last_paid_on = models.DateField(_("last payment"), null=True, blank=True, editable=False)
    is_vip = models.BooleanField(_("VIP"), default=False, db_default=False)
    is_active = models.BooleanField(
        _("active"),
        default=True,
        db_default=True,
        help_text=_("Switched off: no longer offered in forms; everything kept under the client stays."),
    )
    merged_into = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="merged_clients",
        db_index=False,
        editable=False,
        verbose_name=_("merged into"),
        help_text=_("Empty for every client but a duplicate that was merged into another."),
    )

    objects = models.Manager.from_queryset(ClientQuerySet)()

    class Meta:
        db_table = "clients"
        verbose_name = _("client")
        verbose_name_plural = _("clients")
        permissions = [("export_client", _("Can take the list of clients along"))]
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
            models.CheckConstraint(
                name="clients_merged_is_archived",
                condition=Q(merged_into__isnull=True) | Q(is_active=False) & ~Q(merged_into=F("id")),
                violation_error_message=_("A client merged into another stays archived until the merge is undone."),
            ),
            # What the keys of company_members on (client, kind) refer to.
            models.UniqueConstraint(name="clients_id_with_kind", fields=["id", "kind"]),
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
            GinIndex(OpClass(SEARCHED, "gin_trgm_ops"), name="clients_searched"),
            # Duplicates: the same address, the same number, the same or a similar name.
            models.Index(Lower("email"), F("id"), name="clients_by_email_key", condition=~Q(email="")),
            models.Index(PhoneKey("phone"), F("id"), name="clients_by_phone_key", condition=~Q(phone="")),
            models.Index(Folded("name"), F("id"), name="clients_by_name_key"),
            GinIndex(
                OpClass(Folded("name"), "gin_trgm_ops"),
                OpClass(Folded("artist_name"), "gin_trgm_ops"),
                name="clients_alike",
            ),
            models.Index(name="clients_merged", fields=["merged_into"], condition=Q(merged_into__isnull=False)),
        ]

    def __str__(self) -> str:
        return known_as(self.name, self.artist_name)


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
