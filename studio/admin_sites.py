"""The two back offices: one for the staff of a studio, one for the operators of the platform.

Neither is Django's default site, where third-party apps register. An app's `admin` module registers
its models here, with a `menu` entry each, and whatever pages and dashboard panels it has; both sites
build their menu, their pages and their dashboard from what is registered and what the person may see.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from time import perf_counter
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib.auth import REDIRECT_FIELD_NAME, logout
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.templatetags.static import static
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.module_loading import autodiscover_modules
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

from studio.page_policies import under_admin_policy
from studio.search_answers import SearchAnswers, found_in

type View = Callable[..., HttpResponseBase]
type FileView = Callable[[HttpRequest, str], HttpResponseBase]
# A right by its name, e.g. "sessions_app.view_studiosession", or a question about the request.
type Permission = str | Callable[[HttpRequest], bool]

EVERY_KIND = frozenset({"recording", "training", "mixed", ""})  # "" is the platform, which is no studio
RECORDING = frozenset({"recording", "mixed"})
TRAINING = frozenset({"training", "mixed"})
FIGURES = 20  # where the numbers stand among the panels of the first page


class MenuGroup(models.TextChoices):
    """The groups of the menu, in their order."""

    TODAY = "today", ""
    STUDIOS = "studios", _("Studios")
    WORK = "work", _("Bookings")
    TIME = "time", _("Time")
    TRAINING = "training", _("Training")
    PEOPLE = "people", _("People")
    MONEY = "money", _("Money")
    HOUSE = "house", _("Studio")
    TEAM = "team", _("Team")
    RECORDS = "records", _("Records")


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """Where something stands in the menu.

    icon: a name out of Material Symbols
    kinds: the kinds of studio that see it; the platform is ""
    title: empty for the model's own name
    """

    group: MenuGroup
    icon: str
    order: int = 50
    kinds: frozenset[str] = EVERY_KIND
    title: Any = ""


@dataclass(frozen=True, slots=True)
class AdminPage:
    """A page of a site that belongs to no model.

    path: below the site, e.g. "calendar/"
    name: of the URL, inside `admin:`
    menu: None for a page that stands in no menu, e.g. a fragment
    """

    path: str
    name: str
    view: View
    permission: Permission
    menu: MenuEntry | None = None


@dataclass(frozen=True, slots=True)
class DashboardPanel:
    """A part of the first page.

    context: what the template needs, made from the request
    styles: static files that come with it
    below: another template for the same context, further down, and its order; None for none
    """

    template: str
    context: Callable[[HttpRequest], dict[str, Any]]
    permission: Permission
    order: int = 50
    kinds: frozenset[str] = EVERY_KIND
    styles: tuple[str, ...] = ()
    below: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class DashboardFigure:
    """A number on the first page, and the list behind it.

    note: a line below, e.g. how it compares; is_waiting: somebody should look at it
    """

    text: str
    label: Any
    link: str
    note: str = ""
    is_waiting: bool = False


@dataclass(frozen=True, slots=True)
class DashboardFigures:
    """Numbers of the first page: all that a person may see stand together."""

    make: Callable[[HttpRequest], Sequence[DashboardFigure]]
    permission: Permission
    order: int = 50
    kinds: frozenset[str] = EVERY_KIND


@dataclass(frozen=True, slots=True)
class HeaderPart:
    """A part of every page's header, fetched once the page is there: it costs the page nothing.

    name: of the fragment's URL, inside `admin:`; without scripts it is a link of these words
    style, script: static files that come with it
    """

    name: str
    title: Any
    permission: Permission
    style: str
    script: str
    kinds: frozenset[str] = EVERY_KIND


def kind_of(request: HttpRequest) -> str:
    """Return the kind of the request's studio; empty on the platform."""
    studio = getattr(request, "studio", None)
    return studio.kind if studio else ""


def may(request: HttpRequest, permission: Permission) -> bool:
    """Return whether the person has what a page or a panel asks for."""
    return request.user.has_perm(permission) if isinstance(permission, str) else permission(request)


