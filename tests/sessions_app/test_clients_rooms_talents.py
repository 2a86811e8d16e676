"""Plain facts of clients, rooms and talents by the services, and what their tables refuse."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from sessions_app.models import Client, ClientNote, Musician, Room
from sessions_app.services import bookings, clients, facts, musicians, rooms
from studio.accounts.models import AuditEvent
from studio.accounts.services import users
from studio.db import constraint_name
from tests.factories import (
    NOW,
    ClientFactory,
    ClientNoteFactory,
    MusicianFactory,
    RoomFactory,
    SessionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("model", "columns", "constraint"),
    [
        (Client, {"name": "x", "kind": "robot"}, "clients_kind_known"),
        (Client, {"name": ""}, "clients_name_given"),
        (Client, {"name": "x", "currency": "eur"}, "clients_currency_code"),
        (Client, {"name": "x", "default_deposit_percent": 101}, "clients_deposit_is_percent"),
        (Room, {"name": ""}, "rooms_name_given"),
        (Room, {"name": "x", "kind": "kitchen"}, "rooms_kind_known"),
        (Room, {"name": "x", "capacity": 0}, "rooms_capacity_positive"),
        (Room, {"name": "x", "setup_minutes": 1441}, "rooms_setup_within_a_day"),
        (Room, {"name": "x", "teardown_minutes": 1441}, "rooms_teardown_within_a_day"),
        (Room, {"name": "x", "colour": "red"}, "rooms_colour_hex"),
        (Room, {"name": "x", "hourly_rate": -1}, "rooms_rates_not_negative"),
        (Room, {"name": "x", "day_rate": -1}, "rooms_rates_not_negative"),
        (Room, {"name": "x", "vat_rate": 101}, "rooms_vat_rate_is_percent"),
        (Musician, {"name": ""}, "musicians_name_given"),
        (Musician, {"name": "x", "talent_type": "dancer"}, "musicians_talent_type_known"),
        (Musician, {"name": "x", "hourly_rate": -1}, "musicians_rate_not_negative"),
    ],
)
def test_table_refuses_nonsense(model, columns, constraint):
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        model.objects.create(**columns)

    assert constraint_name(refusal.value) == constraint


def test_change_client_sets_what_is_sent_and_records_it(client_, desk):
    clients.change_client(client=client_, phone="+33 1 02", is_vip=True, actor=desk, now=NOW)

    client_.refresh_from_db()
    assert (client_.phone, client_.is_vip, client_.name) == ("+33 1 02", True, "Mina Morel")
    event = AuditEvent.objects.get(object_type="sessions_app.client", verb="change")
    assert event.changes == {"phone": ["", "+33 1 02"], "is_vip": [False, True]}


def test_change_client_with_nothing_new_leaves_no_trace(client_, desk):
    clients.change_client(client=client_, name="Mina Morel", actor=desk, now=NOW)

    assert not AuditEvent.objects.filter(verb="change").exists()


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"name": ""}, "blank"),
        ({"email": "nobody"}, "valid email"),
        ({"currency": "eur"}, "three capital letters"),
        ({"default_deposit_percent": Decimal(101)}, "between 0 and 100"),
    ],
)
def test_change_client_refuses_nonsense_in_a_sentence(client_, desk, given, sentence):
    with pytest.raises(facts.BadFacts, match=sentence):
        clients.change_client(client=client_, actor=desk, now=NOW, **given)


def test_archived_client_keeps_everything(desk):
    session = SessionFactory(client=ClientFactory())

    archived = clients.change_client(client=session.client, actor=desk, now=NOW, is_active=False)

    assert (archived.is_active, list(archived.sessions.all())) == (False, [session])


def test_delete_client_with_history_is_refused_and_offers_to_archive(desk):
    session = SessionFactory(client=ClientFactory(name="Mina Morel"))

    with pytest.raises(clients.ClientHasHistory, match=r"Mina Morel .* Archive the client instead"):
        clients.delete_client(client=session.client, actor=desk, now=NOW)

    assert Client.objects.count() == 1
    assert not AuditEvent.objects.filter(verb="delete").exists()


def test_delete_client_takes_the_notes_along(desk):
    note = ClientNoteFactory()

    clients.delete_client(client=note.client, actor=desk, now=NOW)

    assert (Client.objects.count(), ClientNote.objects.count()) == (0, 0)


def test_note_outlives_its_author(client_, desk):
    note = clients.add_note(client=client_, body="  Plays loud. ", actor=desk, now=NOW)

    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM users WHERE id = %s", [desk.pk])

    note.refresh_from_db()
    assert (note.body, note.author, note.author_label) == ("Plays loud.", None, "Dana Desk <desk@example.org>")


def test_empty_note_is_refused(client_, desk):
    with pytest.raises(clients.EmptyNote):
        clients.add_note(client=client_, body=" ", actor=desk, now=NOW)


def test_renamed_account_is_called_so_beside_living_links_only(client_, desk):
    other = UserFactory(email="other@example.org", name="Olga Other")
    mine, theirs, orphan = (
        clients.add_note(client=client_, body="Plays loud.", actor=actor, now=NOW) for actor in (desk, other, other)
    )
    ClientNote.objects.filter(pk=orphan.pk).update(author=None)
    session = SessionFactory(client=client_)
    bookings.cancel_session(session=session, reason="", actor=desk, now=NOW)

    users.rename_account(user=desk, name="Dana Dock", actor=None, now=NOW)

    labels = dict(ClientNote.objects.values_list("pk", "author_label"))
    assert labels == {
        mine.pk: "Dana Dock <desk@example.org>",
        theirs.pk: "Olga Other <other@example.org>",
        orphan.pk: "Olga Other <other@example.org>",
    }
    session.refresh_from_db()
    assert session.cancelled_by_label == "Dana Dock <desk@example.org>"


def test_delete_room_with_sessions_says_how_many(room, desk):
    SessionFactory(room=room)

    with pytest.raises(rooms.RoomInUse, match=r"1 session is kept in it\. Switch the room off"):
        rooms.delete_room(room=room, actor=desk, now=NOW)

    assert Room.objects.count() == 1


def test_delete_room_without_sessions(desk):
    rooms.delete_room(room=RoomFactory(), actor=desk, now=NOW)

    assert Room.objects.count() == 0


def test_change_room_refuses_nonsense_in_a_sentence(room, desk):
    with pytest.raises(facts.BadFacts, match="space for one person"):
        rooms.change_room(room=room, capacity=0, actor=desk, now=NOW)


def test_two_rooms_in_use_never_have_one_name(desk):
    first, other = RoomFactory(name="Studio A"), RoomFactory(name="Studio B")

    for refused in (
        lambda: rooms.create_room(name=" studio a", actor=desk, now=NOW),
        lambda: rooms.change_room(room=other, name="STUDIO A", actor=desk, now=NOW),
    ):
        with pytest.raises(rooms.RoomNameTaken, match="There is a room called"):
            refused()

    rooms.change_room(room=first, is_active=False, actor=desk, now=NOW)
    second = rooms.create_room(name="Studio A", actor=desk, now=NOW)
    with pytest.raises(rooms.RoomNameTaken):
        rooms.change_room(room=first, is_active=True, actor=desk, now=NOW)
    assert set(Room.objects.filter(is_active=True)) == {other, second}


def test_rooms_taken_over_with_one_name_can_be_changed(desk):
    first, second = (Room.objects.create(name="Studio A") for _number in range(2))

    rooms.change_room(room=first, capacity=4, actor=desk, now=NOW)
    rooms.change_room(room=second, name="Studio B", actor=desk, now=NOW)

    assert set(Room.objects.values_list("name", "capacity")) == {("Studio A", 4), ("Studio B", 1)}


def test_talent_is_a_musician_unless_said_otherwise(desk):
    talent = MusicianFactory()
    assert talent.talent_type == "musician"

    musicians.change_musician(musician=talent, talent_type="actor", actor=desk, now=NOW)
    with pytest.raises(facts.BadFacts, match="not a valid choice"):
        musicians.change_musician(musician=talent, talent_type="dancer", actor=desk, now=NOW)

    talent.refresh_from_db()
    assert talent.talent_type == "actor"


def test_delete_musician(desk):
    musicians.delete_musician(musician=MusicianFactory(), actor=desk, now=NOW)

    assert Musician.objects.count() == 0


@pytest.mark.parametrize("part", ["orel", "VELOURS", "mina@ex"])
def test_search_finds_a_client_by_part_of_name_artist_or_mail(part):
    found = ClientFactory(name="Mina Morel", artist_name="Velours", email="mina@example.org")
    ClientFactory(name="Other", email="other@example.org")

    by_any = (
        Client.objects.filter(name__icontains=part)
        | Client.objects.filter(artist_name__icontains=part)
        | Client.objects.filter(email__icontains=part)
    )

    assert list(by_any) == [found]
