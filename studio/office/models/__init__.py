"""A studio's own facts: its profile and settings, its opening hours, its files."""

from studio.office.models.adoption_row import AdoptionLink, AdoptionRow, AdoptionSource
from studio.office.models.opening import Closure, OpeningHours, Weekday
from studio.office.models.pending_file import PendingFile
from studio.office.models.profile import NUMBER_PATTERN, PROFILE_ID, StudioProfile
from studio.office.models.stored_file import StoredFile

__all__ = [
    "NUMBER_PATTERN",
    "PROFILE_ID",
    "AdoptionLink",
    "AdoptionRow",
    "AdoptionSource",
    "Closure",
    "OpeningHours",
    "PendingFile",
    "StoredFile",
    "StudioProfile",
    "Weekday",
]
