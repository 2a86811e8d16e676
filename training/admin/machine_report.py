"""The report of how machines are used."""

from collections.abc import Sequence
from datetime import date

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _u
from django.utils.translation import gettext_lazy as _

from sessions_app.admin.room_report import BY, use_report, week_figure
from sessions_app.forms import current_zone, uuid_of
from sessions_app.selectors.occupancy import Occupancy
from studio.accounts.report_pages import Asked, Choice, ReportGroup, ReportPage, register_report
from studio.admin_sites import TRAINING, DashboardFigure, DashboardFigures, studio_site
from studio.reports.tables import Report
from training.models import Machine, TrainingSession
from training.selectors.machine_occupancy import machine_occupancy


def machines_on_offer() -> Sequence[tuple[str, str]]:
    """Return the machines by number."""
    return [(str(key), name) for key, name in Machine.objects.order_by("machine_number").values_list("pk", "name")]


def machines(asked: Asked) -> Report:
    """Return how the machines were used."""
    only = uuid_of(asked.chosen["which"])

    def use_of(first: date, last: date) -> Occupancy:
        return machine_occupancy(first=first, last=last, zone=asked.zone, only=only)

    note = _u(
        "Of the opening hours, on the clock of %(zone)s. Outages and time kept free are taken off; no-shows count."
    )
    return use_report(asked, use_of, name="machines", each=_("Machine"), note=note % {"zone": asked.zone.key})


def machines_this_week(_request: HttpRequest) -> Sequence[DashboardFigure]:
    """Return how full the machines are this week.

    queries: 4
    """

    def use_of(first: date, last: date) -> Occupancy:
        return machine_occupancy(first=first, last=last, zone=current_zone())

    return week_figure(timezone.localdate(), use_of, name="machines", label=_("of the machines' time taken this week"))


studio_site.register_figures(
    DashboardFigures(machines_this_week, "training.view_trainingsession", order=41, kinds=TRAINING)
)
register_report(
    ReportPage(
        name="machines",
        title=_("Use of the machines"),
        about=_("How full each machine is, by weekday and hour."),
        icon="grid_on",
        group=ReportGroup.ACTIVITY,
        permission="training.view_trainingsession",
        may_take="training.export_member",
        make=machines,
        of=TrainingSession,
        filters=(Choice("which", _("Machine"), machines_on_offer), BY),
        kinds=TRAINING,
        order=61,
    )
)
