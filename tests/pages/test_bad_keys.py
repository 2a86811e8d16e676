"""No form breaks over a key that is none, in its address or in what is sent."""

import pytest
from django.db import models

from studio.admin_sites import studio_site
from tests.pages.plain import PlainBrowser, without_menu
from tests.staff import account
from tests.test_doors import HOSTS, addresses

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["abc", "1e9", "-1", "9" * 30, "\0"], ids=["word", "float", "negative", "huge", "nothing"])
def key(request):
    return request.param


@pytest.fixture
def owner(studio, monkeypatch):
    without_menu(monkeypatch)
    browser = PlainBrowser(headers={"host": "harbour.localhost"})
    browser.force_login(account("owner"))
    return browser


def forms():
    """The address of each model's form for a new row, with the names of what the row may be linked to."""
    known = addresses(HOSTS["studio"])
    for model in studio_site._registry:
        names = [field.name for field in model._meta.concrete_fields if isinstance(field, models.ForeignKey)]
        yield known[f"admin:{model._meta.app_label}_{model._meta.model_name}_add"], names


def test_a_form_opens_whatever_its_address_names(owner, key):
    found = {(address, name): owner.get(address, {name: key}) for address, names in forms() for name in names}

    told = {where: answer.status_code for where, answer in found.items()}
    assert told["/admin/sessions_app/timeentry/add/", "session"] == (400 if key == "\0" else 200)
    assert {where: status for where, status in told.items() if status >= 500} == {}


def test_a_form_is_shown_again_whatever_it_names(owner, key):
    found = {address: owner.post(address, dict.fromkeys(names, key)) for address, names in forms()}

    told = {address: answer.status_code for address, answer in found.items()}
    assert told["/admin/sessions_app/timeentry/add/"] == 400
    assert {address: status for address, status in told.items() if status >= 500} == {}
