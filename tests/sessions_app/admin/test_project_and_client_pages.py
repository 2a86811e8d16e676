"""Projects, clients and rooms at the back office."""

import html
import re

import pytest
from django.contrib.messages import get_messages

from sessions_app.models import Client, ClientNote, Project, Room, StudioSession
from studio.accounts.models import AuditEvent
from tests.factories import ClientFactory, ClientNoteFactory, ProjectFactory, RoomFactory, SessionFactory
from tests.staff import account, signed_in

PROJECTS = "/admin/sessions_app/project/"
CLIENTS = "/admin/sessions_app/client/"
ROOMS = "/admin/sessions_app/room/"

pytestmark = pytest.mark.django_db


def told(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def text(response):
    return html.unescape(response.content.decode())


@pytest.fixture
def project():
    return ProjectFactory(name="First album")


@pytest.fixture
def sessions(project):
    """One completed, one to come, one cancelled."""
    made = [SessionFactory(title=title, client=project.client, project=project) for title in ("Drums", "Voice", "Mix")]
    StudioSession.objects.filter(pk=made[0].pk).update(status="completed")
    StudioSession.objects.filter(pk=made[2].pk).update(status="cancelled")
    return made


# Projects ---------------------------------------------------------------------------------------------


def test_a_project_lists_its_sessions(office, project, sessions):
    SessionFactory(title="Somebody else's")

    shown = text(office.get(f"{PROJECTS}{project.pk}/change/"))

    assert "3 sessions" in shown
    assert [title for title in ("Drums", "Voice", "Mix", "Somebody") if title in shown] == ["Drums", "Voice", "Mix"]


def test_deleting_says_which_sessions_stay_and_keeps_them(office, project, sessions):
    asked = office.get(f"{PROJECTS}{project.pk}/delete/", follow=True)

    assert "3 sessions stay, without a project:" in text(asked)
    assert Project.objects.filter(pk=project.pk).exists()

    done = office.post(f"{PROJECTS}{project.pk}/remove/")

    assert done["Location"] == PROJECTS
    assert told(done) == ["The project is deleted. 3 sessions stay, without a project."]
    assert not Project.objects.filter(pk=project.pk).exists()
    rows = StudioSession.objects.order_by("pk").values_list("title", "status", "project", "project_label")
    assert list(rows) == [
        ("Drums", "completed", None, "First album"),
        ("Voice", "scheduled", None, "First album"),
        ("Mix", "cancelled", None, "First album"),
    ]


def test_a_role_without_the_right_deletes_no_project(web, project, studio):
    browser = signed_in(web, account("front_desk"))

    assert browser.post(f"{PROJECTS}{project.pk}/remove/").status_code == 403
    assert "Delete" not in [
        str(each.label) for each in browser.get(f"{PROJECTS}{project.pk}/change/").context["offered_actions"]
    ]
    assert Project.objects.filter(pk=project.pk).exists()


def test_an_archived_project_reads_the_same(office, project, sessions):
    office.post(f"{PROJECTS}{project.pk}/archive/")

    project.refresh_from_db()
    assert project.status == "archived"
    assert "3 sessions" in text(office.get(f"{PROJECTS}{project.pk}/change/"))


def test_archiving_several_asks_first(office, project):
    chosen = {"action": "archive_selected", "_selected_action": [project.pk]}

    office.post(PROJECTS, chosen)
    project.refresh_from_db()
    assert project.status == "pre_production"

    done = office.post(PROJECTS, {**chosen, "confirmed": "yes"})
    project.refresh_from_db()
    assert (told(done), project.status) == (["1 project is archived."], "archived")


def test_a_new_name_reaches_the_sessions(office, project, sessions):
    given = {"name": "Debut", "kind": "album", "status": "mixing", "included_revisions": "2"}

    office.post(f"{PROJECTS}{project.pk}/change/", given)

    project.refresh_from_db()
    assert (project.name, project.status) == ("Debut", "mixing")
    assert set(StudioSession.objects.values_list("project_label", flat=True)) == {"Debut"}


# Clients ----------------------------------------------------------------------------------------------


PARTS = ("client_notes", "contacts", "members", "memberships")


def facts_of_a_client(**changed):
    given = {
        "name": "Mina Morel",
        "kind": "individual",
        "currency": "EUR",
        "is_active": "on",
        **{f"{part}-{count}_FORMS": "0" for part in PARTS for count in ("TOTAL", "INITIAL")},
    }
    return given | changed


def test_writes_down_a_client_with_lists_as_lines_and_rows(office, owner):
    response = office.post(
        f"{CLIENTS}add/",
        facts_of_a_client(
            **{
                "genres": "jazz\n\n soul ",
                "platform_links-platform": ["website", ""],
                "platform_links-address": ["https://example.org", ""],
                "custom_fields-label": ["hair"],
                "custom_fields-type": ["colour"],
                "custom_fields-value": ["red"],
                "emails-type": ["", "work"],
                "emails-value": ["", "booking@example.org"],
            }
        ),
    )

    client = Client.objects.get()
    assert response.status_code == 302
    assert client.genres == ["jazz", "soul"]
    assert client.platform_links == {"website": "https://example.org"}
    assert client.emails == [{"type": "work", "value": "booking@example.org"}]
    assert client.custom_fields == [{"label": "hair", "type": "colour", "value": "red"}]
    assert AuditEvent.objects.get(verb="create", object_type="sessions_app.client").account == owner


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ({"custom_fields-label": ["hello"]}, '"Text" is empty in a row that says something else.'),
        ({"emails-value": ["a@b.example, d"]}, '"a@b.example, d" is not an e-mail address.'),
        ({"platform_links-platform": ["spotify"], "platform_links-address": ["http://open.spotify.com/"]}, "https://"),
        (
            {"platform_links-platform": ["spotify"], "platform_links-address": ["https://evil.example/"]},
            "Spotify: an address there is at spotify.com, spotify.link.",
        ),
        (
            {"platform_links-platform": ["napster"], "platform_links-address": ["https://x.org/"]},
            "is no known platform.",
        ),
        (
            {"platform_links-platform": ["website"] * 2, "platform_links-address": ["https://a.org", "https://b.org"]},
            "website stands there twice.",
        ),
    ],
    ids=["own field", "e-mail", "http", "another's domain", "unknown platform", "twice"],
)
def test_rows_are_checked_and_what_was_typed_stays(office, rows, sentence):
    shown = text(office.post(f"{CLIENTS}add/", facts_of_a_client(**rows)))

    assert sentence in shown
    assert all(f'value="{value[0]}"' in shown for name, value in rows.items() if not name.endswith("-platform"))
    assert Client.objects.count() == 0


