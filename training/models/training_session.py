"""Training sessions: one member, or a guest, on one machine."""

from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.contrib.postgres.functions import RandomUUID
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q, Value
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sessions_app.models.client import searched_words
from studio.db import CreatedUpdated, Folded, LongNamedIndex, TsTzRange
from studio.showing import stamp
from training.models.machine import Machine
from training.models.machine_outage import MachineOutage
from training.models.member import Member
from training.models.session_type import MULTI_SITE, NORMAL, OUTAGE, Attendee, SessionType
from training.models.trainer import Trainer

SHORTEST = timedelta(minutes=15)
LONGEST = timedelta(hours=8)


class TrainingStatus(models.TextChoices):
    """Where a training session is in its life; training/services/states.py has the moves."""

    SCHEDULED = "scheduled", _("scheduled")
    IN_PROGRESS = "in_progress", _("in progress")
    COMPLETED = "completed", _("completed")
    CANCELLED = "cancelled", _("cancelled")
    NO_SHOW = "no_show", _("no-show")


# What takes its slot: how it was has been said, or not yet.
UNSAID = (TrainingStatus.SCHEDULED, TrainingStatus.IN_PROGRESS)
SAID = (TrainingStatus.COMPLETED, TrainingStatus.NO_SHOW)
TAKES_ITS_SLOT = ~Q(status=TrainingStatus.CANCELLED.value)
HAS_MEMBER = Q(member__isnull=False, guest_last_name="")
HAS_GUEST = Q(member__isnull=True) & ~Q(guest_last_name="")
NAME = Folded("first_name", "last_name")
# What a search for guests looks at: written once, so that the question and its index cannot differ.
GUEST_NAME = Folded("guest_first_name", "guest_last_name")
HAS_GUEST_NAME = ~Q(guest_last_name="")
HAS_NOBODY = Q(member__isnull=True, guest_last_name="")


def not_begun(now: datetime) -> Q:
    """Return the question whether a session is still to begin, by the clock and by hand."""
    return Q(status=TrainingStatus.SCHEDULED, scheduled_start__gt=now)


def _free(resource: str, sentence: Any) -> ExclusionConstraint:
    return ExclusionConstraint(
        name=f"training_sessions_{resource}_free",
        expressions=[
            (resource, RangeOperators.EQUAL),
            (TsTzRange("scheduled_start", "scheduled_end"), RangeOperators.OVERLAPS),
        ],
        condition=TAKES_ITS_SLOT & Q(overlap_kept=False),
        violation_error_message=sentence,
    )


class TrainingSessionQuerySet(models.QuerySet["TrainingSession"]):
    """Training sessions."""

    def upcoming(self, now: datetime) -> Self:
        """Keep those that have not ended and are not cancelled."""
        return self.occupying().filter(scheduled_end__gt=now)

    def ahead(self, now: datetime) -> Self:
        """Keep those that are still to begin, by the clock and by hand."""
        return self.filter(not_begun(now))

    def occupying(self) -> Self:
        """Keep those that take their slot, also where they overlap since before there was a rule."""
        return self.filter(TAKES_ITS_SLOT)

    def touching(self, start: datetime, end: datetime) -> Self:
        """Keep those that take some of [start, end); since none is longer than 8 hours, one index serves it."""
        return self.filter(scheduled_start__lt=end, scheduled_start__gt=start - LONGEST, scheduled_end__gt=start)

    def unassigned(self) -> Self:
        """Keep those that have no trainer yet."""
        return self.filter(trainer__isnull=True)

    def uncovered(self) -> Self:
        """Keep those of members that take their slot and a credit, and that no plan has paid for."""
        return self.occupying().filter(member__isnull=False, session_type__takes_credit=True, subscription__isnull=True)

    def to_settle(self) -> Self:
        """Keep those taken over although they overlap another."""
        return self.filter(overlap_kept=True)

    def named(self, words: str) -> Self:
        """Keep those where every word stands in the name of the member, the guest or the trainer; also in parts.

        Accents and capitals do not matter.
        """
        found = self
        for word in searched_words(words):
            holds = ("named__contains", Folded(Value(word)))
            members = Member.objects.searched(word).alias(named=NAME).filter(holds)
            trainers = Trainer.objects.alias(named=NAME).filter(holds)
            sessions = TrainingSession.objects
            of_guests = sessions.filter(HAS_GUEST_NAME).alias(named=GUEST_NAME).filter(holds)
            of_members = sessions.filter(member__in=members.values("pk"))
            of_trainers = sessions.filter(trainer__in=trainers.values("pk"))
            # Each part by its own index: an OR over three tables would read all of them from end to end.
            found = found.filter(pk__in=of_members.values("pk").union(of_trainers.values("pk"), of_guests.values("pk")))
        return found

    def locked(self) -> Self:
        """Rows about to be written, in primary-key order so that two callers cannot deadlock."""
        return self.select_for_update(of=("self",)).order_by("pk")


