"""Dormant members: who they are, setting them to inactive, and when that was done."""

from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from sessions_app.admin.served import actor_of
from sessions_app.forms import uuid_of
from studio.admin_sites import TRAINING, MenuEntry, MenuGroup, studio_site
from studio.admin_tools import ActionForm, ActionPage, ReadOnlyAdmin, StudioModelAdmin
from studio.office.selectors.profile import current_profile
from studio.showing import day, when, zone_label
from training.models import DormantRun
from training.selectors.dormancy import Dormancy, dormancy
from training.services.dormancy import run_dormancy

RUN = "training.add_dormantrun"


class DormantPage(ActionPage):
    """Shows who is dormant, and sets those to inactive who stay chosen."""

    name = "preview"
    label = _("Set dormant members to inactive")
    icon = "bedtime"
    template = "training/admin/dormant.html"
    found: Dormancy | None = None

    def may(self, request: HttpRequest, obj: Any) -> bool:
        """Ask for the right to run it."""
        return request.user.has_perm(RUN)

    def context(self, request: HttpRequest, obj: Any, form: ActionForm) -> dict[str, Any]:
        """Say who is dormant and why; after a refusal as it was chosen."""
        found = dormancy(profile=current_profile(), now=timezone.now())
        told = {"months": found.months, "day": day(found.since)}
        question = ngettext(
            "These active members have had no session since %(day)s (%(months)d month). "
            "Whoever joined or came back later is not among them, nor anybody with a session to come "
            "or with sessions left on a plan that runs.",
            "These active members have had no session since %(day)s (%(months)d months). "
            "Whoever joined or came back later is not among them, nor anybody with a session to come "
            "or with sessions left on a plan that runs.",
            found.months,
        )
        nobody = gettext(
            "Nobody is dormant: every active member has come since %(day)s, has a session to come, "
            "or has sessions left on a plan that runs."
        )
        chosen = _keys(request) if request.method == "POST" else {member.pk for member in found.members}
        return {"dormancy": found, "chosen": chosen, "question": (question if found.members else nobody) % told}

    def act(self, request: HttpRequest, obj: Any, form: ActionForm) -> str:
        """Set them to inactive."""
        run = run_dormancy(chosen=_keys(request), actor=actor_of(request), now=timezone.now())
        told = ngettext("%(count)d member is inactive now.", "%(count)d members are inactive now.", run.member_count)
        return told % {"count": run.member_count}

    def back(self, obj: Any) -> str:
        """Return to the runs."""
        return reverse("admin:training_dormantrun_changelist")


def _keys(request: HttpRequest) -> set[UUID]:
    """Return the members that were chosen; what is no key is nobody's."""
    return {key for typed in request.POST.getlist("members") if (key := uuid_of(typed))}


@admin.register(DormantRun, site=studio_site)
class DormantRunAdmin(ReadOnlyAdmin, StudioModelAdmin):
    """Runs over dormant members."""

    menu = MenuEntry(MenuGroup.TRAINING, "bedtime", 66, kinds=TRAINING, title=_("Dormant members"))
    list_display = ("ran", "member_count", "months", "run_by_label")
    ordering = ("-run_at", "-pk")
    list_before_template = "training/admin/dormant_tools.html"
    fieldsets = ((None, {"fields": (("ran", "run_by_label"), ("member_count", "months"), "who")}),)
    readonly_fields = ("ran", "run_by_label", "member_count", "months", "who")

    @admin.display(description=zone_label(_("run at")), ordering="run_at")
    def ran(self, run: DormantRun) -> str:
        """Show when it was run."""
        return when(run.run_at)

    @admin.display(description=_("members"))
    def who(self, run: DormantRun) -> str:
        """Show the names as they were, each leading to the member."""
        address = "admin:training_member_profile"
        lines = [(reverse(address, args=[each["id"]]), each["name"]) for each in run.members]
        return format_html(
            "<ul>{}</ul>", format_html_join("", '<li><a class="panel-link" href="{}">{}</a></li>', lines)
        )

    def get_urls(self) -> list[Any]:
        """Return the URLs, the preview's first."""
        view = self.admin_site.admin_view(partial(dormant_view, self))
        return [path("preview/", view, name="training_dormantrun_preview"), *super().get_urls()]


def dormant_view(model_admin: Any, request: HttpRequest) -> HttpResponse:
    """Show who is dormant, and set them to inactive."""
    return DormantPage(model_admin).answer(request, None)
