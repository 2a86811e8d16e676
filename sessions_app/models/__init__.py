"""What a studio keeps of its clients, rooms, talents, projects and sessions."""

from sessions_app.models.absence import Absence, AbsenceKind
from sessions_app.models.agreement import BookingType, DepositSource, PaymentStatus, TotalSource
from sessions_app.models.assignment import AssignmentKind, AssignmentStatus, SessionAssignment
from sessions_app.models.booking_policy import BookingPolicy, FeeKind, PolicyTier
from sessions_app.models.calendar_feed import CalendarFeed, FeedDetail, FeedScope
from sessions_app.models.charge import ExtraKind, PriceUnit, SessionExtra, SessionFee, SessionPriceLine
from sessions_app.models.client import Client, ClientKind, ClientNote
from sessions_app.models.client_contact import ClientContact, CompanyMember
from sessions_app.models.client_import import ClientImport, ClientImportRow, ImportStatus, RowChoice, RowOutcome
from sessions_app.models.client_merge import ClientDistinction, ClientMerge
from sessions_app.models.closed_period import ClosedPeriod
from sessions_app.models.equipment import (
    Equipment,
    EquipmentCategory,
    EquipmentCondition,
    EquipmentService,
    EquipmentStatus,
    ServiceKind,
)
from sessions_app.models.musician import Musician, TalentType
from sessions_app.models.notice_text import NoticeText
from sessions_app.models.platforms import Platform
from sessions_app.models.price_rule import PriceEffect, PriceRule
from sessions_app.models.project import Project, ProjectKind, ProjectStatus
from sessions_app.models.room import Room, RoomKind
from sessions_app.models.series import SessionSeries
from sessions_app.models.session import (
    OCCUPYING_STATUSES,
    PROVISIONAL_STATUSES,
    SessionKind,
    SessionStatus,
    StudioSession,
)
from sessions_app.models.session_day import SessionDay
from sessions_app.models.session_notice import NoticeKind, NoticeOutcome, SessionNotice
from sessions_app.models.share_link import ShareLink
from sessions_app.models.task_type import TaskType
from sessions_app.models.time_entry import FORGOTTEN_AFTER, TimeEntry, TimeLock
from sessions_app.models.track import Track, TrackStatus
from sessions_app.models.track_comment import AuthorKind, TrackComment
from sessions_app.models.track_credit import TrackCredit
from sessions_app.models.track_version import TrackVersion, VersionKind
from sessions_app.models.waiting import (
    Awaited,
    ChallengeOutcome,
    HoldChallenge,
    OfferState,
    SessionRequest,
    WaitlistEntry,
    WaitlistOffer,
    WaitlistState,
)

__all__ = [
    "FORGOTTEN_AFTER",
    "OCCUPYING_STATUSES",
    "PROVISIONAL_STATUSES",
    "Absence",
    "AbsenceKind",
    "AssignmentKind",
    "AssignmentStatus",
    "AuthorKind",
    "Awaited",
    "BookingPolicy",
    "BookingType",
    "CalendarFeed",
    "ChallengeOutcome",
    "Client",
    "ClientContact",
    "ClientDistinction",
    "ClientImport",
    "ClientImportRow",
    "ClientKind",
    "ClientMerge",
    "ClientNote",
    "ClosedPeriod",
    "CompanyMember",
    "DepositSource",
    "Equipment",
    "EquipmentCategory",
    "EquipmentCondition",
    "EquipmentService",
    "EquipmentStatus",
    "ExtraKind",
    "FeeKind",
    "FeedDetail",
    "FeedScope",
    "HoldChallenge",
    "ImportStatus",
    "Musician",
    "NoticeKind",
    "NoticeOutcome",
    "NoticeText",
    "OfferState",
    "PaymentStatus",
    "Platform",
    "PolicyTier",
    "PriceEffect",
    "PriceRule",
    "PriceUnit",
    "Project",
    "ProjectKind",
    "ProjectStatus",
    "Room",
    "RoomKind",
    "RowChoice",
    "RowOutcome",
    "ServiceKind",
    "SessionAssignment",
    "SessionDay",
    "SessionExtra",
    "SessionFee",
    "SessionKind",
    "SessionNotice",
    "SessionPriceLine",
    "SessionRequest",
    "SessionSeries",
    "SessionStatus",
    "ShareLink",
    "StudioSession",
    "TalentType",
    "TaskType",
    "TimeEntry",
    "TimeLock",
    "TotalSource",
    "Track",
    "TrackComment",
    "TrackCredit",
    "TrackStatus",
    "TrackVersion",
    "VersionKind",
    "WaitlistEntry",
    "WaitlistOffer",
    "WaitlistState",
]
