"""Leave and other absences: each is added after its sessions were settled, and taken back whole."""

from datetime import date, datetime, time
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from sessions_app.admin.served import WorkAdmin, actor_of
from sessions_app.admin.taking_off import TakingOffPage
from sessions_app.forms import PeriodForm, PersonField, day_field, one_found
from sessions_app.models import Absence, AbsenceKind
from sessions_app.selectors.crew import staff_by_name
from sessions_app.services import absences
from sessions_app.services.absences import Person
from studio.accounts.models import User
from studio.accounts.roles import Scope, Verb, scope_of
from studio.admin_sites import MenuEntry, MenuGroup, studio_site
from studio.admin_tools import ActionForm
from studio.showing import days, when

MODEL = "sessions_app.absence"


def shown_period(absence: Absence) -> str:
    """Return when somebody is away: days where it is whole days, else times."""
    if not absence.is_whole_days:
        return when(absence.starts_at, absence.ends_at)
    zone = timezone.get_current_timezone()
    first, after = timezone.localtime(absence.starts_at, zone), timezone.localtime(absence.ends_at, zone)
    last = date.fromordinal(after.date().toordinal() - 1) if after.time() == time.min else after.date()
    return days(first.date(), last)


class AbsenceForm(PeriodForm):
    """Who is away and when: whole days, or from a time to a time."""

    user = PersonField(
        User.objects.none(), label=_("Somebody of the staff"), required=False, widget=UnfoldAdminSelectWidget
    )
    talent = one_found(Absence._meta.get_field("talent"), _("or a talent"))
    day = day_field(_("First day"))
    last_day = day_field(_("Last day"), required=False, help_text=_("Empty: the same day."))
    kind = forms.ChoiceField(label=_("Kind"), choices=AbsenceKind, widget=UnfoldAdminSelectWidget)
    notes = forms.CharField(label=_("Notes"), max_length=500, required=False, widget=UnfoldAdminTextInputWidget)

    def __init__(self, *args: Any, own: User | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.own = own
        for name in ("start", "end"):
            self.fields[name].required = False
        self.fields["start"].help_text = _("Empty: whole days.")
        self.fields["end"].help_text = ""
        if own is not None:
            del self.fields["user"], self.fields["talent"]
        else:
            cast("forms.ModelChoiceField[User]", self.fields["user"]).queryset = staff_by_name()

    def clean(self) -> dict[str, Any]:
        """Insist on one person, and on both times or none."""
        cleaned = super().clean()
        people = [cleaned.get("user"), cleaned.get("talent")] if self.own is None else [self.own]
        named = [person for person in people if person is not None]
        if len(named) != 1 and not self.has_error("user") and not self.has_error("talent"):
            self.add_error("user", gettext("Choose one person: of the staff, or a talent."))
        cleaned["person"] = named[0] if named else None
        if (cleaned.get("start") is None) != (cleaned.get("end") is None) and not self.errors:
            self.add_error("end", gettext("Give both times, or neither for whole days."))
        return cleaned

    def fieldsets(self) -> Any:
        """Return who, when and why."""
        who = [("user", "talent")] if self.own is None else []
        asked = tuple(f"{name}_which" for name in self.doubled)
        when_ = [("day", "last_day"), ("start", "end"), *([asked] if asked else [])]
        return [(None, {"fields": [*who, *when_, ("kind", "notes")]})]


class AbsencePage(TakingOffPage):
    """Writes down that somebody is away."""

    name = "add"
    label = _("Write down an absence")
    icon = "beach_access"
    form_class = AbsenceForm
    question = _("Meanwhile the person cannot be put on any session.")

    def may(self, request: HttpRequest, obj: Any) -> bool:
        """Return whether the person may add an absence."""
        return bool(self.model_admin.has_add_permission(request))

    def form(self, request: HttpRequest, obj: Any) -> ActionForm:
        """Return the form; who may only add their own is not asked whose it is."""
        user = actor_of(request)
        own = user if scope_of(user.role_names, MODEL, Verb.ADD) == Scope.OWN else None
        data = request.POST if request.method == "POST" else None
        return AbsenceForm(data, initial={"kind": AbsenceKind.LEAVE}, own=own)

    def act(self, request: HttpRequest, obj: Any, form: ActionForm) -> str:
        """Write it down."""
        typed = form.cleaned_data
        person: Person = typed["person"]
        given = {
            "kind": typed["kind"],
            "notes": typed["notes"],
            "released": self.agreed(request),
            "actor": actor_of(request),
            "now": timezone.now(),
        }
        if typed.get("start") is None:
            last = typed["last_day"] or typed["day"]
            absence = absences.add_days_off(person=person, first_day=typed["day"], last_day=last, **given)
        else:
            times = {"starts_at": typed["starts_at"], "ends_at": typed["ends_at"]}
            absence = absences.add_absence(person=person, **times, **given)
        told = {"who": person.get_full_name() if isinstance(person, User) else person, "when": shown_period(absence)}
        return gettext("%(who)s is away: %(when)s.") % told

    def back(self, obj: Any) -> str:
        """Return the list's address."""
        return reverse(f"admin:{self._url_name('changelist')}")


class WhenFilter(SimpleListFilter):
    """By whether an absence is over."""

    title = _("when")
    parameter_name = "when"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the choices."""
        return [("now", _("Now")), ("coming", _("Now and to come")), ("past", _("Over"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Absence]) -> QuerySet[Absence]:
        """Keep the absences of the choice."""
        now = timezone.now()
        if self.value() == "past":
            return queryset.filter(ends_at__lte=now)
        if self.value() in {"now", "coming"}:
            queryset = queryset.filter(ends_at__gt=now)
        return queryset.filter(starts_at__lte=now) if self.value() == "now" else queryset


@admin.register(Absence, site=studio_site)
class AbsenceAdmin(WorkAdmin):
    """Absences; another time is another absence."""

    menu = MenuEntry(MenuGroup.PEOPLE, "beach_access", 30)
    list_display = ("who", "period", "kind", "notes")
    list_select_related = ("user", "talent")
    list_filter = (WhenFilter, "kind")
    ordering = ("-starts_at", "-pk")
    fields = ("label", "period", "kind", "notes")
    readonly_fields = fields

    @admin.display(description=_("name"), ordering="label")
    def who(self, absence: Absence) -> str:
        """Show who is away, also once the account or the talent is deleted."""
        return absence.user.get_full_name() if absence.user else str(absence.talent or absence.label)

    @admin.display(description=_("when"), ordering="starts_at")
    def period(self, absence: Absence) -> str:
        """Show the days, or the times."""
        return shown_period(absence)

    def own_rows(self, rows: QuerySet[Absence], request: HttpRequest) -> QuerySet[Absence]:
        """Return the person's own absences."""
        return rows.filter(user=actor_of(request))

    def object_title(self, obj: Absence) -> str:
        """Return who is away, and when."""
        return f"{self.who(obj)}, {shown_period(obj)}"

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: another time asks the same question as a new absence."""
        return False

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Answer the page on which an absence is written down."""
        return AbsencePage(self).answer(request, None)

    def remove(self, request: HttpRequest, obj: Absence, now: datetime) -> None:
        """Take an absence back."""
        absences.remove_absence(absence=obj, actor=actor_of(request), now=now)
