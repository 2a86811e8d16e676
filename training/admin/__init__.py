"""The back office of machines, trainers, members and training sessions."""

from training.admin import (
    book_panel,
    certificates,
    completion_desk,
    day_page,
    dormant_runs,
    machines,
    member_remarks,
    members,
    outages,
    plans,
    session_outcomes,
    session_panel,
    session_types,
    subscriptions,
    trainers,
    training_sessions,
)

__all__ = [
    "book_panel",
    "certificates",
    "completion_desk",
    "day_page",
    "dormant_runs",
    "machines",
    "member_remarks",
    "members",
    "outages",
    "plans",
    "session_outcomes",
    "session_panel",
    "session_types",
    "subscriptions",
    "trainers",
    "training_sessions",
]
