"""Two back offices behind one sign-in page, each showing what the studio has and the person may see."""

import html
import re

import pytest
from django.contrib.admin.sites import site as default_site  # noqa: TID251 -- to show that it is neither
from django.core import checks
from django.test import Client

from studio.accounts.models import RoleName
from studio.admin_sites import platform_site, studio_site
from studio.tenancy.context import as_owner
from studio.tenancy.models import Studio
from studio.tenancy.selectors import registry
from tests.factories import ClientFactory, SessionFactory, UserFactory
from tests.pages.plain import PlainBrowser, without_menu
from tests.staff import account, signed_in

pytestmark = pytest.mark.django_db


def menu_of(browser):
    response = browser.get("/admin/")
    return [str(item["title"]) for group in response.context["sidebar_navigation"] for item in group["items"]]


def in_studio_of_kind(web, kind):
    """Answer as if the studio were of another kind, as the host look-up says."""
    with as_owner():
        Studio.objects.filter(slug="harbour").update(kind=kind)
    registry.forget_hosts()
    return web


# The door ---------------------------------------------------------------------------------------------


def test_a_stranger_is_sent_to_the_one_sign_in_page(web):
    response = web.get("/admin/sessions_app/client/", follow=True)

    assert [address for address, _status in response.redirect_chain] == [
        "/admin/login/?next=/admin/sessions_app/client/",
        "/accounts/login/?next=%2Fadmin%2Fsessions_app%2Fclient%2F",
    ]


def test_an_account_without_a_role_is_told_so_and_not_sent_round(web, studio):
    web.force_login(UserFactory())

    assert web.get("/admin/", follow=True).status_code == 403


def test_signing_out_takes_a_post(web, studio):
    browser = signed_in(web, account("owner"))

    assert browser.get("/admin/logout/")["Location"] == "/admin/"
    assert browser.get("/admin/").status_code == 200
    assert browser.post("/admin/logout/")["Location"] == "/accounts/login/"
    assert browser.get("/admin/").status_code == 302


def test_passwords_are_changed_in_one_place(web, studio):
    browser = signed_in(web, account("owner"))

    assert browser.get("/admin/password_change/")["Location"] == "/accounts/password/change/"


def test_the_policy_of_the_theme_holds_below_the_back_office_only(web, studio):
    browser = signed_in(web, account("owner"))

    inside = browser.get("/admin/")["Content-Security-Policy"]
    outside = browser.get("/accounts/devices/")["Content-Security-Policy"]

    assert "script-src 'self' 'unsafe-eval';" in inside
    assert "unsafe" not in outside


def test_pages_are_kept_by_nobody(web, studio):
    browser = signed_in(web, account("owner"))

    assert "no-store" in browser.get("/admin/calendar/")["Cache-Control"]


# Two sites --------------------------------------------------------------------------------------------


def test_neither_site_is_the_default_one():
    assert default_site not in {studio_site, platform_site}


def test_no_model_of_the_registry_stands_in_a_studio_s_back_office():
    apps = {model._meta.app_label for model in studio_site._registry}

    assert apps & {"tenancy", "platform", "procrastinate", "django_tenants"} == set()


def test_no_model_of_a_studio_stands_in_the_operators_back_office():
    apps = {model._meta.app_label for model in platform_site._registry}

    assert apps & {"sessions_app", "office", "training", "billing"} == set()


def test_the_studio_s_back_office_is_not_on_the_platform_s_host(studio):
    platform = Client(headers={"host": "localhost"})

    assert platform.get("/admin/sessions_app/client/").status_code == 404


def test_admin_classes_pass_django_s_checks():
    assert checks.run_checks(tags=["admin"]) == []


# The menu ---------------------------------------------------------------------------------------------


def test_the_menu_shows_what_the_role_opens(web, studio):
    owner = menu_of(signed_in(web, account("owner")))
    reader = menu_of(signed_in(web, account("read_only")))

    assert owner[:2] == ["Today", "Calendar"]
    assert {"Sessions", "Projects", "Clients", "Talents", "Rooms"} <= set(owner)
    assert {"Sessions", "Projects", "Clients", "Talents", "Rooms"} <= set(reader)
    assert "Accounts" in owner
    assert "Accounts" not in reader


def test_a_list_is_called_what_the_menu_calls_it(web, studio):
    browser = signed_in(web, account("owner"))
    request = browser.get("/admin/").wsgi_request
    entries = [entry for group in studio_site.menu(request) for entry in group["items"]]
    lists = [
        entry
        for entry in entries
        if re.fullmatch(r"/admin/(accounts|mail|office|sessions_app)/\w+/", str(entry["link"]))
    ]

    for entry in lists:
        answer = browser.get(entry["link"], follow=True)
        [(first, _address), *_rest] = answer.context["page_parts"]
        assert str(first).lower() == str(entry["title"]).lower()
    audit = browser.get("/admin/accounts/auditevent/").content.decode()
    assert "<title> Audit trail | " in audit
    assert len(lists) > 8


def test_the_menu_shows_what_the_studio_s_kind_has(web, studio):
    browser = signed_in(web, account("owner"))

    recording = menu_of(in_studio_of_kind(browser, "recording"))
    types = [b"session_type" in browser.get("/admin/billing/service/add/").content]
    training = menu_of(in_studio_of_kind(browser, "training"))
    types.append(b"session_type" in browser.get("/admin/billing/service/add/").content)

    of_rooms = {"Projects", "Talents", "Calendar", "What is free", "Sessions", "Series", "Waitlist", "Rooms"}
    assert of_rooms <= set(recording)
    assert of_rooms & set(training) == set()
    assert {"Clients", "Slot grid", "Opening hours"} <= set(training)
    assert types == [False, True]  # a price of training sessions, on the page of a service


@pytest.mark.parametrize("role", sorted(set(RoleName) - {RoleName.OPERATOR}))
def test_every_link_of_the_menu_opens(studio, monkeypatch, role):
    browser = PlainBrowser(headers={"host": "harbour.localhost"})
    browser.force_login(account(role))
    links = re.findall(r'href="(/admin/[^"?#]*)"', browser.get("/admin/").text)
    assert len(set(links)) > 5
    without_menu(monkeypatch)

    assert {link: browser.get(link, follow=True).status_code for link in set(links)} == dict.fromkeys(set(links), 200)


def test_the_site_bears_the_studio_s_name(web, studio):
    shown = html.unescape(signed_in(web, account("owner")).get("/admin/").content.decode())

    assert studio.name in shown


# Search -----------------------------------------------------------------------------------------------


def found(browser, term):
    return [(each.title, each.description) for each in browser.get("/admin/search/", {"s": term}).context["results"]]


def test_search_finds_rows_of_several_kinds(web, studio):
    client = ClientFactory(name="Aurora", artist_name="")
    SessionFactory(title="Aurora, first takes")
    browser = signed_in(web, account("owner"))

    assert found(browser, "aurora") == [
        (str(client), "Client"),
        ("Aurora, first takes, Tue 2 Jun 2026, 12:00-14:00", "Session"),
    ]
    assert found(browser, "nobody") == []


def test_search_shows_nobody_what_the_role_does_not_open(web, studio):
    SessionFactory(title="Aurora, first takes")

    assert found(signed_in(web, account("trainer")), "aurora") == []


def test_an_empty_or_odd_search_is_calm(web, studio):
    browser = signed_in(web, account("owner"))

    assert browser.get("/admin/search/").status_code == 200
    assert browser.get("/admin/search/", {"s": "a", "page": "x"}).status_code == 200
