"""Members: with their client, one e-mail each, changed by one person at a time."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sessions_app.models import Client
from sessions_app.services import clients, facts, merging
from studio.accounts.models import AuditEvent
from tests.factories import NOW, ClientFactory
from tests.training_factories import CheckupFactory, CommentFactory, MemberFactory
from training.models import Member, SessionType, TrainingSession
from training.services import emergency_contacts, member_clients, members, trial_bookings, trial_members

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)
TRIAL = {
    "first_name": "Tara",
    "last_name": "Trial",
    "phone": "06 11 22 33 44",
    "email": "Tara@Example.org",
    "gender": "female",
    "referral_source": "instagram",
}


def created(**given):
    return members.create_member(actor=None, now=NOW, **{"first_name": "Mina", "last_name": "Morel", **given})


def changed(member, **given):
    return members.change_member(member=member, actor=None, now=LATER, **given)


def trail(member, verb):
    return [event.changes for event in AuditEvent.objects.filter(object_id=member.pk, verb=verb).order_by("pk")]


# Written down -----------------------------------------------------------------------------------------


def test_a_member_comes_with_the_client_who_is_billed():
    member = created(email=" Mina@Example.ORG ", phone="06 12", date_of_birth=date(1990, 2, 3))

    client = Client.objects.get()
    assert (client.name, client.first_name, client.last_name, client.email, client.phone, client.birthday) == (
        *("Mina Morel", "Mina", "Morel"),
        *("mina@example.org", "06 12", date(1990, 2, 3)),
    )
    assert (member.client, member.email, member.status, member.join_date) == (
        client,
        "mina@example.org",
        "active",
        date(2026, 6, 1),
    )
    assert trail(member, "create") == [{"name": [None, "Mina Morel"]}]


def test_an_e_mail_belongs_to_one_member_and_the_refusal_names_them():
    created(email="mina@example.org", status="inactive")

    with pytest.raises(members.EmailTaken, match=r"^Mina Morel \(inactive\) has the e-mail address mina@example.org"):
        created(first_name="Other", email="MINA@example.org")
    with pytest.raises(members.EmailTaken, match="Mina Morel"):
        changed(created(first_name="Other"), email="mina@EXAMPLE.org")

    assert Member.objects.filter(email="mina@example.org").count() == 1
    assert Client.objects.count() == 2


def test_a_client_becomes_a_member_by_being_chosen_and_never_by_the_same_address():
    known = ClientFactory(name="Bea Blanc", email="bea@example.org", phone="0612")

    with pytest.raises(member_clients.IsAClient, match=r"^Bea Blanc is a client with this e-mail address already"):
        created(email="bea@example.org")
    member = members.create_member(client=known, gender="female", actor=None, now=NOW)

    assert (member.client, member.first_name, member.last_name, member.email, member.phone) == (
        *(known, "Bea", "Blanc"),
        *("bea@example.org", "0612"),
    )
    assert Client.objects.count() == 1
    with pytest.raises(members.AlreadyAMember, match="Bea Blanc is a member already"):
        members.create_member(client=known, email="other@example.org", actor=None, now=NOW)
    with pytest.raises(member_clients.NotAPerson, match="The Tides is a company"):
        members.create_member(client=ClientFactory(name="The Tides", kind="company"), actor=None, now=NOW)
    assert Member.objects.count() == 1


@pytest.mark.parametrize(
    "given",
    [
        {"first_name": ""},
        {"first_name": "a\0b"},
        {"last_name": "x" * 256},
        {"email": "no address"},
        {"gender": "unknown"},
        {"status": "gone"},
        {"member_type": "guest"},
        {"gender": "male", "vest_size": "v9"},
        {"training_preference": "women_only"},
        {"referral_source": "member_referral"},
        {"waiver_signed_on": date(2026, 1, 2), "waiver_expires_on": date(2026, 1, 2)},
        {"contract_starts_on": date(2026, 1, 2), "contract_ends_on": date(2026, 1, 1)},
    ],
    ids=",".join,
)
def test_bad_facts_are_refused_with_a_sentence_and_leave_nobody(given):
    with pytest.raises(facts.BadFacts, match=r"\."):
        created(**given)

    assert (Member.objects.count(), Client.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    "name", ["'; DROP TABLE members; --", "<script>alert(1)</script>", "Zo\u00eb \u00d1and\u00fa", "\u674e\u5c0f\u9f8d"]
)
def test_any_name_is_kept_as_it_is(name):
    member = created(first_name=name, email="mina+studio@example.org", phone="+33 (0)6 12 34 56 78")

    found = Member.objects.get(pk=member.pk)
    assert (found.first_name, found.client.name) == (name, f"{name} Morel")


# Changed ----------------------------------------------------------------------------------------------


def test_a_stale_save_is_refused_and_says_what_is_there_now():
    member = created(phone="0611")
    seen_at = member.updated_at
    changed(member, phone="0622")

    with pytest.raises(members.ChangedMeanwhile, match="changed this member meanwhile: Phone: 0622") as refused:
        changed(member, phone="0633", seen_at=seen_at)

    member.refresh_from_db()
    assert (member.phone, refused.value.updated_at) == ("0622", member.updated_at)
    assert changed(member, phone="0633", seen_at=member.updated_at).phone == "0633"


def test_whoever_is_no_woman_has_no_preference_for_women_only():
    member = created(gender="female", training_preference="women_only")

    assert changed(member, gender="male").training_preference == "mixed"
    assert trail(member, "change") == [{"gender": ["female", "male"], "training_preference": ["women_only", "mixed"]}]
    with pytest.raises(facts.BadFacts, match="Only a woman"):
        changed(member, training_preference="women_only")


def test_the_client_follows_as_long_as_both_said_the_same():
    member = created(email="mina@example.org", phone="0611")
    clients.change_client(client=member.client, email="bills@example.org", actor=None, now=NOW)
    Member.objects.filter(pk=member.pk).update(email="mina@example.org")

    changed(member, last_name="Perrin", email="new@example.org", phone="0622")

    client = Client.objects.get()
    assert (client.name, client.last_name, client.email, client.phone) == (
        *("Mina Perrin", "Perrin"),
        *("bills@example.org", "0622"),
    )


def test_the_member_follows_the_client():
    member = created(email="mina@example.org", phone="0611")

    clients.change_client(client=member.client, last_name="Perrin", email="", phone="0622", actor=None, now=NOW)

    member.refresh_from_db()
    assert (member.last_name, member.email, member.phone) == ("Perrin", "mina@example.org", "0622")
    other = created(first_name="Other", email="other@example.org")
    with pytest.raises(members.EmailTaken, match="Mina Perrin"):
        clients.change_client(client=other.client, email="mina@example.org", actor=None, now=NOW)


def test_what_is_noted_on_health_is_not_in_the_trail():
    member = created(medical_notes="Bad knee")

    changed(member, medical_notes="Bad knee, left")

    assert trail(member, "change") == [{"medical_notes": ["...", "..."]}]
    assert not AuditEvent.objects.filter(changes__icontains="knee").exists()


def test_a_new_name_reaches_those_whom_somebody_referred():
    anna = created(first_name="Anna")
    mina = created(referral_source="member_referral", referred_by_member=anna)

    changed(anna, first_name="Anne")

    mina.refresh_from_db()
    assert mina.referred_by_label == "Anne Morel"
    members.delete_member(member=anna, actor=None, now=LATER)
    mina.refresh_from_db()
    assert (mina.referred_by_member, mina.referred_by_label) == (None, "Anne Morel")


def test_several_statuses_at_once_with_a_row_of_the_trail_each():
    rows = [created(first_name=name, status=status) for name, status in (("A", "active"), ("B", "pending"))]
    there = created(first_name="C", status="suspended")

    done = members.change_statuses(
        members=Member.objects.all(), status="suspended", reason="Unpaid.", actor=None, now=LATER
    )

    assert {member.pk for member in done} == {member.pk for member in rows}
    assert set(Member.objects.values_list("status", flat=True)) == {"suspended"}
    told = AuditEvent.objects.filter(verb="change", reason="Unpaid.").order_by("pk").values_list("changes", flat=True)
    assert sorted(str(each) for each in told) == [
        "{'status': ['active', 'suspended']}",
        "{'status': ['pending', 'suspended']}",
    ]
    assert trail(there, "change") == []
    with pytest.raises(facts.BadFacts):
        members.change_statuses(members=rows, status="gone", actor=None, now=LATER)


def test_a_member_with_sessions_is_not_deleted_and_one_without_leaves_the_client(session_of):
    member = created()
    session = session_of(member)

    with pytest.raises(members.MemberHasHistory, match="Mina Morel has sessions or plans"):
        members.delete_member(member=member, actor=None, now=LATER)
    TrainingSession.objects.filter(pk=session.pk).delete()
    members.delete_member(member=member, actor=None, now=LATER)

    assert (Member.objects.count(), Client.objects.count()) == (0, 1)


def test_what_was_said_of_a_deleted_member_stays_in_the_trail(desk):
    member = created()
    CommentFactory(member=member, body="Careful with the knee", actor=desk)
    CheckupFactory(member=member, weight=71, notes="After the summer")
    emergency_contacts.add_emergency_contact(member=member, name="Max", phone="06", actor=desk, now=NOW)

    members.delete_member(member=member, actor=desk, now=LATER)

    told = AuditEvent.objects.filter(verb="delete", at=LATER).order_by("pk")
    assert list(told.values_list("object_type", "actor_label", "changes")) == [
        ("training.membercomment", desk.label, {"body": ["Careful with the knee", None], "due_on": [None, None]}),
        (
            "training.bodycheckup",
            desk.label,
            {"checked_on": ["2026-06-01", None], "weight": ["71.00", None], "notes": ["After the summer", None]},
        ),
        ("training.emergencycontact", desk.label, {"name": ["Max", None]}),
        ("training.member", desk.label, {"name": ["Mina Morel", None]}),
    ]


# Trial members ----------------------------------------------------------------------------------------


def trial(**given):
    return trial_members.trial_member(actor=None, now=NOW, **{**TRIAL, **given})


def test_six_facts_make_a_trial_member_and_one_without_a_session_is_taken_again(session_of):
    first = trial()
    again = trial(first_name="Tara Maria", email="TARA@example.org")

    assert (first.member_type, first.status, again.pk, again.name) == (
        *("trial", "pending"),
        *(first.pk, "Tara Maria Trial"),
    )
    assert (Member.objects.count(), Client.objects.get().name) == (1, "Tara Maria Trial")
    session_of(again)
    with pytest.raises(members.EmailTaken, match=r"Tara Maria Trial \(pending\)"):
        trial()


def test_the_slot_is_locked_before_the_one_who_tries_again(machine):
    known = trial()

    with CaptureQueriesContext(connection) as queries:
        tried = trial_bookings.book_trial(
            who={**TRIAL, "phone": "07"},
            machine=machine,
            scheduled_start=NOW + timedelta(hours=26),
            scheduled_end=NOW + timedelta(hours=27),
            session_type=SessionType.objects.get(code="trial"),
            actor=None,
            now=NOW,
        )

    locks = {"pg_advisory_xact_lock(": "slot", 'FOR NO KEY UPDATE OF "members"': "member"}
    taken = [name for query in queries for text, name in locks.items() if text in query["sql"]]
    assert (tried.member, taken[0], "member" in taken) == (known, "slot", True)


@pytest.mark.parametrize("field", TRIAL)
def test_a_trial_member_needs_each_of_the_six(field):
    with pytest.raises(trial_members.FactsMissing, match=r"^A trial member needs these as well: \S.*\.$"):
        trial(**{field: ""})

    assert (Member.objects.count(), Client.objects.count()) == (0, 0)


# Merged clients ---------------------------------------------------------------------------------------


def test_a_member_follows_their_merged_client_and_back_again():
    member, kept = created(email="mina@example.org"), ClientFactory(name="Mina MOREL")

    merge = merging.merge_clients(survivor=kept, merged=member.client, actor=None, now=LATER)

    assert Member.objects.get().client == kept
    merging.undo_merge(merge=merge, actor=None, now=LATER)
    assert Member.objects.get().client == member.client


def test_two_clients_who_are_both_members_are_not_merged():
    one, other = created(), created(first_name="Minna")

    with pytest.raises(merging.NotMergeable, match="Mina Morel and Minna Morel are both members"):
        merging.merge_clients(survivor=one.client, merged=other.client, actor=None, now=LATER)

    assert set(Member.objects.values_list("client", flat=True)) == {one.client_id, other.client_id}


def test_members_are_found_by_parts_of_name_e_mail_and_phone():
    zoe = created(
        first_name="Zo\u00eb", last_name="Lef\u00e8vre", email="zoe.lef@example.org", phone="+33 6 12 34 56 78"
    )
    MemberFactory(first_name="Other", last_name="Body")

    for words in ("zoe", "LEFEV", "lef zo", "lef@exam", "0612345678"[1:], "06 12 34 56 78"[1:], "345678"):
        assert list(Member.objects.searched(words)) == [zoe], words
    assert list(Member.objects.searched("zoe body")) == []
    assert list(Member.objects.searched("+33 6 12 34 56 79")) == []
    assert list(Member.objects.searched("%")) == []


@pytest.mark.parametrize(
    ("stored", "shown"),
    [("06 12 34 56 78", "+33612345678"), ("06.12.34.56.78", "0033 6 12 34 56 78"), ("+212612345678", "0612345678")],
)
def test_member_is_found_by_the_number_as_the_telephone_shows_it(stored, shown):
    known = MemberFactory(phone=stored)
    MemberFactory(phone="06 12 34 56 79")

    assert list(Member.objects.searched(shown)) == [known]
