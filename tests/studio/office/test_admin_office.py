"""The profile and the files in a studio's back office."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from studio.accounts.models import AuditEvent
from studio.accounts.services import users
from studio.office.models import PROFILE_ID, StoredFile, StudioProfile
from studio.office.services import files
from studio.tenancy.context import inside

pytestmark = pytest.mark.django_db

PASSWORD = "a-long-passphrase-1"
PROFILE = f"/admin/office/studioprofile/{PROFILE_ID}/change/"


def browser(role):
    users.create_account(
        email=f"{role}@studio.example",
        name=role,
        password=PASSWORD,
        email_verified=True,
        role=role,
        actor=None,
        now=timezone.now(),
    )
    client = Client(headers={"host": "harbour.localhost"})
    client.post("/accounts/login/", {"login": f"{role}@studio.example", "password": PASSWORD})
    return client


@pytest.fixture
def at_desk(studio):
    """The owner's browser."""
    return browser("owner")


def typed(client):
    """What the profile's form says."""
    form = client.get(PROFILE).context["adminform"].form
    return {
        name: "" if (value := form.get_initial_for_field(field, name)) is None else value
        for name, field in form.fields.items()
    }


# Profile ------------------------------------------------------------------------------------------


def test_the_list_leads_to_the_one_row(at_desk):
    answer = at_desk.get("/admin/office/studioprofile/")

    assert (answer.status_code, answer["Location"]) == (302, PROFILE)
    assert at_desk.get("/admin/office/studioprofile/add/").status_code == 403
    assert at_desk.post(f"/admin/office/studioprofile/{PROFILE_ID}/delete/", {"post": "yes"}).status_code == 403


def test_a_change_is_kept_and_told_and_nothing_else_moves(at_desk):
    before = StudioProfile.objects.values().get()

    answer = at_desk.post(PROFILE, typed(at_desk) | {"city": "Lyon", "slot_minutes": "45", "time_zone": "UTC"})

    after = StudioProfile.objects.values().get()
    assert answer.status_code == 302, answer.context["errors"]
    assert {name for name in after if after[name] != before[name]} == {"city", "slot_minutes", "updated_at"}
    event = AuditEvent.objects.get(object_type="office.studioprofile")
    assert (event.verb, event.changes) == ("change", {"city": ["", "Lyon"], "slot_minutes": [30, 45]})
    assert event.account.email == "owner@studio.example"


@pytest.mark.parametrize(
    ("field", "value"), [("deposit_percent", "101"), ("slot_minutes", "1"), ("weekly_session_cap", "0"), ("name", "")]
)
def test_an_impossible_setting_is_a_sentence_at_the_form(at_desk, field, value):
    answer = at_desk.post(PROFILE, typed(at_desk) | {field: value})

    assert answer.status_code in {200, 400}
    assert answer.context["errors"]
    assert not AuditEvent.objects.filter(object_type="office.studioprofile").exists()


def test_the_front_desk_reads_the_profile_and_changes_nothing(at_desk):
    sent, desk = typed(at_desk) | {"name": "Stolen"}, browser("front_desk")

    assert desk.get(PROFILE).status_code == 200
    assert desk.post(PROFILE, sent).status_code == 403
    assert StudioProfile.objects.get().name == "Harbour Studio"


# Files --------------------------------------------------------------------------------------------


def fetched(client, row):
    """The status of a download, which is read to its end."""
    answer = client.get(f"/admin/office/storedfile/{row.pk}/download/")
    list(answer)
    return answer.status_code


def stored(data, name):
    return files.store_file(data=data, name=name, actor=None, now=timezone.now())


@pytest.mark.parametrize(
    ("data", "name", "content_type"),
    [
        (b"<html><script>alert(1)</script>", "page.html", "text/plain"),
        (b"<svg xmlns='x' onload='alert(1)'/>", "logo.svg", "text/plain"),
        (b"%PDF-1.7\n", "contract.pdf", "application/pdf"),
    ],
)
def test_a_download_is_a_file_to_save_and_never_a_page(at_desk, data, name, content_type):
    row = stored(data, name)

    answer = at_desk.get(f"/admin/office/storedfile/{row.pk}/download/")

    assert b"".join(answer.streaming_content) == data
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == (content_type, "nosniff")
    assert answer["Content-Security-Policy"] == "sandbox"
    assert "no-store" in answer["Cache-Control"]


def test_a_name_from_a_stranger_breaks_no_header(at_desk):
    row = stored(b"text", 'a";\r\nSet-Cookie: x=1; "../../etc/passwd')

    answer = at_desk.get(f"/admin/office/storedfile/{row.pk}/download/")

    assert answer["Content-Disposition"].startswith("attachment; filename")
    assert b"".join(answer.streaming_content) == b"text"


def test_a_file_of_another_studio_is_not_there(at_desk, other_studio):
    own = stored(b"ours", "ours.txt")
    with inside(other_studio):
        for _again in range(own.pk + 3):
            theirs = stored(b"theirs", "theirs.txt")

    assert fetched(at_desk, own) == 200
    assert fetched(at_desk, theirs) == 404


def test_only_who_may_see_the_row_may_have_the_bytes(at_desk):
    row = stored(b"ours", "ours.txt")
    guest, reader = Client(headers={"host": "harbour.localhost"}), browser("read_only")

    assert (fetched(guest, row), fetched(reader, row)) == (404, 200)


def test_keeping_a_file_takes_its_type_from_its_bytes(at_desk):
    sent = SimpleUploadedFile("../../evil.png", b"%PDF-1.7\n", content_type="image/png")

    answer = at_desk.post("/admin/office/storedfile/add/", {"file": sent})

    row = StoredFile.objects.get()
    assert (answer.status_code, row.name, row.content_type) == (302, "evil.png", "application/pdf")
    assert AuditEvent.objects.get(verb="store").account.email == "owner@studio.example"
    empty = at_desk.post("/admin/office/storedfile/add/", {"file": SimpleUploadedFile("a.txt", b"")})
    assert (empty.status_code, StoredFile.objects.count()) == (400, 1)


def test_files_are_not_rewritten_here(at_desk):
    row = stored(b"ours", "ours.txt")

    assert at_desk.post(f"/admin/office/storedfile/{row.pk}/change/", {"name": "x"}).status_code == 403
    assert at_desk.post(f"/admin/office/storedfile/{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert browser("engineer").post("/admin/office/storedfile/add/", {}).status_code == 403


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_asks_as_much_for_three_files_as_for_one(at_desk, rows, django_assert_num_queries):
    for index in range(rows):
        stored(b"ours", f"{index}.txt")

    at_desk.get("/admin/office/storedfile/")
    with django_assert_num_queries(6):
        assert at_desk.get("/admin/office/storedfile/").status_code == 200
