"""docs/pages.md says what became of a former house's pages, and each address that it names opens."""

from datetime import timedelta
from io import StringIO
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from billing.selectors import pay_links
from studio.accounts.services import invitations
from studio.admin_sites import platform_site, studio_site
from studio.tenancy.context import on_platform
from studio.tenancy.selectors import former_pages
from tests.billing_factories import issued
from tests.factories import ShareLinkFactory, TimeEntryFactory
from tests.one_of_each import make_one_of_each
from tests.pages.plain import PlainBrowser as Browser
from tests.pages.test_url_sweep import account, first_of, make_rows_of_the_platform
from tests.pages.who_may_open import MODEL_PAGE
from tests.source_tree import ROOT

SOURCE = ROOT / "tests" / "former_pages.toml"
A_PAGE = 'page = "Timer"\ndid = "start and stop"\n'


def views_of(*sections):
    return {view for page in former_pages.read_pages(SOURCE) if page.section in sections for view in page.views}


def test_document_is_current():
    out = StringIO()

    call_command("former_pages", check=True, stdout=out)

    assert out.getvalue() == "pages.md is current.\n"


def test_pages_are_as_many_as_were_counted():
    sections = [page.section for page in former_pages.read_pages(SOURCE)]

    assert {name: sections.count(name) for name in former_pages.SECTIONS if name != "uncounted"} == {
        "staff": 44,
        "clients": 7,
        "operators": 4,
        "everybody": 3,
    }
    assert len(sections) - sections.count("uncounted") == former_pages.COUNTED


def test_what_says_nothing_is_refused_and_a_document_that_differs_is_told(tmp_path):
    source, document = tmp_path / "pages.toml", tmp_path / "pages.md"
    told = {}
    for row in ("", 'now = ["admin:nowhere"]', 'lost = "dropped"', 'lost = "never"\nwhy = "x"', 'was = "x"'):
        source.write_text(f"[[staff]]\n{A_PAGE}{row}\n")
        with pytest.raises(CommandError) as refusal:
            call_command("former_pages", source=source, file=document)
        told[row] = str(refusal.value).removeprefix(f"{source} cannot be used: ")
    put_off = "The page Timer is neither replaced nor dropped nor put off with a reason."
    assert list(told.values()) == [
        put_off,
        "The page Timer names a view without an address: admin:nowhere.",
        put_off,
        put_off,
        "The page Timer has a key too many, or one too few.",
    ]
    assert not document.exists()

    source.write_text(f'[[staff]]\n{A_PAGE}now = ["admin:time"]\n')
    with pytest.raises(CommandError, match=r"pages\.md differs"):
        call_command("former_pages", source=source, file=document, check=True)
    call_command("former_pages", source=source, file=document, stdout=StringIO())
    assert "| 1 | Timer | start and stop | `/admin/time/` |\n" in document.read_text()


def address_of(view, urlconf, keys, special):
    """The address of a view, about a row that exists where it is about one."""
    if view in special:
        return special[view]
    match = MODEL_PAGE.fullmatch(view)
    try:
        return reverse(view, urlconf, args=[keys[match["model"]]] if match else [])
    except NoReverseMatch:
        return reverse(view, urlconf)


def failing(browser, views, urlconf, keys, special):
    """View -> what it answers, of those that show no page of their own."""
    browser.raise_request_exception = False
    found = {}
    for view in sorted(views):
        answer = browser.get(address_of(view, urlconf, keys, special), follow=True)
        list(answer)
        came_to = answer.request["PATH_INFO"]
        if answer.status_code != 200 or (came_to.startswith("/accounts/login/") and view != "account_login"):
            found[view] = (answer.status_code, came_to)
    return found


@pytest.mark.django_db
def test_every_address_of_the_document_opens_for_who_works_there(studio):
    make_one_of_each()
    owner, stranger = Browser(headers={"host": "harbour.localhost"}), Browser(headers={"host": "harbour.localhost"})
    owner.force_login(account("olive", "owner"))
    hours = TimeEntryFactory()
    now = timezone.now()
    special = {
        "admin:time-of": reverse("admin:time-of", settings.ROOT_URLCONF, args=["project", hours.project_id]),
        "accounts:invitation-accept": urlsplit(
            invitations.invite_by_link(email="you@sweep.example", role="engineer", now=now)
        ).path,
        "sessions_app:share-page": reverse(
            "sessions_app:share-page", args=[ShareLinkFactory(expires_at=now + timedelta(days=1)).token]
        ),
    }
    token = pay_links.token_of(issued(), today=timezone.localdate())
    special |= {
        view: reverse(view, settings.ROOT_URLCONF, args=[token]) for view in ("billing:pay-page", "billing:pay-back")
    }
    public = views_of("everybody", "clients") | {"accounts:invitation-accept"}

    keys = first_of(studio_site)
    assert failing(owner, views_of("staff", "uncounted") - public, settings.ROOT_URLCONF, keys, special) == {}
    assert failing(stranger, public, settings.ROOT_URLCONF, keys, special) == {}


@pytest.mark.django_db
def test_every_address_for_operators_opens_for_one(studio):
    make_rows_of_the_platform(studio)
    operator = Browser(headers={"host": settings.PLATFORM_HOST})
    with on_platform():
        operator.force_login(account("olive", "operator"))
        keys = first_of(platform_site)

    assert failing(operator, views_of("operators"), settings.PLATFORM_URLCONF, keys, {}) == {}
