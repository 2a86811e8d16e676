"""A list of clients: every row accounted for, nothing twice, and undone as long as nothing depends on it."""

from datetime import date, timedelta

import pytest
from django.db import connection

from sessions_app.models import Client, ClientImport, ClientImportRow
from sessions_app.services import client_imports, clients, import_rows, merging
from sessions_app.tasks import import_clients
from studio.accounts.models import AuditEvent
from studio.sheets import TableTooLarge, UnreadableTable
from studio.tenancy.context import as_owner
from tests.factories import NOW, ClientFactory, SessionFactory
from tests.jobs import waiting_jobs

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)
LIST = """Nom;Pr\u00e9nom;Courriel;T\u00e9l\u00e9phone;Ville;Date de naissance;Genres;Inconnu
Morel;Mina;mina@example.org;06 12 34 56 78;Paris;31/12/1990;jazz, dub;x
Alder;Ann;ann@example.org;;Lyon;1985-02-03;;
Birch;Bob;;;;;;
"""


@pytest.fixture
def send(desk):
    def started(text, name="list.csv"):
        data = text if isinstance(text, bytes) else text.encode()
        return client_imports.start_import(name=name, data=data, actor=desk, now=NOW)

    return started


@pytest.fixture
def look(desk, send):
    def looked(text, fields=None):
        made = text if isinstance(text, ClientImport) else send(text)
        guess = [column["field"] for column in made.columns]
        client_imports.name_columns(client_import=made, fields=fields or guess, actor=desk, now=NOW)
        return made

    return looked


@pytest.fixture
def take(desk, look):
    def taken(text, choice=None):
        made = look(text)
        if choice:
            client_imports.choose(client_import=made, choice=choice, numbers=None, actor=desk, now=NOW)
        return client_imports.begin_import(client_import=made, actor=desk, now=NOW)

    return taken


def outcomes(made):
    return list(made.rows.order_by("number").values_list("number", "outcome", "why"))


def test_columns_are_guessed_from_their_heads(send):
    made = send(LIST)

    assert [column["field"] for column in made.columns] == [
        "last_name",
        "first_name",
        "email",
        "phone",
        "city",
        "birthday",
        "genres",
        "",
    ]
    assert (made.row_count, made.status) == (3, "mapping")
    assert not Client.objects.exists()


def test_a_list_becomes_clients(take, desk):
    made = take(LIST)

    assert made.status == "done"
    assert outcomes(made) == [(2, "created", ""), (3, "created", ""), (4, "created", "")]
    mina = Client.objects.get(name="Mina Morel")
    assert (mina.first_name, mina.last_name, mina.email, mina.phone) == (
        "Mina",
        "Morel",
        "mina@example.org",
        "06 12 34 56 78",
    )
    assert (mina.city, mina.birthday, mina.genres) == ("Paris", date(1990, 12, 31), ["jazz", "dub"])
    told = AuditEvent.objects.filter(object_type="sessions_app.client", verb="create")
    assert sorted(told.values_list("object_label", "reason")) == [
        ("Ann Alder", "Imported from list.csv."),
        ("Bob Birch", "Imported from list.csv."),
        ("Mina Morel", "Imported from list.csv."),
    ]


@pytest.mark.parametrize("choice", [None, "update"], ids=["left out", "filled in"])
def test_the_same_list_once_more_changes_nothing(take, choice):
    take(LIST)
    before = list(Client.objects.order_by("pk").values())

    again = take(LIST, choice)

    assert [outcome for _number, outcome, _why in outcomes(again)] == ["skipped"] * 3
    assert list(Client.objects.order_by("pk").values()) == before


