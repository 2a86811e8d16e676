"""Former trainers and members, and what was noted about them."""

from collections.abc import Collection

from django.utils.translation import gettext as _

from sessions_app.models import Client, ClientKind
from studio.tenancy.adoption.adopters import Run
from studio.tenancy.adoption.rows import FormerRow, SetAside
from training.models import (
    BeltSize,
    BodyCheckup,
    EmergencyContact,
    Gender,
    Member,
    MemberComment,
    MemberStatus,
    MemberType,
    PartnershipKind,
    ReferralSource,
    Trainer,
    TrainingPreference,
    UniformSize,
    VestSize,
)

STATUSES = {status.value: status.value for status in MemberStatus}
TYPES = {kind.value: kind.value for kind in MemberType}
FORMER_SOURCES = {"website_ib": ReferralSource.WEBSITE.value}
MOST_YEARS = 80


def adopt_trainer(row: FormerRow, _run: Run) -> Trainer:
    """Return the trainer that a row of `trainers` becomes, without an account."""
    return Trainer.objects.create(
        **_names(row),
        email=row.email("email"),
        born_on=row.day("date_of_birth"),
        years_experience=row.whole("years_experience", least=0, most=MOST_YEARS, default=None),
        specialisations=row.items("specializations"),
        languages=row.items("languages"),
        hourly_rate=row.amount("hourly_rate"),
        is_accepting_members=row.flag("is_accepting_new_clients", default=True),
        insurance_number=row.text("insurance_policy_number", longest=100),
        background_checked_on=row.day("background_check_date"),
        notes=row.raw_text("notes"),
    )


def adopt_member(row: FormerRow, run: Run) -> Member:
    """Return the member that a row of `members` becomes, with the client who is billed.

    That is the client of the same e-mail address, where there is one who is no member, else a new one. Who referred
    them may come later than they do, so that is linked in the end, by `referrals.link_referrals`.
    """
    named = row.value("referred_by_member_id")
    gender = _known(row, "gender", Gender.values)
    source = FORMER_SOURCES.get(row.text("referral_source"), "") or _known(
        row, "referral_source", ReferralSource.values
    )
    member = Member(
        **_names(row),
        email=row.email("email"),
        phone=row.text("phone", longest=50),
        date_of_birth=row.day("date_of_birth"),
        gender=gender,
        training_preference=_preference(row, gender),
        member_type=row.choice("member_type", TYPES, default=MemberType.FULL),
        status=row.choice("status", STATUSES, default=MemberStatus.ACTIVE),
        join_date=row.day("join_date"),
        waiver_signed_on=row.day("waiver_signed_date"),
        uniform_size=_known(row, "uniform_size", UniformSize.values),
        uniform_received=row.flag("uniform_received", default=False),
        vest_size=_known(row, "vest_size", VestSize.values),
        hip_belt_size=_known(row, "hip_belt_size", BeltSize.values),
        referral_source=source,
        referred_by_label=_("former member %(number)s") % {"number": named} if named else "",
        partnership_company=row.text("partnership_company", longest=255),
        partnership_kind=_known(row, "partnership_type", PartnershipKind.values),
        contract_starts_on=row.day("partnership_contract_start"),
        contract_ends_on=row.day("partnership_contract_end"),
        partnership_notes=row.raw_text("partnership_notes"),
        medical_notes=row.raw_text("medical_conditions"),
        notes=row.raw_text("notes"),
    )
    if member.waiver_signed_on:
        row.value("waiver_signed")
    if source == ReferralSource.MEMBER and not named:
        row.keep("referral_source", _("It names no member; left empty."))
        member.referral_source = ""
    if named:
        row.keep("referred_by_member_id", _("Linked once everybody is here, unless that closes a circle."))
    member.client = _client_of(member, row, run)
    member.save(force_insert=True)
    return member


def adopt_comment(row: FormerRow, run: Run) -> MemberComment:
    """Return the comment that a row of `member_comments` becomes; its author stays a name."""
    due_on = row.day("due_date")
    return MemberComment.objects.create(
        member_id=run.required(row, "member_id", "members"),
        author_label=row.text("author", longest=420) or _("unknown"),
        body=row.raw_text("body"),
        due_on=due_on + run.shift if due_on else None,
        is_by_system=row.flag("created_by_system", default=False),
    )


def adopt_checkup(row: FormerRow, run: Run) -> BodyCheckup:
    """Return the check-up that a row of `member_body_checkups` becomes."""
    checked_on = row.day("checkup_date")
    if checked_on is None:
        raise SetAside(_("It has no day."))
    return BodyCheckup.objects.create(
        member_id=run.required(row, "member_id", "members"),
        checked_on=checked_on + run.shift,
        weight=row.amount("weight"),
        notes=row.raw_text("notes"),
    )


def adopt_emergency_contact(row: FormerRow, run: Run) -> EmergencyContact:
    """Return the contact that a row of `member_emergency_contacts` becomes; of several called first, the first is."""
    member_id = run.required(row, "member_id", "members")
    is_primary = row.flag("is_primary", default=False)
    if is_primary and EmergencyContact.objects.filter(member_id=member_id, is_primary=True).exists():
        row.keep("is_primary", _("Somebody else is called first already."))
        is_primary = False
    return EmergencyContact.objects.create(
        member_id=member_id,
        name=row.text("name", longest=200),
        relationship=row.text("relationship", longest=100),
        phone=row.text("phone", longest=50),
        is_primary=is_primary,
    )


def _names(row: FormerRow) -> dict[str, str]:
    names = {name: row.text(name, longest=255) for name in ("first_name", "last_name")}
    if not any(names.values()):
        raise SetAside(_("It has no name."))
    return names


def _known(row: FormerRow, column: str, words: Collection[str]) -> str:
    """Return a former word as it is written here, or nothing; one that nobody knows is kept besides."""
    word = row.text(column)
    for known in words:
        if word.lower().replace(" ", "_") == known.lower():
            return known
    if word:
        row.keep(column, _('%(column)s is unknown: "%(value)s".') % {"column": column, "value": word[:80]})
    return ""


def _preference(row: FormerRow, gender: str) -> str:
    preference = _known(row, "training_preference", TrainingPreference.values) or TrainingPreference.MIXED.value
    if preference == TrainingPreference.WOMEN_ONLY and gender != Gender.FEMALE:
        row.keep("training_preference", _("Only a woman can train among women only."))
        return TrainingPreference.MIXED.value
    return preference


def _client_of(member: Member, row: FormerRow, run: Run) -> Client:
    taken = Member.objects.values("client")
    known = Client.objects.present().filter(kind=ClientKind.INDIVIDUAL).exclude(email="").exclude(pk__in=taken)
    client = known.filter(email=member.email).order_by("pk").first()
    if client is not None:
        row.notes.append(_("Billed to the client %(client)s, who has the same e-mail address.") % {"client": client})
        return client
    return Client.objects.create(
        kind=ClientKind.INDIVIDUAL,
        name=member.name[:255],
        first_name=member.first_name[:100],
        last_name=member.last_name[:100],
        email=member.email,
        phone=member.phone,
        birthday=member.date_of_birth,
        currency=run.currency,
    )
