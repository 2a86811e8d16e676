"""Choosing what was done for a client and is on no document: sessions of a month, and hours."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing.admin.draft_acts import DraftPage
from billing.models import Invoice, InvoiceStatus
from billing.selectors import unbilled
from billing.selectors.terms import details_of
from billing.selectors.work_words import length_words
from billing.services import work_lines
from sessions_app.admin.served import actor_of
from sessions_app.forms import current_zone, key_of
from sessions_app.models import SessionStatus
from studio.admin_tools import ActionForm
from studio.showing import money

ALL = "all"
OVER = (SessionStatus.COMPLETED, SessionStatus.NO_SHOW, SessionStatus.CANCELLED)


class KeysField(forms.Field):
    """Keys of rows: of each box that is ticked one, or some with commas."""

    widget = forms.SelectMultiple

    def clean(self, value: Any) -> list[int]:
        """Return the keys, each once."""
        keys = [key_of(text) for each in value or [] for text in str(each).split(",")]
        if None in keys or len(keys) > 2 * unbilled.MOST:
            raise ValidationError(gettext("Please choose again."))
        return list(dict.fromkeys(key for key in keys if key))


class WorkForm(ActionForm):
    """Which sessions and which hours are charged."""

    sessions = KeysField(required=False)
    hours = KeysField(required=False)

    def fieldsets(self) -> list[tuple[Any, dict[str, Any]]]:
        """Return nothing: the page has a box for each."""
        return []

    def clean(self) -> dict[str, Any]:
        """Insist on something."""
        cleaned: dict[str, Any] = super().clean() or {}
        if not cleaned.get("sessions") and not cleaned.get("hours"):
            self.add_error(None, gettext("Tick what is charged."))
        return cleaned


class WorkPage(DraftPage):
    """Writes the lines of sessions and hours."""

    name = "work"
    label = _("Sessions and hours")
    icon = "playlist_add"
    template = "billing/admin/work.html"
    form_class = WorkForm

    def is_offered(self, obj: Invoice) -> bool:
        """Offer it for a draft that is no test."""
        return obj.status == InvoiceStatus.DRAFT and not obj.is_test

    def context(self, request: HttpRequest, obj: Invoice, form: ActionForm) -> dict[str, Any]:
        """Show what is to be charged, by month."""
        zone = current_zone()
        sessions, entries = unbilled.sessions_to_bill(obj.client), unbilled.entries_to_bill(obj.client)
        starts = [*(each.session.starts_at for each in sessions), *(entry.started_at for entry in entries)]
        months = unbilled.months_of(starts, zone)
        month = _asked(request, months)
        if month is not None:
            first, after = unbilled.month_bounds(month, zone)
            sessions = [each for each in sessions if first <= each.session.starts_at < after]
            entries = [entry for entry in entries if first <= entry.started_at < after]
        posted = form.data if form.is_bound else None
        return {
            "months": months,
            "month": month,
            "sessions": [
                (each, _is_ticked(posted, "sessions", str(each.session.pk), each.session.status in OVER))
                for each in sessions
            ],
            "hours": [
                (each, length_words(each), is_over, _is_ticked(posted, "hours", each.keys, is_over))
                for is_over, some in unbilled.by_whether_over(entries, timezone.now())
                for each in unbilled.grouped(some, details_of(obj.client).time_step_minutes)
            ],
            "invoice": obj,
        }

    def act(self, request: HttpRequest, obj: Invoice, form: ActionForm) -> str:
        """Write them down, all or none."""
        charged = work_lines.charge_work(
            invoice=obj,
            sessions=form.cleaned_data["sessions"],
            entries=form.cleaned_data["hours"],
            actor=actor_of(request),
            now=timezone.now(),
        )
        told = gettext("The lines are written: %(total)s in all.")
        return told % {"total": money(charged.payable, charged.currency)}


def _asked(request: HttpRequest, months: Sequence[date]) -> date | None:
    """Return the month that is asked for, else the latest that is over; None for all of them."""
    typed = request.GET.get("month", "")
    if typed == ALL:
        return None
    asked = _day(f"{typed}-01")
    if asked in months:
        return asked
    this = timezone.localdate(timezone=current_zone()).replace(day=1)
    return next((month for month in months if month < this), months[0] if months else None)


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _is_ticked(posted: Any, name: str, key: str, usually: bool) -> bool:
    return usually if posted is None else key in posted.getlist(name)