def test_a_preview_says_what_each_row_is(look):
    known = ClientFactory(name="Mina M.", email="MINA@example.org")

    made = look(
        LIST + "Morel;Mina;mina@example.org;;;;;\nCedar;Cyd;no address;;;;;\n;;cyd@example.org;;;;;\nA;B;;;;;;;;x\n"
    )

    assert outcomes(made) == [
        (2, "duplicate", "same e-mail address"),
        (3, "new", ""),
        (4, "new", ""),
        (5, "duplicate", "same e-mail address"),
        (6, "refused", 'E-mail: "no address" is no e-mail address.'),
        (7, "refused", "The row names nobody."),
        (8, "refused", "The row has more cells than the list has heads."),
    ]
    assert list(made.rows.filter(outcome="duplicate").values_list("client", flat=True)) == [known.pk, known.pk]


def test_a_row_that_says_the_same_as_another_is_known_too(look):
    made = look("Name,E-mail\nAnn Alder,ann@x.org\nANN ALDER,Ann@x.org\nAnn Alder,\n")

    assert outcomes(made) == [
        (2, "new", ""),
        (3, "duplicate", "row 2 of this list: same e-mail address"),
        (4, "duplicate", "row 2 of this list: same name"),
    ]


def test_two_bearers_of_one_name_are_two(look):
    ClientFactory(name="Ann Alder", email="one@x.org")

    assert outcomes(look("Name,E-mail\nAnn Alder,other@x.org\n")) == [(2, "new", "")]


def test_empty_fields_are_filled_and_others_kept(take):
    known = ClientFactory(name="Mina Morel", email="mina@example.org", city="Nice")

    made = take(LIST, "update")

    known.refresh_from_db()
    assert (known.city, known.phone, known.birthday) == ("Nice", "06 12 34 56 78", date(1990, 12, 31))
    row = made.rows.get(number=2)
    assert (row.outcome, row.client, sorted(row.changes)) == (
        "updated",
        known,
        ["birthday", "first_name", "genres", "last_name", "phone"],
    )


def test_somebody_known_is_created_anyway_where_that_is_chosen(look, desk):
    ClientFactory(name="Mina Morel", email="mina@example.org")
    made = look(LIST)

    assert client_imports.choose(client_import=made, choice="create", numbers=[2], actor=desk, now=NOW) == 1
    client_imports.begin_import(client_import=made, actor=desk, now=NOW)

    assert Client.objects.filter(email="mina@example.org").count() == 2


def test_somebody_written_down_since_the_preview_is_known(look, desk):
    made = look(LIST)
    ClientFactory(name="Ann A.", email="ann@example.org")

    client_imports.begin_import(client_import=made, actor=desk, now=NOW)

    assert outcomes(made)[1] == (3, "skipped", "Ann A. has been written down since: same e-mail address.")


def test_a_second_row_fills_in_what_the_first_of_the_list_left_empty(take):
    take("Name,E-mail,City\nAnn Alder,ann@x.org,\nAnn Alder,ann@x.org,Lyon\n", "update")

    assert list(Client.objects.values_list("name", "city")) == [("Ann Alder", "Lyon")]


# Bad input --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("a\x00b", "Name: a sign that no text has stands in it."),
        ("a\x07b", "Name: a sign that no text has stands in it."),
        ("x" * 256, "Name: it may have 255 characters."),
    ],
    ids=["NUL", "bell", "too long"],
)
def test_a_row_that_cannot_be_stored_is_refused_alone(take, cell, why):
    made = take(f"Name,City\n{cell},Paris\nAnn,Lyon\n")

    assert outcomes(made) == [(2, "refused", why), (3, "created", "")]


@pytest.mark.parametrize(
    ("head", "cell", "why"),
    [
        ("Birthday", "32.01.1990", '"32.01.1990" is no date'),
        ("Birthday", "soon", '"soon" is no date'),
        ("Birthday", "1.1.0001", "is no date"),
        ("Deposit", "101", '"101" is not from 0 to 100.'),
        ("Deposit", "NaN", '"NaN" is not from 0 to 100.'),
        ("Deposit", "1e9999", "is not from 0 to 100."),
        ("Currency", "euro", '"euro" is no currency'),
        ("Type", "cat", "neither a person nor a company"),
        ("VIP", "maybe", "neither yes nor no"),
        ("Spotify", "http://open.spotify.com/artist/1", "beginning with https://"),
        ("Spotify", "https://evil.example/", "an address there is at spotify.com"),
        ("Website", "javascript:alert(1)", "beginning with https://"),
    ],
)
def test_a_value_that_is_none_refuses_its_row(look, head, cell, why):
    ((_number, outcome, told),) = outcomes(look(f'Name,"{head}"\nAnn,"{cell}"\n'))

    assert outcome == "refused"
    assert why in told


