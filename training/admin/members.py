"""Members: the list, their facts, and the doors to what can be done with them."""

from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.validators import EMPTY_VALUES
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from sessions_app.admin.fee_parts import sees_money
from sessions_app.admin.hidden_money import without_facts
from sessions_app.admin.served import ServedAdmin, actor_of
from sessions_app.forms import key_of
from sessions_app.models import Client
from studio.admin_sites import TRAINING, MenuEntry, MenuGroup, studio_site
from studio.admin_tools import confirmed_action
from studio.trail import field_label, trail_of
from training.admin import member_acts
from training.admin.member_columns import MemberChangeList, MemberColumns, layout_view
from training.admin.member_export import export_view
from training.admin.member_filters import OwesFilter, PlanFilter, ToComeFilter
from training.admin.member_forms import MemberForm, StatusForm
from training.admin.member_parts import EmergencyContactInline
from training.admin.member_profile import profile_address, profile_view
from training.admin.member_rights import MemberRights, sees_medical, steers
from training.models import Member, MemberStatus, MemberType
from training.models.member import MemberQuerySet
from training.selectors.member_list import with_columns
from training.services import member_clients, members

LISTS = frozenset({"training_member_changelist", "training_member_export"})
PARTNER_FACTS = (
    *("partnership_company", "partnership_kind", "partnership_notes"),
    *("contract_starts_on", "contract_ends_on"),
)


def what_stays(_request: HttpRequest, queryset: QuerySet[Member]) -> dict[str, Any]:
    """Return what the page says before the status of several members is changed."""
    return {"note": member_acts.sessions_that_stay(queryset)}