def test_a_remark_has_a_heading_that_people_read(office):
    note = ClientNoteFactory()

    shown = text(office.get(f"{CLIENTS}{note.client.pk}/change/"))

    assert re.search(r"Remark of \w{3} \d{1,2} \w{3} \d{4}, \d\d:\d\d CES?T", shown)
    assert f"#{note.pk} " not in shown


def test_a_note_is_added_under_the_name_of_who_is_signed_in(office, owner):
    note = ClientNoteFactory(body="Prefers the small room.")
    client = note.client
    given = facts_of_a_client(
        **{
            "name": client.name,
            "client_notes-TOTAL_FORMS": "2",
            "client_notes-INITIAL_FORMS": "1",
            "client_notes-0-id": note.pk,
            "client_notes-0-client": client.pk,
            "client_notes-0-body": "Rewritten",
            "client_notes-0-DELETE": "on",
            "client_notes-1-client": client.pk,
            "client_notes-1-body": "Comes by train.",
        }
    )

    office.post(f"{CLIENTS}{client.pk}/change/", given)

    notes = ClientNote.objects.order_by("pk").values_list("body", "author", "author_label")
    assert list(notes) == [
        ("Prefers the small room.", None, ""),
        ("Comes by train.", owner.pk, "Owner <owner@studio.example>"),
    ]


def test_a_client_with_history_is_not_deleted(office, project):
    shown = office.get(f"{CLIENTS}{project.client_id}/delete/")
    response = office.post(f"{CLIENTS}{project.client_id}/delete/", {"post": "yes"})

    assert "First album" in text(shown)
    assert Client.objects.filter(pk=project.client_id).exists()
    assert AuditEvent.objects.filter(verb="delete").count() == 0
    assert response.status_code == 200


def test_a_client_without_history_is_deleted(office):
    client = ClientFactory()

    assert office.post(f"{CLIENTS}{client.pk}/delete/", {"post": "yes"}).status_code == 302
    assert Client.objects.count() == 0
    assert AuditEvent.objects.get(verb="delete").object_label == str(client)


def test_boxes_of_forms_offer_active_clients_only(office):
    ClientFactory(name="Active")
    ClientFactory(name="Archived", is_active=False)

    asked = {"app_label": "sessions_app", "model_name": "studiosession", "field_name": "client", "term": ""}
    offered = office.get("/admin/autocomplete/", asked).json()["results"]

    assert [each["text"] for each in offered] == ["Active"]


# Rooms ------------------------------------------------------------------------------------------------


def test_the_database_s_refusal_is_a_sentence_on_the_form(office):
    given = {"name": "Studio A", "kind": "recording", "colour": "#12345g", "capacity": "1", "setup_minutes": "0"}

    response = office.post(f"{ROOMS}add/", given | {"teardown_minutes": "0", "hourly_rate": "1"})

    assert "A colour is # and six hexadecimal digits." in text(response)
    assert Room.objects.count() == 0


def test_a_room_in_use_is_not_deleted(office, room):
    SessionFactory(room=room)

    response = office.post(f"{ROOMS}{room.pk}/delete/", {"post": "yes"})

    assert Room.objects.filter(pk=room.pk).exists()
    assert response.status_code == 200


def test_two_people_who_change_different_facts_undo_nothing(office):
    room = RoomFactory(name="Studio A", capacity=4)
    form = {
        "name": "Studio A",
        "kind": "recording",
        "colour": "#3498db",
        "capacity": "4",
        "setup_minutes": "15",
        "teardown_minutes": "0",
        "hourly_rate": "0.00",
        "is_active": "on",
        "is_available_for_booking": "on",
    }

    Room.objects.filter(pk=room.pk).update(description="Written meanwhile", capacity=4)
    office.post(f"{ROOMS}{room.pk}/change/", form | {"description": "Written meanwhile"})

    room.refresh_from_db()
    assert (room.setup_minutes, room.description) == (15, "Written meanwhile")
