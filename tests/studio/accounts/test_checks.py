"""Rules about deletion over the models of all apps."""

import pytest
from django.apps import apps
from django.core.checks import run_checks
from django.db import models
from django.db.models.deletion import DB_CASCADE, SET_NULL
from django.test.utils import isolate_apps

from studio.accounts.checks import deletion_check, required_but_nulled, skipped_children
from tests.studio.accounts.imagined import imagined, link

# What belongs to the person, and goes: credentials, rights, news. Everything else is a record and stays.
PERSONAL = {
    "accounts.LoginSession",
    "accounts.Notification",
    "accounts.UserPermission",
    "accounts.UserRole",
    "account.EmailAddress",
    "mfa.Authenticator",
    "sessions_app.CalendarFeed",  # of one person: the address opens that account's calendar
    "admin.LogEntry",
    "training.MemberListLayout",  # which columns somebody wants to see
}


def all_models() -> list[type[models.Model]]:
    return list(apps.get_models(include_auto_created=True))


def user_links() -> list[models.ForeignKey]:
    user = apps.get_model("accounts.User")
    return [
        field
        for model in all_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.ForeignKey) and field.remote_field.model is user
    ]


def test_no_key_is_required_and_emptied():
    assert required_but_nulled(all_models()) == []


def test_no_child_is_forgotten():
    assert skipped_children(all_models()) == []
    assert [message for message in run_checks() if (message.id or "").startswith("studio.")] == []


@isolate_apps("tests")
def test_a_required_key_that_is_emptied_is_reported():
    parent = imagined("Parent")
    child = imagined("Child", parent=link(parent, SET_NULL))

    assert required_but_nulled([parent, child]) == [child._meta.get_field("parent")]


@pytest.mark.parametrize("rule", [models.CASCADE, SET_NULL, models.SET("x")], ids=["cascade", "set null", "set"])
@isolate_apps("tests")
def test_a_python_rule_below_a_database_cascade_is_reported(rule):
    top = imagined("Top")
    middle = imagined("Middle", top=link(top, DB_CASCADE))
    bottom = imagined("Bottom", middle=link(middle, rule, null=True))

    reported = skipped_children([top, middle, bottom])

    assert reported == [(middle._meta.get_field("top"), bottom._meta.get_field("middle"))]


@isolate_apps("tests")
def test_a_refusal_below_a_database_cascade_is_fine():
    top = imagined("Top")
    middle = imagined("Middle", top=link(top, DB_CASCADE))
    bottom = imagined("Bottom", middle=link(middle, models.PROTECT))

    assert skipped_children([top, middle, bottom]) == []


def test_the_check_speaks_with_its_numbers():
    assert deletion_check() == []


def test_every_record_with_a_link_to_an_account_survives_it():
    keeping = {models.DB_SET_NULL, SET_NULL, models.PROTECT, models.RESTRICT}

    lost = {
        str(field)
        for field in user_links()
        if field.model._meta.label not in PERSONAL and field.remote_field.on_delete not in keeping
    }

    assert lost == set()
    assert {field.model._meta.label for field in user_links()} >= PERSONAL


def test_every_optional_link_to_an_account_says_why():
    ours = {"accounts", "mail", "office", "sessions_app", "training", "billing", "tenancy", "platform"}

    silent = {str(f) for f in user_links() if f.null and f.model._meta.app_label in ours and not f.help_text}

    assert silent == set()
