"""Two clients become one, and two again: everything follows, nothing is lost, and undoing restores it exactly."""

from datetime import timedelta
from decimal import Decimal

import pytest

from sessions_app.models import (
    Client,
    ClientContact,
    ClientDistinction,
    ClientMerge,
    ClientNote,
    CompanyMember,
    Project,
    StudioSession,
)
from sessions_app.services import bookings, client_relations, clients, contacts, merging, projects
from studio.accounts.models import AuditEvent
from tests.factories import NOW, ClientFactory, ClientNoteFactory, ProjectFactory, SessionFactory

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)
WHAT_FOLLOWS = (Project, StudioSession, ClientNote, ClientContact, CompanyMember)
COUNTED_BY_ITSELF = {"updated_at", "sequence"}


def rows():
    """Everything that merging may touch, as it is in the database."""
    return {
        model.__name__: [
            {name: value for name, value in row.items() if name not in COUNTED_BY_ITSELF}
            for row in model.objects.order_by("pk").values()
        ]
        for model in (Client, *WHAT_FOLLOWS)
    }


@pytest.fixture
def band():
    return ClientFactory(name="The Tides", kind="company")


@pytest.fixture
def mina():
    return ClientFactory(name="Mina Morel", email="mina@example.org")


@pytest.fixture
def twin(mina, band, room, desk):
    """The same person once more, with one row of everything."""
    made = ClientFactory(name="Mina MOREL", phone="06 12 34 56 78", email="MINA@example.org", artist_name="MIMO")
    project = ProjectFactory(client=made, name="First album")
    SessionFactory(client=made, project=project, room=room, title="Drums")
    SessionFactory(client=made, title="Voice")
    ClientNoteFactory(client=made, actor=desk)
    contacts.add_contact(client=made, last_name="Perrin", is_primary=True, actor=desk, now=NOW)
    contacts.add_member(company=band, member=made, role="voice", is_primary=True, actor=desk, now=NOW)
    return made


def merged(mina, twin, actor=None, **given):
    return merging.merge_clients(survivor=mina, merged=twin, actor=actor, now=NOW, **given)


def test_everything_follows(mina, twin, desk):
    record = merged(mina, twin, desk, artist_name="MIMO", phone="06 12 34 56 78")

    twin.refresh_from_db()
    mina.refresh_from_db()
    assert (twin.is_active, twin.merged_into) == (False, mina)
    assert (mina.name, mina.artist_name, mina.phone, mina.email) == (
        "Mina Morel",
        "MIMO",
        "06 12 34 56 78",
        "mina@example.org",
    )
    assert {model.__name__: set(model.objects.values_list("client", flat=True)) for model in WHAT_FOLLOWS[:4]} == {
        "Project": {mina.pk},
        "StudioSession": {mina.pk},
        "ClientNote": {mina.pk},
        "ClientContact": {mina.pk},
    }
    assert CompanyMember.objects.get().member == mina
    assert (record.moved_count, record.done_by_label) == (6, desk.label)
    told = AuditEvent.objects.filter(verb="merge").order_by("pk").values_list("object_id", flat=True)
    assert list(told) == [str(twin.pk), str(mina.pk)]


def test_undoing_restores_every_row(mina, twin, desk):
    before = rows()
    record = merged(mina, twin, desk, name="Mina M. Morel", phone="1", birthday="1990-05-01", genres=["dub"])
    assert rows() != before

    merging.undo_merge(merge=record, actor=desk, now=LATER)

    assert rows() == before
    record.refresh_from_db()
    assert (record.undone_at, record.undone_by_label) == (LATER, desk.label)
    assert merging.undo_merge(merge=record, actor=desk, now=LATER).undone_at == LATER
    again = merged(mina, twin, desk)
    assert again.pk != record.pk


def test_a_session_of_the_project_follows_in_the_same_transaction_under_the_key_of_both(mina, twin):
    merged(mina, twin)

    drums = StudioSession.objects.get(title="Drums")
    assert (drums.client, drums.project.client) == (mina, mina)


def test_what_the_survivor_has_already_stays_with_the_merged_client(mina, twin, band, desk):
    mine = contacts.add_member(company=band, member=mina, role="bass", actor=desk, now=NOW)
    contacts.add_contact(client=mina, last_name="Costa", is_primary=True, actor=desk, now=NOW)
    before = rows()

    record = merged(mina, twin)

    assert set(CompanyMember.objects.values_list("member", "role")) == {(mina.pk, "bass"), (twin.pk, "voice")}
    assert set(ClientContact.objects.values_list("client", "last_name", "is_primary")) == {
        (mina.pk, "Costa", True),
        (mina.pk, "Perrin", False),
    }
    merging.undo_merge(merge=record, actor=desk, now=LATER)
    assert rows() == before
    assert CompanyMember.objects.get(member=mina) == mine


