"""Coming in by the front door, as the staff do."""

from studio.accounts.services import users
from tests.factories import NOW

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
