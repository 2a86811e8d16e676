"""What the tests of a member's pages share."""

import html

MEMBERS = "/admin/training/member/"
RUNS = "/admin/training/dormantrun/"
NO_CONTACTS = {f"emergency_contacts-{count}_FORMS": "0" for count in ("TOTAL", "INITIAL")}


def text(response):
    """Return what a page says, with single spaces."""
    return " ".join(html.unescape(response.content.decode()).split())
