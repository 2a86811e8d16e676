"""The people who train here."""

from typing import Self

from django.contrib.postgres.functions import RandomUUID
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Lower, Upper
from django.utils.translation import gettext_lazy as _

from sessions_app.models import Client
from sessions_app.models.client import searched_words
from studio.db import CreatedUpdated, Digits, Folded


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


class TrainingPreference(models.TextChoices):
    """With whom somebody trains in one room."""

    MIXED = "mixed", _("mixed")
    WOMEN_ONLY = "women_only", _("women only")


class VestSize(models.TextChoices):
    """The vests that are in stock."""

    V1 = "v1", _("V1")
    V2 = "v2", _("V2")
    V2_SMALL_EXT = "v2_small_ext", _("V2 with small extension")
    V2_LARGE_EXT = "v2_large_ext", _("V2 with large extension")
    V2_DOUBLE_EXT = "v2_double_ext", _("V2 with double extension")


class BeltSize(models.TextChoices):
    """The hip belts that are in stock."""

    V1 = "v1", _("V1")
    V2 = "v2", _("V2")


class ReferralSource(models.TextChoices):
    """How somebody found the studio."""

    INSTAGRAM = "instagram", _("Instagram")
    MEMBER = "member_referral", _("another member")
    WEBSITE = "website", _("website")
    PROSPECTION = "prospection", _("outreach")
    STUDIO = "studio", _("passing by")
    PHONE = "phone", _("telephone")
    CHATBOT = "chatbot", _("chatbot")


class PartnershipKind(models.TextChoices):
    """On whose behalf a collaboration member trains."""

    INFLUENCER = "influencer", _("influencer")
    CORPORATE = "corporate", _("company")
    BRAND = "brand", _("brand")
    MEDIA = "media", _("media")
    OTHER = "other", _("other")


# What the search looks at: written once, so that a question and the index that answers it cannot differ.
SEARCHED = Folded("first_name", "last_name", "email", Digits("phone"))


class MemberQuerySet(models.QuerySet["Member"]):
    """Members."""

    def searched(self, words: str) -> Self:
        """Keep those of whom every word stands somewhere: names, e-mail, phone; also in parts.

        Accents and capitals do not matter, nor how a telephone number is grouped.
        """
        found = self.alias(searched=SEARCHED)
        for word in searched_words(words):
            found = found.filter(searched__contains=Folded(Value(word)))
        return found

    def orphan_trials(self) -> Self:
        """Keep the pending trial members who never got as far as a session."""
        return self.filter(member_type=MemberType.TRIAL, status=MemberStatus.PENDING, sessions__isnull=True)

    def locked(self) -> Self:
        """Rows about to be written, in primary-key order so that two callers cannot deadlock.

        Bookings of a member, whose keys point at the row, need not wait.
        """
        return self.select_for_update(of=("self",), no_key=True).order_by("pk")


