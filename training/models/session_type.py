"""What a training session is for: who has it, whether it takes a credit, whether the week's limit counts it."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from studio.db import CreatedUpdated

MULTI_SITE = "multi_site"  # the one type with a guest instead of a member: the table says it of sessions
NORMAL = "member"  # what a session is when nothing is said
NON_BOOKABLE = "non_bookable"  # what it is when nothing is said, and nobody has it
OUTAGE = "outage"  # planned with what it displaces, not booked
TRIALS = frozenset({"trial", "trail"})  # the second is how former versions spelt it


class Attendee(models.TextChoices):
    """Who has a session of some type."""

    ANYONE = "anyone", _("any member")
    TRIAL = "trial", _("a trial member")
    FULL = "full", _("a full member")
    COLLABORATION = "collaboration", _("a collaboration member")
    GUEST = "guest", _("a guest of another studio")
    NOBODY = "nobody", _("nobody")


class SessionTypeQuerySet(models.QuerySet["SessionType"]):
    """Session types."""

    def in_use(self) -> Self:
        """Keep those that new sessions may have, in the order in which they are offered."""
        return self.filter(is_active=True).order_by("position", "name", "pk")


class SessionType(CreatedUpdated):
    """A sort of training session; sessions name it by its code, which stays when the name changes."""

    code = models.CharField(_("code"), max_length=50)
    name = models.CharField(_("name"), max_length=100)
    description = models.TextField(_("description"), blank=True, default="", db_default="")
    colour = models.CharField(_("colour"), max_length=7, default="#64748b", db_default="#64748b")
    attendee = models.CharField(
        _("who has it"), max_length=16, choices=Attendee, default=Attendee.ANYONE, db_default=Attendee.ANYONE
    )
    takes_credit = models.BooleanField(_("takes a credit"), default=False, db_default=False)
    counts_in_cap = models.BooleanField(
        _("counts in the week"),
        default=True,
        db_default=True,
        help_text=_("Most sessions do. Switched off: the limit of sessions a week leaves it out."),
    )
    skips_cap = models.BooleanField(
        _("may exceed the week"),
        default=False,
        db_default=False,
        help_text=_("Booked even when the week is full, e.g. to make up for a session that the studio cancelled."),
    )
    billed_apart = models.BooleanField(
        _("billed apart"),
        default=False,
        db_default=False,
        help_text=_("A completed one is noted for an invoice, whatever the member's plan is."),
    )
    position = models.PositiveSmallIntegerField(
        _("position"), default=0, db_default=0, help_text=_("Lower ones are offered first.")
    )
    is_active = models.BooleanField(
        _("active"), default=True, db_default=True, help_text=_("Switched off: no new session can have it.")
    )

    objects = models.Manager.from_queryset(SessionTypeQuerySet)()

    class Meta:
        db_table = "session_types"
        verbose_name = _("session type")
        verbose_name_plural = _("session types")
        constraints = [
            models.UniqueConstraint(
                name="session_types_code_once",
                fields=["code"],
                violation_error_message=_("There is a session type of that code already."),
            ),
            models.CheckConstraint(
                name="session_types_code_plain",
                condition=Q(code__regex=r"^\S(.*\S)?$"),
                violation_error_message=_("A code begins and ends with a letter or digit."),
            ),
            models.CheckConstraint(name="session_types_name_given", condition=~Q(name="")),
            models.CheckConstraint(
                name="session_types_attendee_known",
                condition=Q(attendee__in=Attendee.values),
                violation_error_message=_("Choose who has such a session."),
            ),
            models.CheckConstraint(
                name="session_types_guests_are_multi_site",
                condition=Q(code=MULTI_SITE, attendee=Attendee.GUEST.value)
                | (~Q(code=MULTI_SITE) & ~Q(attendee=Attendee.GUEST.value)),
                violation_error_message=_("Guests of another studio have multi-site sessions, and nobody else has."),
            ),
            models.CheckConstraint(
                name="session_types_outage_of_nobody",
                condition=~Q(code=OUTAGE) | Q(attendee=Attendee.NOBODY.value, counts_in_cap=False),
                violation_error_message=_("An outage is for nobody, and the limit of a week leaves it out."),
            ),
            models.CheckConstraint(
                name="session_types_credit_of_a_member",
                condition=Q(takes_credit=False) | ~Q(attendee__in=[Attendee.GUEST.value, Attendee.NOBODY.value]),
                violation_error_message=_("Only a member's session can take a credit."),
            ),
            models.CheckConstraint(
                name="session_types_billed_to_somebody",
                condition=Q(billed_apart=False) | ~Q(attendee=Attendee.NOBODY.value),
                violation_error_message=_("A session that nobody has is billed to nobody."),
            ),
            models.CheckConstraint(
                name="session_types_colour_hex",
                condition=Q(colour__regex=r"^#[0-9a-fA-F]{6}$"),
                violation_error_message=_("A colour is # and six hexadecimal digits."),
            ),
        ]

    def __str__(self) -> str:
        return self.name
