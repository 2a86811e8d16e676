"""Former rooms, projects and sessions."""

import re
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from sessions_app.models import (
    BookingType,
    Client,
    PaymentStatus,
    Project,
    ProjectKind,
    ProjectStatus,
    Room,
    RoomKind,
    SessionKind,
    SessionStatus,
    StudioSession,
)
from studio.db import constraint_name
from studio.tenancy.adoption.adopters import Run
from studio.tenancy.adoption.rows import FormerRow, SetAside

ROOM_KINDS = {kind.value: kind.value for kind in RoomKind}
PROJECT_KINDS = {kind.value: kind.value for kind in ProjectKind}
PROJECT_STATUSES = {status.value: status.value for status in ProjectStatus}
SESSION_KINDS = {kind.value: kind.value for kind in SessionKind}
BOOKING_TYPES = {kind.value: kind.value for kind in BookingType}
PAYMENT_STATUSES = {status.value: status.value for status in PaymentStatus}
# The former system's synchronisation marked overlaps with a status of their own; here overlap_kept says it.
CONFLICT = "conflict"
SESSION_STATUSES = {
    status.value: status.value
    for status in (
        SessionStatus.SCHEDULED,
        SessionStatus.IN_PROGRESS,
        SessionStatus.COMPLETED,
        SessionStatus.CANCELLED,
        SessionStatus.NO_SHOW,
    )
} | {CONFLICT: SessionStatus.SCHEDULED.value}
ROOM_IS_FREE = frozenset({"sessions_room_free_before", "sessions_room_free_after"})
FEATURES = {
    "has_isolation_booth": "isolation booth",
    "has_live_room": "live room",
    "has_control_room": "control room",
}
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
DEFAULT_COLOUR = "#3498db"
LARGEST_NUMBER = 32767


def adopt_room(row: FormerRow, _run: Run) -> Room:
    """Return the room that a row of `rooms` becomes; there was neither setup nor teardown."""
    colour = row.text("color")
    if colour and not COLOUR.fullmatch(colour):
        row.keep("color", _('"%(value)s" is no colour.') % {"value": colour[:80]})
        colour = ""
    return Room.objects.create(
        kind=row.choice("type", ROOM_KINDS, default=RoomKind.RECORDING),
        name=_named(row, "name"),
        description=row.raw_text("description"),
        capacity=row.whole("capacity", least=1, most=LARGEST_NUMBER, default=1) or 1,
        size=row.whole("size", least=0, most=LARGEST_NUMBER, default=None),
        features=[feature for column, feature in FEATURES.items() if row.flag(column, default=False)],
        colour=colour or DEFAULT_COLOUR,
        hourly_rate=row.amount("hourly_rate") or Decimal(0),
        half_day_rate=row.amount("half_day_rate"),
        day_rate=row.amount("full_day_rate"),
        is_active=row.flag("is_active", default=True),
        is_available_for_booking=row.flag("is_available_for_booking", default=True),
    )


def adopt_project(row: FormerRow, run: Run) -> Project:
    """Return the project that a row of `projects` becomes.

    What it cost is not taken over: here that number follows from sessions, time and expenses.
    """
    return Project.objects.create(
        client_id=run.required(row, "client_id", "clients"),
        kind=row.choice("type", PROJECT_KINDS, default=ProjectKind.ALBUM),
        name=_named(row, "name"),
        artist_name=row.text("artist_name", longest=255),
        description=row.raw_text("description"),
        genre=row.text("genre", longest=100),
        label=row.text("label", longest=200),
        catalogue_number=row.text("catalog_number", longest=100),
        included_revisions=row.whole("included_revisions", least=0, most=LARGEST_NUMBER, default=2) or 0,
        starts_on=row.day("start_date"),
        due_on=row.day("target_delivery_date"),
        delivered_on=row.day("actual_delivery_date"),
        notes=row.raw_text("notes"),
        technical_notes=row.raw_text("technical_notes"),
        status=row.choice("status", PROJECT_STATUSES, default=ProjectStatus.PRE_PRODUCTION),
        budget=row.amount("budget"),
    )


