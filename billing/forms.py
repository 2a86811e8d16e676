"""What clients type under a quote."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.services.quote_answers import LONGEST_NAME

LONGEST_REMARK = 2000


class AnswerForm(forms.Form):
    """Who answers, and what they say beside it."""

    name = forms.CharField(
        label=_("Your name"), max_length=LONGEST_NAME, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    remark = forms.CharField(
        label=_("Remark"), max_length=LONGEST_REMARK, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


class AcceptForm(AnswerForm):
    """An acceptance: of what has been read, by somebody who may give it."""

    agrees = forms.BooleanField(label=_("I have read this quote and its terms, and I order what it says."))
    fingerprint = forms.CharField(max_length=64, widget=forms.HiddenInput)

    field_order = ("name", "agrees", "remark", "fingerprint")


class DeclineForm(AnswerForm):
    """A refusal."""

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="decline_%s")
        self.fields["remark"].label = _("Why, if you like to say")
