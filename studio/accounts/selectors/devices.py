"""The devices page: where an account is signed in."""

from dataclasses import dataclass
from datetime import datetime

from studio.accounts.models import LoginSession, User
from studio.accounts.tokens import session_id


@dataclass(frozen=True, slots=True)
class Device:
    """One signed-in browser.

    number: by which the page names it; the id stays inside
    """

    number: int
    browser: str
    address: str
    since: datetime
    last_seen_at: datetime
    is_this_one: bool


def own_devices(*, user: User, session_key: str | None, now: datetime) -> list[Device]:
    """Return where somebody is signed in, this browser first, then the last seen.

    queries: 1
    """
    here = session_id(session_key) if session_key else ""
    rows = LoginSession.objects.live(now).filter(user=user).order_by("-last_seen_at", "pk")
    devices = [
        Device(
            number=row.account_session_id,
            browser=row.agent,
            address=row.address or "",
            since=row.created_at,
            last_seen_at=row.last_seen_at,
            is_this_one=row.pk == here,
        )
        for row in rows
    ]
    return sorted(devices, key=lambda device: not device.is_this_one)
