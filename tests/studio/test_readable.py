"""Text that no column can hold is refused at the door, wherever it comes in."""

import pytest

from studio.readable import is_readable
from tests.staff import account, signed_in


@pytest.mark.parametrize(
    ("text", "readable"),
    [("Zoe \u00e9 \U0001f3b5", True), ("", True), ("a\0b", False), ("half \ud83c", False), ("\udfb5", False)],
    ids=["letters", "nothing", "NUL", "first half", "second half"],
)
def test_is_readable(text, readable):
    assert is_readable(text) is readable


@pytest.fixture
def office(web, studio):
    return signed_in(web, account("owner"))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    [
        "/admin/sessions_app/client/?q=%00",
        "/admin/sessions_app/client/?%00=1",
        "/admin/sessions_app/client/a%00b/change/",
        "/admin/accounts/user/%00/change/",
        "/admin/search/?s=%00",
        "/admin/calendar/?day=%00",
        "/accounts/login/?next=%00",
    ],
)
def test_an_address_is_refused(office, path):
    response = office.get(path)

    assert response.status_code == 400
    assert "This request was not understood" in response.content.decode()


@pytest.mark.django_db
def test_a_cookie_is_refused(office):
    office.cookies["theme"] = "a\0b"

    assert office.get("/admin/").status_code == 400


@pytest.mark.django_db
@pytest.mark.parametrize("field", ["name", "na\0me"])
def test_a_form_is_refused(office, field):
    response = office.post("/admin/sessions_app/client/add/", {field: "Mina\0"})

    assert response.status_code == 400


@pytest.mark.django_db
def test_the_same_requests_without_it_are_answered(office):
    assert office.get("/admin/sessions_app/client/?q=mina").status_code == 200
    assert office.post("/admin/sessions_app/client/add/", {"name": "Mina"}).status_code == 200
