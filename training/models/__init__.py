"""Tables of this app."""

from training.models.body_checkup import BodyCheckup
from training.models.credit_entry import CreditEntry, CreditKind
from training.models.dormant_run import DormantRun
from training.models.emergency_contact import EmergencyContact
from training.models.machine import Machine
from training.models.machine_outage import LONGEST_OUTAGE, MachineOutage
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
from training.models.outage_case import OutageCase, OutageDecision, OutageTelling
from training.models.plan import Plan
from training.models.session_outcome import OutcomeKind, SessionOutcome
from training.models.session_type import MULTI_SITE, NON_BOOKABLE, NORMAL, OUTAGE, TRIALS, Attendee, SessionType
from training.models.subscription import (
    CURRENT_STATUSES,
    OPEN_STATUSES,
    Subscription,
    SubscriptionPause,
    SubscriptionStatus,
)
from training.models.trainer import RATES, Trainer
from training.models.trainer_certificate import WARN_AHEAD, TrainerCertificate
from training.models.trainer_pay import PayKind, TrainerPay
from training.models.training_session import LONGEST, SAID, SHORTEST, UNSAID, TrainingSession, TrainingStatus

__all__ = [
    "CURRENT_STATUSES",
    "LONGEST",
    "LONGEST_OUTAGE",
    "MULTI_SITE",
    "NON_BOOKABLE",
    "NORMAL",
    "OPEN_STATUSES",
    "OUTAGE",
    "RATES",
    "SAID",
    "SHORTEST",
    "TRIALS",
    "UNSAID",
    "WARN_AHEAD",
    "Attendee",
    "BeltSize",
    "BodyCheckup",
    "CreditEntry",
    "CreditKind",
    "DormantRun",
    "EmergencyContact",
    "Gender",
    "Machine",
    "MachineOutage",
    "Member",
    "MemberComment",
    "MemberListLayout",
    "MemberStatus",
    "MemberType",
    "OutageCase",
    "OutageDecision",
    "OutageTelling",
    "OutcomeKind",
    "PartnershipKind",
    "PayKind",
    "Plan",
    "ReferralSource",
    "SessionOutcome",
    "SessionType",
    "Subscription",
    "SubscriptionPause",
    "SubscriptionStatus",
    "Trainer",
    "TrainerCertificate",
    "TrainerPay",
    "TrainingPreference",
    "TrainingSession",
    "TrainingStatus",
    "UniformSize",
    "VestSize",
]
