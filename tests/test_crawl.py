"""Every page of a studio opens for its owner, with rows in it, and nothing is written to the log as an error."""

import logging
from pathlib import Path

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from billing.models import Invoice
from sessions_app.models import Client, Musician, Project, Room, StudioSession, TimeEntry
from studio.accounts.models import User
from studio.accounts.roles import STUDIO_ROLES, Scope, Verb, scope_of
from studio.accounts.services import users
from studio.admin_sites import studio_site
from studio.tenancy.adoption.run import adopt
from studio.tenancy.adoption.source import opened
from studio.tenancy.context import as_owner
from tests.billing_factories import issued, paid
from tests.factories import NOW, MusicianFactory, ProjectFactory, SessionFactory
from tests.pages.plain import PlainBrowser, without_menu
from tests.pages.who_may_open import ALL_ROWS_OF, BY_RIGHT, expected, is_for_own_rows
from tests.staff import account
from tests.test_doors import HOSTS, addresses

LEGACY = Path(__file__).parent / "data" / "legacy" / "tenant_1.sql.gz"
# Model -> the attribute by which its list and its form name a row.
NAMES = {StudioSession: "title", Invoice: "invoice_number", Musician: "name", TimeEntry: "task_type"}
REPORTS = (
    *("admin:time-report", "admin:report-engineer-hours", "admin:report-rooms"),
    *("admin:report-revenue", "admin:report-vat", "admin:report-payments", "admin:report-receivables"),
    "admin:report-client-value",
)
YEARS = {"period": "custom", "first": "2025-01-01", "last": "2026-12-31", "by": "task"}
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
        issued(),
    ]


@pytest.fixture
def adopted(studio):
    """The studio with all that a former system's dump has."""
    with opened(str(LEGACY)) as source:
        return adopt(source=source, studio=studio, now=NOW)


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
def test_every_address_of_an_adopted_studio_answers_calmly_and_shows_its_rows(adopted, caplog, monkeypatch):
    without_menu(monkeypatch)
    caplog.set_level(logging.ERROR, logger="django.request")  # each refusal is told with all its frames
    owner = browser_of("owner")
    found = [path for name, path in addresses(HOSTS["studio"]).items() if "logout" not in name]
    answers = {path: status_of(owner.get(path)) for path in [*found, *pages_of_rows()]}
    assert {path: status for path, status in answers.items() if status not in CALM} == {}

    paid(issued(), "20")
    hidden = {}
    for role in sorted(STUDIO_ROLES):
        browser = browser_of(role)
        hidden[role] = hidden_rows(browser, role) | empty_reports(browser, role)
    assert {role: views for role, views in hidden.items() if views} == {}
    assert errors(caplog.records) == []


def status_of(answer):
    """The status of an answer that is read to its end, as a file is."""
    list(answer)
    return answer.status_code


def browser_of(role):
    browser = PlainBrowser(headers={"host": "harbour.localhost"})
    browser.force_login(User.objects.filter(email=f"{role}@studio.example").first() or account(role))
    return browser


def hidden_rows(browser, role):
    """View -> what it answers, of lists and forms that ought to show what was taken over and do not."""
    found = {}
    for model, named in NAMES.items():
        name, rows = f"admin:{model._meta.app_label}_{model._meta.model_name}", model._default_manager
        sees_all = scope_of([role], model._meta.label_lower, Verb.VIEW) is Scope.ALL
        row = rows.order_by("pk").first()
        for view, args in ((f"{name}_changelist", []), (f"{name}_change", [row.pk])):
            answer = browser.get(reverse(view, "studio.urls", args=args))
            shown = answer.context_data["cl"].result_list if not args and answer.status_code == 200 else [row]
            texts = {str(getattr(each, named)) for each in shown}
            if answer.status_code not in expected(view, role):
                found[view] = answer.status_code
            elif sees_all and not (texts and all(escape(text) in answer.text for text in texts)):
                found[view] = sorted(texts)
    return found


def empty_reports(browser, role):
    """View -> what it answers, of reports about the years of the dump that ought to say something and do not."""
    found = {}
    for view in REPORTS:
        answer = browser.get(reverse(view, "studio.urls"), YEARS)
        is_for_all = not any(is_for_own_rows(right, role) for right in rights_of(view))
        if answer.status_code not in expected(view, role):
            found[view] = answer.status_code
        elif answer.status_code == 200 and is_for_all and not answer.context_data["rows"]:
            found[view] = "no rows"
    return found


def rights_of(view):
    model = ALL_ROWS_OF.get(view)
    return [model.replace(".", ".view_")] if model else [BY_RIGHT[view][0]]


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
        (Invoice, ["FAC-2026-0001", "120.00 EUR"]),
    ],
    ids=["sessions", "talents", "projects", "clients", "rooms", "invoices"],
)
def test_list_shows_its_rows(signed_in, rows, model, shown, caplog):
    answer = signed_in.get(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist", "studio.urls"))

    assert answer.status_code == 200
    assert [text for text in shown if text not in answer.content.decode()] == []
    assert errors(caplog.records) == []