@pytest.mark.parametrize(
    "name",
    ["=cmd|'/C calc'!A0", "+1", "-2", "@SUM(A1)", "<script>alert(1)</script>", "'; DROP TABLE clients; --",
     "\u202eevil", "\u05e9\u05dc\u05d5\u05dd \u05e2\u05d5\u05dc\u05dd", "Zoe\u0301", "\U0001f3b8"],
)  # fmt: skip
def test_hostile_names_are_kept_to_the_letter(take, name):
    take(f'Name\n"{name}"\n')

    assert Client.objects.get().name == name


def test_a_guarded_cell_of_our_own_export_says_what_it_said(take):
    take("Name\n'=cmd\n")

    assert Client.objects.get().name == "=cmd"


@pytest.mark.parametrize(
    ("data", "error", "sentence"),
    [
        (b"", UnreadableTable, "nothing in this file"),
        (b"Name\n", UnreadableTable, "below its heads it is empty"),
        (b"Name\n" + b"x\n" * 10_001, TableTooLarge, "10000 rows at most"),
        (b"a" * 6_000_000, TableTooLarge, "5 MB at most"),
    ],
    ids=["empty", "heads alone", "too many rows", "too large"],
)
def test_a_file_that_is_no_list_leaves_nothing(send, data, error, sentence):
    with pytest.raises(error, match=sentence):
        send(data)

    assert not ClientImport.objects.exists()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (["name"], "each column"),
        (["name", "salary"], "each column"),
        (["name", "name"], 'Two columns hold "Name"'),
        (["", "email"], "which column holds the name"),
    ],
    ids=["one missing", "unknown", "twice", "no name"],
)
def test_columns_have_to_say_who(look, fields, sentence):
    with pytest.raises(client_imports.BadColumns, match=sentence):
        look("Name,E-mail\nAnn,a@x.org\n", fields)


def test_a_step_is_not_done_out_of_turn(send, take, desk):
    mapping, done = send(LIST), take(LIST)

    for step, made in ((client_imports.begin_import, mapping), (client_imports.begin_import, done)):
        with pytest.raises(client_imports.WrongStep):
            step(client_import=made, actor=desk, now=NOW)
    with pytest.raises(client_imports.WrongStep):
        client_imports.undo_import(client_import=mapping, actor=desk, now=NOW)
    with pytest.raises(client_imports.WrongStep):
        client_imports.discard_import(client_import=done, actor=desk, now=NOW)


# Long lists -------------------------------------------------------------------------------------------


def test_a_long_list_is_a_job_that_goes_on_where_it_stopped(look, desk):
    made = look("Name\n" + "".join(f"Client {number:04}\n" for number in range(501)))

    client_imports.begin_import(client_import=made, actor=desk, now=NOW)
    assert (ClientImport.objects.get().status, Client.objects.count()) == ("running", 0)
    assert [(name, set(told)) for _job, name, told in waiting_jobs()] == [
        ("sessions_app.import_clients", {"schema", "import_id"})
    ]

    assert client_imports.continue_import(client_import=made, now=LATER) is True
    assert Client.objects.count() == 250
    import_clients(import_id=made.pk)
    import_clients(import_id=made.pk)

    assert (ClientImport.objects.get().status, Client.objects.count()) == ("done", 501)
    assert set(made.rows.values_list("outcome", flat=True)) == {"created"}


