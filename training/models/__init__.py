"""Tables of this app."""

from training.models.machine import Machine
from training.models.member import Gender, Member, MemberStatus, MemberType, UniformSize
from training.models.session_type import MULTI_SITE, NORMAL, Attendee, SessionType
from training.models.trainer import Trainer
from training.models.training_session import LONGEST, SHORTEST, TrainingSession, TrainingStatus

__all__ = [
    "LONGEST",
    "MULTI_SITE",
    "NORMAL",
    "SHORTEST",
    "Attendee",
    "Gender",
    "Machine",
    "Member",
    "MemberStatus",
    "MemberType",
    "SessionType",
    "Trainer",
    "TrainingSession",
    "TrainingStatus",
    "UniformSize",
]
