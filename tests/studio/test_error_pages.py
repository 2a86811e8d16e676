"""The pages for what went wrong: a way back where there is one, and nobody named to strangers."""

import pytest
from django.template.loader import render_to_string
from django.test import Client

from tests.staff import account, signed_in

pytestmark = pytest.mark.django_db

WAY_BACK = '<a href="/">To the start page</a>'


@pytest.mark.parametrize(
    ("path", "status"), [("/nothing-here/", 404), ("/admin/accounts/auditevent/", 403)], ids=["unknown", "not allowed"]
)
def test_a_page_that_is_not_there_or_not_open_leads_to_the_start(web, studio, path, status):
    answer = signed_in(web, account("trainer")).get(path)

    assert (answer.status_code, answer.content.decode().count(WAY_BACK)) == (status, 1)


def test_an_unknown_host_has_no_start_page(studio):
    answer = Client(headers={"host": "nobody.localhost"}).get("/")

    assert (answer.status_code, WAY_BACK in answer.content.decode()) == (404, False)


def test_a_suspended_studio_promises_nothing():
    page = render_to_string("suspended.html")

    assert "This studio's pages are not available at the moment." in page
    assert "half a minute" not in page
