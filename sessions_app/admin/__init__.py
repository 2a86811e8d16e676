"""The back office of clients, rooms, talents, projects and sessions."""

from sessions_app.admin import (
    calendar,
    clients,
    feeds,
    musicians,
    notices,
    opening_hours,
    pages,
    projects,
    rooms,
    sessions,
    waiting,
    waitlist,
)

__all__ = [
    "calendar",
    "clients",
    "feeds",
    "musicians",
    "notices",
    "opening_hours",
    "pages",
    "projects",
    "rooms",
    "sessions",
    "waiting",
    "waitlist",
]
