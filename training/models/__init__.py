"""Tables of this app."""

from training.models.body_checkup import BodyCheckup
from training.models.dormant_run import DormantRun
from training.models.emergency_contact import EmergencyContact
from training.models.machine import Machine
from training.models.member import (
    BeltSize,
    Gender,
    Member,
    MemberStatus,
    MemberType,
    PartnershipKind,
    ReferralSource,
    TrainingPreference,
    UniformSize,
    VestSize,
)
from training.models.member_comment import MemberComment
from training.models.member_list_layout import MemberListLayout
from training.models.session_type import MULTI_SITE, NORMAL, Attendee, SessionType
from training.models.trainer import Trainer
from training.models.training_session import LONGEST, SHORTEST, TrainingSession, TrainingStatus

__all__ = [
    "LONGEST",
    "MULTI_SITE",
    "NORMAL",
    "SHORTEST",
    "Attendee",
    "BeltSize",
    "BodyCheckup",
    "DormantRun",
    "EmergencyContact",
    "Gender",
    "Machine",
    "Member",
    "MemberComment",
    "MemberListLayout",
    "MemberStatus",
    "MemberType",
    "PartnershipKind",
    "ReferralSource",
    "SessionType",
    "Trainer",
    "TrainingPreference",
    "TrainingSession",
    "TrainingStatus",
    "UniformSize",
    "VestSize",
]
