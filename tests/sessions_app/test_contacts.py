"""Who acts for a client, and who belongs to whom: the database refuses nonsense, whoever writes."""

import pytest
from django.db import IntegrityError, connection, transaction

from sessions_app.models import Client, ClientContact, CompanyMember
from sessions_app.services import clients, contacts, facts
from studio.accounts.models import AuditEvent
from tests.factories import NOW, ClientFactory

pytestmark = pytest.mark.django_db
INSERT = "INSERT INTO company_members (company_id, member_id{more}) VALUES (%s, %s{values})"


@pytest.fixture
def band():
    return ClientFactory(name="The Tides", kind="company")


@pytest.fixture
def ann():
    return ClientFactory(name="Ann Alder")


@pytest.fixture
def ben():
    return ClientFactory(name="Ben Birch")


def refused_by(statement, parameters):
    """The name of the constraint that refuses a statement."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # as in a statement's own transaction
        with pytest.raises(IntegrityError) as refusal, transaction.atomic():
            cursor.execute(statement, parameters)
    return refusal.value.__cause__.diag.constraint_name


# Members ----------------------------------------------------------------------------------------------


def test_a_person_belongs_to_a_band(band, ann, desk):
    made = contacts.add_member(company=band, member=ann, role="voice", actor=desk, now=NOW)

    assert (band.members.get(), ann.memberships.get(), made.role) == (made, made, "voice")
    told = AuditEvent.objects.get(verb="change", object_id=str(band.pk))
    assert told.changes == {"member": [None, "Ann Alder"], "role": [None, "voice"]}


@pytest.mark.parametrize(
    ("company", "member", "error"),
    [
        ("ann", "ben", contacts.NotACompany),
        ("band", "band", contacts.NotAPerson),
        ("ann", "band", contacts.NotACompany),
    ],
    ids=["to a person", "a company", "the wrong way round"],
)
def test_only_a_person_belongs_and_only_to_a_company(request, company, member, error, desk):
    sides = {"company": request.getfixturevalue(company), "member": request.getfixturevalue(member)}

    with pytest.raises(error):
        contacts.add_member(**sides, actor=desk, now=NOW)

    assert not CompanyMember.objects.exists()


def test_raw_sql_is_refused_as_well(band, ann, ben):
    plain = INSERT.format(more="", values="")
    kinds = INSERT.format(more=", company_kind", values=", 'individual'")

    assert refused_by(plain, [ann.pk, ben.pk]) == "company_members_company_kind"
    assert refused_by(plain, [band.pk, band.pk]) == "company_members_member_kind"
    assert refused_by(kinds, [ann.pk, ben.pk]) == "company_members_kinds_fixed"
    with connection.cursor() as cursor:
        cursor.execute(plain, [band.pk, ann.pk])
    assert refused_by(plain, [band.pk, ann.pk]) == "company_members_pair_unique"
    assert refused_by("UPDATE clients SET kind = 'individual' WHERE id = %s", [band.pk]) == (
        "company_members_company_kind"
    )


def test_a_pair_is_once(band, ann, desk):
    contacts.add_member(company=band, member=ann, actor=desk, now=NOW)

    with pytest.raises(facts.BadFacts, match="belongs to it already"):
        contacts.add_member(company=band, member=ann, actor=desk, now=NOW)


@pytest.mark.parametrize(("who", "kind"), [("band", "individual"), ("ann", "company")])
def test_a_kind_stays_as_long_as_somebody_belongs(request, band, ann, desk, who, kind):
    membership = contacts.add_member(company=band, member=ann, actor=desk, now=NOW)
    client = request.getfixturevalue(who)

    with pytest.raises((contacts.NotACompany, contacts.NotAPerson)):
        clients.change_client(client=client, kind=kind, actor=desk, now=NOW)

    contacts.remove_member(membership=membership, actor=desk, now=NOW)
    assert clients.change_client(client=client, kind=kind, actor=desk, now=NOW).kind == kind


def test_one_is_asked_first(band, ann, ben, desk):
    first = contacts.add_member(company=band, member=ann, is_primary=True, actor=desk, now=NOW)
    second = contacts.add_member(company=band, member=ben, is_primary=True, actor=desk, now=NOW)
    assert list(band.members.order_by("pk").values_list("is_primary", flat=True)) == [False, True]

    contacts.change_member(membership=first, is_primary=True, role="voice", actor=desk, now=NOW)

    assert list(band.members.order_by("pk").values_list("role", "is_primary")) == [("voice", True), ("", False)]
    assert refused_by("UPDATE company_members SET is_primary = true WHERE id = %s", [second.pk]) == (
        "company_members_one_primary"
    )


def test_memberships_go_with_either_side(band, ann, desk):
    contacts.add_member(company=band, member=ann, actor=desk, now=NOW)

    clients.delete_client(client=ann, actor=desk, now=NOW)

    assert not CompanyMember.objects.exists()
    assert Client.objects.filter(pk=band.pk).exists()


# Contacts ---------------------------------------------------------------------------------------------


def test_a_contact_is_written_down_changed_and_struck_off(band, desk):
    lina = contacts.add_contact(client=band, last_name="Perrin", is_primary=True, actor=desk, now=NOW)
    theo = contacts.add_contact(client=band, first_name="Theo", actor=desk, now=NOW)

    contacts.change_contact(contact=theo, is_primary=True, email="theo@x.org", actor=desk, now=NOW)
    contacts.remove_contact(contact=lina, actor=desk, now=NOW)

    assert list(ClientContact.objects.values_list("first_name", "email", "is_primary")) == [
        ("Theo", "theo@x.org", True)
    ]
    told = AuditEvent.objects.filter(object_type="sessions_app.clientcontact").order_by("pk")
    assert list(told.values_list("verb", flat=True)) == ["create", "create", "change", "delete"]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "A contact has a name."),
        ({"last_name": "Perrin", "email": "none"}, "E-mail: Enter a valid email address."),
        ({"last_name": "x" * 101}, "Last name: Ensure this value has at most 100 characters"),
    ],
    ids=["nobody", "no address", "too long"],
)
def test_a_contact_that_is_none_is_refused(band, desk, given, sentence):
    with pytest.raises(facts.BadFacts, match=sentence):
        contacts.add_contact(client=band, actor=desk, now=NOW, **given)

    assert not ClientContact.objects.exists()


# Facts of a client ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("links", "sentence"),
    [
        ({"spotify": "http://open.spotify.com/artist/1"}, "Spotify: write the whole address, beginning with https://"),
        ({"spotify": "https://spotify.com.evil.example/"}, "Spotify: an address there is at spotify.com"),
        ({"spotify": "https://evilspotify.com/"}, "an address there is at spotify.com"),
        ({"napster": "https://napster.com/"}, '"napster" is no known platform.'),
        ({"website": "javascript:alert(1)"}, "beginning with https://"),
        ({"website": "https://x.org/" + "a" * 500}, "too long|whole address"),
    ],
    ids=["http", "a domain that begins so", "a domain that ends so", "unknown", "script", "long"],
)
def test_a_platform_link_is_an_address_of_the_platform(desk, links, sentence):
    with pytest.raises(facts.BadFacts, match=sentence):
        clients.create_client(name="Ann", platform_links=links, actor=desk, now=NOW)


def test_links_of_all_platforms_are_kept(desk):
    links = {
        "spotify": "https://open.spotify.com/artist/1",
        "apple_music": "https://music.apple.com/fr/artist/1",
        "youtube": "https://youtu.be/1",
        "bandcamp": "https://ann.bandcamp.com/",
        "amazon_music": "https://music.amazon.fr/artists/1",
        "website": "https://ann.example/",
    }

    assert clients.create_client(name="Ann", platform_links=links, actor=desk, now=NOW).platform_links == links


def test_links_taken_over_by_other_rules_stay_until_they_are_changed(desk):
    client = ClientFactory(name="Ann")
    Client.objects.filter(pk=client.pk).update(platform_links={"spotify": "http://spotify.com/1"})
    client.refresh_from_db()

    changed = clients.change_client(client=client, city="Lyon", actor=desk, now=NOW)

    assert (changed.city, changed.platform_links) == ("Lyon", {"spotify": "http://spotify.com/1"})


def test_a_note_of_five_megabytes_is_kept_whole(desk, ann):
    body = "\u05e9 note " * 800_000

    made = clients.add_note(client=ann, body=body, actor=desk, now=NOW)

    made.refresh_from_db()
    assert made.body == body.strip()
