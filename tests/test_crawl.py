"""Every page of a studio opens for its owner, with rows in it, and nothing is written to the log as an error."""

import logging

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from sessions_app.models import Client, Musician, Project, Room, StudioSession
from studio.accounts.services import users
from studio.admin_sites import studio_site
from studio.tenancy.context import as_owner
from tests.factories import MusicianFactory, ProjectFactory, SessionFactory
from tests.test_doors import HOSTS, addresses

PASSWORD = "a-long-passphrase-1"
# What a GET may answer: a page, a way elsewhere, not for this role or method, nothing there (any more).
CALM = {200, 302, 403, 404, 405, 410}


@pytest.fixture
def rows(studio):
    """Two of each: one session in a project, one that stands alone."""
    project = ProjectFactory(name="First album")
    return [
        SessionFactory(title="Drums", client=project.client, project=project),
        SessionFactory(title="Voice"),
        MusicianFactory(name="Ada"),
        MusicianFactory(name="Ben"),
    ]


@pytest.fixture
def signed_in(web, studio):
    users.create_account(
        email="owner@studio.example",
        name="Owner",
        password=PASSWORD,
        email_verified=True,
        role="owner",
        actor=None,
        now=timezone.now(),
    )
    answer = web.post("/accounts/login/", {"login": "owner@studio.example", "password": PASSWORD})
    assert answer.status_code == 302, answer.content
    web.raise_request_exception = False
    return web


def pages_of_rows():
    """Address of the list, the form of a new row and the pages of a row, for each model in the back office."""
    for model in studio_site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"{name}_changelist", "studio.urls")
        yield reverse(f"{name}_add", "studio.urls")
        row = model._default_manager.order_by("pk").first()
        if row:
            yield from (
                reverse(f"{name}_{page}", "studio.urls", args=[row.pk]) for page in ("change", "history", "delete")
            )


def errors(records):
    return [record.getMessage() for record in records if record.levelno >= logging.ERROR]


@pytest.mark.early
@pytest.mark.django_db
def test_every_address_answers_calmly(signed_in, rows, caplog):
    found = [path for name, path in addresses(HOSTS["studio"]).items() if "logout" not in name]
    answers = {path: signed_in.get(path).status_code for path in [*found, *pages_of_rows()]}

    assert {path: status for path, status in answers.items() if status not in CALM} == {}
    assert errors(caplog.records) == []


@pytest.mark.django_db
def test_a_missing_column_would_be_seen(signed_in, rows, caplog, studio):
    with as_owner(studio.schema_name), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE sessions DROP COLUMN notes CASCADE")

    answer = signed_in.get(reverse("admin:sessions_app_studiosession_change", "studio.urls", args=[rows[0].pk]))

    assert answer.status_code == 500
    assert [text for text in errors(caplog.records) if "studiosession" in text] != []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("model", "shown"),
    [
        (StudioSession, ["Drums", "Voice"]),
        (Musician, ["Ada", "Ben"]),
        (Project, ["First album"]),
        (Client, ["Client"]),
        (Room, ["Room"]),
    ],
    ids=["sessions", "talents", "projects", "clients", "rooms"],
)
def test_list_shows_its_rows(signed_in, rows, model, shown, caplog):
    answer = signed_in.get(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist", "studio.urls"))

    assert answer.status_code == 200
    assert [text for text in shown if text not in answer.content.decode()] == []
    assert errors(caplog.records) == []
