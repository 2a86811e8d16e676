"""What the staff fill in to book a training session."""

from datetime import datetime
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminEmailInputWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from studio.clock import minutes
from training.admin.trainer_choice import TrainerChoice
from training.models import Attendee, Gender, Machine, Member, ReferralSource, SessionType, Trainer
from training.selectors.booking_offer import BookingOffer

TRIAL = "trial"  # the type that may make a member
TRIAL_FACTS = ("first_name", "last_name", "phone", "email", "gender", "referral_source")
GUEST_FACTS = ("guest_first_name", "guest_last_name", "guest_gym_name")


def line(label: Any, longest: int = 255) -> forms.CharField:
    """Return a line that may stay empty: which has to be filled depends on the type, and the service says so."""
    return forms.CharField(label=label, max_length=longest, required=False, widget=UnfoldAdminTextInputWidget)


def choice(label: Any, choices: Any) -> forms.ChoiceField:
    """Return a choice that may stay open."""
    return forms.ChoiceField(label=label, choices=[("", "-"), *choices], required=False, widget=UnfoldAdminSelectWidget)


def has_member(session_type: SessionType) -> bool:
    """Return whether a member has sessions of a type."""
    return session_type.attendee not in {Attendee.GUEST, Attendee.NOBODY}


def who_has(session_type: SessionType) -> str:
    """Return which part of the form a type shows: a member's, a trial's, a guest's or nobody's."""
    if session_type.code == TRIAL:
        return TRIAL
    return "member" if has_member(session_type) else session_type.attendee


class TypeRadios(forms.RadioSelect):
    """The types, each with whom it is for."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Return one of them, with what the page needs to show its part of the form and its colour."""
        option: dict[str, Any] = super().create_option(name, value, *args, **kwargs)
        session_type = value.instance
        option["attrs"] |= {"data-who": who_has(session_type)}
        option["colour"] = session_type.colour
        return option


class MachineSelect(UnfoldAdminSelectWidget):
    """The machines; one that is switched off is shown as such, and cannot be chosen."""

    def create_option(self, name: str, value: Any, label: Any, selected: Any, *args: Any, **kwargs: Any) -> Any:
        """Return one of them."""
        option: dict[str, Any] = super().create_option(name, value, label, selected, *args, **kwargs)
        machine = getattr(value, "instance", None)
        if machine is not None and not machine.is_available:
            option["label"] = gettext("%(machine)s (switched off)") % {"machine": machine}
            # What is chosen already goes along, so that it is refused by name.
            option["attrs"] |= {} if selected else {"disabled": True}
        return option


class BookForm(forms.Form):
    """A slot, who has it, and what for.

    cleaned_data: `scheduled_start` and `scheduled_end` in UTC beside the fields
    """

    session_type = forms.ModelChoiceField(
        SessionType.objects.none(), label=_("Type"), to_field_name="code", empty_label=None, widget=TypeRadios
    )
    machine = forms.ModelChoiceField(Machine.objects.none(), label=_("Machine"), empty_label=None, widget=MachineSelect)
    start = forms.ChoiceField(label=_("Start"), widget=UnfoldAdminSelectWidget)
    length = forms.TypedChoiceField(label=_("Length"), coerce=int, widget=forms.RadioSelect)
    q = line(_("Name, e-mail or telephone"), 100)
    member = forms.ModelChoiceField(Member.objects.all(), label=_("Member"), required=False)
    first_name, last_name, phone = line(_("First name")), line(_("Last name")), line(_("Telephone"), 50)
    email = forms.EmailField(label=_("E-mail"), max_length=255, required=False, widget=UnfoldAdminEmailInputWidget)
    gender = choice(_("Gender"), Gender.choices)
    referral_source = choice(_("Found the studio through"), ReferralSource.choices)
    guest_first_name, guest_last_name = line(_("Guest's first name")), line(_("Guest's last name"))
    guest_gym_name = line(_("Guest's studio"))
    trainer = TrainerChoice(
        Trainer.objects.none(),
        label=_("Trainer"),
        required=False,
        empty_label=_("later, at completion"),
        widget=UnfoldAdminSelectWidget,
    )
    notes = forms.CharField(
        label=_("Notes"), max_length=4000, required=False, widget=UnfoldAdminTextareaWidget({"rows": 2})
    )
    over_cap_because = line(_("Book beyond the limit all the same, because"), 500)

    def __init__(self, data: Any, *, offer: BookingOffer, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial={"length": offer.usual_length, **(initial or {})})
        fields: Any = self.fields
        self._trial = next((str(each) for each in offer.types if each.code == TRIAL), gettext("Trial"))
        fields["session_type"].queryset = SessionType.objects.filter(pk__in=[each.pk for each in offer.types])
        fields["machine"].queryset = Machine.objects.in_use()
        fields["start"].choices = [(each.isoformat(), label) for each, label in offer.starts]
        fields["length"].choices = [(each, gettext("%(n)d min") % {"n": each}) for each in offer.lengths]
        fields["trainer"].queryset = Trainer.objects.filter(pk__in=[each.pk for each in offer.trainers])

    def clean(self) -> dict[str, Any]:
        """Turn start and length into two instants; refuse two members, and a trial for two people at once."""
        cleaned = dict(super().clean() or {})
        if len(set(cast("QueryDict", self.data).getlist("member")) - {""}) > 1:
            self.add_error("member", gettext("A session has one member. Book another one for the other."))
        session_type, member = cleaned.get("session_type"), cleaned.get("member")
        is_trial = session_type is not None and session_type.code == TRIAL
        if is_trial and member is not None and any(cleaned.get(name) for name in TRIAL_FACTS):
            told = gettext(
                "%(member)s is chosen, and facts of somebody new are filled in: choose nobody, or empty them."
            )
            self.add_error(None, told % {"member": member})
        self._insist_on_somebody(cleaned)
        start, length = parse_datetime(cleaned.get("start", "")), cleaned.get("length")
        if isinstance(start, datetime) and length:
            cleaned |= {"scheduled_start": start, "scheduled_end": start + minutes(length)}
        return cleaned

    def _insist_on_somebody(self, cleaned: dict[str, Any]) -> None:
        """Refuse words in the search box with nobody chosen: somebody is meant by them, and it is not known who."""
        session_type = cleaned.get("session_type")
        is_chosen = bool(cast("QueryDict", self.data).get("member"))
        if session_type is None or not has_member(session_type) or not cleaned.get("q") or is_chosen:
            return
        if session_type.code != TRIAL:
            told = gettext(
                "Nobody is chosen. Choose the member below; for somebody new choose the type %(trial)s first."
            )
            self.add_error(None, told % {"trial": self._trial})
        elif not any(cleaned.get(name) for name in TRIAL_FACTS):
            self.add_error(None, gettext("Nobody is chosen. Choose the member below, or fill in somebody new."))
