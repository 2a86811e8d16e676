"""The days that reports read: adding up anew what sessions and the ledger come to."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from billing.selectors import books_days
from billing.selectors.book_check import Finding
from billing.services import ledger_days
from sessions_app.services import session_days
from studio.accounts.services import audit
from studio.office.selectors.profile import current_profile


@transaction.atomic
def rebuild_days(*, now: datetime) -> list[Finding]:
    """Add the days of sessions and of the ledger up anew, and return what of them was wrong.

    Who writes sessions or posts meanwhile waits.
    """
    found = [finding for check in books_days.CHECKS for finding in check.findings()]
    session_days.rebuild_session_days()
    ledger_days.rebuild_ledger_days()
    if found:
        told = _("Added up anew what reports read by day.")
        audit.record(
            verb="change",
            subject=current_profile(),
            actor=None,
            now=now,
            changes={"wrong_days": (len(found), 0)},
            reason=told,
        )
    return found
