"""The pay sheet of trainers: what each earned, and every line of it for the payroll."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _u
from django.utils.translation import gettext_lazy as _

from sessions_app.forms import uuid_of
from studio.accounts.models import User
from studio.accounts.report_pages import Asked, Choice, ReportGroup, ReportPage, register_report
from studio.accounts.roles import Scope, Verb, scope_of
from studio.admin_sites import TRAINING
from studio.office.selectors.profile import current_currency
from studio.reports.charts import Bars, Stack, bars
from studio.reports.periods import Period
from studio.reports.tables import As, Cell, Column, Figure, Report, Table, change
from studio.showing import money
from training.models import TrainerPay
from training.selectors.pay_sheet import Earned, earned, pay_lines

NOTHING = Decimal(0)
ROWS_AT_ONCE = 2000
PARTS = (("base", _("sessions and hours")), ("heads", _("participants")), ("bonus", _("bonus")))
SUMS = (*PARTS, ("no_shows", _("no-shows")), ("total", _("in all")), ("later", _("of it entered later")))
BY = Choice("by", _("Rows"), lambda: [("line", _("Every line"))], _("Trainers"))


def lines_of(asked: Asked, period: Period) -> QuerySet[TrainerPay]:
    """Return what was earned in the studio's currency: of a trainer who sees only their own pay, theirs."""
    sees_all = scope_of(asked.person.role_names, "training.trainerpay", Verb.VIEW) is Scope.ALL
    account: User | None = None if sees_all else asked.person
    found = pay_lines(first=period.first, last=period.last, account=account).filter(currency=current_currency())
    chosen = uuid_of(asked.chosen["trainer"])
    return found.filter(trainer=chosen) if chosen else found


def trainers_on_offer() -> Sequence[tuple[str, str]]:
    """Return the trainers who earned something, by name."""
    columns = ("trainer", "trainer__first_name", "trainer__last_name")
    found = TrainerPay.objects.filter(trainer__isnull=False).order_by("trainer__first_name", "trainer__last_name")
    return [(str(key), f"{first} {last}") for key, first, last in found.values_list(*columns).distinct()]


def pay(asked: Asked) -> Report:
    """Return what trainers earned: a row for each, or each line."""
    lines, currency = lines_of(asked, asked.period), current_currency()
    rows = earned(lines, last=asked.period.last, zone=asked.zone)
    before = sum(
        (row.total for row in earned(lines_of(asked, asked.before), last=asked.before.last, zone=asked.zone)), NOTHING
    )
    whole = sum((row.total for row in rows), NOTHING)
    return Report(
        _by_line(lines, whole) if asked.chosen["by"] else _by_trainer(rows),
        figures=[
            Figure(_("earned"), money(whole, currency), change(whole, before)),
            Figure(_("sessions paid"), str(sum(row.sessions for row in rows))),
            Figure(_("entered after the last day"), money(sum((row.later for row in rows), NOTHING), currency)),
        ],
        picture=_drawn(rows, whole, asked.period.name, currency),
        note=_u(
            "By the day of the session, at the rates of the day it was completed. What was taken back counts for"
            " nothing; what was entered after the last day is missing on a sheet made before."
        ),
        empty=_("Nobody earned anything on these days: sessions earn once they are completed, by the trainer's rates."),
        currency=currency,
    )


def _by_trainer(rows: Sequence[Earned]) -> Table:
    columns = [
        Column(_("Trainer")),
        Column(_("sessions"), As.COUNT),
        *(Column(label, As.MONEY) for _name, label in SUMS),
    ]
    lines = [(row.trainer, row.sessions, *(getattr(row, name) for name, _label in SUMS)) for row in rows]
    sums = [sum((getattr(row, name) for row in rows), NOTHING) for name, _label in SUMS]
    return Table(columns, lines, [_u("In all"), sum(row.sessions for row in rows), *sums])


def _by_line(lines: QuerySet[TrainerPay], whole: Decimal) -> Table:
    kinds = [As.TEXT, As.DAY, As.TEXT, As.TEXT, As.QUANTITY, As.MONEY, As.MONEY, As.TEXT]
    heads = [
        *(_("Trainer"), _("day"), _("session"), _("for"), _("quantity")),
        *(_("rate"), _("amount"), _("taken back because")),
    ]
    return Table(
        [Column(head, kind) for head, kind in zip(heads, kinds, strict=True)],
        _lines(lines),
        [_u("In all"), "", "", "", "", "", whole, ""],
    )


def _lines(lines: QuerySet[TrainerPay]) -> Iterator[Sequence[Any]]:
    """Yield the lines, those that were taken back and their counter-lines too: together they are nothing."""
    for line in lines.iterator(chunk_size=ROWS_AT_ONCE):
        kind = line.get_kind_display()
        yield (
            *(line.trainer_label, line.earned_on, line.session_label, str(kind).capitalize()),
            *(line.quantity, line.rate, Cell(line.amount), line.reason if line.reversal_of_id else ""),
        )


def _drawn(rows: Sequence[Earned], whole: Decimal, period: str, currency: str) -> Bars | None:
    stacks = [
        Stack(row.trainer, [row.base, row.heads, row.bonus, row.no_shows])
        for row in sorted(rows, key=lambda row: -row.total)
    ]
    told = _u("%(period)s: %(sum)s earned, by trainer. The table below has every figure.")
    return bars(
        title=_("Earned by trainer"),
        summary=told % {"period": period, "sum": money(whole, currency)},
        series=[*(label for _name, label in PARTS), _("no-shows")],
        stacks=stacks,
        told=lambda amount: money(amount, currency),
    )


register_report(
    ReportPage(
        name="trainer-pay",
        title=_("Pay of trainers"),
        about=_("What trainers earned, in all and line by line, for the payroll."),
        icon="payments",
        group=ReportGroup.ACTIVITY,
        permission="training.view_trainerpay",
        may_take="training.view_trainerpay",
        make=pay,
        of=TrainerPay,
        filters=(Choice("trainer", _("Trainer"), trainers_on_offer), BY),
        kinds=TRAINING,
        order=63,
    )
)
