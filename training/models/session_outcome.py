"""What became of sessions: one line for each time that somebody said how one was, or took it back."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from studio.db import CreatedUpdated
from training.models.trainer import Trainer
from training.models.training_session import TrainingSession


class OutcomeKind(models.TextChoices):
    """What was said of a session."""

    COMPLETED = "completed", _("completed")
    NO_SHOW = "no_show", _("no-show")
    REOPENED = "reopened", _("reopened")


class SessionOutcomeQuerySet(models.QuerySet["SessionOutcome"]):
    """Outcomes."""

    def standing(self) -> Self:
        """Keep what was said and not taken back: one line a session at most."""
        return self.exclude(kind=OutcomeKind.REOPENED).filter(reversal__isnull=True)

    def to_bill(self) -> Self:
        """Keep what an invoice still has to be written for, as far as this app knows."""
        return self.standing().filter(billable=True)


class SessionOutcome(CreatedUpdated):
    """How a session was, as it was said; never changed, only taken back by a line of its own."""

    append_only = True

    session = models.ForeignKey(
        TrainingSession,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="outcomes",
        db_index=False,
        verbose_name=_("session"),
        help_text=_("Empty after the session is deleted: its name and time stay."),
    )
    session_label = models.CharField(_("session"), max_length=600)
    kind = models.CharField(
        _("kind"),
        max_length=16,
        choices=OutcomeKind,
        default=OutcomeKind.COMPLETED,
        db_default=OutcomeKind.COMPLETED,
    )
    reversed_outcome = models.OneToOneField(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="reversal",
        verbose_name=_("takes back"),
        help_text=_("Empty for a line that says how the session was."),
    )
    trainer = models.ForeignKey(
        Trainer,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="outcomes",
        db_index=False,
        verbose_name=_("trainer"),
        help_text=_("Empty: nobody, and after the trainer is deleted: the name stays."),
    )
    trainer_label = models.CharField(_("trainer"), max_length=520, blank=True, default="", db_default="")
    actual_start = models.DateTimeField(_("real start"), null=True, blank=True)
    actual_end = models.DateTimeField(_("real end"), null=True, blank=True)
    charged_here = models.BooleanField(
        _("charged at completion"),
        default=False,
        db_default=False,
        help_text=_("The credit was taken by this act, not by the booking."),
    )
    billable = models.BooleanField(
        _("to bill"), default=False, db_default=False, help_text=_("No credit pays for it: an invoice may.")
    )
    reason = models.CharField(_("reason"), max_length=500, blank=True, default="", db_default="")
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        db_index=False,
        verbose_name=_("account"),
        help_text=_("Empty for acts of the product itself, and once the account is deleted: the label stays."),
    )
    actor_label = models.CharField(_("by"), max_length=420, blank=True, default="", db_default="")
    at = models.DateTimeField(_("at"))

    objects = models.Manager.from_queryset(SessionOutcomeQuerySet)()

    class Meta:
        db_table = "session_outcomes"
        verbose_name = _("session outcome")
        verbose_name_plural = _("session outcomes")
        permissions = [("reopen_sessionoutcome", _("Can reopen completed sessions"))]
        constraints = [
            models.CheckConstraint(name="session_outcomes_kind_known", condition=Q(kind__in=OutcomeKind.values)),
            models.CheckConstraint(name="session_outcomes_session_named", condition=~Q(session_label="")),
            models.CheckConstraint(
                name="session_outcomes_reopened_for_a_reason",
                condition=(Q(kind=OutcomeKind.REOPENED, reversed_outcome__isnull=False) & ~Q(reason=""))
                | (~Q(kind=OutcomeKind.REOPENED) & Q(reversed_outcome__isnull=True)),
                violation_error_message=_("What is taken back has a reason."),
            ),
            models.CheckConstraint(
                name="session_outcomes_times_of_what_took_place",
                condition=Q(kind=OutcomeKind.COMPLETED, actual_end__gt=F("actual_start"))
                | (~Q(kind=OutcomeKind.COMPLETED) & Q(actual_start__isnull=True, actual_end__isnull=True)),
                violation_error_message=_("A completed session has a real start and a later real end."),
            ),
        ]
        indexes = [
            models.Index(name="session_outcomes_of_session", fields=["session", "id"]),
            models.Index(name="session_outcomes_of_trainer", fields=["trainer", "at"]),
            models.Index(name="session_outcomes_by", fields=["account"], condition=Q(account__isnull=False)),
            models.Index(name="session_outcomes_newest", fields=["-at", "-id"]),
        ]

    def __str__(self) -> str:
        return f"{self.session_label}: {self.get_kind_display()}"
