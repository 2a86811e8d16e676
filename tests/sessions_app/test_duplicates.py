"""Who may be one: the same address, the same number, the same or a similar name; and who is told apart."""

import pytest

from sessions_app.models import Client
from sessions_app.selectors.duplicates import duplicates_of, proposals
from sessions_app.services import merging
from tests.factories import NOW, ClientFactory

pytestmark = pytest.mark.django_db


def found(pairs):
    return [(pair.earlier.name, pair.later.name, pair.reasons) for pair in pairs]


@pytest.mark.parametrize(
    ("one", "other", "reasons"),
    [
        ({"email": "Ann@Example.org"}, {"email": "ann@example.org"}, ("same e-mail address",)),
        ({"phone": "+33 6 12 34 56 78"}, {"phone": "06.12.34.56.78"}, ("same telephone number",)),
        ({"name": "\u00c9lise Fa\u00e7on"}, {"name": "ELISE FACON"}, ("same name",)),
        ({"name": "Jonathan Lefebvre"}, {"name": "Jonathan Lefevre"}, ("similar names (75 %)",)),
        (
            {"artist_name": "DJ Kosmonaut", "email": "k@example.org"},
            {"artist_name": "DJ Kosmonaut", "email": "k@example.org"},
            ("same e-mail address", "similar artist names (100 %)"),
        ),
    ],
    ids=["e-mail", "phone", "accents", "similar", "several reasons"],
)
def test_pairs_are_found_with_their_reasons(one, other, reasons):
    first = ClientFactory(**{"name": "Ulla Uhl", **one})
    second = ClientFactory(**{"name": "Viktor Quist", **other})

    pairs = proposals().pairs

    assert found(pairs) == [(first.name, second.name, reasons)]
    assert found(duplicates_of(first)) == found(duplicates_of(second)) == found(pairs)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"name": "Ann Alder"}, {"name": "Bob Birch"}),
        ({"phone": "12"}, {"phone": "12"}),
        ({"email": ""}, {"email": ""}),
        ({"name": "Tides"}, {"name": "Tides", "kind": "company"}),
    ],
    ids=["different", "an extension", "nothing", "a person and a company"],
)
def test_others_are_no_pair(one, other):
    first = ClientFactory(**{"name": "Ulla Uhl", **one})
    ClientFactory(**{"name": "Viktor Quist", **other})

    assert found(proposals().pairs) == []
    assert found(duplicates_of(first)) == []


def test_the_surest_stands_first():
    for name, email in (
        ("Ann Alder", "a@x.org"),
        ("Ann Aldder", ""),
        ("Bob Birch", "b@x.org"),
        ("Bob Birch", "b@x.org"),
    ):
        ClientFactory(name=name, email=email)

    assert [(pair.earlier.name, pair.score) for pair in proposals().pairs] == [("Bob Birch", 95), ("Ann Alder", 54)]


def test_an_address_of_many_pairs_each_with_the_first():
    for name in ("Ann Alder", "Bob Birch", "Cyd Cedar", "Dora Dogwood"):
        ClientFactory(name=name, email="info@label.example")

    assert [(pair.earlier.name, pair.later.name) for pair in proposals().pairs] == [
        ("Ann Alder", "Bob Birch"),
        ("Ann Alder", "Cyd Cedar"),
        ("Ann Alder", "Dora Dogwood"),
    ]


def test_those_told_apart_and_those_merged_are_no_pairs(desk):
    one, other, third = (ClientFactory(name="Ann Alder") for _each in range(3))
    assert len(proposals().pairs) == 3

    merging.tell_apart(one=one, other=other, actor=desk, now=NOW)
    merging.merge_clients(survivor=one, merged=third, actor=desk, now=NOW)

    third.refresh_from_db()
    assert found(proposals().pairs) == found(duplicates_of(one)) == found(duplicates_of(third)) == []


def test_further_names_are_compared_a_window_at_a_time(monkeypatch):
    monkeypatch.setattr("sessions_app.selectors.duplicates.WINDOW", 2)
    for name in ("Jonathan Lefebvre", "Jonathan Lefevre", "Ann Alder", "Bob Birch"):
        ClientFactory(name=name)

    first = proposals()
    second = proposals(before=first.next_before)

    assert (found(first.pairs), found(second.pairs)) == (
        [],
        [("Jonathan Lefebvre", "Jonathan Lefevre", ("similar names (75 %)",))],
    )
    assert second.next_before is None


def test_hostile_names_are_only_names():
    for name in ("%_' OR 1=1 --", "\u202e\u05e9\u05dc\u05d5\u05dd", "<script>", "\\", "'"):
        ClientFactory(name=name)
        ClientFactory(name=name)

    assert len(proposals().pairs) == 5


def test_as_many_questions_for_many_as_for_a_few(django_assert_num_queries):
    for number in range(30):
        ClientFactory(name=f"Ann Alder {number % 3}", email=f"{number % 5}@x.org")

    with django_assert_num_queries(8):
        proposals()


# The search -------------------------------------------------------------------------------------------


@pytest.fixture
def elise():
    return ClientFactory(
        name="\u00c9lise Fa\u00e7on",
        artist_name="Les Fl\u00fbtes",
        email="elise@example.org",
        phone="06 12 34 56 78",
        emails=[{"type": "work", "value": "booking@label.example"}],
        phones=[{"type": "home", "value": "+33 (0)1 44 55 66 77"}],
        genres=["musette"],
        instruments=["accordion"],
    )


@pytest.mark.parametrize(
    "words",
    [
        "elise",
        "FACON elise",
        "flutes musette",
        "elise@example",
        "06.12.34.56.78",
        "+33612345678",
        "0612345678",
        "12345678",
        "44556677",
        "booking@label",
        "accordion",
        " ",
    ],
)
def test_somebody_is_found_by_whatever_is_known(elise, words):
    ClientFactory(name="Bob Birch", phone="01") if words.strip() else None

    assert list(Client.objects.searched(words)) == [elise]


@pytest.mark.parametrize("words", ["type", "work", "%", "_lise", "elise bob", "\\", "'", "0612345679"])
def test_nobody_is_found_by_what_is_not_there(elise, words):
    assert list(Client.objects.searched(words)) == []
