"""Coming in: by the front door, as the staff do, or past it, where a test is about what is behind."""

from urllib.parse import urlsplit

from django.conf import settings
from django.test import Client

from studio.accounts.services import users
from tests.factories import NOW
from tests.staff import signed_in

PASSWORD = "a-long-passphrase-1"


def made_account(role="owner", name="Olive Owner"):
    """Return a new account that can sign in."""
    return users.create_account(
        email=f"{role}@studio.example",
        name=name,
        password=PASSWORD,
        email_verified=True,
        role=role,
        actor=None,
        now=NOW,
    )


def sign_in(page, person):
    """Return the page, signed in and at the first page of the back office."""
    page.goto("/admin/")
    page.fill("input[name=login]", person.email)
    page.fill("input[name=password]", PASSWORD)
    page.locator("form:has(input[name=password]) button[type=submit]").click()
    page.wait_for_url("**/admin/")
    return page


def let_in(page, person, address):
    """Return the page, signed in and nowhere yet: with a cookie, for the form and the first page take seconds."""
    host = urlsplit(address).netloc
    cookie = signed_in(Client(headers={"host": host}), person).cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": address}])
    return page


def settled(page):
    """Return the page once its fonts are there and nothing that it asked for is awaited any more."""
    page.wait_for_function(
        "document.fonts.status === 'loaded' && !document.querySelector('[aria-busy=true], .htmx-request')"
    )
    return page
