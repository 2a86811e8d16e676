"""The slot grid: a day of the machines, from which everything about a session is reached."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from sessions_app.admin.pages import asked_day
from sessions_app.admin.served import actor_of
from sessions_app.forms import current_zone
from studio.admin_sites import TRAINING, AdminPage, DashboardPanel, MenuEntry, MenuGroup, studio_site
from studio.admin_tools.searching import keys_only
from studio.clock import local_day
from studio.office.selectors.opening import ONE_DAY
from studio.showing import clock_span, zone_name
from training.admin.member_rights import SEE_COMMENTS, SEE_MEMBERS, shown_kinds
from training.models import NORMAL, SHORTEST, UNSAID, Machine, Member, MemberType, TrainingStatus
from training.selectors.day_grid import DayGrid, day_grid
from training.selectors.grid_layout import Block, Cell, Row
from training.selectors.member_marks import Marks
from training.services import machines
from training.services.afterwards import ENTERED_BACK

SEE_SESSIONS = "training.view_trainingsession"
BOOK_SESSIONS = "training.add_trainingsession"
ENTER_SESSIONS = "training.add_sessionoutcome"
CHANGE_MACHINES = "training.change_machine"
PLAN_OUTAGES = "training.add_machineoutage"
STYLES = ("admin_theme/slot_grid.css", "admin_theme/slot_session.css", "admin_theme/slot_panel.css")
FIVE = timedelta(minutes=5)
# What somebody usually books, as the code of the type.
USUAL_TYPES = {MemberType.FULL: NORMAL, MemberType.TRIAL: "trial", MemberType.COLLABORATION: "collaboration"}


def day_url(at: datetime | None = None, shown: UUID | None = None) -> str:
    """Return the address of the grid of the day of an instant.

    shown: the session that the page begins at
    """
    asked = {"day": local_day(at, current_zone()).isoformat()} if at else {}
    asked |= {"shown": str(shown)} if shown else {}
    return f"{reverse('admin:training-day')}{'?' if asked else ''}{urlencode(asked)}"


@dataclass(frozen=True, slots=True)
class SlotLink:
    """A free stretch that leads somewhere.

    label: what it does, for who does not see where it stands
    """

    address: str
    label: str


@dataclass(frozen=True, slots=True)
class ShownBlock:
    """A stretch of a cell as the page shows it.

    link: where it can be booked, or what took place be entered; None where neither
    is_stranded: a session to come on a machine that is switched off
    """

    block: Block
    span: str
    link: SlotLink | None
    is_stranded: bool
    marks: Marks | None
    alerts_told: str


@dataclass(frozen=True, slots=True)
class ShownCell:
    """A cell as the page shows it."""

    cell: Cell
    tone: str
    time: str
    blocks: Sequence[ShownBlock]
    link: SlotLink | None


@dataclass(frozen=True, slots=True)
class Line:
    """A row with the cells that begin in it."""

    row: Row
    is_now: bool
    cells: Sequence[ShownCell]


@dataclass(frozen=True, slots=True)
class _Viewer:
    """For whom the grid is drawn, and when.

    kinds: of the indicators that the person may be shown
    booked_for: the member for whom a slot is looked for; None for whoever it will be
    """

    now: datetime
    may_book: bool
    may_enter: bool
    sees_comments: bool
    kinds: frozenset[str]
    booked_for: Member | None

    def link(self, machine: Machine, start: datetime, end: datetime, *, is_slot: bool) -> SlotLink | None:
        """Return where a free stretch leads; one that has begun is booked from the next full five minutes on."""
        begins = max(start, _rounded_up(self.now))
        time = clock_span(start, end)
        if not is_slot or machine.retired_at is not None:
            return None
        if self.may_enter and end <= self.now and start >= self.now - ENTERED_BACK:
            label = _("Enter what took place on %(machine)s, %(time)s") % {"machine": machine, "time": time}
            return SlotLink(_slot_url("admin:training-enter", machine, start, self.booked_for), label)
        if not self.may_book or not machine.is_available or end - begins < min(SHORTEST, end - start):
            return None
        label = _("Book %(machine)s, %(time)s") % {"machine": machine, "time": time}
        return SlotLink(_slot_url("admin:training-book", machine, begins, self.booked_for), label)

    def cell(self, machine: Machine, cell: Cell, grid: DayGrid) -> ShownCell:
        """Return a cell as the page shows it."""
        time = clock_span(cell.starts_at, cell.ends_at)
        link = None if cell.blocks else self.link(machine, cell.starts_at, cell.ends_at, is_slot=cell.is_slot)
        blocks = [self.block(machine, each, cell, grid) for each in cell.blocks]
        return ShownCell(cell, self.tone(machine, cell), time, blocks, link)

    def block(self, machine: Machine, block: Block, cell: Cell, grid: DayGrid) -> ShownBlock:
        """Return a stretch of a cell as the page shows it."""
        span = clock_span(block.starts_at, block.ends_at)
        if block.session is None:
            link = self.link(machine, block.starts_at, block.ends_at, is_slot=cell.is_slot)
            return ShownBlock(block, span, link, False, None, "")
        marks = self.marks(grid.marks.get(block.session.pk))
        is_stranded = not machine.is_available and block.session.status in UNSAID and block.ends_at > self.now
        return ShownBlock(block, span, None, is_stranded, marks, alerts_told(marks.alerts) if marks else "")

    def marks(self, found: Marks | None) -> Marks | None:
        """Return what of a session's marks the person may be shown."""
        if found is None:
            return None
        alerts = found.alerts if self.sees_comments else 0
        return Marks(alerts, [mark for mark in found.indicators if mark.kind in self.kinds])

    def tone(self, machine: Machine, cell: Cell) -> str:
        """Return how the ground of a cell looks."""
        if not cell.is_slot:
            return "slot-outside"
        if not machine.is_available:
            return "slot-off"
        return "slot-past" if cell.ends_at <= self.now else ""


