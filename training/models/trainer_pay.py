"""What trainers earn, session by session."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from studio.db import CreatedUpdated
from training.models.trainer import Trainer
from training.models.training_session import TrainingSession


class PayKind(models.TextChoices):
    """What is paid for."""

    SESSION = "session", _("session")
    HOURS = "hours", _("hours")
    HEAD = "head", _("participant")
    BONUS = "bonus", _("bonus")
    NO_SHOW = "no_show", _("no-show")


class TrainerPay(CreatedUpdated):
    """One line of a trainer's pay, as the rates were when the session was completed; never changed afterwards.

    A session that is opened again has each of its lines taken back by a line of its own, and is paid anew.
    """

    append_only = True

    trainer = models.ForeignKey(
        Trainer,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="pay_lines",
        verbose_name=_("trainer"),
        db_index=False,
        help_text=_("Empty after the trainer is deleted: the name stays."),
    )
    trainer_label = models.CharField(_("trainer's name"), max_length=520)
    session = models.ForeignKey(
        TrainingSession,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="pay_lines",
        verbose_name=_("session"),
        db_index=False,
        help_text=_("Empty after the session is deleted: its time stays."),
    )
    session_label = models.CharField(_("session"), max_length=420)
    earned_on = models.DateField(_("day"))
    kind = models.CharField(
        _("for"), max_length=16, choices=PayKind, default=PayKind.SESSION, db_default=PayKind.SESSION
    )
    # How often the session has been completed: so no completion is paid twice, whoever asks at once.
    completion = models.PositiveSmallIntegerField(_("completion"), default=1, db_default=1)
    # Fine enough for the minutes of an hour, from which the amount is reckoned.
    quantity = models.DecimalField(_("quantity"), max_digits=12, decimal_places=6)
    rate = models.DecimalField(_("rate"), max_digits=12, decimal_places=2)
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3, default="EUR", db_default="EUR")
    reversal_of = models.OneToOneField(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="reversed_by",
        verbose_name=_("takes back"),
        help_text=_("Empty: a line that is paid."),
    )
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        verbose_name=_("account"),
        help_text=_("Empty for acts of the product itself, and once the account is deleted: the label stays."),
    )
    actor_label = models.CharField(_("by"), max_length=420, blank=True, default="", db_default="")
    reason = models.CharField(_("reason"), max_length=500, blank=True, default="", db_default="")
    at = models.DateTimeField(_("at"))

    class Meta:
        db_table = "trainer_pay_lines"
        verbose_name = _("pay line")
        verbose_name_plural = _("pay lines")
        constraints = [
            models.CheckConstraint(name="trainer_pay_lines_kind_known", condition=Q(kind__in=PayKind.values)),
            models.CheckConstraint(name="trainer_pay_lines_currency_code", condition=Q(currency__regex=r"^[A-Z]{3}$")),
            models.CheckConstraint(
                name="trainer_pay_lines_quantity_positive", condition=Q(quantity__gt=0, rate__gte=0)
            ),
            models.CheckConstraint(
                name="trainer_pay_lines_only_taken_back_negative",
                condition=Q(reversal_of__isnull=True, amount__gt=0) | Q(reversal_of__isnull=False, amount__lt=0),
            ),
            models.UniqueConstraint(
                name="trainer_pay_lines_once",
                fields=["session", "kind", "completion"],
                condition=Q(reversal_of__isnull=True, session__isnull=False),
            ),
        ]
        indexes = [
            models.Index(name="trainer_pay_lines_of_trainer", fields=["trainer", "earned_on"]),
            models.Index(name="trainer_pay_lines_of_session", fields=["session"]),
            models.Index(name="trainer_pay_lines_newest", fields=["-earned_on", "-id"]),
            models.Index(name="trainer_pay_lines_by", fields=["account"], condition=Q(account__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.trainer_label}, {self.session_label}: {self.get_kind_display()}"
