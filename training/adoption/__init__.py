"""Homes for the former training system's machines, people, memberships and sessions."""

from studio.tenancy.adoption.adopters import register
from training.adoption.memberships import adopt_plan, adopt_subscription, rank_subscription
from training.adoption.people import (
    adopt_checkup,
    adopt_comment,
    adopt_emergency_contact,
    adopt_member,
    adopt_trainer,
)
from training.adoption.work import adopt_attendance, adopt_machine, adopt_session


def register_adopters() -> None:
    """Tell the framework which former tables this app has a home for."""
    register(table="machines", adopt=adopt_machine)
    register(table="trainers", adopt=adopt_trainer)
    register(table="members", adopt=adopt_member)
    register(table="member_comments", adopt=adopt_comment, after=("members",))
    register(table="member_body_checkups", adopt=adopt_checkup, after=("members",))
    register(table="member_emergency_contacts", adopt=adopt_emergency_contact, after=("members",))
    register(table="subscription_plans", adopt=adopt_plan)
    register(
        table="member_subscriptions",
        adopt=adopt_subscription,
        after=("members", "subscription_plans"),
        rank=rank_subscription,
    )
    register(table="training_sessions", adopt=adopt_session, after=("machines", "trainers", "members"))
    register(table="training_session_members", adopt=adopt_attendance, after=("training_sessions", "members"))