def test_a_long_list_whose_job_gave_up_is_taken_up_again(look, desk):
    made = look("Name\n" + "".join(f"Client {number:04}\n" for number in range(501)))
    client_imports.begin_import(client_import=made, actor=desk, now=NOW)
    client_imports.continue_import(client_import=made, now=LATER)
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed'")
    assert waiting_jobs() == []

    for _click in range(2):
        client_imports.begin_import(client_import=made, actor=desk, now=LATER)

    assert [name for _job, name, _told in waiting_jobs()] == ["sessions_app.import_clients"]
    import_clients(import_id=made.pk)
    assert (ClientImport.objects.get().status, Client.objects.count()) == ("done", 501)


def test_as_many_questions_for_many_rows_as_for_few(look, desk, django_assert_max_num_queries):
    made = look("Name,E-mail\n" + "".join(f"Client {number},c{number}@x.org\n" for number in range(300)))

    with django_assert_max_num_queries(30):
        client_imports.begin_import(client_import=made, actor=desk, now=NOW)


# Undoing ----------------------------------------------------------------------------------------------


def test_undoing_leaves_what_was_there_before(take, desk):
    ClientFactory(name="Mina Morel", email="mina@example.org")
    facts = [field.name for field in Client._meta.fields if field.name != "updated_at"]
    before = list(Client.objects.order_by("pk").values(*facts))
    made = take(LIST, "update")
    assert Client.objects.count() == 3

    undone = client_imports.undo_import(client_import=made, actor=desk, now=LATER)

    assert undone.status == "undone"
    assert list(Client.objects.order_by("pk").values(*facts)) == before
    assert client_imports.undo_import(client_import=made, actor=desk, now=LATER).status == "undone"
    client_imports.discard_import(client_import=made, actor=desk, now=LATER)
    assert not ClientImportRow.objects.exists()


@pytest.mark.parametrize("apart", [1, 260], ids=["in one part", "in two"])
def test_a_list_that_fills_in_whom_it_created_is_undone(look, desk, monkeypatch, apart):
    monkeypatch.setattr(client_imports, "AT_ONCE", 100)
    others = "".join(f"Client {number:04},,\n" for number in range(apart))
    made = look(f"Name,E-mail,City\nMina Morel,mina@example.org,\n{others}M. Morel,mina@example.org,Paris\n")
    client_imports.choose(client_import=made, choice="update", numbers=None, actor=desk, now=NOW)
    client_imports.begin_import(client_import=made, actor=desk, now=NOW)
    import_clients(import_id=made.pk)
    assert Client.objects.get(name="Mina Morel").city == "Paris"

    client_imports.undo_import(client_import=made, actor=desk, now=LATER)

    assert not Client.objects.exists()


@pytest.mark.parametrize(
    ("happens", "named"),
    [
        (lambda ann, desk: SessionFactory(client=ann, title="Drums"), "session #"),
        (lambda ann, desk: clients.add_note(client=ann, body="Called.", actor=desk, now=LATER), "client note"),
        (lambda ann, desk: clients.change_client(client=ann, city="Nice", actor=desk, now=LATER), "Ann Alder"),
        (lambda ann, desk: Client.objects.filter(pk=ann.pk).update(is_vip=True), "Ann Alder"),
        (
            lambda ann, desk: merging.merge_clients(
                survivor=ann, merged=Client.objects.get(name="Bob Birch"), actor=desk, now=LATER
            ),
            "",
        ),
    ],
    ids=["booked", "noted", "changed", "changed by SQL", "merged"],
)
def test_an_import_is_not_undone_once_something_depends_on_it(take, desk, happens, named):
    made = take(LIST)
    happens(Client.objects.get(name="Ann Alder"), desk)
    before = list(Client.objects.order_by("pk").values())

    with pytest.raises(import_rows.CannotUndo, match=f"Added or changed since: {named}"):
        client_imports.undo_import(client_import=made, actor=desk, now=LATER)

    assert list(Client.objects.order_by("pk").values()) == before


def test_somebody_deleted_since_does_not_stand_in_the_way(take, desk):
    made = take(LIST)
    clients.delete_client(client=Client.objects.get(name="Ann Alder"), actor=desk, now=LATER)

    client_imports.undo_import(client_import=made, actor=desk, now=LATER)

    assert not Client.objects.exists()
