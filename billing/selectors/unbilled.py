"""What was done for a client and stands on no document yet: sessions with their extras and fees, and hours."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Exists, F, Model, OuterRef, Prefetch, Q, QuerySet

from billing.models import InvoiceSource
from sessions_app.models import Client, SessionExtra, SessionFee, SessionPriceLine, StudioSession, TimeEntry, Track
from sessions_app.selectors.charges import OWES_ITS_TOTAL
from sessions_app.selectors.crew import crews_of, name_of
from studio.clock import local_day, local_midnight
from studio.money import quantise

NOTHING = Decimal(0)
SECONDS_OF_AN_HOUR, THOUSANDTH = Decimal(3600), Decimal("0.001")
MOST = 500  # sessions, or entries, of a client at once


@dataclass(frozen=True, slots=True)
class SessionToBill:
    """What a session owes that is on no document.

    price: of the session itself; zero where it owes none, or stands on a document already
    engineers, titles: who worked on it, and what was recorded
    """

    session: StudioSession
    price: Decimal
    extras: tuple[SessionExtra, ...]
    fees: tuple[SessionFee, ...]
    engineers: tuple[str, ...]
    titles: tuple[str, ...]

    @property
    def total(self) -> Decimal:
        """Everything together, without VAT."""
        extras = sum((extra.amount for extra in self.extras), NOTHING)
        return self.price + extras + sum((fee.amount for fee in self.fees), NOTHING)


@dataclass(frozen=True, slots=True)
class HoursToBill:
    """Entries of one task at one rate.

    length: of all of them, as they are charged
    """

    entries: tuple[TimeEntry, ...]
    length: timedelta

    @property
    def quantity(self) -> Decimal:
        """The length in hours, as finely as a line counts them."""
        return (self._seconds / SECONDS_OF_AN_HOUR).quantize(THOUSANDTH)

    @property
    def worth(self) -> Decimal:
        """What they cost: of the length itself, not of hours that were rounded before."""
        return worth_of(Decimal(self._seconds), self.first.hourly_rate, self.first.currency)

    @property
    def _seconds(self) -> int:
        return self.length // timedelta(seconds=1)

    @property
    def first(self) -> TimeEntry:
        """The earliest: all of them have its task and its rate."""
        return self.entries[0]

    @property
    def keys(self) -> str:
        """The keys of the entries, as a form names them."""
        return ",".join(str(entry.pk) for entry in self.entries)


def on_no_document[Row: Model](rows: QuerySet[Row], column: str) -> QuerySet[Row]:
    """Keep the things that no draft and no issued document charges for.

    column: of `InvoiceSource`
    """
    charged = InvoiceSource.objects.filter(**{column: OuterRef("pk")}, released_at__isnull=True)
    return rows.exclude(Exists(charged))


@dataclass(frozen=True, slots=True)
class PartsToBill:
    """What is on no document, of everybody."""

    priced: QuerySet[StudioSession]
    fees: QuerySet[SessionFee]
    extras: QuerySet[SessionExtra]

    @property
    def sessions(self) -> QuerySet[StudioSession]:
        """The sessions that owe any of it."""
        return StudioSession.objects.filter(
            Q(pk__in=self.priced.values("pk"))
            | Q(Exists(self.fees.filter(session=OuterRef("pk"))))
            | Q(Exists(self.extras.filter(session=OuterRef("pk")))),
            client__isnull=False,
            currency=F("client__currency"),
        )


def parts_to_bill(over_by: datetime | None = None) -> PartsToBill:
    """Return sessions that owe their price, fees and extras, each on no document.

    over_by: only of sessions that are over by then; a fee is owed whenever its session was. None: of all
    """
    fees = SessionFee.objects.filter(waived_at__isnull=True, invoiced_at__isnull=True)
    priced = StudioSession.objects.filter(status__in=OWES_ITS_TOTAL, total__gt=0, invoiced_at__isnull=True)
    extras = SessionExtra.objects.filter(invoiced_at__isnull=True)
    if over_by is not None:
        priced, extras = priced.filter(ends_at__lte=over_by), extras.filter(session__ends_at__lte=over_by)
    return PartsToBill(
        priced=on_no_document(priced, "session"),
        fees=on_no_document(fees, "fee"),
        extras=on_no_document(extras, "extra"),
    )


def priced_hours(over_by: datetime | None = None) -> QuerySet[TimeEntry]:
    """Return billable hours that are on no document.

    over_by: only those that are over by then; None: all
    """
    entries = TimeEntry.objects.uninvoiced()
    return on_no_document(entries if over_by is None else entries.filter(ended_at__lte=over_by), "time_entry")


def sessions_to_bill(client: Client, *, among: Collection[int] | None = None) -> list[SessionToBill]:
    """Return the sessions of a client that owe something, by start, at most 500 of them.

    among: keys of the ones that are asked about; None: all
    queries: 7, however many sessions
    """
    parts = parts_to_bill()
    rows = parts.sessions.filter(client=client)
    if among is not None:
        rows = rows.filter(pk__in=among)
    found: list[Any] = list(
        rows.select_related("room", "client")
        .prefetch_related(
            Prefetch("fees", parts.fees.select_related("session").order_by("pk"), to_attr="fees_to_bill"),
            Prefetch("extras", parts.extras.select_related("session").order_by("pk"), to_attr="extras_to_bill"),
            Prefetch("tracks", Track.objects.in_order()),
            Prefetch("price_lines", SessionPriceLine.objects.order_by("position")),
        )
        .order_by("starts_at", "pk")[:MOST]
    )
    with_price = set(parts.priced.filter(pk__in=[session.pk for session in found]).values_list("pk", flat=True))
    crews = crews_of(found)
    return [
        SessionToBill(
            session=session,
            price=session.total or NOTHING if session.pk in with_price else NOTHING,
            extras=tuple(session.extras_to_bill),
            fees=tuple(session.fees_to_bill),
            engineers=tuple(name_of(engineer) for engineer in crews[session.pk].engineers),
            titles=tuple(track.title for track in session.tracks.all()),
        )
        for session in found
    ]


def waiting(client: Client, now: datetime) -> tuple[int, int]:
    """Return how many sessions of a client owe something that is over, and how many entries of hours are billable.

    queries: 2
    """
    entries = priced_hours(now).filter(_theirs(client), currency=client.currency)
    return parts_to_bill(now).sessions.filter(client=client).count(), entries.count()


def session_alone(session: StudioSession) -> SessionToBill:
    """Return the price of a session without extras and fees, whether or not a document charges for it.

    queries: 2
    """
    (crew,) = crews_of([session]).values()
    titles = tuple(track.title for track in Track.objects.filter(session=session).in_order())
    engineers = tuple(name_of(engineer) for engineer in crew.engineers)
    return SessionToBill(session, session.total or NOTHING, (), (), engineers, titles)


def entries_to_bill(client: Client, *, among: Collection[int] | None = None) -> list[TimeEntry]:
    """Return the billable hours of a client that are on no document, by start, at most 500 entries.

    among: keys of the ones that are asked about; None: all
    queries: 1
    """
    rows = _entries(client)
    if among is not None:
        rows = rows.filter(pk__in=among)
    related = ("task_type", "session", "project", "track__project")
    return list(rows.select_related(*related).order_by("started_at", "pk")[:MOST])


def grouped(entries: Iterable[TimeEntry], step: int | None) -> list[HoursToBill]:
    """Return entries by task and rate, the tasks in their order.

    step: minutes to which each entry is rounded up; None: charged as worked
    """

    def key(entry: TimeEntry) -> tuple[int, str, int, Decimal]:
        return entry.task_type.position, entry.task_type.name, entry.task_type_id, entry.hourly_rate

    by_rate = groupby(sorted(entries, key=lambda entry: (*key(entry), entry.started_at, entry.pk)), key=key)
    return [HoursToBill(found, charged_time(found, step)) for found in (tuple(each) for _key, each in by_rate)]


def by_whether_over(entries: Iterable[TimeEntry], now: datetime) -> list[tuple[bool, list[TimeEntry]]]:
    """Return entries that are over, and those of days to come: somebody says so before these are charged."""
    rows = list(entries)
    return [(is_over, [row for row in rows if ((row.ended_at or now) <= now) == is_over]) for is_over in (True, False)]


def months_of(starts: Iterable[datetime], zone: ZoneInfo) -> Sequence[date]:
    """Return the first days of the months in which something begins, the latest first."""
    return sorted({local_day(start, zone).replace(day=1) for start in starts}, reverse=True)


def month_bounds(month: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the instants between which a month lies on the studio's calendar."""
    after = (month.replace(day=28) + timedelta(days=4)).replace(day=1)
    return local_midnight(month, zone), local_midnight(after, zone)


def worth_of(seconds: Decimal, rate: Decimal, currency: str) -> Decimal:
    """Return what so many seconds cost at a rate for the hour; multiplied first, for nothing to be cut off before."""
    return quantise(seconds * rate / SECONDS_OF_AN_HOUR, currency)


def charged_time(entries: Iterable[TimeEntry], step: int | None) -> timedelta:
    """Return how long entries are together, as they are charged: to the second, each rounded up to its step."""
    return sum((_charged(entry, step) for entry in entries), timedelta())


def _charged(entry: TimeEntry, step: int | None) -> timedelta:
    worked = (entry.ended_at or entry.started_at) - entry.started_at
    if step is None:
        return worked - worked % timedelta(seconds=1)
    whole = timedelta(minutes=step)
    return -(-worked // whole) * whole


def _theirs(client: Client) -> Q:
    return Q(project__client=client) | Q(session__client=client) | Q(track__project__client=client)


def _entries(client: Client) -> QuerySet[TimeEntry]:
    return priced_hours().filter(_theirs(client), currency=client.currency)
