"""Booking sessions that repeat, and adding dates to them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from typing import Required, TypedDict, Unpack
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from sessions_app.models import (
    Client,
    Equipment,
    Musician,
    NoticeKind,
    Project,
    Room,
    SessionSeries,
    StudioSession,
)
from sessions_app.selectors.crew import NOBODY, Crew, crew_of, crew_of_members
from sessions_app.selectors.many_slots import Wanted
from sessions_app.selectors.recurrence import CODES, BadRule, Rule, parse_rule
from sessions_app.selectors.series import Line, preview
from sessions_app.services import assignments, facts, notices, prices, project_links, sessions, slots
from sessions_app.services.notices import Tell
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.db import TryAgain, taking_turns
from studio.not_sent import NOT_SENT
from studio.office.selectors.profile import current_profile
from studio.showing import when

FACTS = ("title", "kind", "booking_type", "location", "description", "notes")  # what each session copies

TOLD = ("rule", "starts_on", "start_time", "room", "client")


class SeriesFacts(TypedDict, total=False):
    """What the sessions of a series are about."""

    kind: str
    booking_type: str
    location: str
    description: str
    notes: str


class SeriesPlan(SeriesFacts, total=False):
    """When and where the sessions of a series are, for whom, and what they are about.

    length_minutes: that pass, also over a change of the clocks; a start in a skipped hour moves forward by the gap
    """

    title: Required[str]
    rule: Required[Rule]
    starts_on: Required[date]
    start_time: Required[time]
    length_minutes: Required[int]
    room: Room | None
    client: Client | None
    project: Project | None


class DateRefused(slots.SlotRefused):
    """One date cannot be had, so none was booked.

    occurs_on: the date of the rule
    """

    def __init__(self, line: Line) -> None:
        reasons = line.answer.reasons
        slot = line.answer.slot
        sentence = " ".join(reason.sentence for reason in reasons)
        named = f"{when(slot.starts_at, slot.ends_at)}: {sentence}"
        super().__init__(named, reasons=reasons, alternatives=line.answer.alternatives)
        self.occurs_on = line.occurs_on


def plan_series(
    *,
    title: str,
    rule: Rule,
    starts_on: date,
    start_time: time,
    length_minutes: int,
    room: Room | None = None,
    client: Client | None = None,
    project: Project | None = None,
    **given: Unpack[SeriesFacts],
) -> tuple[SessionSeries, list[date]]:
    """Return a series that is not saved, with its facts checked, and the dates of its rule.

    raises: BadRule, facts.BadFacts
    """
    if rule.frequency == "WEEKLY" and not rule.days:
        rule = replace(rule, days=(CODES[starts_on.weekday()],))
    dates = rule.dates(starts_on)
    series = SessionSeries(client=client, project=project, room=room, time_zone=current_profile().zone.key)
    when_it_is = {"starts_on": starts_on, "start_time": start_time, "length_minutes": length_minutes}
    facts.set_facts(series, {"title": title, "rule": rule.text, **when_it_is, **given})
    return series, dates


@taking_turns()
def book_series(
    *,
    actor: User | None,
    now: datetime,
    skipped: Collection[date] = (),
    picks: Mapping[date, Wanted] | None = None,
    engineers: Sequence[User] = (),
    talents: Sequence[Musician] = (),
    equipment: Sequence[Equipment] = (),
    tell: Tell = Tell.CLIENT,
    **given: Unpack[SeriesPlan],
) -> SessionSeries:
    """Book every date of a rule that is not skipped, with everybody and everything each needs, and return the series.

    One date that cannot be had, and nothing is booked.
    skipped: dates of the rule that are left out; they do not come back
    picks: another room or time for some dates
    raises: BadRule, DateRefused with the date, project_links.UnknownProject, project_links.ProjectOfAnotherClient,
        facts.BadFacts, studio.db.TryAgain
    """
    given["project"] = project_links.linkable(project=given.get("project"), client=given.get("client"))
    series, dates = plan_series(**given)
    crew = crew_of_members([*engineers, *talents, *equipment])
    series.skipped_on = sorted(set(dates) & set(skipped))
    slots.lock_rooms(series.room, *_rooms_of(picks), now=now, crew=crew)
    with facts.saving(series):
        series.save(force_insert=True)
    booked = _book_dates(series, dates, picks or {}, crew, now)
    changes: facts.Changes = {field: (None, getattr(series, field)) for field in TOLD}
    _tell(series, booked, changes | assignments.told(crew), actor, now, tell=tell)
    return series


@taking_turns()
def extend_series(
    *,
    series: SessionSeries,
    until: date,
    actor: User | None,
    now: datetime,
    skipped: Collection[date] = (),
    skip_taken: bool = False,
    picks: Mapping[date, Wanted] | None = None,
    tell: Tell = Tell.CLIENT,
) -> SessionSeries:
    """Let a series go on until a later date, book its new dates as its last one is, and return it.

    Dates that were skipped, cancelled or deleted before stay away.
    skip_taken: dates that cannot be had are skipped, too, instead of refused
    raises: BadRule, DateRefused with the date, studio.db.TryAgain
    """
    here, crew = Room.objects.filter(series=series.pk).first(), _crew_of_the_last(series)
    slots.lock_rooms(here, *_rooms_of(picks), now=now, crew=crew)
    extended = _locked(series)
    if extended.room != here or _crew_of_the_last(series).resources != crew.resources:
        raise TryAgain(_("Somebody else is changing this series right now. Please try again."))
    rule = parse_rule(extended.rule)
    before = rule.dates(extended.starts_on)
    longer = rule.ending(until)
    dates = [day for day in longer.dates(extended.starts_on) if day > before[-1]]
    if not dates:
        raise BadRule(_("The series has no further date until then."))
    extended.rule = longer.text
    extended.skipped_on = sorted({*extended.skipped_on, *(set(dates) & set(skipped))})
    with facts.saving(extended):
        extended.save(update_fields=["rule", "skipped_on"])
    booked = _book_dates(extended, dates, picks or {}, crew, now, skip_taken=skip_taken)
    _tell(extended, booked, {"rule": (rule.text, longer.text)}, actor, now, tell=tell)
    return extended


def _crew_of_the_last(series: SessionSeries) -> Crew:
    last = series.sessions.order_by("-occurs_on", "-pk").first()
    return crew_of(last) if last is not None else NOBODY


def _rooms_of(picks: Mapping[date, Wanted] | None) -> list[Room | None]:
    return [pick.room for pick in (picks or {}).values()]


def _locked(series: SessionSeries) -> SessionSeries:
    return SessionSeries.objects.locked().select_related("room", "client", "project").get(pk=series.pk)


def _book_dates(
    series: SessionSeries,
    dates: Sequence[date],
    picks: Mapping[date, Wanted],
    crew: Crew,
    now: datetime,
    *,
    skip_taken: bool = False,
) -> list[StudioSession]:
    """Book some dates of a series and return their sessions: all but the skipped, or none; the caller has the locks.

    raises: BadRule, DateRefused
    """
    zone = current_profile().zone
    wanted = [day for day in dates if day not in series.skipped_on]
    if not wanted:
        raise BadRule(_("Every date is skipped: nothing would be booked."))
    chosen = {day: replace(pick, crew=crew) for day, pick in picks.items()}
    lines = preview(series=series, dates=wanted, zone=zone, now=now, picks=chosen, crew=crew)
    free, refused = ([line for line in lines if line.answer.free is is_free] for is_free in (True, False))
    if refused and (not skip_taken or not free):
        raise DateRefused(refused[0])
    if refused:
        series.skipped_on = sorted({*series.skipped_on, *(line.occurs_on for line in refused)})
        series.save(update_fields=["skipped_on"])
    return [_book(series, line, crew, zone, now) for line in free]


def _book(series: SessionSeries, line: Line, crew: Crew, zone: ZoneInfo, now: datetime) -> StudioSession:
    slot = line.answer.slot
    given = {name: getattr(series, name) for name in FACTS}
    session = sessions.draft_session(client=series.client, project=series.project, given=given)
    session.series, session.occurs_on = series, line.occurs_on
    session.own_time = (slot.starts_at, slot.ends_at) != series.instants(line.occurs_on, zone)
    slots.put_in(session, slot, zone)
    listed = prices.agree(session=session, total=NOT_SENT, deposit=NOT_SENT, now=now)
    with slots.taking(slot, session, now, crew=crew), project_links.linking():
        session.save(force_insert=True)
        assignments.put_crew_on(session, crew)
    prices.write_lines(session=session, listed=listed)
    return session


def _tell(
    series: SessionSeries,
    booked: Sequence[StudioSession],
    changes: facts.Changes,
    actor: User | None,
    now: datetime,
    *,
    tell: Tell,
) -> None:
    """Write the trail of a series and of each of its new sessions, and one mail about all of them."""
    audit.record(verb="book", subject=series, actor=actor, now=now, changes=changes)
    audit.record_each(verb="book", subjects=booked, actor=actor, now=now, changes={"series": (None, series)})
    if tell is Tell.CLIENT:
        tell_clients(sessions=booked, kind=NoticeKind.CONFIRMATION, now=now)


def tell_clients(*, sessions: Sequence[StudioSession], kind: NoticeKind, now: datetime) -> None:
    """Tell each client of their sessions in one mail, not in one for every date."""
    by_client: dict[int, list[StudioSession]] = {}
    for session in sessions:
        if session.client_id is not None:
            by_client.setdefault(session.client_id, []).append(session)
    for mine in by_client.values():
        notices.announce_together(sessions=mine, kind=kind, now=now)
