"""What became of the sessions that stood in the way of an outage."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import CharField, Count, Exists, F, OuterRef, Q, Value
from django.db.models.functions import Cast, Coalesce, Concat
from django.utils.translation import gettext_lazy as _

from studio.db import CreatedUpdated
from studio.mail.models import EmailMessage, EmailState
from training.models.machine_outage import MachineOutage
from training.models.training_session import TrainingSession

LETTER = "training.letter:"
LOST = (EmailState.FAILED, EmailState.BOUNCED)


class OutageDecision(models.TextChoices):
    """What somebody chose for a session in the way."""

    MOVED = "moved", _("moved")
    SETTLED = "settled", _("cancelled by the studio")
    LEFT = "left", _("left where it is")
    RETURNED = "returned", _("back where it was")  # once the outage was called off, or ended early


class OutageTelling(models.TextChoices):
    """How whoever has the session hears of it."""

    NOBODY = "nobody", _("nothing to tell")
    MAIL = "mail", _("by mail")
    PHONE = "phone", _("by telephone")


class OutageCaseQuerySet(models.QuerySet["OutageCase"]):
    """Cases of outages."""

    def to_phone(self) -> Self:
        """Keep those about which somebody has to be called yet: nothing else reaches them, or their mail did not.

        What was taken back before anybody heard of it needs no call any more.
        """
        lost = EmailMessage.objects.filter(about=Concat(Value(LETTER), OuterRef("letter")), state__in=LOST)
        is_due = Q(telling=OutageTelling.PHONE) | Q(Exists(lost), telling=OutageTelling.MAIL)
        return self.filter(is_due, phoned_at__isnull=True, taken_back_by__isnull=True)

    def people(self) -> int:
        """Return how many people they are about."""
        return int(self.aggregate(people=people())["people"])


def people() -> Count:
    """Count who cases are about: a member once, whoever came with a guest's session each time."""
    who = Coalesce(Cast("session__member", CharField()), Cast("pk", CharField()))
    return Count(who, distinct=True)


class OutageCase(CreatedUpdated):
    """One session that stood in the way of an outage: what was decided, and who hears of it.

    Who comes back into the way, and is displaced again where it is prolonged, has two of them. What comes back once
    the machine is in order sooner has one of its own, which takes back the first.
    """

    outage = models.ForeignKey(
        MachineOutage, on_delete=models.DB_CASCADE, related_name="cases", db_index=False, verbose_name=_("outage")
    )
    session = models.ForeignKey(
        TrainingSession,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="outage_cases",
        db_index=False,
        verbose_name=_("session"),
        help_text=_("Empty after the session is deleted: the name stays."),
    )
    session_label = models.CharField(_("session"), max_length=600)
    was_starts_at = models.DateTimeField(_("start before"))
    was_ends_at = models.DateTimeField(_("end before"))
    moved_to_at = models.DateTimeField(
        _("moved to"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("The start it was given. Empty: it did not move, or was moved before this was written down."),
    )
    takes_back = models.OneToOneField(
        "self",
        null=True,
        blank=True,
        on_delete=models.DB_CASCADE,
        related_name="taken_back_by",
        editable=False,
        verbose_name=_("takes back"),
        help_text=_("Empty for what stood in the way; else what came back."),
    )
    decision = models.CharField(
        _("decision"),
        max_length=16,
        choices=OutageDecision,
        default=OutageDecision.LEFT,
        db_default=OutageDecision.LEFT,
    )
    reason = models.CharField(
        _("left because"), max_length=500, blank=True, default="", db_default="", help_text=_("Of what is left alone.")
    )
    telling = models.CharField(
        _("told"),
        max_length=16,
        choices=OutageTelling,
        default=OutageTelling.NOBODY,
        db_default=OutageTelling.NOBODY,
    )
    # Names the mail in the outbox; the cases of one member share it.
    letter = models.CharField(max_length=32, blank=True, default="", db_default="", editable=False)
    phoned_at = models.DateTimeField(_("telephoned"), null=True, blank=True)
    phoned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        db_index=False,
        verbose_name=_("telephoned by"),
        help_text=_("Empty before the call, and after the account is deleted: the name stays."),
    )
    phoned_by_label = models.CharField(
        _("telephoned by"), max_length=420, blank=True, default="", db_default="", editable=False
    )

    objects = models.Manager.from_queryset(OutageCaseQuerySet)()

    class Meta:
        db_table = "outage_cases"
        verbose_name = _("session in the way of an outage")
        verbose_name_plural = _("sessions in the way of outages")
        constraints = [
            models.CheckConstraint(name="outage_cases_decision_known", condition=Q(decision__in=OutageDecision.values)),
            models.CheckConstraint(name="outage_cases_telling_known", condition=Q(telling__in=OutageTelling.values)),
            models.CheckConstraint(name="outage_cases_session_named", condition=~Q(session_label="")),
            models.CheckConstraint(
                name="outage_cases_ends_after_start", condition=Q(was_ends_at__gt=F("was_starts_at"))
            ),
            models.CheckConstraint(
                name="outage_cases_left_for_a_reason",
                condition=(Q(decision=OutageDecision.LEFT) & ~Q(reason=""))
                | (~Q(decision=OutageDecision.LEFT) & Q(reason="")),
                violation_error_message=_("What is left alone is so for a reason."),
            ),
            models.CheckConstraint(
                name="outage_cases_returned_takes_back",
                condition=Q(decision=OutageDecision.RETURNED, takes_back__isnull=False)
                | (~Q(decision=OutageDecision.RETURNED) & Q(takes_back__isnull=True)),
            ),
            models.CheckConstraint(
                name="outage_cases_letter_when_mailed",
                condition=(Q(telling=OutageTelling.MAIL) & ~Q(letter=""))
                | (~Q(telling=OutageTelling.MAIL) & Q(letter="")),
            ),
            models.CheckConstraint(
                name="outage_cases_phoned_where_asked",
                condition=Q(phoned_at__isnull=True) | ~Q(telling=OutageTelling.NOBODY),
            ),
        ]
        indexes = [
            models.Index(name="outage_cases_of_outage", fields=["outage", "was_starts_at"]),
            models.Index(name="outage_cases_of_session", fields=["session"], condition=Q(session__isnull=False)),
            models.Index(
                name="outage_cases_to_phone",
                fields=["outage"],
                condition=Q(telling=OutageTelling.PHONE, phoned_at__isnull=True),
            ),
            models.Index(name="outage_cases_newest", fields=["-was_starts_at", "-id"]),
            models.Index(name="outage_cases_phoned_by", fields=["phoned_by"], condition=Q(phoned_by__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.session_label

    @property
    def mail_about(self) -> str:
        """What its mail in the outbox is about."""
        return f"{LETTER}{self.letter}"
