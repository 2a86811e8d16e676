"""What a studio keeps of its clients, rooms, talents, projects and sessions."""

from sessions_app.models.client import Client, ClientKind, ClientNote
from sessions_app.models.musician import Musician, TalentType
from sessions_app.models.project import Project, ProjectKind, ProjectStatus
from sessions_app.models.room import Room, RoomKind
from sessions_app.models.session import (
    OCCUPYING_STATUSES,
    PROVISIONAL_STATUSES,
    BookingType,
    PaymentStatus,
    SessionKind,
    SessionStatus,
    StudioSession,
)

__all__ = [
    "OCCUPYING_STATUSES",
    "PROVISIONAL_STATUSES",
    "BookingType",
    "Client",
    "ClientKind",
    "ClientNote",
    "Musician",
    "PaymentStatus",
    "Project",
    "ProjectKind",
    "ProjectStatus",
    "Room",
    "RoomKind",
    "SessionKind",
    "SessionStatus",
    "StudioSession",
    "TalentType",
]
