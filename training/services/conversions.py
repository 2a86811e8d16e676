"""Trial and collaboration members who become full members."""

from datetime import datetime

from django.utils.translation import gettext as _

from sessions_app.services.facts import Changes
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.clock import local_day
from studio.db import taking_turns
from studio.errors import DomainError
from studio.office.selectors.profile import current_profile
from studio.showing import day
from training.models import Member, MemberStatus, MemberType
from training.services import member_comments


class NotConvertible(DomainError):
    """The member is not of the type that this act starts from."""


@taking_turns()
def convert_trial(*, member: Member, actor: User | None, now: datetime) -> Member:
    """Make a trial member a full and active one, and return them.

    raises: NotConvertible
    """
    changed = _locked(member, MemberType.TRIAL)
    return _made_full(changed, {}, actor, now)


@taking_turns()
def convert_collaboration(
    *, member: Member, ends_contract: bool, note: str, actor: User | None, now: datetime
) -> Member:
    """Make a collaboration member a full and active one, and return them; what was agreed stays on record.

    ends_contract: the contract ends today, if it has not ended before
    note: what is remarked on the change; empty for none
    raises: NotConvertible, facts.BadFacts
    """
    changed = _locked(member, MemberType.COLLABORATION)
    today = local_day(now, current_profile().zone)
    changes: Changes = {}
    if ends_contract and (changed.contract_ends_on is None or changed.contract_ends_on > today):
        if changed.contract_starts_on is not None and changed.contract_starts_on > today:
            sentence = _("The contract begins on %(day)s only, so it cannot end today. Change its days first.")
            raise NotConvertible(sentence % {"day": day(changed.contract_starts_on)})
        changes["contract_ends_on"] = (changed.contract_ends_on, today)
        changed.contract_ends_on = today
    if note.strip():
        member_comments.add_comment(member=changed, body=note, actor=actor, now=now)
    return _made_full(changed, changes, actor, now)


def _locked(member: Member, kind: MemberType) -> Member:
    found = Member.objects.locked().get(pk=member.pk)
    if found.member_type != kind:
        told = {"member": found, "type": found.get_member_type_display(), "wanted": kind.label}
        raise NotConvertible(_("%(member)s is a %(type)s member, not a %(wanted)s member.") % told)
    return found


def _made_full(member: Member, changes: Changes, actor: User | None, now: datetime) -> Member:
    changes = {
        **changes,
        "member_type": (member.member_type, MemberType.FULL.value),
        "status": (member.status, MemberStatus.ACTIVE.value),
    }
    if member.status == MemberStatus.INACTIVE:
        changes["reactivated_at"] = (member.reactivated_at, now)
    for field, (_old, new) in changes.items():
        setattr(member, field, new)
    member.save(update_fields=list(changes))
    told = {field: parts for field, parts in changes.items() if parts[0] != parts[1]}
    audit.record(verb="convert", subject=member, actor=actor, now=now, changes=told)
    return member