def adopt_session(row: FormerRow, run: Run) -> StudioSession:
    """Return the session that a row of `sessions` becomes.

    One that overlaps an earlier row of the same room is kept and marked; the former system had no rule.
    """
    starts_at, ends_at = _times(row, run)
    client_id = run.linked(row, "client_id", "clients")
    client = Client.objects.get(pk=client_id) if client_id else None
    project = _project(row, run, client)
    session = StudioSession(
        client=client,
        room_id=run.linked(row, "room_id", "rooms"),
        project=project,
        project_label=project.name if project else "",
        kind=row.choice("kind", SESSION_KINDS, default=SessionKind.STUDIO),
        title=_title(row),
        description=row.raw_text("description"),
        location=row.text("location", longest=255),
        notes=row.raw_text("notes"),
        starts_at=starts_at,
        ends_at=ends_at,
        blocked_from=starts_at,
        blocked_to=ends_at,
        status=_status(row),
        booking_type=row.choice("booking_type", BOOKING_TYPES, default=BookingType.HOURLY),
        currency=client.currency if client else run.currency,
        total=row.amount("total_amount"),
        deposit_amount=row.amount("deposit_amount"),
        deposit_paid=row.flag("deposit_paid", default=False),
        payment_status=row.choice("payment_status", PAYMENT_STATUSES, default=PaymentStatus.UNPAID),
        stripe_checkout_session_id=row.text("stripe_checkout_session_id", longest=255),
        stripe_payment_intent_id=row.text("stripe_payment_intent_id", longest=255),
    )
    _save_even_if_taken(session, row, run)
    return session


def _named(row: FormerRow, column: str) -> str:
    name = row.text(column, longest=255)
    if not name:
        raise SetAside(_("It has no name."))
    return name


def _times(row: FormerRow, run: Run) -> tuple[datetime, datetime]:
    starts_at = row.instant("start_time", shift=run.shift)
    ends_at = row.instant("end_time", shift=run.shift)
    if starts_at is None or ends_at is None:
        raise SetAside(_("It has no start or no end."))
    if ends_at <= starts_at:
        raise SetAside(_("It does not end after it starts: %(start)s to %(end)s.") % {
            "start": row.raw_text("start_time"), "end": row.raw_text("end_time")
        })  # fmt: skip
    return starts_at, ends_at


def _title(row: FormerRow) -> str:
    if title := row.text("title", longest=255):
        return title
    row.notes.append(_("It had no title."))
    return _("Untitled")


def _status(row: FormerRow) -> str:
    if row.text("status").lower() == CONFLICT:
        row.notes.append(_("Status conflict became scheduled; whether it overlaps is seen anew."))
    return row.choice("status", SESSION_STATUSES, default=SessionStatus.SCHEDULED)


def _project(row: FormerRow, run: Run, client: Client | None) -> Project | None:
    """Return the session's project; one of another client is dropped from the link, which is noted."""
    key = run.linked(row, "project_id", "projects")
    if key is None:
        return None
    project = Project.objects.get(pk=key)
    if client is not None and project.client_id != client.pk:
        row.keep("project_id", _("The project belongs to another client; left empty."))
        return None
    return project


def _save_even_if_taken(session: StudioSession, row: FormerRow, run: Run) -> None:
    """Save; where the room is taken, save all the same with the mark that it overlaps."""
    try:
        with transaction.atomic():
            session.save()
    except IntegrityError as exc:
        if constraint_name(exc) not in ROOM_IS_FREE:
            raise
        session.overlap_kept = True
        session.save()
        others = ", ".join(_in_the_way(session, run))
        row.notes.append(_("Kept although it overlaps %(others)s.") % {"others": others})


def _in_the_way(session: StudioSession, run: Run) -> list[str]:
    """Return the sessions that this one overlaps, with their times in the studio's zone."""
    others = StudioSession.objects.occupying().filter(
        ~Q(pk=session.pk), room=session.room, starts_at__lt=session.ends_at, ends_at__gt=session.starts_at
    )
    return [f'"{other.title}" {other.starts_at.astimezone(run.zone):%Y-%m-%d %H:%M}' for other in others.order_by("pk")]
