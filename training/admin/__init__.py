"""The back office of machines, trainers, members and training sessions."""

from training.admin import (
    certificates,
    dormant_runs,
    machines,
    member_remarks,
    members,
    plans,
    session_outcomes,
    session_types,
    subscriptions,
    trainers,
    training_sessions,
)

__all__ = [
    "certificates",
    "dormant_runs",
    "machines",
    "member_remarks",
    "members",
    "plans",
    "session_outcomes",
    "session_types",
    "subscriptions",
    "trainers",
    "training_sessions",
]