class BackOffice(UnfoldAdminSite):
    """An admin site whose menu, pages and dashboard are what the apps register."""

    index_title = _("Today")
    index_template = "admin/dashboard.html"
    enable_nav_sidebar = True
    final_catch_all_view = False  # an address of the other host is 404 here, to strangers too

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self.pages: dict[str, AdminPage] = {}
        self.panels: list[DashboardPanel] = []
        self.figures: list[DashboardFigures] = []
        self.header_parts: list[HeaderPart] = []

    def register_page(self, page: AdminPage) -> None:
        """Add a page; a second one of the same name takes its place."""
        self.pages[page.name] = page

    def register_panel(self, panel: DashboardPanel) -> None:
        """Add a part of the first page."""
        self.panels.append(panel)

    def register_figures(self, figures: DashboardFigures) -> None:
        """Add numbers to the first page."""
        self.figures.append(figures)

    def register_header_part(self, part: HeaderPart) -> None:
        """Add a part of the header of every page."""
        self.header_parts.append(part)

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        """Answer the boxes that search for rows."""
        return cast("HttpResponse", SearchAnswers.as_view(admin_site=self)(request))

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Return what every page shows, the header's parts that this person may see among it."""
        kind = kind_of(request)
        shown = [part for part in self.header_parts if kind in part.kinds and may(request, part.permission)]
        return {**super().each_context(request), "header_parts": shown}

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Return the models of one app, for its page; a list of all of them stands nowhere: our menu is our own."""
        return super().get_app_list(request, app_label) if app_label else []

    # URLs ---------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLResolver | URLPattern]:
        """Return the site's URLs; the first call loads the `admin` module of every app."""
        autodiscover_modules("admin")
        pages: list[URLResolver | URLPattern] = [
            path(page.path, self.admin_view(self._asking(page)), name=page.name) for page in self.pages.values()
        ]
        return [*pages, *super().get_urls()]

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        """Return a view behind the site's door, with the policy that the theme's scripts need."""
        return under_admin_policy(super().admin_view(view, cacheable))

    def file_view(self, view: FileView) -> FileView:
        """Return a view of a stored file's bytes: to whoever may not have them, a stranger too, there is no such file.

        A player or a link cannot sign anybody in, and a refusal would tell that the file is there.
        """

        def told(request: HttpRequest, object_id: str) -> HttpResponseBase:
            if not self.has_permission(request):
                raise Http404
            try:
                response = view(request, object_id)
            except (PermissionDenied, FileNotFoundError) as exc:
                raise Http404 from exc
            response.headers["Cache-Control"] = "private, no-store"
            return response

        return told

    @staticmethod
    def _asking(page: AdminPage) -> View:
        def view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not may(request, page.permission):
                raise PermissionDenied
            return page.view(request, *args, **kwargs)

        return view

    # Door ---------------------------------------------------------------------------------------

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send to the one sign-in page; somebody who is signed in without a role here is told so."""
        target = request.GET.get(REDIRECT_FIELD_NAME) or reverse("admin:index", current_app=self.name)
        if request.user.is_authenticated:
            if not self.has_permission(request):
                raise PermissionDenied(gettext("Your account has no role here."))
            return redirect("admin:index")
        return HttpResponseRedirect(f"{reverse('account_login')}?{urlencode({REDIRECT_FIELD_NAME: target})}")

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """End the sign-in by a POST; a GET changes nothing."""
        if request.method != "POST":
            return redirect("admin:index")
        logout(request)
        return redirect("account_login")

    def password_change(
        self,
        request: HttpRequest,
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Send to the one page where a password is changed."""
        return redirect("account_change_password")

    # First page and menu ------------------------------------------------------------------------

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """Show the panels that this studio has and this person may see."""
        kind, parts = kind_of(request), []
        for panel in self.panels:
            if kind in panel.kinds and may(request, panel.permission):
                context = {"styles": panel.styles, **panel.context(request)}
                both = ((panel.template, panel.order), panel.below)
                parts += [(order, {"template": template, **context}) for template, order in filter(None, both)]
        asked = sorted(self.figures, key=lambda each: each.order)
        seen = [each for each in asked if kind in each.kinds and may(request, each.permission)]
        if figures := [figure for each in seen for figure in each.make(request)]:
            parts.append((FIGURES, {"template": "admin/_figures.html", "figures": figures}))
        panels = [part for _order, part in sorted(parts, key=lambda each: each[0])]
        return super().index(request, {"panels": panels, **(extra_context or {})})

    def menu(self, request: HttpRequest) -> list[dict[str, Any]]:
        """Return the menu as the theme takes it: what this studio's kind has and this person may see."""
        entries = sorted(self._entries(request), key=lambda entry: (entry[0], entry[1]))
        return [
            {"title": MenuGroup(group).label if group else "", "items": [item for *_order, item in items]}
            for group, items in (
                (list(MenuGroup)[position].value, list(found))
                for position, found in groupby(entries, key=lambda entry: entry[0])
            )
        ]

    def _entries(self, request: HttpRequest) -> Iterable[tuple[int, int, dict[str, Any]]]:
        kind, order = kind_of(request), list(MenuGroup)
        first = {"title": self.index_title, "icon": "today", "link": reverse("admin:index", current_app=self.name)}
        yield 0, 0, first
        for page in self.pages.values():
            if page.menu and kind in page.menu.kinds and may(request, page.permission):
                item = {"title": page.menu.title, "icon": page.menu.icon, "link": reverse(f"admin:{page.name}")}
                yield order.index(page.menu.group), page.menu.order, item
        for model, model_admin in self._registry.items():
            menu = getattr(model_admin, "menu", None)
            if menu and kind in menu.kinds and model_admin.has_view_or_change_permission(request):
                link = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
                title = menu.title or capfirst(model._meta.verbose_name_plural)
                yield order.index(menu.group), menu.order, {"title": title, "icon": menu.icon, "link": link}

    # Search -------------------------------------------------------------------------------------

    def search(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Answer the search box with a few rows of each kind that this person may see."""
        term = request.GET.get("s", "").strip()
        if not term:
            return HttpResponse()
        began = perf_counter()
        asked = [each for each in self._registry.values() if _is_searched(each)]
        found = [result for each in asked for result in found_in(request, each, term)]
        paginator = Paginator(found, max(len(found), 1))
        context = {"search_term": term, "page_obj": paginator, "results": paginator.page(1), "page_counter": 0}
        context["execution_time"] = perf_counter() - began
        return TemplateResponse(
            request, "unfold/helpers/command_results.html", context, headers={"HX-Trigger": "search"}
        )


def _is_searched(model_admin: Any) -> bool:
    """Return whether the search box looks at a model: at what stands in the menu, and is no record of what was done."""
    menu = getattr(model_admin, "menu", None)
    return menu is not None and menu.group != MenuGroup.RECORDS


class StudioSite(BackOffice):
    """The back office of one studio, on that studio's host."""


class PlatformSite(BackOffice):
    """The operators' back office, on the platform's host only."""

    index_title = _("Overview")


# Both are called "admin" in URLs: each stands in a URLconf of its own, never in one together.
studio_site = StudioSite()
platform_site = PlatformSite()


def site_of(request: HttpRequest) -> BackOffice:
    """Return the site that a request's host shows."""
    return studio_site if getattr(request, "studio", None) else platform_site


# What the theme's settings name ---------------------------------------------------------------------


def menu(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the menu of the request's site."""
    return site_of(request).menu(request)


def title(request: HttpRequest) -> str:
    """Return the name above the menu: the studio's, or the platform's."""
    studio = getattr(request, "studio", None)
    return studio.name if studio else gettext("Platform")


def subtitle(request: HttpRequest) -> str:
    """Return the line below the name: the host."""
    return request.get_host()


def _style(name: str, *_of_the_theme: object) -> str:
    return static(f"admin_theme/{name}.css")


# What every page looks like beyond the theme; whatever one noun's pages need alone is linked by them.
office_style, board_style, rows_style, acts_style, session_style = (
    partial(_style, name) for name in ("office", "board", "rows", "acts", "session")
)


def icon(*_of_the_theme: object) -> str:
    """Return the address of the small picture beside the page's title."""
    return static("icon.svg")


def account_links(*_of_the_theme: object) -> list[dict[str, Any]]:
    """Return the links below the person's name."""
    return [
        {"title": _("Password"), "link": reverse("account_change_password")},
        {"title": _("Second factor"), "link": reverse("mfa_index")},
    ]
