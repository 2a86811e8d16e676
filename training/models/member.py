"""The people who train here."""

from django.contrib.postgres.functions import RandomUUID
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from studio.db import CreatedUpdated


class MemberType(models.TextChoices):
    """On what footing somebody trains."""

    TRIAL = "trial", _("trial")
    FULL = "full", _("full")
    COLLABORATION = "collaboration", _("collaboration")


class MemberStatus(models.TextChoices):
    """Where a membership stands."""

    PENDING = "pending", _("pending")
    ACTIVE = "active", _("active")
    SUSPENDED = "suspended", _("suspended")
    EXPIRED = "expired", _("expired")
    INACTIVE = "inactive", _("inactive")


class Gender(models.TextChoices):
    """As the membership form asks it."""

    MALE = "male", _("male")
    FEMALE = "female", _("female")


class UniformSize(models.TextChoices):
    """The sizes that are in stock."""

    XS = "XS", _("XS")
    S = "S", _("S")
    M = "M", _("M")
    L = "L", _("L")
    XL = "XL", _("XL")


class Member(CreatedUpdated):
    """Somebody who trains here, or did."""

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    first_name = models.CharField(_("first name"), max_length=255)
    last_name = models.CharField(_("last name"), max_length=255)
    email = models.EmailField(_("e-mail"), max_length=255, blank=True, default="", db_default="")
    phone = models.CharField(_("phone"), max_length=50, blank=True, default="", db_default="")
    date_of_birth = models.DateField(_("date of birth"), null=True, blank=True)
    gender = models.CharField(_("gender"), max_length=16, choices=Gender, blank=True, default="", db_default="")
    member_type = models.CharField(
        _("type"), max_length=16, choices=MemberType, default=MemberType.FULL, db_default=MemberType.FULL
    )
    status = models.CharField(
        _("status"), max_length=16, choices=MemberStatus, default=MemberStatus.ACTIVE, db_default=MemberStatus.ACTIVE
    )
    join_date = models.DateField(_("joined on"), null=True, blank=True)
    waiver_signed_on = models.DateField(_("waiver signed on"), null=True, blank=True)
    waiver_expires_on = models.DateField(
        _("waiver expires on"), null=True, blank=True, help_text=_("From this day on nothing can be booked.")
    )
    uniform_size = models.CharField(
        _("uniform"), max_length=16, choices=UniformSize, blank=True, default="", db_default=""
    )
    referred_by_member = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="referrals",
        db_index=False,
        verbose_name=_("referred by"),
        help_text=_("Empty: by nobody known, and after that member is deleted."),
    )
    notes = models.TextField(_("notes"), blank=True, default="", db_default="")

    class Meta:
        db_table = "members"
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = [
            models.CheckConstraint(name="members_gender_known", condition=Q(gender__in=["", *Gender.values])),
            models.CheckConstraint(name="members_type_known", condition=Q(member_type__in=MemberType.values)),
            models.CheckConstraint(name="members_status_known", condition=Q(status__in=MemberStatus.values)),
            models.CheckConstraint(
                name="members_uniform_known", condition=Q(uniform_size__in=["", *UniformSize.values])
            ),
            models.CheckConstraint(
                name="members_not_referred_by_self",
                condition=Q(referred_by_member__isnull=True) | ~Q(referred_by_member=F("id")),
                violation_error_message=_("Nobody refers themselves."),
            ),
            models.CheckConstraint(
                name="members_waiver_expires_after_signing",
                condition=Q(waiver_expires_on__isnull=True)
                | Q(waiver_signed_on__isnull=True)
                | Q(waiver_expires_on__gt=F("waiver_signed_on")),
                violation_error_message=_("A waiver expires after the day on which it was signed."),
            ),
            models.UniqueConstraint(
                name="members_email_once",
                fields=["email"],
                condition=~Q(email=""),
                violation_error_message=_("There is a member of that e-mail address already."),
            ),
        ]
        indexes = [
            GinIndex(
                OpClass(Upper("first_name"), "gin_trgm_ops"),
                OpClass(Upper("last_name"), "gin_trgm_ops"),
                OpClass(Upper("email"), "gin_trgm_ops"),
                name="members_search",
            ),
            models.Index(
                name="members_referred_by",
                fields=["referred_by_member"],
                condition=Q(referred_by_member__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip()
