"""The names of accounts that stand beside links."""

from studio.accounts.models import User
from studio.db import taking_turns
from training.models import (
    BodyCheckup,
    DormantRun,
    MachineOutage,
    MemberComment,
    OutageCase,
    Subscription,
    SubscriptionPause,
    TrainingSession,
)


@taking_turns()
def relabel_account(*, user: User, label: str) -> None:
    """Write an account's present label wherever a link to it carries one; where the link is gone the name stays."""
    TrainingSession.objects.filter(cancelled_by=user).update(cancelled_by_label=label)
    MemberComment.objects.filter(author=user).update(author_label=label)
    BodyCheckup.objects.filter(checked_by=user).update(checked_by_label=label)
    Subscription.objects.filter(cancelled_by=user).update(cancelled_by_label=label)
    SubscriptionPause.objects.filter(paused_by=user).update(paused_by_label=label)
    DormantRun.objects.filter(run_by=user).update(run_by_label=label)
    MachineOutage.objects.filter(planned_by=user).update(planned_by_label=label)
    OutageCase.objects.filter(phoned_by=user).update(phoned_by_label=label)
