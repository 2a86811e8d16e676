"""The devices page: where an account is signed in."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext

from studio.accounts.models import LoginSession, User
from studio.accounts.tokens import session_id

# What a browser calls itself holds many names: the first of these that is in it is its own.
BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
           ("Mac OS", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux"))  # fmt: skip
SHOWN = 60


@dataclass(frozen=True, slots=True)
class Device:
    """One signed-in browser.

    number: by which the page names it; the id stays inside
    browser: empty when it told nothing
    """

    number: int
    browser: str
    address: str
    since: datetime
    last_seen_at: datetime
    is_this_one: bool


def browser_name(agent: str) -> str:
    """Return what people call the browser, or the beginning of what it calls itself."""
    browser = next((name for mark, name in BROWSERS if mark in agent), "")
    system = next((name for mark, name in SYSTEMS if mark in agent), "")
    if browser and system:
        return gettext("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or agent[:SHOWN]


def own_devices(*, user: User, session_key: str | None, now: datetime) -> list[Device]:
    """Return where somebody is signed in, this browser first, then the last seen.

    queries: 1
    """
    here = session_id(session_key) if session_key else ""
    rows = LoginSession.objects.live(now).filter(user=user).order_by("-last_seen_at", "pk")
    devices = [
        Device(
            number=row.account_session_id,
            browser=browser_name(row.agent),
            address=row.address or "",
            since=row.created_at,
            last_seen_at=row.last_seen_at,
            is_this_one=row.pk == here,
        )
        for row in rows
    ]
    return sorted(devices, key=lambda device: not device.is_this_one)
