"""The back office of machines, trainers, members and training sessions."""

from training.admin import (
    certificates,
    machines,
    members,
    plans,
    session_types,
    subscriptions,
    trainers,
    training_sessions,
)

__all__ = [
    "certificates",
    "machines",
    "members",
    "plans",
    "session_types",
    "subscriptions",
    "trainers",
    "training_sessions",
]
