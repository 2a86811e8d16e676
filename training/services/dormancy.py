"""Setting dormant members to inactive, and bringing them back."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from studio.accounts.models import User
from studio.accounts.services import audit
from studio.clock import local_day
from studio.db import advisory_lock, refusing, taking_turns
from studio.errors import DomainError
from studio.office.selectors.profile import current_profile
from studio.showing import day, when
from training.models import DormantRun, Member, MemberStatus
from training.selectors.dormancy import dormancy
from training.services import member_comments, members

REPEATABLE_AFTER = timedelta(hours=24)


class NobodyDormant(DomainError):
    """Everybody who was chosen has come, or is not active any more."""


class RunToday(DomainError):
    """Somebody did the same within the last 24 hours."""


class NotInactive(DomainError):
    """Only somebody who is inactive comes back."""


@taking_turns()
def run_dormancy(*, chosen: Collection[UUID] | None = None, actor: User | None, now: datetime) -> DormantRun:
    """Set the dormant members to inactive, say so in a comment on each, and return the record of the run.

    chosen: keys of those among them whom somebody has looked at; None for all
    raises: RunToday, NobodyDormant
    """
    advisory_lock(["dormant_runs"])
    profile = current_profile()
    _insist_on_a_day_apart(now, profile.zone)
    found = dormancy(profile=profile, now=now)
    dormant = [member for member in found.members if chosen is None or member.pk in chosen]
    changed = members.change_statuses(
        members=dormant, among=MemberStatus.ACTIVE, status=MemberStatus.INACTIVE, actor=actor, now=now
    )
    keys = {member.pk for member in changed}
    went = [member for member in dormant if member.pk in keys]
    if not went:
        raise NobodyDormant(_("Nobody is dormant, so nothing was done."))
    member_comments.remark_on_each(bodies={member: _why(member, found.months, profile.zone) for member in went})
    run = DormantRun(
        run_at=now,
        repeatable_at=now + REPEATABLE_AFTER,
        months=found.months,
        members=[{"id": str(member.pk), "name": member.name} for member in went],
        member_count=len(went),
        run_by=actor,
        run_by_label=actor.label if actor else "",
    )
    with refusing(dormant_runs_once_a_day=RunToday(_("There was a run within the last 24 hours."))):
        run.save(force_insert=True)
    audit.record(verb="create", subject=run, actor=actor, now=now, changes={"member_count": (None, len(went))})
    return run


@taking_turns()
def reactivate_member(*, member: Member, comment: str, actor: User | None, now: datetime) -> Member:
    """Make an inactive member active again, with a comment, and return them; the months begin anew.

    raises: NotInactive, facts.BadFacts where the comment says nothing
    """
    found = Member.objects.locked().get(pk=member.pk)
    if found.status != MemberStatus.INACTIVE:
        raise NotInactive(_("%(member)s is not inactive.") % {"member": found})
    member_comments.add_comment(member=found, body=comment, actor=actor, now=now)
    members.change_statuses(members=[found], status=MemberStatus.ACTIVE, actor=actor, now=now)
    return Member.objects.get(pk=member.pk)


def _insist_on_a_day_apart(now: datetime, zone: ZoneInfo) -> None:
    last = DormantRun.objects.filter(run_at__lte=now, repeatable_at__gt=now).first()
    if last is None:
        return
    at, again = (when(each, zone=zone) for each in (last.run_at, last.repeatable_at))
    told = {"at": at, "who": last.run_by_label or _("the system"), "next": again}
    raise RunToday(_("There was a run on %(at)s, by %(who)s. The next one is possible from %(next)s on.") % told)


def _why(member: Member, months: int, zone: ZoneInfo) -> str:
    last_came_at = getattr(member, "last_came_at", None)
    if last_came_at is None:
        told = ngettext(
            "Set to inactive: no session yet, %(months)d month after joining.",
            "Set to inactive: no session yet, %(months)d months after joining.",
            months,
        )
        return told % {"months": months}
    told = ngettext(
        "Set to inactive: the last session was on %(day)s, more than %(months)d month ago.",
        "Set to inactive: the last session was on %(day)s, more than %(months)d months ago.",
        months,
    )
    return told % {"day": day(local_day(last_came_at, zone)), "months": months}