def test_two_companies_put_their_members_together(band, desk):
    double = ClientFactory(name="Tides", kind="company")
    ann, ben = ClientFactory(name="Ann"), ClientFactory(name="Ben")
    for company, member, is_primary in ((band, ann, True), (double, ann, False), (double, ben, True)):
        contacts.add_member(company=company, member=member, is_primary=is_primary, actor=desk, now=NOW)

    merging.merge_clients(survivor=band, merged=double, actor=desk, now=NOW)

    assert set(CompanyMember.objects.values_list("company", "member", "is_primary")) == {
        (band.pk, ann.pk, True),
        (double.pk, ann.pk, False),
        (band.pk, ben.pk, False),
    }


def test_what_is_owed_is_added_up_and_parted_again(mina, twin):
    Client.objects.filter(pk=mina.pk).update(balance_due=Decimal("10.10"))
    Client.objects.filter(pk=twin.pk).update(balance_due=Decimal("5.05"))

    record = merged(mina, twin)
    owed = dict(Client.objects.values_list("pk", "balance_due"))
    assert (owed[mina.pk], owed[twin.pk]) == (Decimal("15.15"), 0)

    merging.undo_merge(merge=record, actor=None, now=LATER)
    assert Client.objects.get(pk=mina.pk).balance_due == Decimal("10.10")
    assert Client.objects.get(pk=twin.pk).balance_due == Decimal("5.05")


# What is refused --------------------------------------------------------------------------------------


def test_a_person_and_a_company_are_not_merged(mina, band):
    with pytest.raises(merging.NotMergeable, match="A person and a company are not merged"):
        merged(mina, band)


def test_a_client_is_not_merged_with_itself(mina):
    with pytest.raises(merging.NotMergeable, match="two different clients"):
        merged(mina, mina)


def test_a_merged_client_is_merged_no_further(mina, twin):
    merged(mina, twin)
    third = ClientFactory(name="Third")

    for one, other in ((mina, twin), (third, twin), (twin, third)):
        with pytest.raises(merging.NotMergeable, match="has been merged into another client already"):
            merged(one, other)


@pytest.mark.parametrize(
    ("mine", "theirs", "given"),
    [(1, 100, {}), (0, 100, {}), (1, 0, {"currency": "CHF"}), (1, 100, {"currency": "CHF"})],
    ids=["both owe", "the merged one owes", "its own would change", "both, in the other currency"],
)
def test_no_balance_changes_its_currency(mina, twin, mine, theirs, given):
    Client.objects.filter(pk=mina.pk).update(balance_due=mine)
    Client.objects.filter(pk=twin.pk).update(balance_due=theirs, currency="CHF")
    before = rows()

    with pytest.raises(merging.NotMergeable, match=r"has a balance of .* Settle it first\."):
        merged(mina, twin, **given)
    assert rows() == before


def test_a_balance_keeps_its_currency_when_the_survivor_takes_it_over(mina, twin, desk):
    Client.objects.filter(pk=twin.pk).update(balance_due=100, currency="CHF")
    before = rows()

    record = merged(mina, twin, desk, currency="CHF")

    mina.refresh_from_db()
    assert (mina.balance_due, mina.currency) == (Decimal(100), "CHF")
    merging.undo_merge(merge=record, actor=desk, now=LATER)
    assert rows() == before


def test_nothing_is_owed_in_any_currency(mina, twin):
    Client.objects.filter(pk=twin.pk).update(currency="CHF")

    merged(mina, twin)

    mina.refresh_from_db()
    assert (mina.balance_due, mina.currency) == (Decimal(0), "EUR")


def test_a_fact_that_is_refused_undoes_the_whole_merge(mina, twin):
    before = rows()

    with pytest.raises(clients.facts.BadFacts):
        merged(mina, twin, email="no address")

    assert rows() == before
    assert not ClientMerge.objects.exists()


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda: StudioSession.objects.filter(title="Drums").update(invoiced_at=LATER), "session #"),
        (lambda: Project.objects.update(name="Second album"), "project Second album"),
        (lambda: ClientNote.objects.all().delete(), "client note that is gone"),
        (lambda: Client.objects.filter(name="Mina Morel").update(phone="2"), "phone of Mina Morel"),
    ],
    ids=["invoiced", "renamed", "deleted", "changed fact"],
)
def test_a_merge_with_later_changes_is_not_undone(mina, twin, change, named):
    record = merged(mina, twin, phone="1")
    change()
    before = rows()

    with pytest.raises(merging.CannotUndo, match=f"Changed since: {named}"):
        merging.undo_merge(merge=record, actor=None, now=LATER)

    assert rows() == before


