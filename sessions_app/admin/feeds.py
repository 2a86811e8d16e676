"""Calendar feeds in the back office: making one, seeing who reads, ending one."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from sessions_app.admin.served import actor_of
from sessions_app.forms import PersonField
from sessions_app.models import CalendarFeed, FeedDetail, FeedScope, Room
from sessions_app.services import feeds
from studio.accounts.models import User
from studio.admin_sites import MenuEntry, MenuGroup, studio_site
from studio.admin_tools import ActionForm, ActionPage, ReadOnlyAdmin, StudioModelAdmin, badge, when

FILLED_BY_LINK = ("scope", "room", "person")


class FeedForm(ActionForm):
    """A calendar feed of a room, a person or the house."""

    name = forms.CharField(
        label=_("Where it is read"),
        max_length=120,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("E.g. the screen at the door. You find it again under this name."),
    )
    scope = forms.ChoiceField(label=_("Shows"), choices=FeedScope, widget=UnfoldAdminSelectWidget)
    room = forms.ModelChoiceField(
        Room.objects.order_by("name", "pk"),
        label=_("Room"),
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text=_("For the feed of one room."),
    )
    person = PersonField(
        User.objects.filter(is_active=True, role_links__isnull=False).distinct().order_by("name", "email", "pk"),
        label=_("Person"),
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text=_("For the feed of one person: the sessions on which they work."),
    )
    detail = forms.ChoiceField(
        label=_("Detail"), choices=FeedDetail, initial=FeedDetail.TITLES, widget=UnfoldAdminSelectWidget
    )

    def fieldsets(self) -> Sequence[tuple[Any, dict[str, Any]]]:
        """Return whose sessions, where it is read, and how much it tells."""
        return [(None, {"fields": ["name", "scope", ("room", "person"), "detail"]})]

    def clean(self) -> dict[str, Any]:
        """Keep what the scope asks for, and insist on it."""
        cleaned = dict(super().clean() or {})
        wanted = {FeedScope.ROOM: "room", FeedScope.PERSON: "person"}.get(cleaned.get("scope", ""), "")
        for name in ("room", "person"):
            if name != wanted:
                cleaned[name] = None
            elif cleaned.get(name) is None and not self.has_error(name):
                self.add_error(name, gettext("Choose whose sessions the feed shows."))
        return cleaned


class MakeFeedPage(ActionPage):
    """Makes a feed and shows its address, once."""

    name = "add"
    label = _("Make a calendar feed")
    icon = "rss_feed"
    question = _("You see the address once, right after this. Whoever has it can read, until you revoke the feed.")
    form_class = FeedForm
    made: feeds.MadeFeed

    def may(self, request: HttpRequest, obj: Any) -> bool:
        """Return whether the person may make feeds."""
        return bool(self.model_admin.has_add_permission(request))

    def initial(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        """Begin with what the link says, e.g. a room."""
        named = {name: request.GET[name] for name in FILLED_BY_LINK if name in request.GET}
        return {"scope": FeedScope.HOUSE} | named

    def act(self, request: HttpRequest, obj: Any, form: ActionForm) -> str:
        """Make it."""
        self.made = feeds.make_feed(actor=actor_of(request), now=timezone.now(), **form.cleaned_data)
        return gettext("%(name)s is made.") % {"name": self.made.feed}

    def done(self, request: HttpRequest, obj: Any, told: str) -> HttpResponse:
        """Show the new address at once, since no other page could."""
        messages.success(request, told)
        context = {
            **self.model_admin.admin_site.each_context(request),
            "title": self.made.feed.name,
            "page_parts": self.model_admin.page_parts(self.made.feed, gettext("Address")),
            "opts": self.model_admin.opts,
            "made": self.made,
            "back_url": self.back(None),
        }
        return TemplateResponse(request, "sessions_app/admin/feed_made.html", context)

    def back(self, obj: Any) -> str:
        """Return the list's address."""
        return reverse(f"admin:{self._url_name('changelist')}")


class RevokeFeedPage(ActionPage):
    """Makes a feed's address worthless."""

    name = "revoke"
    label = _("Revoke")
    icon = "link_off"
    is_dangerous = True
    permission = "act"
    question = _("The address stops working at once, for everybody who has it. It cannot be brought back.")

    def is_offered(self, obj: CalendarFeed) -> bool:
        """Return whether it still works."""
        return obj.is_open

    def act(self, request: HttpRequest, obj: CalendarFeed, form: ActionForm) -> str:
        """Revoke it."""
        feeds.revoke_feed(feed=obj, actor=actor_of(request), now=timezone.now())
        return gettext("The address of %(name)s does not work any more.") % {"name": obj}


class OpenFilter(admin.SimpleListFilter):
    """Feeds that still work, and revoked ones."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the two."""
        return [("open", _("works")), ("revoked", _("revoked"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Return the feeds in the chosen one."""
        if self.value() not in {"open", "revoked"}:
            return queryset
        return queryset.filter(revoked_at__isnull=self.value() == "open")


@admin.register(CalendarFeed, site=studio_site)
class CalendarFeedAdmin(ReadOnlyAdmin, StudioModelAdmin):
    """Feeds without their addresses: these are shown once, when they are made."""

    menu = MenuEntry(MenuGroup.HOUSE, "rss_feed", order=46)
    list_display = ("name", "shown", "detail", "state", "last_read", "created_by_label", "made")
    list_select_related = ("room", "person")
    list_filter = (OpenFilter, "scope", "detail")
    linked_lookups = ("room__id__exact", "person__id__exact")
    search_fields = ("name",)
    ordering = ("-created_at", "-pk")
    fields = ("name", "shown", "detail", "state", "last_read", "created_by_label", "made")
    action_pages = (RevokeFeedPage,)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the person may make feeds."""
        return request.user.has_perm("sessions_app.add_calendarfeed")

    def has_act_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the person may revoke feeds."""
        return request.user.has_perm("sessions_app.change_calendarfeed")

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Answer the page on which a feed is made."""
        return MakeFeedPage(self).answer(request, None)

    @admin.display(description=_("shows"), ordering="scope")
    def shown(self, feed: CalendarFeed) -> str:
        """Return whose sessions it shows."""
        return feed.shows

    @admin.display(description=_("state"), ordering="revoked_at")
    def state(self, feed: CalendarFeed) -> SafeString:
        """Return whether the address works."""
        return badge(_("works"), "success") if feed.is_open else badge(_("revoked"), "muted")

    @admin.display(description=_("last read"), ordering="last_read_at")
    def last_read(self, feed: CalendarFeed) -> str:
        """Return when a calendar program last came, to ten minutes."""
        return when(feed.last_read_at) if feed.last_read_at else "-"

    @admin.display(description=_("made"), ordering="created_at")
    def made(self, feed: CalendarFeed) -> str:
        """Return when it was made."""
        return when(feed.created_at)
