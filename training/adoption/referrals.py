"""Who referred whom, once all members of a former database are here."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from studio.db import constraint_name
from studio.office.models import AdoptionLink, AdoptionRow, AdoptionSource
from training.models import Member

COLUMN = "referred_by_member_id"
CIRCLE = "members_referral_no_circle"


def link_referrals(*, source: AdoptionSource, now: datetime) -> int:
    """Link members to those who referred them, and return how many could be linked.

    A link that would close a circle is left out and stays to be settled, with that reason: of a circle, the member
    with the highest number in the former database is the one whose referrer people have to name.
    """
    links = AdoptionLink.objects.filter(source=source, table_name="members")
    keys = dict(links.values_list("row_id", "object_id"))
    waiting = AdoptionRow.objects.filter(
        source=source, table_name="members", settled_at__isnull=True, content__has_key=COLUMN
    )
    rows = [row for row in waiting.order_by("row_id") if row.row_id in keys and str(row.content[COLUMN]) in keys]
    return sum(_link(row, keys[row.row_id], keys[str(row.content[COLUMN])], now) for row in rows)


def _link(row: AdoptionRow, member_key: str, referrer_key: str, now: datetime) -> bool:
    member = Member.objects.filter(pk=member_key, referred_by_member__isnull=True).first()
    referrer = Member.objects.filter(pk=referrer_key).first()
    if member is None or referrer is None:
        return False
    member.referred_by_member, member.referred_by_label = referrer, referrer.name
    try:
        with transaction.atomic():
            member.save(update_fields=["referred_by_member", "referred_by_label"])
    except IntegrityError as exc:
        if constraint_name(exc) not in {CIRCLE, "members_not_referred_by_self"}:
            raise
        row.reason = _("They would have been referred by themselves, through others; say who it was.")
        row.save(update_fields=["reason"])
        return False
    del row.content[COLUMN]
    row.settled_at = None if row.content else now
    row.save(update_fields=["content", "settled_at"])
    return True
