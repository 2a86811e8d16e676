"""Trainers as somebody who books chooses one: each says whether they take new members."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from training.models import Trainer, TrainingSession
from training.selectors.trainer_work import is_new_to_a_full_trainer


def chosen_as(trainer: Trainer) -> str:
    """Return what a trainer is called in a choice of somebody for a session to come."""
    if trainer.is_accepting_members:
        return trainer.name
    return _("%(trainer)s (takes no new members)") % {"trainer": trainer}


class TrainerChoice(forms.ModelChoiceField[Trainer]):
    """A choice of who will train."""

    def label_from_instance(self, obj: Trainer) -> str:
        """Return the name, and whether they are full."""
        return chosen_as(obj)


def warn_of_full(request: HttpRequest, session: TrainingSession) -> None:
    """Say that the trainer takes no new members, and got one: somebody may stand in, so it is not refused."""
    if is_new_to_a_full_trainer(session):
        sentence = _("%(trainer)s takes no new members, and %(member)s has not trained with them before.")
        messages.warning(request, sentence % {"trainer": session.trainer, "member": session.member})
