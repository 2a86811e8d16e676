"""Homes for the former recording system's clients, notes, rooms, projects, sessions and talents."""

from sessions_app.adoption.assignments import (
    adopt_absence,
    adopt_session_equipment,
    adopt_session_staff,
    adopt_session_talent,
)
from sessions_app.adoption.equipment import adopt_equipment
from sessions_app.adoption.hours import adopt_task_type, adopt_time_entry
from sessions_app.adoption.people import adopt_client, adopt_contact, adopt_member, adopt_note, adopt_talent
from sessions_app.adoption.tracks import adopt_comment, adopt_credit, adopt_track
from sessions_app.adoption.work import adopt_project, adopt_room, adopt_session
from studio.tenancy.adoption.adopters import register


def register_adopters() -> None:
    """Tell the framework which former tables this app has a home for."""
    register(table="clients", adopt=adopt_client)
    register(table="client_notes", adopt=adopt_note, after=("clients",))
    register(table="client_contacts", adopt=adopt_contact, after=("clients",))
    register(table="company_members", adopt=adopt_member, after=("clients",))
    register(table="musicians", adopt=adopt_talent)
    register(table="rooms", adopt=adopt_room)
    register(table="projects", adopt=adopt_project, after=("clients",))
    register(table="sessions", adopt=adopt_session, after=("clients", "rooms", "projects"))
    register(table="tracks", adopt=adopt_track, after=("projects", "sessions"))
    register(table="track_comments", adopt=adopt_comment, after=("tracks",))
    register(table="track_credits", adopt=adopt_credit, after=("tracks", "musicians"))
    register(table="equipment", adopt=adopt_equipment, after=("rooms",))
    register(table="session_staff", adopt=adopt_session_staff, after=("sessions",))
    register(table="session_talents", adopt=adopt_session_talent, after=("sessions", "musicians"))
    register(table="session_equipment", adopt=adopt_session_equipment, after=("sessions", "equipment"))
    register(table="availability", adopt=adopt_absence, after=("musicians",))
    register(table="task_types", adopt=adopt_task_type)
    register(table="time_entries", adopt=adopt_time_entry, after=("task_types", "sessions", "projects", "tracks"))
