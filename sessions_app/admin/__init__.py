"""The back office of clients, rooms, talents, projects and sessions."""

from sessions_app.admin import clients, musicians, opening_hours, pages, projects, rooms, sessions

__all__ = ["clients", "musicians", "opening_hours", "pages", "projects", "rooms", "sessions"]
