"""Operators sign in on the platform's host; they and a studio's staff are different people."""

import pytest
from django.conf import settings
from django.db import connection, models
from django.test import Client
from django.test.utils import isolate_apps
from django.utils import timezone

from studio.accounts.models import LoginSession, User
from studio.accounts.services import users
from studio.tenancy.context import as_owner, on_platform
from tests.studio.accounts.catalogue import columns, constraints, rows
from tests.studio.accounts.conftest import PASSWORD
from tests.studio.accounts.imagined import imagined, link

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(db) -> User:
    with on_platform():
        return users.create_account(
            email="operator@platform.example",
            name="Oscar",
            password=PASSWORD,
            email_verified=True,
            role="operator",
            actor=None,
            now=timezone.now(),
        )


def test_an_operator_signs_in_on_the_platform_and_nowhere_else(web, operator):
    platform = Client(headers={"host": settings.PLATFORM_HOST})

    answer = platform.post("/accounts/login/", {"login": operator.email, "password": PASSWORD})

    assert answer.status_code == 302
    assert platform.get("/accounts/devices/").status_code == 200
    assert web.post("/accounts/login/", {"login": operator.email, "password": PASSWORD}).status_code == 200
    web.cookies[settings.SESSION_COOKIE_NAME] = platform.cookies[settings.SESSION_COOKIE_NAME].value
    assert web.get("/accounts/devices/").status_code == 302
    assert LoginSession.objects.count() == 0


def test_staff_of_a_studio_is_nobody_on_the_platform(web, owner):
    platform = Client(headers={"host": settings.PLATFORM_HOST})

    assert platform.post("/accounts/login/", {"login": owner.email, "password": PASSWORD}).status_code == 200


@isolate_apps("tests")
def test_further_tables_of_an_account_leave_users_as_they_are(owner, studio):
    """External identities and verifications come later, as tables of their own."""

    def shape() -> tuple:
        ((file,),) = rows("SELECT relfilenode FROM pg_class WHERE oid = 'users'::regclass")
        return file, columns("users"), constraints("users"), rows("SELECT * FROM users")

    identity = imagined("Identity", user=link(User, models.DB_CASCADE), provider=models.TextField())
    verification = imagined("Verification", identifier=models.TextField(), expires_at=models.DateTimeField())

    with as_owner(studio.schema_name):
        before = shape()
        with connection.schema_editor() as editor:
            editor.create_model(identity)
            editor.create_model(verification)
        assert shape() == before
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO tests_identity (user_id, provider) VALUES (%s, 'x')", [owner.pk])
        assert rows("SELECT user_id FROM tests_identity") == [(owner.pk,)]
