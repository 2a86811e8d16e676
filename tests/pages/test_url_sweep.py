"""Every address of both hosts for every role: what the table of roles says, and never an error.

An address without an entry here fails: whoever adds a page says who may open it.
"""

import logging

import pytest
from django.conf import settings
from django.db.models import UUIDField
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from studio.accounts.models import RoleName
from studio.accounts.roles import STUDIO_ROLES
from studio.accounts.services import invitations, users
from studio.admin_sites import platform_site, studio_site
from studio.tenancy.context import as_owner, on_platform
from studio.tenancy.models import Capsule, MigrationResult, MigrationRun, PaymentAccount, SchemaReport, StrayEvent
from tests.one_of_each import make_one_of_each
from tests.pages.plain import PlainBrowser, without_menu
from tests.pages.who_may_open import (
    ABOUT,
    ACTS,
    ALL_ROWS_OF,
    BY_RIGHT,
    FILES,
    FOR_NOBODY,
    LEADING_ON,
    LISTS_OF_ONE,
    MODEL_PAGE,
    PAGES,
    POSTS,
    expected,
)
from tests.test_doors import HOSTS, PUBLIC, addresses

pytestmark = pytest.mark.django_db


def account(name, role=""):
    return users.create_account(
        email=f"{name}@sweep.example",
        name=name.title(),
        password="a-long-passphrase-1",
        email_verified=True,
        role=role,
        actor=None,
        now=timezone.now(),
    )


@pytest.fixture
def rows(studio):
    make_one_of_each()


def first_of(site):
    """`app_model` -> the key of the row made first, for each model of a site."""
    found = {}
    for model in site._registry:
        is_random = isinstance(model._meta.pk, UUIDField) and "created_at" in {each.name for each in model._meta.fields}
        row = model._default_manager.order_by("created_at" if is_random else "pk").first()
        assert row is not None, f"the sweep has no row of {model._meta.label}"
        found[f"{model._meta.app_label}_{model._meta.model_name}"] = row.pk
    return found


def address(name, sample, urlconf, keys):
    """The address of a row that exists, where the page is about one."""
    if name in ABOUT:
        return reverse(name, urlconf, args=[keys[ABOUT[name]]])
    match = MODEL_PAGE.fullmatch(name)
    if match is None:
        return sample
    try:
        return reverse(name, urlconf, args=[keys[match["model"]]])
    except NoReverseMatch:
        return reverse(name, urlconf)


def answers(browser, kind, keys):
    """Name -> status of every address of a kind of host."""
    found = {}
    for name, sample in addresses(HOSTS[kind]).items():
        answer = browser.get(address(name, sample, HOSTS[kind], keys))
        list(answer)
        found[name] = answer.status_code
    return found


def differing(found, role):
    """Name -> status and what is expected, of what answers otherwise."""
    return {
        name: (status, sorted(expected(name, role)))
        for name, status in found.items()
        if status not in expected(name, role)
    }


@pytest.mark.early
def test_a_studios_pages_answer_each_role_as_the_table_says_and_log_no_error(rows, studio, caplog, monkeypatch):
    browsers = {role: PlainBrowser(headers={"host": "harbour.localhost"}) for role in sorted(STUDIO_ROLES)}
    for role, browser in browsers.items():
        browser.force_login(account(role, role))
    keys = first_of(studio_site)
    first_pages = {role: browser.get("/admin/") for role, browser in browsers.items()}
    assert {
        role for role, page in first_pages.items() if page.status_code != 200 or "/admin/" not in page.text
    } == set()
    without_menu(monkeypatch)
    caplog.set_level(logging.ERROR, logger="django.request")  # each refusal is told with all its frames

    found = {role: differing(answers(browser, "studio", keys), role) for role, browser in browsers.items()}

    assert {role: names for role, names in found.items() if names} == {}
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []


def make_rows_of_the_platform(studio):
    """Make what a platform with a new studio has not from the start."""
    now = timezone.now()
    with as_owner():
        run = MigrationRun.objects.create(started_at=now)
        MigrationResult.objects.create(run=run, schema_name="public", state="done", started_at=now)
        SchemaReport.objects.create(schema_name="public", digest="0", checked_at=now)
        Capsule.objects.create(
            schema_name="public", studio_label="Harbour", state="failed", problem="No room.", made_at=now
        )
        StrayEvent.objects.create(event_id="evt_sweep", type="refund.updated", payload={}, received_at=now)
        PaymentAccount.objects.create(studio=studio, provider_account="acct_sweep")
    with on_platform():
        invitations.invite(email="new@sweep.example", role="operator", actor=None, now=now)


def test_the_platforms_pages_answer_an_operator_as_the_table_says(studio):
    make_rows_of_the_platform(studio)
    browser = PlainBrowser(headers={"host": settings.PLATFORM_HOST})
    with on_platform():
        browser.force_login(account("olive", "operator"))
        keys = first_of(platform_site)

    assert differing(answers(browser, "platform", keys), RoleName.OPERATOR) == {}


@pytest.mark.early
@pytest.mark.parametrize("kind", HOSTS)
def test_somebody_without_a_role_and_a_stranger_get_into_no_back_office(studio, kind):
    host = "harbour.localhost" if kind == "studio" else settings.PLATFORM_HOST
    guest, stranger = PlainBrowser(headers={"host": host}), PlainBrowser(headers={"host": host})
    if kind == "studio":
        guest.force_login(account("guest"))
    else:
        with on_platform():
            guest.force_login(account("guest"))
    everywhere = addresses(HOSTS[kind])
    back_office = {name: each for name, each in everywhere.items() if name.startswith("admin:") and name not in PUBLIC}

    for browser, final in ((guest, 403), (stranger, 200)):
        found = {}
        for name, each in back_office.items():
            answer = browser.get(each, follow=True)
            found[name] = (answer.status_code, answer.request["PATH_INFO"].startswith("/accounts/login/"))
        files = {f"admin:{page}" for page in FILES} & found.keys()
        assert {name: found.pop(name) for name in files} == dict.fromkeys(files, (404, False))
        assert {name: seen for name, seen in found.items() if seen != (final, browser is stranger)} == {}


def test_every_entry_is_about_an_address_that_exists():
    everywhere = set().union(*(addresses(urlconf) for urlconf in HOSTS.values()))
    named = (
        {f"admin:{page}" for page in [*ACTS, *FOR_NOBODY, *LEADING_ON, *LISTS_OF_ONE, *FILES]}
        | PAGES.keys()
        | ALL_ROWS_OF.keys()
        | POSTS.keys()
        | BY_RIGHT.keys()
    )

    assert named - everywhere == set()


def test_an_address_without_an_entry_fails():
    with pytest.raises(KeyError):
        expected("admin:sessions_app_client_explode", RoleName.OWNER)
    with pytest.raises(KeyError):
        expected("admin:secrets", RoleName.OWNER)
