"""Share links: made from what they open, listed with how often they were opened, closed at once."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import flatten
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from sessions_app.admin.served import WorkAdmin, actor_of
from sessions_app.forms import current_zone, day_field
from sessions_app.models import ShareLink
from sessions_app.selectors import shared
from sessions_app.services import share_links
from studio.admin_sites import RECORDING, MenuEntry, MenuGroup, studio_site
from studio.admin_tools import ActionForm, ActionPage, ReadOnlyAdmin, badge, when
from studio.clock import instant_moved_forward
from studio.mail.selectors.house import current_house

USUAL = timedelta(days=30)
MOST_VIEWS = 1_000_000


def switch(label: Any) -> forms.BooleanField:
    """Return a yes or no."""
    return forms.BooleanField(label=label, required=False, widget=UnfoldBooleanSwitchWidget)


class ShareForm(ActionForm):
    """For whom, until when, how often, and what they may do."""

    recipient = forms.CharField(
        label=_("For"), max_length=255, widget=UnfoldAdminTextInputWidget, help_text=_("E.g. the band or the label.")
    )
    last_day = day_field(_("Last day"))
    most_views = forms.IntegerField(
        label=_("Most views"),
        required=False,
        min_value=1,
        max_value=MOST_VIEWS,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=_("How often it may be opened. Empty: without a limit."),
    )
    may_download = switch(_("May download"))
    may_comment = switch(_("May comment"))
    may_approve = switch(_("May approve"))


class ShareSubject(ActionPage):
    """Opens a project, a track or a version to somebody without an account, and shows the address once."""

    name = "share"
    label = _("Share")
    icon = "share"
    form_class = ShareForm
    question = _("Whoever has the address can listen, without an account. It is shown once, after this.")
    link: ShareLink

    def initial(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        """Offer a month, with comments."""
        return {"last_day": timezone.localdate() + USUAL, "may_comment": True}

    def may(self, request: HttpRequest, obj: Any) -> bool:
        """Return whether the person may make links."""
        return request.user.has_perm("sessions_app.add_sharelink")

    def act(self, request: HttpRequest, obj: Any, form: ActionForm) -> str:
        """Make the link."""
        given = dict(form.cleaned_data)
        after = datetime.combine(given.pop("last_day") + timedelta(days=1), time.min)
        ends = instant_moved_forward(after, current_zone())
        self.link, token = share_links.make_link(
            subject=obj, expires_at=ends, actor=actor_of(request), now=timezone.now(), **given
        )
        return current_house().origin + reverse("sessions_app:share-page", args=[token])

    def done(self, request: HttpRequest, obj: Any, told: str) -> HttpResponse:
        """Show the address, which is what the act told."""
        context = {
            **self.model_admin.admin_site.each_context(request),
            "title": gettext("Share link"),
            "subtitle": self.model_admin.object_title(obj),
            "page_parts": self.model_admin.page_parts(obj, self.label),
            "opts": self.model_admin.opts,
            "link": self.link,
            "address": told,
            "back_url": self.back(obj),
        }
        request.current_app = self.model_admin.admin_site.name
        return TemplateResponse(request, "sessions_app/admin/share_made.html", context)


class RevokeLink(ActionPage):
    """Closes a link."""

    name = "revoke"
    label = _("Close the link")
    icon = "link_off"
    is_dangerous = True
    question = _("It ends at once, also for whoever is listening. It cannot be opened again.")

    def is_offered(self, obj: ShareLink) -> bool:
        """Offer it for links that are not closed."""
        return obj.revoked_at is None

    def may(self, request: HttpRequest, obj: Any) -> bool:
        """Return whether the person may change links."""
        return request.user.has_perm("sessions_app.change_sharelink")

    def act(self, request: HttpRequest, obj: ShareLink, form: ActionForm) -> str:
        """Close the link."""
        share_links.revoke_link(link=obj, actor=actor_of(request), now=timezone.now())
        return gettext("The link for %(recipient)s is closed.") % {"recipient": obj.recipient}


def state_of(link: ShareLink, now: datetime) -> str:
    """Return how a link stands, as a word with a colour."""
    if link.revoked_at is not None:
        return badge(gettext("closed"), "muted")
    if link.expires_at <= now:
        return badge(gettext("ended"), "muted")
    if link.most_views is not None and link.views >= link.most_views:
        return badge(gettext("used up"), "warning")
    return badge(gettext("open"), "success")


@admin.register(ShareLink, site=studio_site)
class ShareLinkAdmin(ReadOnlyAdmin, WorkAdmin):
    """Who may listen to what."""

    menu = MenuEntry(MenuGroup.WORK, "share", 34, kinds=RECORDING)
    list_display = ("recipient", "opens", "state", "opened", "ends", "last_opened")
    list_filter = (("revoked_at", admin.EmptyFieldListFilter), "may_approve")
    linked_lookups = ("project__id__exact", "track__id__exact")
    list_select_related = ("project", "track__project", "version__track__project")
    search_fields = ("recipient",)
    ordering = ("-pk",)
    action_pages = (RevokeLink,)
    fields = (
        "recipient",
        "opens",
        ("state", "opened", "last_opened"),
        "ends",
        ("may_download", "may_comment", "may_approve"),
        "created_by_label",
    )
    readonly_fields = tuple(flatten(fields))

    @admin.display(description=_("opens"))
    def opens(self, link: ShareLink) -> str:
        """Show what it opens."""
        project = shared.project_of(link)
        track = link.track or (link.version and link.version.track)
        return " / ".join(str(part) for part in (project, track, link.version) if part)

    @admin.display(description=_("state"))
    def state(self, link: ShareLink) -> str:
        """Show how it stands."""
        return state_of(link, timezone.now())

    @admin.display(description=_("opened"), ordering="views")
    def opened(self, link: ShareLink) -> str:
        """Show how often it was opened, of how many times."""
        return f"{link.views} / {link.most_views}" if link.most_views else str(link.views)

    @admin.display(description=_("ends"), ordering="expires_at")
    def ends(self, link: ShareLink) -> str:
        """Show until when."""
        return when(link.expires_at)

    @admin.display(description=_("last opened"), ordering="last_viewed_at")
    def last_opened(self, link: ShareLink) -> str:
        """Show when somebody last opened it."""
        return when(link.last_viewed_at) if link.last_viewed_at else "-"
