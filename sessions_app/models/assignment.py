"""Who and what is needed for a session: engineers, talents and equipment."""

from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sessions_app.models.equipment import Equipment
from sessions_app.models.musician import Musician
from sessions_app.models.session import StudioSession
from studio.db import CreatedUpdated, TsTzRange


class AssignmentKind(models.TextChoices):
    """Which of the three a session needs."""

    ENGINEER = "engineer", _("engineer")
    TALENT = "talent", _("talent")
    EQUIPMENT = "equipment", _("equipment")


class AssignmentStatus(models.TextChoices):
    """What was agreed with somebody."""

    ASSIGNED = "assigned", _("assigned")
    CONFIRMED = "confirmed", _("confirmed")
    DECLINED = "declined", _("declined")


TAKES_ITS_TIME = Q(occupying=True) & ~Q(status=AssignmentStatus.DECLINED.value)
IS_EXCLUSIVE = TAKES_ITS_TIME & Q(overlap_kept=False)


class SessionAssignmentQuerySet(models.QuerySet["SessionAssignment"]):
    """Assignments."""

    def taking(self) -> Self:
        """Keep those that keep somebody or something from other sessions, also where they overlap since long."""
        return self.filter(TAKES_ITS_TIME)


def _of_kind(kind: AssignmentKind, *others: str) -> Q:
    return Q(kind=kind.value, **{f"{other}__isnull": True for other in others})


def _free(kind: AssignmentKind, sentence: Any) -> ExclusionConstraint:
    return ExclusionConstraint(
        name=f"session_assignments_{kind.value}_free",
        expressions=[
            (kind.value, RangeOperators.EQUAL),
            (TsTzRange("starts_at", "ends_at"), RangeOperators.OVERLAPS),
        ],
        condition=IS_EXCLUSIVE,
        violation_error_message=sentence,
    )


def _once(kind: AssignmentKind) -> models.UniqueConstraint:
    return models.UniqueConstraint(
        name=f"session_assignments_{kind.value}_once",
        fields=["session", kind.value],
        violation_error_message=_("This session has that already."),
    )


class SessionAssignment(CreatedUpdated):
    """One engineer, talent or piece of equipment on a session.

    The session's times and whether it takes its slot stand here as well, since an exclusion constraint sees one
    table: the composite key `session_assignments_times_of_session` cascades them, also when a session is moved,
    cancelled or confirmed by plain SQL.
    """

    session = models.ForeignKey(
        StudioSession,
        on_delete=models.DB_CASCADE,
        related_name="assignments",
        db_index=False,
        verbose_name=_("session"),
    )
    kind = models.CharField(_("kind"), max_length=16, choices=AssignmentKind)
    engineer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        db_index=False,
        verbose_name=_("engineer"),
        help_text=_("Empty for talents and equipment, and after the account is deleted: the name stays."),
    )
    talent = models.ForeignKey(
        Musician,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="assignments",
        db_index=False,
        verbose_name=_("talent"),
        help_text=_("Empty for engineers and equipment, and after the talent is deleted: the name stays."),
    )
    equipment = models.ForeignKey(
        Equipment,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="assignments",
        db_index=False,
        verbose_name=_("equipment"),
        help_text=_("Empty for people."),
    )
    label = models.CharField(
        _("name"),
        max_length=520,
        editable=False,
        help_text=_("As it was when the link was made or last renamed."),
    )
    role = models.CharField(
        _("role"), max_length=100, blank=True, default="", db_default="", help_text=_("E.g. assistant, lead vocals.")
    )
    notes = models.CharField(_("notes"), max_length=500, blank=True, default="", db_default="")

    # The session's, kept true by the composite key.
    starts_at = models.DateTimeField(_("start"), editable=False)
    ends_at = models.DateTimeField(_("end"), editable=False)
    occupying = models.BooleanField(
        _("takes its time"),
        db_default=True,
        editable=False,
        help_text=_("True unless the session is cancelled, expired, or a hold that waits."),
    )
    status = models.CharField(
        _("status"),
        max_length=16,
        choices=AssignmentStatus,
        default=AssignmentStatus.ASSIGNED,
        db_default=AssignmentStatus.ASSIGNED,
    )
    overlap_kept = models.BooleanField(
        _("overlap to settle"),
        default=False,
        db_default=False,
        editable=False,
        help_text=_("Taken over although it overlaps another session of the same person or thing."),
    )
    rate = models.DecimalField(
        _("rate"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("As agreed, in the session's currency: by the hour for people, by the day for equipment."),
    )

    objects = models.Manager.from_queryset(SessionAssignmentQuerySet)()

    class Meta:
        db_table = "session_assignments"
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        constraints = [
            models.CheckConstraint(
                name="session_assignments_kind_known",
                condition=_of_kind(AssignmentKind.ENGINEER, "talent", "equipment")
                | _of_kind(AssignmentKind.TALENT, "engineer", "equipment")
                | (_of_kind(AssignmentKind.EQUIPMENT, "engineer", "talent") & Q(equipment__isnull=False)),
                violation_error_message=_("An assignment is one engineer, one talent or one piece of equipment."),
            ),
            models.CheckConstraint(
                name="session_assignments_status_known", condition=Q(status__in=AssignmentStatus.values)
            ),
            models.CheckConstraint(name="session_assignments_named", condition=~Q(label="")),
            models.CheckConstraint(
                name="session_assignments_rate_not_negative",
                condition=Q(rate__isnull=True) | Q(rate__gte=0),
                violation_error_message=_("A rate may not be negative."),
            ),
            _once(AssignmentKind.ENGINEER),
            _once(AssignmentKind.TALENT),
            _once(AssignmentKind.EQUIPMENT),
            _free(AssignmentKind.ENGINEER, _("The engineer is in another session at that time.")),
            _free(AssignmentKind.TALENT, _("The talent is in another session at that time.")),
            _free(AssignmentKind.EQUIPMENT, _("The equipment is in another session at that time.")),
        ]
        indexes = [
            # By the end: what lies behind is never read to find what is in the way.
            models.Index(
                name="session_assignments_engineer",
                fields=["engineer", "ends_at"],
                condition=Q(engineer__isnull=False),
            ),
            models.Index(
                name="session_assignments_talent", fields=["talent", "ends_at"], condition=Q(talent__isnull=False)
            ),
            models.Index(
                name="session_assignments_equipment",
                fields=["equipment", "ends_at"],
                condition=Q(equipment__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.label
