"""Moments and lengths of music as people type them, and the forms behind a share link."""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from sessions_app.models.track import LONGEST
from sessions_app.services.listening import LONGEST_NAME
from sessions_app.services.track_comments import LONGEST_COMMENT
from studio.showing import length

MOMENT = re.compile(r"(?:(?:(?P<hours>\d{1,2}):)?(?P<minutes>\d{1,4}):)?(?P<seconds>\d{1,5}(?:[.,]\d{1,3})?)", re.ASCII)


class _SecondsField(forms.CharField):
    """A time as people say it of music: "1:05", "65" and "1:02:03.5" are one way each."""

    def __init__(self, **given: Any) -> None:
        super().__init__(max_length=14, **given)

    def prepare_value(self, value: Any) -> Any:
        """Return what stands in the box."""
        return length(value) if isinstance(value, int | Decimal) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Return whether another time is typed."""
        return bool((self.prepare_value(initial) or "") != (data or "").strip())

    def seconds(self, value: Any) -> Decimal | None:
        """Return the seconds that are typed, None for nothing."""
        typed = super().clean(value)
        if not typed:
            return None
        match = MOMENT.fullmatch(typed)
        if match is None:
            raise ValidationError(_("Write a time as minutes:seconds, e.g. 3:07."))
        parts = {name: Decimal((text or "0").replace(",", ".")) for name, text in match.groupdict().items()}
        seconds = parts["hours"] * 3600 + parts["minutes"] * 60 + parts["seconds"]
        if seconds > LONGEST:
            raise ValidationError(_("No track is longer than a day."))
        return seconds


class MomentField(_SecondsField):
    """A time into a piece of music; cleaned to seconds."""

    def clean(self, value: Any) -> Decimal | None:
        """Return the seconds, None for nothing."""
        return self.seconds(value)


class LengthField(_SecondsField):
    """How long something lasts; cleaned to whole seconds."""

    def clean(self, value: Any) -> int | None:
        """Return the seconds, None for nothing."""
        seconds = self.seconds(value)
        return None if seconds is None else int(seconds)


class CommentForm(forms.Form):
    """What somebody says about a moment of a version, or answers to that."""

    version = forms.IntegerField(label=_("Version"), min_value=1)
    answers = forms.IntegerField(label=_("Answer"), min_value=1, required=False)
    second = MomentField(label=_("At"), required=False)
    body = forms.CharField(label=_("Comment"), max_length=LONGEST_COMMENT)


class ListenerCommentForm(CommentForm):
    """The same of somebody without an account."""

    name = forms.CharField(label=_("Your name"), max_length=LONGEST_NAME)


class ListenerApprovalForm(forms.Form):
    """Whose approval it is, and of what."""

    version = forms.IntegerField(label=_("Version"), min_value=1)
    name = forms.CharField(label=_("Your name"), max_length=LONGEST_NAME)