class TrainingSession(CreatedUpdated):
    """A stretch of time on a machine, for a member, for a guest, or kept free of both."""

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    machine = models.ForeignKey(
        Machine,
        on_delete=models.PROTECT,
        related_name="sessions",
        db_index=False,
        verbose_name=_("machine"),
        help_text=_("Required. A machine with sessions cannot be deleted."),
        db_comment="Required: the machine the session takes place on. A machine with sessions cannot be deleted.",
    )
    trainer = models.ForeignKey(
        Trainer,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="sessions",
        db_index=False,
        verbose_name=_("trainer"),
        help_text=_("Empty: not assigned yet, which may wait until completion, or the trainer is deleted."),
        db_comment="Optional: may be assigned as late as at completion. Emptied when the trainer is deleted.",
    )
    trainer_label = models.CharField(
        _("trainer's name"),
        max_length=520,
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text=_("As it was when the trainer was assigned or last renamed."),
    )
    member = models.ForeignKey(
        Member,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="sessions",
        db_index=False,
        verbose_name=_("member"),
        help_text=_("Empty: a guest, or nobody."),
    )
    session_type: "models.ForeignKey[SessionType | str, SessionType]" = models.ForeignKey(
        SessionType,
        to_field="code",
        db_column="session_type",
        default=NORMAL,
        db_default=NORMAL,
        on_delete=models.PROTECT,
        related_name="sessions",
        db_index=False,
        verbose_name=_("type"),
    )
    subscription = models.ForeignKey(
        "Subscription",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="sessions",
        db_index=False,
        editable=False,
        verbose_name=_("charged to"),
        help_text=_("Whose credit it took. Empty: none, or it was given back."),
    )
    outage = models.ForeignKey(
        MachineOutage,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="blocks",
        db_index=False,
        editable=False,
        verbose_name=_("outage"),
        help_text=_("Whose time it blocks. Empty: it is a session."),
    )
    scheduled_start = models.DateTimeField(_("start"))
    scheduled_end = models.DateTimeField(_("end"))  # exclusive: the next session may start at this very instant
    binding_start = models.DateTimeField(
        _("moved too late from"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("The start by which cancelling it counts as late. Empty: its own; it was never moved too late."),
    )
    actual_start = models.DateTimeField(_("real start"), null=True, blank=True)
    actual_end = models.DateTimeField(_("real end"), null=True, blank=True)
    status = models.CharField(
        _("status"),
        max_length=50,
        choices=TrainingStatus,
        default=TrainingStatus.SCHEDULED,
        db_default=TrainingStatus.SCHEDULED,
    )
    current_participants = models.IntegerField(
        _("participants"),
        default=0,
        db_default=0,
        editable=False,
        help_text=_("1 with a member or a guest, else 0."),
    )
    guest_first_name = models.CharField(_("guest's first name"), max_length=255, blank=True, default="", db_default="")
    guest_last_name = models.CharField(_("guest's last name"), max_length=255, blank=True, default="", db_default="")
    guest_gym_name = models.CharField(_("guest's studio"), max_length=255, blank=True, default="", db_default="")
    notes = models.TextField(_("notes"), blank=True, default="", db_default="")
    cancellation_reason = models.CharField(
        _("cancellation reason"), max_length=500, blank=True, default="", db_default=""
    )
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        db_index=False,
        verbose_name=_("cancelled by"),
        help_text=_("Empty when nobody of the staff did, and after the account is deleted: the name stays."),
    )
    cancelled_by_label = models.CharField(
        _("cancelled by"), max_length=420, blank=True, default="", db_default="", editable=False
    )
    overlap_kept = models.BooleanField(
        _("overlap to settle"),
        default=False,
        db_default=False,
        editable=False,
        help_text=_("Taken over although it overlaps another session."),
    )

    objects = models.Manager.from_queryset(TrainingSessionQuerySet)()

    class Meta:
        db_table = "training_sessions"
        verbose_name = _("training session")
        verbose_name_plural = _("training sessions")
        permissions = [("override_weekly_cap", _("Can book beyond the sessions of a week"))]
        constraints = [
            models.CheckConstraint(
                name="training_sessions_status_known", condition=Q(status__in=TrainingStatus.values)
            ),
            models.CheckConstraint(
                name="training_sessions_ends_after_start",
                condition=Q(scheduled_end__gt=F("scheduled_start")),
                violation_error_message=_("A session must end after it starts."),
            ),
            models.CheckConstraint(
                name="training_sessions_length",
                condition=Q(scheduled_end__gte=F("scheduled_start") + SHORTEST)
                & Q(scheduled_end__lte=F("scheduled_start") + LONGEST),
                violation_error_message=_("A session lasts from 15 minutes to 8 hours."),
            ),
            models.CheckConstraint(
                name="training_sessions_participants_not_negative",
                condition=Q(current_participants__gte=0),
                violation_error_message=_("Participants are counted from 0."),
            ),
            models.CheckConstraint(
                name="training_sessions_one_participant",
                condition=Q(current_participants=1) & (HAS_MEMBER | HAS_GUEST) | Q(current_participants=0) & HAS_NOBODY,
                violation_error_message=_("A session is for one member or one guest, or for nobody."),
            ),
            models.CheckConstraint(
                name="training_sessions_guest_complete",
                condition=(
                    Q(session_type=MULTI_SITE)
                    & ~Q(guest_first_name="")
                    & ~Q(guest_last_name="")
                    & ~Q(guest_gym_name="")
                )
                | (~Q(session_type=MULTI_SITE) & Q(guest_first_name="", guest_last_name="", guest_gym_name="")),
                violation_error_message=_("A guest has a first name, a last name and a studio they come from."),
            ),
            models.CheckConstraint(
                name="training_sessions_actual_end_after_start",
                condition=Q(actual_end__isnull=True) | Q(actual_start__isnull=False, actual_end__gt=F("actual_start")),
                violation_error_message=_("A session must have ended after it started."),
            ),
            models.CheckConstraint(
                name="training_sessions_charged_has_member",
                condition=Q(subscription__isnull=True) | Q(member__isnull=False),
                violation_error_message=_("Only a member's session takes a credit."),
            ),
            models.CheckConstraint(
                name="training_sessions_outage_blocks",
                condition=Q(outage__isnull=True) | Q(session_type=OUTAGE, current_participants=0),
                violation_error_message=_("Only an outage blocks a machine for an outage."),
            ),
            _free("machine", _("The machine is taken at that time.")),
            _free("trainer", _("The trainer has another session at that time.")),
            _free("member", _("The member has another session at that time.")),
        ]
        indexes = [
            LongNamedIndex(name="idx_training_sessions_machine_id", fields=["machine"]),
            models.Index(name="training_sessions_by_start", fields=["scheduled_start", "id"]),
            models.Index(name="training_sessions_of_trainer", fields=["trainer", "scheduled_start"]),
            models.Index(name="training_sessions_of_member", fields=["member", "scheduled_start"]),
            models.Index(
                name="training_sessions_charged_to",
                fields=["subscription", "scheduled_start"],
                condition=Q(subscription__isnull=False),
            ),
            models.Index(name="training_sessions_of_type", fields=["session_type", "scheduled_start"]),
            models.Index(
                name="training_sessions_cancelled_by",
                fields=["cancelled_by"],
                condition=Q(cancelled_by__isnull=False),
            ),
            models.Index(name="training_sessions_of_outage", fields=["outage"], condition=Q(outage__isnull=False)),
            GinIndex(OpClass(GUEST_NAME, "gin_trgm_ops"), name="training_sessions_guests", condition=HAS_GUEST_NAME),
            models.Index(
                name="training_sessions_to_settle", fields=["scheduled_start"], condition=Q(overlap_kept=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.attendee} {stamp(self.scheduled_start)}"

    def is_ahead(self, now: datetime) -> bool:
        """Return whether it is still to begin, by the clock and by hand."""
        return self.status == TrainingStatus.SCHEDULED and self.scheduled_start > now

    @property
    def is_uncovered(self) -> bool:
        """Whether a member has it, and no plan has paid the credit that it takes; reads the type's row."""
        is_charged = self.subscription_id is not None or self.status == TrainingStatus.CANCELLED
        return self.member_id is not None and not is_charged and self.session_type.takes_credit

    @property
    def guest_name(self) -> str:
        """The guest's first and last name, or nothing."""
        return f"{self.guest_first_name} {self.guest_last_name}".strip()

    @property
    def attendee(self) -> str:
        """Whose session it is, by name; reads the member's row. A former one may have lost its member."""
        if self.member or self.guest_name:
            return str(self.member or self.guest_name)
        kind = self.session_type
        return kind.name if kind.attendee == Attendee.NOBODY else gettext("%(type)s (no name)") % {"type": kind}