def _slot_url(page: str, machine: Machine, start: datetime, member: Member | None) -> str:
    """Return the address of a form for a slot, with the member chosen where somebody looks for one of theirs."""
    asked = {"machine": str(machine.pk), "start": start.isoformat()}
    if member is not None:
        asked |= {"member": str(member.pk), "session_type": USUAL_TYPES[MemberType(member.member_type)]}
    return f"{reverse(page)}?{urlencode(asked)}"


def _rounded_up(at: datetime) -> datetime:
    past = timedelta(minutes=at.minute % 5, seconds=at.second, microseconds=at.microsecond)
    return at if not past else at + FIVE - past


def alerts_told(count: int) -> str:
    """Return what the red badge means."""
    sentence = ngettext("%(n)d comment on the member is due.", "%(n)d comments on the member are due.", count)
    return sentence % {"n": count}


def lines_of(grid: DayGrid, viewer: _Viewer) -> Iterator[Line]:
    """Yield the rows of the grid, each with the cells that begin in it."""
    for number, row in enumerate(grid.rows):
        cells = [
            viewer.cell(column.machine, cell, grid)
            for column in grid.columns
            for cell in column.cells
            if cell.first == number
        ]
        yield Line(row, row.starts_at <= viewer.now < row.ends_at, cells)


def board(request: HttpRequest) -> dict[str, Any]:
    """Return what the grid of the asked day needs."""
    day, now, zone = asked_day(request), timezone.now(), current_zone()
    grid = day_grid(day)
    may, wanted = request.user.has_perm, booked_for(request)
    rights = (may(BOOK_SESSIONS), may(ENTER_SESSIONS), may(SEE_COMMENTS))
    viewer = _Viewer(now, *rights, shown_kinds(request), wanted)
    return {
        "grid": grid,
        "lines": list(lines_of(grid, viewer)),
        "hours": [clock_span(each.starts_at, each.ends_at) for each in grid.found.periods],
        "day": day,
        "today": local_day(now, zone),
        "before": day - ONE_DAY,
        "after": day + ONE_DAY,
        "zone": zone_name(),
        "page_url": reverse("admin:training-day"),
        "may_switch": request.user.has_perm(CHANGE_MACHINES),
        "may_plan_outages": may(PLAN_OUTAGES),
        "statuses": TrainingStatus.choices,
        "explained": [mark for mark in grid.explained if mark.kind in viewer.kinds],
        "shown": request.GET.get("shown", ""),
        "booked_for": wanted,
        "keeps": f"&{urlencode({'for': str(wanted.pk)})}" if wanted else "",
    }


def booked_for(request: HttpRequest) -> Member | None:
    """Return the member for whom the address looks for a slot; None where it names nobody, or who may not be seen."""
    keys = keys_only(Member, [request.GET.get("for", "")])
    if not keys or not (request.user.has_perm(BOOK_SESSIONS) and request.user.has_perm(SEE_MEMBERS)):
        return None
    return Member.objects.filter(pk=keys[0]).first()


def today_panel(request: HttpRequest) -> dict[str, Any]:
    """Return the grid of today for the first page."""
    return {"board": board(request) | {"is_panel": True}}


def day_view(request: HttpRequest) -> HttpResponse:
    """Show the slot grid of a day."""
    context = {**studio_site.each_context(request), "title": _("Slot grid"), "board": board(request)}
    request.current_app = studio_site.name
    return TemplateResponse(request, "training/admin/day.html", context)


@require_POST
def switch_view(request: HttpRequest, machine_id: UUID) -> HttpResponse:
    """Switch a machine off or on: off, it takes no new session and keeps those it has."""
    machine = Machine.objects.in_use().filter(pk=machine_id).first()
    if machine is None:
        raise Http404
    is_available = request.POST.get("available") == "yes"
    machines.change_machine(machine=machine, is_available=is_available, actor=actor_of(request), now=timezone.now())
    if is_available:
        messages.success(request, _("%(machine)s can be booked again.") % {"machine": machine})
    else:
        told = _("%(machine)s takes no new bookings. What is booked on it stays.")
        messages.success(request, told % {"machine": machine})
        _warn_of_stranded(request, machine)
    page = f"{reverse('admin:training-day')}?{urlencode({'day': asked_day(request)})}"
    back = reverse("admin:index") if request.POST.get("back") == "home" else page
    return HttpResponseRedirect(f"{back}#switch-{machine.machine_number}")


def _warn_of_stranded(request: HttpRequest, machine: Machine) -> None:
    """Say how many sessions stay booked on a machine that is switched off now."""
    count = machine.sessions.upcoming(timezone.now()).filter(outage__isnull=True).count()
    if count:
        told = ngettext(
            "%(n)d session is still booked on it: move it, or switch the machine on before.",
            "%(n)d sessions are still booked on it: move them, or switch the machine on before.",
            count,
        )
        messages.warning(request, told % {"n": count})


studio_site.register_page(
    AdminPage(
        "training/day/",
        "training-day",
        day_view,
        SEE_SESSIONS,
        MenuEntry(MenuGroup.TODAY, "view_column", 10, kinds=TRAINING, title=gettext_lazy("Slot grid")),
    )
)
studio_site.register_panel(
    DashboardPanel(
        "training/admin/today.html", today_panel, SEE_SESSIONS, order=30, kinds=frozenset({"training"}), styles=STYLES
    )
)
studio_site.register_page(
    AdminPage("training/machines/<uuid:machine_id>/switch/", "training-machine-switch", switch_view, CHANGE_MACHINES)
)