class Member(CreatedUpdated):
    """Somebody who trains here, or did."""

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    client = models.OneToOneField(
        Client,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("client"),
        help_text=_("Who is billed. Empty in a new member's form: a client is made with the member."),
    )
    first_name = models.CharField(_("first name"), max_length=255)
    last_name = models.CharField(_("last name"), max_length=255)
    email = models.EmailField(_("e-mail"), max_length=255, blank=True, default="", db_default="")
    phone = models.CharField(_("phone"), max_length=50, blank=True, default="", db_default="")
    date_of_birth = models.DateField(_("date of birth"), null=True, blank=True)
    gender = models.CharField(_("gender"), max_length=16, choices=Gender, blank=True, default="", db_default="")
    training_preference = models.CharField(
        _("trains"),
        max_length=16,
        choices=TrainingPreference,
        default=TrainingPreference.MIXED,
        db_default=TrainingPreference.MIXED,
    )
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
    uniform_received = models.BooleanField(_("uniform received"), default=False, db_default=False)
    vest_size = models.CharField(_("vest"), max_length=16, choices=VestSize, blank=True, default="", db_default="")
    hip_belt_size = models.CharField(_("belt"), max_length=16, choices=BeltSize, blank=True, default="", db_default="")
    referral_source = models.CharField(
        _("found the studio through"), max_length=16, choices=ReferralSource, blank=True, default="", db_default=""
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
    referred_by_label = models.CharField(
        _("referred by"), max_length=520, blank=True, default="", db_default="", editable=False
    )
    partnership_company = models.CharField(_("partner"), max_length=255, blank=True, default="", db_default="")
    partnership_kind = models.CharField(
        _("kind of partner"), max_length=16, choices=PartnershipKind, blank=True, default="", db_default=""
    )
    contract_starts_on = models.DateField(_("contract from"), null=True, blank=True)
    contract_ends_on = models.DateField(_("contract until"), null=True, blank=True)
    partnership_notes = models.TextField(_("what is agreed"), blank=True, default="", db_default="")
    # About somebody's health: shown to whom may see it, in no file, and the trail keeps only that it changed.
    medical_notes = models.TextField(_("medical notes"), blank=True, default="", db_default="")
    notes = models.TextField(_("notes"), blank=True, default="", db_default="")
    # Items {"label": ..., "type": ..., "value": ...}.
    custom_fields = models.JSONField(
        _("own fields"), default=list, db_default=Value([], models.JSONField()), blank=True
    )
    reactivated_at = models.DateTimeField(
        _("back since"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("Empty: never inactive. The months until somebody counts as dormant begin anew with it."),
    )

    objects = models.Manager.from_queryset(MemberQuerySet)()

    class Meta:
        db_table = "members"
        verbose_name = _("member")
        verbose_name_plural = _("members")
        permissions = [
            ("view_medical_notes", _("Can read what is noted on members' health")),
            ("steer_member", _("Can change the status and the type of members")),
            ("export_member", _("Can take the list of members along")),
        ]
        constraints = [
            models.CheckConstraint(name="members_gender_known", condition=Q(gender__in=["", *Gender.values])),
            models.CheckConstraint(
                name="members_preference_known",
                condition=Q(training_preference__in=TrainingPreference.values),
            ),
            models.CheckConstraint(
                name="members_women_only_female",
                condition=~Q(training_preference=TrainingPreference.WOMEN_ONLY.value) | Q(gender=Gender.FEMALE.value),
                violation_error_message=_("Only a woman can train among women only."),
            ),
            models.CheckConstraint(name="members_type_known", condition=Q(member_type__in=MemberType.values)),
            models.CheckConstraint(name="members_status_known", condition=Q(status__in=MemberStatus.values)),
            models.CheckConstraint(
                name="members_uniform_known", condition=Q(uniform_size__in=["", *UniformSize.values])
            ),
            models.CheckConstraint(name="members_vest_known", condition=Q(vest_size__in=["", *VestSize.values])),
            models.CheckConstraint(name="members_belt_known", condition=Q(hip_belt_size__in=["", *BeltSize.values])),
            models.CheckConstraint(
                name="members_source_known", condition=Q(referral_source__in=["", *ReferralSource.values])
            ),
            models.CheckConstraint(
                name="members_partnership_known", condition=Q(partnership_kind__in=["", *PartnershipKind.values])
            ),
            models.CheckConstraint(
                name="members_referral_names_member",
                condition=~Q(referral_source=ReferralSource.MEMBER.value)
                | Q(referred_by_member__isnull=False)
                | ~Q(referred_by_label=""),
                violation_error_message=_("Say which member it was who referred them."),
            ),
            models.CheckConstraint(
                name="members_contract_in_order",
                condition=Q(contract_starts_on__isnull=True)
                | Q(contract_ends_on__isnull=True)
                | Q(contract_ends_on__gte=F("contract_starts_on")),
                violation_error_message=_("A contract may not end before it begins."),
            ),
            models.CheckConstraint(
                name="members_email_lower_case",
                condition=Q(email=Lower(F("email"))),
                violation_error_message=_("An e-mail address is stored in lower case."),
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
            GinIndex(OpClass(SEARCHED, "gin_trgm_ops"), name="members_searched"),
            models.Index(name="members_by_name", fields=["last_name", "first_name", "id"]),
            models.Index(name="members_of_status", fields=["status", "member_type"]),
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
