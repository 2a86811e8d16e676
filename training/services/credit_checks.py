"""The nightly check that ledger and timetable agree, and the alert when they do not."""

import logging
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from studio.accounts.models import NotificationKind, RoleName
from studio.accounts.services import notifications
from studio.db import taking_turns
from training.models import Subscription
from training.selectors.credits import broken_lots, contradictions

logger = logging.getLogger(__name__)

WHO_IS_TOLD = (RoleName.OWNER, RoleName.MANAGER)


@taking_turns()
def report_broken(*, now: datetime) -> list[Subscription]:
    """Tell owner and managers of each subscription whose credits do not add up, and return those."""
    broken = [each.subscription for each in broken_lots()]
    wrong = [*broken, *(each for each in contradictions() if each not in broken)]
    for subscription in wrong:
        logger.error("The credits of subscription %s do not add up at %s.", subscription.pk, now)
        page = reverse("admin:training_subscription_change", "studio.urls", args=[subscription.pk])
        text = _("The credits of %(member)s do not add up: %(plan)s.")
        notifications.notify_roles(
            roles=WHO_IS_TOLD,
            kind=NotificationKind.SYSTEM,
            text=text % {"member": subscription.member, "plan": subscription},
            link=page,
        )
    return wrong
