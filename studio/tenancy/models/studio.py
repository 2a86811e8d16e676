"""The registry: which studios there are and where they answer."""

from dataclasses import dataclass
from uuid import uuid4

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Cast, Concat, Lower
from django.utils.translation import gettext_lazy as _
from django_tenants.models import TenantMixin

from studio.db import CreatedUpdated


class StudioKind(models.TextChoices):
    """What a studio does; it decides which menus are shown, never which tables exist."""

    RECORDING = "recording", _("recording")
    TRAINING = "training", _("training")
    MIXED = "mixed", _("recording and training")


class StudioStatus(models.TextChoices):
    """Where a studio is in its life."""

    PROVISIONING = "provisioning", _("being set up")
    ACTIVE = "active", _("active")
    SUSPENDED = "suspended", _("suspended")
    CLOSING = "closing", _("closing")


@dataclass(frozen=True, slots=True)
class StudioRef:
    """What a request needs to know of its studio, without touching the registry again."""

    id: int
    schema_name: str
    name: str
    kind: str
    status: str
    time_zone: str
    currency: str
    language: str
    primary_domain: str
    is_migrating: bool


class Studio(CreatedUpdated, TenantMixin):
    """One studio: a schema, a role, and the facts the platform needs of it."""

    # Saving and deleting concern this row alone: schemas come and go by studio.tenancy.services.studios.
    auto_create_schema = False
    auto_drop_schema = False

    uid = models.UUIDField(
        _("identity"),
        default=uuid4,
        db_default=RandomUUID(),
        editable=False,
        help_text=_("Who it is, on whichever installation: its backups, and the copies made of them, have the same."),
    )
    schema_name = models.CharField(max_length=63, unique=True, editable=False)
    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=16, choices=StudioKind, default=StudioKind.RECORDING)
    status = models.CharField(max_length=16, choices=StudioStatus, db_default=StudioStatus.PROVISIONING)
    country = models.CharField(max_length=2, default="FR")
    time_zone = models.CharField(max_length=64, default="Europe/Paris")
    currency = models.CharField(max_length=3, default="EUR")
    language = models.CharField(max_length=8, default="en")
    owner_email = models.EmailField(blank=True, default="")
    is_canary = models.BooleanField(
        _("first to migrate"), db_default=False, default=False, help_text=_("When its migration fails, the run stops.")
    )
    # Set while the studio's schema changes: its pages answer 503 meanwhile.
    migrating_since = models.DateTimeField(null=True, blank=True, editable=False)
    provisioning_error = models.TextField(blank=True, default="", editable=False)
    restored_from = models.CharField(
        _("restored from"),
        max_length=64,
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text=_("The SHA-256 of the backup it came out of. Empty: it was opened here."),
    )
    copy_of = models.ForeignKey(
        "self",
        verbose_name=_("copy of"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="copies",
        editable=False,
        help_text=_("The studio beside which it was restored. Empty: none, or that one is gone."),
    )
    # Where it answered when it was backed up: it takes these by a swap when its original is not here.
    former_slug = models.CharField(max_length=40, blank=True, default="", db_default="", editable=False)
    former_hosts = models.JSONField(default=list, editable=False)
    # A restored copy writes to nobody, and no periodic job runs in it, before somebody says so: what waits or is due in
    # it may have been sent or issued long ago.
    mails_held_since = models.DateTimeField(_("mails held since"), null=True, blank=True, editable=False)

    class Meta:
        db_table = "studios"
        verbose_name = _("studio")
        verbose_name_plural = _("studios")
        constraints = [
            models.CheckConstraint(
                name="studios_schema_name_generated",
                condition=Q(schema_name=Concat(models.Value("tenant_"), Cast(F("id"), models.TextField()))),
            ),
            models.CheckConstraint(
                name="studios_schema_name_plain", condition=Q(schema_name__regex=r"^tenant_[0-9]+$")
            ),
            models.CheckConstraint(name="studios_kind_known", condition=Q(kind__in=StudioKind.values)),
            models.CheckConstraint(name="studios_status_known", condition=Q(status__in=StudioStatus.values)),
            models.CheckConstraint(
                name="studios_slug_plain",
                condition=Q(slug__regex=r"^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$"),
                violation_error_message=_("An address part has 1 to 40 letters a-z, digits and inner hyphens."),
            ),
            models.CheckConstraint(name="studios_name_given", condition=~Q(name="")),
            models.CheckConstraint(name="studios_currency_code", condition=Q(currency__regex=r"^[A-Z]{3}$")),
            models.CheckConstraint(name="studios_country_code", condition=Q(country__regex=r"^[A-Z]{2}$")),
            models.CheckConstraint(name="studios_owner_email_lower", condition=Q(owner_email=Lower("owner_email"))),
            models.CheckConstraint(
                name="studios_error_only_while_set_up",
                condition=Q(status=StudioStatus.PROVISIONING) | Q(provisioning_error=""),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Domain(CreatedUpdated):
    """A host name at which a studio answers."""

    domain = models.CharField(max_length=253, unique=True)
    studio = models.ForeignKey(Studio, on_delete=models.CASCADE, related_name="domains")
    is_primary = models.BooleanField(db_default=False)
    verified_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "domains"
        verbose_name = _("domain")
        verbose_name_plural = _("domains")
        constraints = [
            models.UniqueConstraint(name="domains_one_primary", fields=["studio"], condition=Q(is_primary=True)),
            models.CheckConstraint(
                name="domains_domain_plain",
                condition=Q(domain__regex=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$"),
                violation_error_message=_("A host name has letters a-z, digits, hyphens and dots."),
            ),
            models.CheckConstraint(
                name="domains_primary_is_verified",
                condition=Q(is_primary=False) | Q(verified_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.domain


class ReleasedName(CreatedUpdated):
    """A slug or host name that was given up: blocked for a while, or a stranger would inherit its visitors."""

    name = models.CharField(max_length=253, unique=True)
    blocked_until = models.DateTimeField()
    studio_uid = models.UUIDField(
        null=True, help_text=_("Who gave it up, and may have it again. Empty: that was not written down.")
    )

    class Meta:
        db_table = "released_names"

    def __str__(self) -> str:
        return self.name
