"""Members: writing them down, changing their facts and where their membership stands."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import TypedDict, Unpack, cast

from django.db.models import ProtectedError
from django.db.models.functions import Now
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext as _

from sessions_app.models import Client
from sessions_app.services import facts
from sessions_app.services.facts import Changes
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.clock import local_day
from studio.db import advisory_lock, taking_turns
from studio.errors import DomainError
from studio.office.selectors.profile import current_profile
from studio.trail import field_label, value_text
from training.models import Gender, Member, MemberStatus, MemberType, TrainingPreference
from training.services import checkups, emergency_contacts, member_clients, member_comments

MOST_TOLD = 60  # characters of one fact
# What the trail says instead of a text about somebody's health: more people read the trail than may read that.
KEPT_BACK = "..."


class EmailTaken(DomainError):
    """Another member has the e-mail address.

    member: who it is
    """

    def __init__(self, member: Member) -> None:
        told = {"member": member, "status": member.get_status_display(), "email": member.email}
        super().__init__(_("%(member)s (%(status)s) has the e-mail address %(email)s already.") % told)
        self.member = member


class AlreadyAMember(DomainError):
    """A client is one member at most."""


class ReferralCircle(DomainError):
    """Whoever referred somebody was not referred by them, directly or through others."""

    status_code = 400


class ChangedMeanwhile(DomainError):
    """Somebody changed the member after they were looked at.

    updated_at: of the member as they are now
    """

    def __init__(self, member: Member, changes: Changes) -> None:
        told = [
            f"{capfirst(field_label(Member, field))}: {Truncator(value_text(Member, field, old)).chars(MOST_TOLD)}"
            for field, (old, _new) in changes.items()
            if field not in {"referred_by_label", "medical_notes"}
        ]
        sentence = _(
            "Somebody changed this member meanwhile: %(facts)s. What you typed is below; saving it now replaces this."
        )
        super().__init__(sentence % {"facts": "; ".join(told) or _("look at it once more")})
        self.updated_at = member.updated_at


class MemberHasHistory(DomainError):
    """Sessions or plans are kept under this member."""


class MemberFacts(TypedDict, total=False):
    """Facts of a member; what is left out is not changed."""

    first_name: str
    last_name: str
    email: str
    phone: str
    date_of_birth: date | None
    gender: str
    training_preference: str
    member_type: str
    join_date: date | None
    medical_notes: str
    waiver_signed_on: date | None
    waiver_expires_on: date | None
    uniform_size: str
    uniform_received: bool
    vest_size: str
    hip_belt_size: str
    referral_source: str
    referred_by_member: Member | None
    partnership_company: str
    partnership_kind: str
    contract_starts_on: date | None
    contract_ends_on: date | None
    partnership_notes: str
    notes: str
    custom_fields: list[dict[str, str]]


@taking_turns()
def create_member(
    *,
    actor: User | None,
    now: datetime,
    client: Client | None = None,
    status: str = "",
    **given: Unpack[MemberFacts],
) -> Member:
    """Write down a member together with the client who is billed for them, and return the member.

    status: empty for the usual one, which is pending for a trial member and active for others
    client: who becomes a member, with what is known of them; None makes one of the same name
    raises: EmailTaken, AlreadyAMember, ReferralCircle, member_clients.IsAClient, member_clients.NotAPerson,
        linked_clients.MergedAway, facts.BadFacts
    """
    member = Member()
    known = member_clients.facts_of(client) if client else {"first_name": "", "last_name": ""}
    today = local_day(now, current_profile().zone)
    is_trial = given.get("member_type") == MemberType.TRIAL
    usual = MemberStatus.PENDING if is_trial else MemberStatus.ACTIVE
    _set(member, {**known, "status": status or usual.value, "join_date": today, **given})
    _insist_on_own_email(member)
    member.client = client or member_clients.create_client_of(member=member, actor=actor, now=now)
    _save(member, None)
    if client is not None:
        member_clients.require_person(client)
    audit.record(verb="create", subject=member, actor=actor, now=now, changes={"name": (None, member.name)})
    return member


@taking_turns()
def change_member(
    *,
    member: Member,
    actor: User | None,
    now: datetime,
    seen_at: datetime | None = None,
    **given: Unpack[MemberFacts],
) -> Member:
    """Change the facts given, on the client as well where it said the same, and return the member.

    Somebody who is no longer female has no preference for women only.
    seen_at: `updated_at` of what the caller saw; None changes the member however they are by now
    raises: ChangedMeanwhile, EmailTaken, ReferralCircle, facts.BadFacts
    """
    if given.keys() & member_clients.SHARED.keys():
        # Before the member: whoever changes a client has that one first as well.
        Client.objects.locked().get(pk=member.client_id)
    changed = Member.objects.locked().get(pk=member.pk)
    changes = _set(changed, dict(given))
    if not changes:
        return changed
    if seen_at not in {None, changed.updated_at}:
        raise ChangedMeanwhile(changed, changes)
    if "email" in changes:
        _insist_on_own_email(changed)
    _save(changed, list(changes))
    if changes.keys() & member_clients.NAMES:
        changed.referrals.update(referred_by_label=changed.name)
    member_clients.let_client_follow(member=changed, changes=changes, actor=actor, now=now)
    audit.record(verb="change", subject=changed, actor=actor, now=now, changes=_told(changes))
    return changed


@taking_turns()
def follow_client(*, client: Client, changes: Changes, actor: User | None, now: datetime) -> Member | None:
    """Change on a member what was changed on their client and said the same; None: the client is no member.

    raises: EmailTaken, facts.BadFacts
    """
    found = Member.objects.locked().filter(client=client.pk).first()
    if found is None:
        return None
    given = member_clients.followed_facts(member=found, changes=changes)
    return change_member(member=found, actor=actor, now=now, **cast("MemberFacts", given)) if given else found


@taking_turns()
def change_statuses(
    *, members: Iterable[Member], status: str, actor: User | None, now: datetime, reason: str = "", among: str = ""
) -> list[Member]:
    """Set the status of members and return those whose status it was not; sessions they have booked stay.

    among: only those whose status this is by now; empty for all
    raises: facts.BadFacts for an unknown status
    """
    facts.set_facts(Member(), {"status": status})
    asked = Member.objects.locked().filter(pk__in=[member.pk for member in members]).exclude(status=status)
    asked = asked.filter(status=among) if among else asked
    by_status: dict[str, list[Member]] = {}
    for member in asked:
        by_status.setdefault(member.status, []).append(member)
    for before, found in by_status.items():
        came_back = before == MemberStatus.INACTIVE and status == MemberStatus.ACTIVE
        stamps = {"reactivated_at": now} if came_back else {}
        rows = Member.objects.filter(pk__in=[member.pk for member in found])
        rows.update(status=status, updated_at=Now(), **stamps)
        told = {"status": (before, status)}
        audit.record_each(verb="change", subjects=found, actor=actor, now=now, changes=told, reason=reason)
    return [member for found in by_status.values() for member in found]


@taking_turns()
def delete_member(*, member: Member, actor: User | None, now: datetime) -> None:
    """Delete a member of whom no session and no plan is kept; the client stays.

    What was remarked and measured goes along, and the trail keeps what it said, as where it is struck by itself.
    raises: MemberHasHistory
    """
    gone = Member.objects.locked().get(pk=member.pk)
    for comment in gone.comments.order_by("pk"):
        member_comments.delete_comment(comment=comment, actor=actor, now=now)
    for checkup in gone.checkups.order_by("pk"):
        checkups.delete_checkup(checkup=checkup, actor=actor, now=now)
    for contact in gone.emergency_contacts.order_by("pk"):
        emergency_contacts.remove_emergency_contact(contact=contact, actor=actor, now=now)
    audit.record(verb="delete", subject=gone, actor=actor, now=now, changes={"name": (gone.name, None)})
    try:
        gone.delete()
    except ProtectedError as error:
        sentence = _("%(member)s has sessions or plans and cannot be deleted. Set the member to inactive instead.")
        raise MemberHasHistory(sentence % {"member": gone}) from error


def _set(member: Member, given: Mapping[str, object]) -> Changes:
    """Set the facts that differ, with what follows from them, and return field -> (old, new).

    raises: facts.BadFacts
    """
    sent = dict(given)
    if isinstance(email := sent.get("email"), str):
        sent["email"] = email.strip().lower()
    if sent.get("gender", Gender.FEMALE) != Gender.FEMALE:
        sent["training_preference"] = TrainingPreference.MIXED.value
    if "referred_by_member" in sent:
        sent["referred_by_label"] = str(sent["referred_by_member"] or "")
    return facts.set_facts(member, sent)


def _insist_on_own_email(member: Member) -> None:
    """Pass when nobody else has the e-mail; of two who write the same at once, the second is told who the first is."""
    if not member.email:
        return
    advisory_lock([f"member_email:{member.email}"])
    if other := Member.objects.filter(email=member.email).exclude(client=member.client_id).first():
        raise EmailTaken(other)


def _save(member: Member, fields: list[str] | None) -> None:
    """Save a member.

    fields: what has changed; None for a new row
    """
    circle = ReferralCircle(_("A member cannot be referred by somebody whom they referred themselves."))
    twice = AlreadyAMember(_("%(client)s is a member already.") % {"client": member.client})
    with facts.saving(member, members_referral_no_circle=circle, members_client_id_key=twice):
        if fields is None:
            member.save(force_insert=True)
        else:
            member.save(update_fields=fields)


def _told(changes: Changes) -> Changes:
    """Return changes as the trail keeps them: that the medical notes changed, and not what they say."""
    if "medical_notes" not in changes:
        return changes
    before, after = changes["medical_notes"]
    return {**changes, "medical_notes": (before and KEPT_BACK, after and KEPT_BACK)}