@admin.register(Member, site=studio_site)
class MemberAdmin(MemberRights, MemberColumns, ServedAdmin):
    """Members: facts are edited here, status and type by the pages behind the buttons."""

    menu = MenuEntry(MenuGroup.TRAINING, "groups_3", 20, kinds=TRAINING)
    form = MemberForm
    list_filter = ("status", "member_type", PlanFilter, ToComeFilter)
    list_select_related = ("client",)
    linked_lookups = ("referred_by_member__id__exact",)
    # What the search looks at is the model's business; here it stands for having one.
    search_fields = ("first_name", "last_name", "email", "phone")
    search_help_text = _("Name, e-mail and phone, also parts of them; accents do not matter.")
    ordering = ("last_name", "first_name", "pk")
    autocomplete_fields = ("client", "referred_by_member")
    inlines = (EmergencyContactInline,)
    actions = ("change_status_selected",)
    action_pages = (
        member_acts.CommentPage,
        member_acts.CheckupPage,
        member_acts.ReactivatePage,
        member_acts.ConvertTrialPage,
        member_acts.ConvertCollaborationPage,
        member_acts.StatusPage,
    )
    list_before_template = "training/admin/member_list_tools.html"
    change_form_before_template = "sessions_app/admin/session_seen.html"
    readonly_fields = ("kind", "state")
    person = (
        *(("first_name", "last_name"), ("email", "phone")),
        *(("date_of_birth", "gender"), ("training_preference", "join_date")),
    )
    outfit = (_("Outfit"), {"fields": (("uniform_size", "uniform_received"), ("vest_size", "hip_belt_size"))})
    waiver = (_("Waiver"), {"fields": (("waiver_signed_on", "waiver_expires_on"),)})
    medical = (_("Health"), {"fields": ("medical_notes",)})
    partner = (
        _("Partnership"),
        {
            "classes": ("collapse",),
            "fields": (
                ("partnership_company", "partnership_kind"),
                ("contract_starts_on", "contract_ends_on"),
                "partnership_notes",
            ),
        },
    )
    referral = (_("How they found the studio"), {"fields": (("referral_source", "referred_by_member"),)})
    more = (_("More"), {"fields": ("notes", "custom_fields")})

    # The list -----------------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[Member]:
        """Return the members, in lists with what the chosen columns show."""
        rows: QuerySet[Member] = super().get_queryset(request)
        match = request.resolver_match
        if match is None or match.url_name not in LISTS:
            return rows
        return with_columns(rows, self.chosen_columns(request), timezone.now())

    def get_list_filter(self, request: HttpRequest) -> Any:
        """Return the filters; who owes money for whom money is shown."""
        return (*self.list_filter, OwesFilter) if sees_money(request) else self.list_filter

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[MemberChangeList]:
        """Return the list whose rows lead to the members' pages."""
        return MemberChangeList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find by name, e-mail and phone."""
        return cast("MemberQuerySet", queryset).searched(search_term), False

    @confirmed_action(
        description=_("Change the status of selected members"),
        permissions=["steer"],
        template="training/admin/status_selected.html",
        context=what_stays,
        form_class=StatusForm,
    )
    def change_status_selected(self, request: HttpRequest, queryset: QuerySet[Member], form: StatusForm) -> None:
        """Set the status of each."""
        done = members.change_statuses(
            members=queryset, actor=actor_of(request), now=timezone.now(), **form.cleaned_data
        )
        told = ngettext("%(count)d member: %(status)s.", "%(count)d members: %(status)s.", len(done))
        status = MemberStatus(form.cleaned_data["status"]).label
        self.message_user(request, told % {"count": len(done), "status": status}, messages.SUCCESS)

    # Pages --------------------------------------------------------------------------------------

    def get_urls(self) -> list[Any]:
        """Return the URLs: the list's file and layout and the members' pages first."""
        wrap = self.admin_site.admin_view
        return [
            path("export/<str:kind>/", wrap(partial(export_view, self)), name="training_member_export"),
            path("layout/", wrap(partial(layout_view, self)), name="training_member_layout"),
            path("<path:object_id>/profile/", wrap(partial(profile_view, self)), name="training_member_profile"),
            *super().get_urls(),
        ]

    def page_parts(self, obj: Any = None, last: Any = "") -> list[tuple[Any, str]]:
        """Return the way to a page; a member's own page is the one that shows everything."""
        parts = super().page_parts(obj, last)
        if obj is not None and obj.pk is not None:
            parts[1] = (self.object_title(obj), profile_address(obj))
        return parts

    def get_fieldsets(self, request: HttpRequest, obj: Member | None = None) -> Any:
        """Return the rows of the form: health and partners for those alone who may see them."""
        first = ("kind", "state") if obj else ("client", "member_type")
        parts = [(None, {"fields": (first, *self.person)}), self.waiver, self.outfit]
        parts += [self.medical] if sees_medical(request) else []
        parts += [self.referral]
        parts += [self.partner] if steers(request) else []
        return (*parts, self.more)

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer collaborations to those alone who may see what is agreed with partners."""
        field = super().formfield_for_choice_field(db_field, request, **kwargs)
        if db_field.name == "member_type" and not steers(request):
            field.choices = [each for each in field.choices if each[0] != MemberType.COLLABORATION]
        return field

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Remember in the form what it shows."""
        if member := context.get("original"):
            context |= {"seen_at": self._seen_at(request, member)}
        return super().render_change_form(request, context, *args, **kwargs)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show what was done to the member; what is agreed with partners for whom that is shown."""
        found = None if steers(request) else self.get_object(request, unquote(object_id))
        hidden = [field_label(Member, name) for name in PARTNER_FACTS]
        lines = {} if found is None else {"lines": without_facts(trail_of(found), hidden)}
        return super().history_view(request, object_id, {**lines, **(extra_context or {})})

    @staticmethod
    def _seen_at(request: HttpRequest, member: Member) -> str:
        refusal = getattr(request, "refusal", None)
        if isinstance(refusal, members.ChangedMeanwhile):
            return refusal.updated_at.isoformat()  # the sentence says what is there now
        return request.POST.get("seen_at") or member.updated_at.isoformat()

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Begin with what is known of a client who becomes a member."""
        key = key_of(request.GET.get("client"))
        found = Client.objects.present().filter(pk=key).first() if key else None
        known = {"client": found.pk, **member_clients.facts_of(found)} if found else {}
        return {**super().get_changeform_initial_data(request), **known}

    def response_post_save_add(self, request: HttpRequest, obj: Member) -> HttpResponse:
        """Go to the page of the new member."""
        return self._to_profile(obj)

    def response_post_save_change(self, request: HttpRequest, obj: Member) -> HttpResponse:
        """Go to the member's page."""
        return self._to_profile(obj)

    @staticmethod
    def _to_profile(obj: Member) -> HttpResponse:
        return HttpResponseRedirect(profile_address(obj))

    # Saving -------------------------------------------------------------------------------------

    def create(self, request: HttpRequest, given: dict[str, Any], now: datetime) -> Model:
        """Write down a member with a client, or make a client a member."""
        said = {name: value for name, value in given.items() if value not in EMPTY_VALUES}
        return members.create_member(actor=actor_of(request), now=now, **said)

    def change(self, request: HttpRequest, obj: Member, given: dict[str, Any], now: datetime) -> None:
        """Change a member; a form that is out of date is refused."""
        with suppress(ValueError):
            given["seen_at"] = parse_datetime(request.POST.get("seen_at", ""))
        members.change_member(member=obj, actor=actor_of(request), now=now, **given)

    def remove(self, request: HttpRequest, obj: Member, now: datetime) -> None:
        """Delete a member of whom nothing is kept."""
        members.delete_member(member=obj, actor=actor_of(request), now=now)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Hand the contacts to their service."""
        inlines = {inline.model: inline for inline in self.get_inline_instances(request, form.instance)}
        inlines[formset.model].write(request, form.instance, formset, timezone.now())
