"""Who may have a session of some type, and what keeps a member from booking one."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from studio.clock import local_day
from studio.showing import day
from training.models import Attendee, Member, MemberStatus, MemberType
from training.selectors.answers import Reason, ReasonKind, Wish

WHO = {
    Attendee.TRIAL: MemberType.TRIAL,
    Attendee.FULL: MemberType.FULL,
    Attendee.COLLABORATION: MemberType.COLLABORATION,
}
STAYS_AWAY = frozenset({MemberStatus.SUSPENDED, MemberStatus.INACTIVE})


def reasons_of_the_attendee(wish: Wish, zone: ZoneInfo) -> Iterator[Reason]:
    """Yield what keeps the member from a slot: the waiver, the membership, the session's type."""
    member = wish.member
    is_the_same = _is_for_the_same(wish)
    if member is None or (is_the_same and _keeps_its_day(wish, zone)):
        return
    expires_on = member.waiver_expires_on
    if expires_on is not None and expires_on <= local_day(wish.starts_at, zone):
        sentence = _("The waiver of %(member)s expires on %(day)s: a new one has to be signed first.")
        yield Reason(ReasonKind.WAIVER, sentence % {"member": member, "day": day(expires_on)})
    if member.status in STAYS_AWAY:
        sentence = _("%(member)s is %(status)s: reactivate the membership first.")
        named = {"member": member, "status": member.get_status_display()}
        yield Reason(ReasonKind.MEMBERSHIP, sentence % named)
    # Whoever has become a full member meanwhile still has the sessions of before, and may move them.
    why = "" if is_the_same else why_not_for(member, wish.session_type.attendee, str(wish.session_type))
    if why:
        yield Reason(ReasonKind.MEMBERSHIP, why)


def _is_for_the_same(wish: Wish) -> bool:
    """Return whether the session stands already, for the same member and of the same type."""
    there, member = wish.moving, wish.member
    return (
        there is not None
        and there.member_id == (member.pk if member else None)
        and there.session_type_id == wish.session_type.code
    )


def _keeps_its_day(wish: Wish, zone: ZoneInfo) -> bool:
    there = wish.moving
    return there is not None and local_day(there.scheduled_start, zone) == local_day(wish.starts_at, zone)


def why_not_for(member: Member, attendee: str, name: str) -> str:
    """Return why a member cannot have a session of a type; empty when there is nothing against it.

    name: of the type
    """
    wanted = WHO.get(Attendee(attendee))
    if wanted is None or member.member_type == wanted:
        return ""
    sentence = _("%(type)s sessions are for %(who)s. %(member)s is a %(kind)s member.")
    facts = {"type": name, "who": Attendee(attendee).label, "member": member, "kind": member.get_member_type_display()}
    return sentence % facts