def test_a_later_session_of_a_project_that_would_go_back_keeps_the_merge(mina, twin, room):
    record = merged(mina, twin)
    project = Project.objects.get()
    starts_at = NOW + timedelta(days=9, hours=5)
    made = SessionFactory(client=mina, project=project, title="New", starts_at=starts_at, room=room)

    with pytest.raises(merging.CannotUndo, match="Something that was added since"):
        merging.undo_merge(merge=record, actor=None, now=LATER)

    projects_of_new = StudioSession.objects.get(pk=made.pk)
    assert (projects_of_new.client, projects_of_new.project) == (mina, project)


def test_new_work_of_the_survivor_stays_with_it(mina, twin, desk):
    record = merged(mina, twin)
    SessionFactory(client=mina, title="New", starts_at=NOW + timedelta(days=9, hours=5))
    projects.create_project(client=mina, name="Own", actor=desk, now=LATER)

    merging.undo_merge(merge=record, actor=desk, now=LATER)

    assert set(StudioSession.objects.values_list("title", "client")) == {
        ("Drums", twin.pk),
        ("Voice", twin.pk),
        ("New", mina.pk),
    }
    assert set(Project.objects.values_list("name", "client")) == {("First album", twin.pk), ("Own", mina.pk)}


def test_a_chain_of_merges_is_undone_from_its_end(mina, twin, desk):
    third = ClientFactory(name="M. Morel")
    first = merged(mina, twin)
    second = merging.merge_clients(survivor=third, merged=mina, actor=desk, now=NOW)

    with pytest.raises(merging.CannotUndo, match="Changed since"):
        merging.undo_merge(merge=first, actor=desk, now=LATER)

    merging.undo_merge(merge=second, actor=desk, now=LATER)
    merging.undo_merge(merge=first, actor=desk, now=LATER)
    assert set(StudioSession.objects.values_list("client", flat=True)) == {twin.pk}


def test_a_client_others_were_merged_into_is_not_deleted(mina, twin, desk):
    merged(mina, twin)
    StudioSession.objects.all().delete()
    Project.objects.all().delete()

    with pytest.raises(clients.ClientHasHistory, match="merged duplicates"):
        clients.delete_client(client=mina, actor=desk, now=NOW)


def test_a_merged_client_stays_archived(mina, twin, desk):
    merged(mina, twin)

    with pytest.raises(clients.facts.BadFacts, match="stays archived until the merge is undone"):
        clients.change_client(client=twin, is_active=True, actor=desk, now=NOW)


# Pairs that are none ----------------------------------------------------------------------------------


def test_two_who_were_told_apart_are_told_apart_once(mina, twin, desk):
    merging.tell_apart(one=twin, other=mina, actor=desk, now=NOW)
    merging.tell_apart(one=mina, other=twin, actor=desk, now=NOW)

    assert list(ClientDistinction.objects.values_list("earlier", "later", "said_by_label")) == [
        (mina.pk, twin.pk, desk.label)
    ]


# Every key --------------------------------------------------------------------------------------------


def test_every_key_to_clients_is_registered():
    """Add yours with `client_relations.register()`: say whether its rows follow a client into another."""
    assert client_relations.unregistered() == []


def test_a_key_that_nobody_registered_stops_a_merge(mina, twin, monkeypatch):
    monkeypatch.delitem(client_relations._relations, "sessions_app.studiosession.client")

    assert client_relations.unregistered() == ["sessions_app.studiosession.client"]
    with pytest.raises(RuntimeError, match=r"sessions_app\.studiosession\.client"):
        merged(mina, twin)


def test_registered_keys_exist():
    labels = set(client_relations.keys_to_clients())

    assert {relation.label for relation in client_relations.registered()} == labels


def test_the_booking_of_a_moved_session_goes_on(mina, twin, desk):
    merged(mina, twin)
    voice = StudioSession.objects.get(title="Voice")

    bookings.cancel_session(session=voice, reason="ill", actor=desk, now=NOW)

    assert StudioSession.objects.get(pk=voice.pk).client == mina
