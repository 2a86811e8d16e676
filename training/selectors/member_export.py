"""The list of members to take along; what is noted on anybody's health stays in the house."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

ROWS_AT_ONCE = 2000
# What `member_list.with_columns` adds to the rows.
NEEDED = ("plan", "remaining", "last_session", "next_session", "scheduled")


def _moment(at: datetime | None) -> str:
    """Return an instant on the studio's clock as spreadsheets sort it, like the days beside it."""
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at else ""


def heads(*, with_money: bool) -> list[str]:
    """Return the heads of the columns."""
    plain = [
        *(_("First name"), _("Last name"), _("E-mail"), _("Phone"), _("Gender"), _("Date of birth")),
        *(_("Type"), _("Status"), _("Joined"), _("Plan"), _("Plan until"), _("Sessions left")),
        *(_("Last session"), _("Next session"), _("Sessions to come")),
    ]
    return [*plain, _("Balance due"), _("Currency")] if with_money else plain


def exported(members: QuerySet[Any], *, with_money: bool) -> Iterator[list[object]]:
    """Yield a row for each member, a part of them in memory at a time; in the order of the queryset.

    members: with what `NEEDED` adds
    """
    for member in members.select_related("client").iterator(chunk_size=ROWS_AT_ONCE):
        row = [
            *(member.first_name, member.last_name, member.email, member.phone),
            *(member.get_gender_display(), member.date_of_birth),
            *(member.get_member_type_display(), member.get_status_display(), member.join_date),
            *(member.plan_name, member.plan_ends_on, member.remaining_count),
            *(_moment(at) for at in (member.last_session_at, member.next_session_at)),
            member.scheduled_count,
        ]
        yield [*row, member.client.balance_due, member.client.currency] if with_money else row
