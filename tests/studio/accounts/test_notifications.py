"""What people are told fits where it stands."""

import pytest

from studio.accounts.models import Notification, NotificationKind, RoleName
from studio.accounts.services import notifications
from tests.staff import account

pytestmark = pytest.mark.django_db


def test_what_is_too_long_is_cut_and_breaks_nothing_that_it_tells_of():
    owner = account("owner")
    told = {"kind": NotificationKind.MONEY, "text": "Paid too late: " + "a session, " * 60}

    notifications.notify(user=owner, **told)
    notifications.notify_roles(roles=[RoleName.OWNER], **told)

    texts = list(Notification.objects.values_list("text", flat=True))
    assert [(len(text), text[:15], text[-1]) for text in texts] == [(500, "Paid too late: ", "\u2026")] * 2
