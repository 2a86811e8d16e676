"""What lines say of work, so that a label pays without asking: when it really was, who worked, and on which titles.

In the language that is active: whoever writes a document activates the document's.
"""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from billing.selectors.unbilled import HoursToBill, SessionToBill
from sessions_app.models import SessionExtra, SessionFee, StudioSession
from studio.clock import local_day
from studio.showing import days, money, when

MOST_NAMED = 8  # works in one line; more are counted


def session_words(owing: SessionToBill, zone: ZoneInfo) -> str:
    """Return what a line says of a session; over midnight both days are named."""
    session = owing.session
    place = session.room.name if session.room else session.location
    lines = [session.title, ", ".join(filter(None, [when(*times_of(session), zone), place]))]
    if owing.engineers:
        lines.append(_("Engineer: %(names)s") % {"names": ", ".join(owing.engineers)})
    if owing.titles:
        lines.append(_("Titles: %(titles)s") % {"titles": ", ".join(owing.titles)})
    return "\n".join(lines)


def extra_words(extra: SessionExtra, zone: ZoneInfo) -> str:
    """Return what a line says of something charged beside a session's price."""
    return f"{extra.description}\n{extra.session.title}, {when(*times_of(extra.session), zone)}"


def fee_words(fee: SessionFee, zone: ZoneInfo) -> str:
    """Return what a line says of a fee: of which session, and why."""
    booked = when(fee.session.starts_at, fee.session.ends_at, zone)
    return "\n".join([f"{fee.get_kind_display().capitalize()}: {fee.session.title}, {booked}", fee.explanation])


def hours_words(hours: HoursToBill, zone: ZoneInfo) -> str:
    """Return what a line says of hours: the task, on which days, and what for."""
    on = [local_day(entry.started_at, zone) for entry in hours.entries]
    lines = [f"{hours.first.task_type.name}, {days(min(on), max(on))}"]
    works = list(dict.fromkeys(entry.target_label for entry in hours.entries if entry.target_label))
    if works:
        more = len(works) - MOST_NAMED
        named = ", ".join(works[:MOST_NAMED])
        lines.append(
            _("%(named)s and %(more)s more") % {"named": named, "more": number_format(more)} if more > 0 else named
        )
    return "\n".join(lines)


def length_words(hours: HoursToBill) -> str:
    """Return how the sum of hours came about: how long they are to the second, and at which rate."""
    minutes, seconds = divmod(hours.length // timedelta(seconds=1), 60)
    told = _("%(hours)d h %(minutes)02d min") % dict(zip(("hours", "minutes"), divmod(minutes, 60), strict=True))
    if seconds:
        told = _("%(length)s %(seconds)02d s") % {"length": told, "seconds": seconds}
    rate = money(hours.first.hourly_rate, hours.first.currency)
    return _("%(length)s at %(rate)s an hour") % {"length": told, "rate": rate}


def times_of(session: StudioSession) -> tuple[datetime, datetime]:
    """Return when a session really was; as booked where nobody wrote that down."""
    if session.actual_start and session.actual_end:
        return session.actual_start, session.actual_end
    return session.starts_at, session.ends_at


def days_of(session: StudioSession, zone: ZoneInfo) -> tuple[date, date]:
    """Return the first and the last day of a session."""
    start, end = times_of(session)
    return local_day(start, zone), local_day(end, zone)
