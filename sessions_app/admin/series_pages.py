"""What can be done to a series, all of it or from one session on: one page for each act, each calling one service."""

from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from sessions_app.admin.booking import tell_of
from sessions_app.admin.fee_parts import WAIVE, fees_told, waiver_of
from sessions_app.admin.served import actor_of
from sessions_app.forms import (
    ClockInput,
    current_zone,
    day_field,
    key_of,
    projects_of,
    room_field,
    tell_field,
    waiver_field,
)
from sessions_app.models import BookingType, FeeKind, Project, SessionSeries, StudioSession
from sessions_app.models.series import LONGEST_OCCURRENCE, MOST_DAYS_SHIFTED
from sessions_app.selectors.recurrence import parse_rule
from sessions_app.selectors.series import drifted, open_occurrences
from sessions_app.selectors.terms import fees_due
from sessions_app.services import series, series_edits
from studio.admin_tools import ActionForm, ActionPage, offer_choices
from studio.showing import day as shown_day
from studio.showing import when, zone_label

ALL = ""


class EditForm(ActionForm):
    """Which sessions of a series an edit is about."""

    since = forms.ChoiceField(
        label=_("Which sessions"),
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text=_("What has begun, is over or is invoiced never changes. Later ones become a series of their own."),
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        self.coming: list[StudioSession] = (initial or {}).get("coming", [])
        choices = [(str(s.pk), gettext("From %(when)s on") % {"when": when(s.starts_at)}) for s in self.coming[1:]]
        offer_choices(self, "since", [(ALL, gettext("All that are to come")), *choices])

    def clean_since(self) -> StudioSession | None:
        """Return the first session that is meant; None means all."""
        key = key_of(self.cleaned_data["since"])
        return next((session for session in self.coming if session.pk == key), None)


def over_edits_field() -> forms.BooleanField:
    """Return the choice whether sessions that were edited by themselves are changed as well."""
    return forms.BooleanField(
        label=_("Also those that were changed by themselves"), required=False, widget=UnfoldBooleanSwitchWidget()
    )


class MoveSeriesForm(EditForm):
    """Another time, weekday, length or room."""

    start_time = forms.TimeField(label=zone_label(_("Start")), widget=ClockInput)
    length_minutes = forms.IntegerField(
        label=_("Minutes"), min_value=1, max_value=LONGEST_OCCURRENCE, widget=UnfoldAdminIntegerFieldWidget
    )
    days_later = forms.IntegerField(
        label=_("Days later"),
        min_value=-MOST_DAYS_SHIFTED,
        max_value=MOST_DAYS_SHIFTED,
        initial=0,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=_("1: from Tuesday to Wednesday. -1: a day sooner."),
    )
    room = room_field(required=False, empty_label=_("No room: remote or on location"))
    left_alone = forms.MultipleChoiceField(
        label=_("Leave these where they are"), required=False, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )
    over_edits = over_edits_field()
    waive_because = waiver_field()
    reason = forms.CharField(label=_("Reason"), max_length=500, required=False, widget=UnfoldAdminTextInputWidget)
    tell = tell_field()

    def __init__(self, data: Mapping[str, Any] | None = None, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        dates = [(str(s.occurs_on), when(s.starts_at, s.ends_at)) for s in self.coming]
        offer_choices(self, "left_alone", dates)

    def fieldsets(self) -> Any:
        """Return which, where to, and what stays."""
        waiver = [name for name in ("waive_because",) if name in self.fields]
        first = ["since", ("start_time", "length_minutes", "days_later"), "room", *waiver, "reason", "tell"]
        return [
            (None, {"fields": first}),
            (_("What stays"), {"fields": ["over_edits", "left_alone"]}),
        ]


class ChangeSeriesForm(EditForm):
    """What the sessions are about."""

    title = forms.CharField(label=_("Title"), max_length=255, widget=UnfoldAdminTextInputWidget)
    project = forms.ModelChoiceField(
        Project.objects.none(),
        label=_("Project"),
        required=False,
        widget=UnfoldAdminSelectWidget,
        empty_label=_("No project"),
    )
    booking_type = forms.ChoiceField(label=_("Booking type"), choices=BookingType, widget=UnfoldAdminSelectWidget)
    notes = forms.CharField(label=_("Notes"), required=False, widget=UnfoldAdminTextareaWidget({"rows": 3}))
    over_edits = over_edits_field()

    def __init__(self, data: Mapping[str, Any] | None = None, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        choice = cast("forms.ModelChoiceField[Project]", self.fields["project"])
        offered: QuerySet[Project] = projects_of((initial or {}).get("client"))
        choice.queryset = Project.objects.filter(pk__in=list(offered.values_list("pk", flat=True))).order_by("-pk")


class CancelSeriesForm(EditForm):
    """Why sessions are cancelled."""

    reason = forms.CharField(label=_("Reason"), max_length=500, widget=UnfoldAdminTextInputWidget)
    waive_because = waiver_field()
    tell = tell_field()


class ExtendSeriesForm(ActionForm):
    """Until when a series goes on."""

    until = day_field(_("Until"), help_text=_("The last day that may count."))
    skip_taken = forms.BooleanField(
        label=_("Skip dates that are not free"), required=False, widget=UnfoldBooleanSwitchWidget()
    )
    tell = tell_field()


class OfSeries(ActionPage):
    """An act on the sessions of a series that are to come."""

    def is_offered(self, obj: SessionSeries) -> bool:
        """Offer it while there are such sessions."""
        return open_occurrences(obj, timezone.now()).exists()

    def initial(self, request: HttpRequest, obj: SessionSeries) -> dict[str, Any]:
        """Begin with the session that a link names."""
        return {"coming": list(open_occurrences(obj, timezone.now())), "since": request.GET.get("since", ALL)}


class FeesOfSeries(OfSeries):
    """An act that costs a fee for some of the sessions; its form has `waive_because` for whom may, where one is due."""

    fee_kind: FeeKind
    fees_head: Any
    template = "sessions_app/admin/series_fees.html"

    def form(self, request: HttpRequest, obj: SessionSeries) -> ActionForm:
        """Return the form, without the question that need not be asked."""
        form = super().form(request, obj)
        if not (request.user.has_perm(WAIVE) and fees_due(self._coming(obj), self.fee_kind, now=timezone.now())):
            form.fields.pop("waive_because")
        return form

    def context(self, request: HttpRequest, obj: SessionSeries, form: ActionForm) -> dict[str, Any]:
        """Return what the act costs."""
        return {**fees_told(request, self._coming(obj), self.fee_kind), "fees_head": self.fees_head}

    @staticmethod
    def _coming(series: SessionSeries) -> list[StudioSession]:
        return list(open_occurrences(series, timezone.now()).select_related("room"))


class MoveSeriesPage(FeesOfSeries):
    """Gives a series another time, weekday, length or room."""

    name = "move"
    label = _("Move the series")
    icon = "event_repeat"
    form_class = MoveSeriesForm
    fee_kind = FeeKind.RESCHEDULE
    fees_head = _("Another time costs these clients a fee; another room, or a later end, costs nothing:")
    question = _("All of them move, or none: a date that cannot be had is named, and can be left where it is.")

    def initial(self, request: HttpRequest, obj: SessionSeries) -> dict[str, Any]:
        """Begin where the series is; what no longer fits the wall clock is to be moved there."""
        where = {"start_time": obj.start_time, "length_minutes": obj.length_minutes, "room": obj.room_id or ""}
        return {**super().initial(request, obj), **where, "days_later": 0}

    def act(self, request: HttpRequest, obj: SessionSeries, form: ActionForm) -> str:
        """Move it."""
        given = {
            name: form.cleaned_data[name]
            for name in ("since", "start_time", "length_minutes", "days_later", "room", "over_edits", "reason")
        }
        alone = [day for text in form.cleaned_data["left_alone"] if (day := parse_date(text))]
        moved = series_edits.move_series(
            series=obj,
            actor=actor_of(request),
            now=timezone.now(),
            left_alone=alone,
            waive_because=waiver_of(form),
            tell=tell_of(form),
            **given,
        )
        first = open_occurrences(moved, timezone.now()).first()
        at = when(first.starts_at, first.ends_at) if first else ""
        return gettext("The series is moved. Its next session: %(when)s.") % {"when": at}


class SettlePage(MoveSeriesPage):
    """Confirms what a change of the studio's clock has set off the rule."""

    name = "settle"
    label = _("Settle the changed clock")
    icon = "alarm"
    template = "sessions_app/admin/settle_series.html"
    question = _("Each of these moves to the hour of the series, unless it is ticked to stay where it is.")

    def is_offered(self, obj: SessionSeries) -> bool:
        """Offer it while some session is off the wall clock."""
        return bool(drifted(timezone.now(), series=[obj]))

    def context(self, request: HttpRequest, obj: SessionSeries, form: ActionForm) -> dict[str, Any]:
        """List what would move, from where to where."""
        return {"drifts": drifted(timezone.now(), series=[obj]), "zone": current_zone().key, "series": obj}


class ChangeSeriesPage(OfSeries):
    """Changes what the sessions of a series are about."""

    name = "change-all"
    label = _("Change the sessions")
    icon = "edit_note"
    form_class = ChangeSeriesForm

    def initial(self, request: HttpRequest, obj: SessionSeries) -> dict[str, Any]:
        """Begin with what the series says."""
        said = {"title": obj.title, "project": obj.project_id, "booking_type": obj.booking_type, "notes": obj.notes}
        return {**super().initial(request, obj), **said, "client": obj.client_id}

    def act(self, request: HttpRequest, obj: SessionSeries, form: ActionForm) -> str:
        """Change what was changed in the form."""
        names = {"title", "project", "booking_type", "notes"} & set(form.changed_data)
        given = {name: form.cleaned_data[name] for name in names}
        over_edits, since = form.cleaned_data["over_edits"], form.cleaned_data["since"]
        series_edits.change_series(
            series=obj, actor=actor_of(request), now=timezone.now(), since=since, over_edits=over_edits, **given
        )
        return gettext("The sessions are changed.")


class CancelSeriesPage(FeesOfSeries):
    """Cancels sessions of a series."""

    name = "cancel"
    label = _("Cancel sessions")
    icon = "event_busy"
    form_class = CancelSeriesForm
    is_dangerous = True
    fee_kind = FeeKind.CANCELLATION
    fees_head = _("Cancelling these costs their clients a fee:")
    question = _("Their slots become free for others. They stay in the records, and do not come back.")

    def act(self, request: HttpRequest, obj: SessionSeries, form: ActionForm) -> str:
        """Cancel them."""
        gone = series_edits.cancel_series(
            series=obj,
            reason=form.cleaned_data["reason"],
            since=form.cleaned_data["since"],
            waive_because=waiver_of(form),
            actor=actor_of(request),
            now=timezone.now(),
            tell=tell_of(form),
        )
        told = ngettext("%(count)d session is cancelled.", "%(count)d sessions are cancelled.", len(gone))
        return told % {"count": len(gone)}


class ExtendSeriesPage(ActionPage):
    """Adds dates to a series."""

    name = "extend"
    label = _("Add dates")
    icon = "more_time"
    form_class = ExtendSeriesForm

    def context(self, request: HttpRequest, obj: SessionSeries, form: ActionForm) -> dict[str, Any]:
        """Say how far it goes now."""
        last = parse_rule(obj.rule).dates(obj.starts_on)[-1]
        return {"question": gettext("Its last date is %(day)s.") % {"day": shown_day(last)}}

    def act(self, request: HttpRequest, obj: SessionSeries, form: ActionForm) -> str:
        """Book the dates."""
        before = obj.sessions.count()
        longer = series.extend_series(
            series=obj,
            until=form.cleaned_data["until"],
            skip_taken=form.cleaned_data["skip_taken"],
            actor=actor_of(request),
            now=timezone.now(),
            tell=tell_of(form),
        )
        added = longer.sessions.count() - before
        return ngettext("%(count)d date is added.", "%(count)d dates are added.", added) % {"count": added}
