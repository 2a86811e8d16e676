"""From the Host header to a studio; unknown hosts learn nothing."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from studio.tenancy.context import as_owner
from studio.tenancy.models import Studio, StudioStatus
from studio.tenancy.selectors import registry

SIGN_IN = "/accounts/login/"


def get(host: str, path: str = SIGN_IN):
    return Client(headers={"host": host}).get(path)


@pytest.mark.parametrize(
    "host",
    [
        "nobody.localhost",
        "harbour.localhost.evil.example",
        "127.0.0.1",
        "harbour..localhost",
        "",
        "[::1]",
        "harbour.localhost:80:80",
        "\u00e9.localhost",
    ],
)
def test_an_unknown_host_is_answered_404_and_names_nobody(studio, host):
    response = get(host)
    assert response.status_code == 404
    assert studio.name not in response.text


@pytest.mark.parametrize(
    "host", ["harbour.localhost", "HARBOUR.localhost", "harbour.localhost:8000", "harbour.localhost."]
)
def test_a_known_host_answers_in_every_spelling(studio, host):
    assert get(host).status_code == 200


def test_a_forwarded_host_names_no_studio(studio):
    response = Client(headers={"host": "nobody.localhost", "x-forwarded-host": "harbour.localhost"}).get(SIGN_IN)
    assert response.status_code == 404


def test_a_studio_being_migrated_is_answered_503_and_when_to_come_back(studio):
    with as_owner():
        Studio.objects.filter(pk=studio.pk).update(migrating_since=timezone.now())
    registry.forget_hosts()

    response = get("harbour.localhost")

    assert response.status_code == 503
    assert response["Retry-After"] == "30"


def test_a_mark_left_by_a_dead_migration_fades(studio):
    with as_owner():
        old = timezone.now() - timedelta(seconds=registry.MIGRATING_SECONDS + 1)
        Studio.objects.filter(pk=studio.pk).update(migrating_since=old)
    registry.forget_hosts()
    assert get("harbour.localhost").status_code == 200


@pytest.mark.parametrize(("status", "code"), [("provisioning", 404), ("closing", 404), ("suspended", 503)])
def test_a_studio_that_is_not_active_does_not_answer(studio, status, code):
    assert status in StudioStatus.values
    with as_owner():
        Studio.objects.filter(pk=studio.pk).update(status=status)
    registry.forget_hosts()
    assert get("harbour.localhost").status_code == code


def test_a_suspended_studio_does_not_promise_to_be_back(studio):
    with as_owner():
        Studio.objects.filter(pk=studio.pk).update(status=StudioStatus.SUSPENDED)
    registry.forget_hosts()

    response = get("harbour.localhost")

    assert (response.status_code, response.has_header("Retry-After")) == (503, False)
    assert "not available" in response.text
    assert studio.name not in response.text


def test_the_host_look_up_is_cached(studio, django_assert_num_queries):
    registry.studio_at("harbour.localhost")
    with django_assert_num_queries(0):
        assert registry.studio_at("harbour.localhost").schema_name == studio.schema_name


def test_probes_answer_on_any_host(studio):
    for host in ("nobody.localhost", "harbour.localhost", "localhost", "203.0.113.7"):
        assert get(host, "/health").status_code == 200
        ready = get(host, "/ready")
        assert (ready.status_code, ready.json()["reasons"]) == (200, [])


def test_a_probe_over_plain_http_is_answered_and_not_sent_to_https(studio, settings):
    settings.SECURE_SSL_REDIRECT = True

    answers = {path: get("harbour.localhost", path).status_code for path in ("/health", "/ready", SIGN_IN)}

    assert answers == {"/health": 200, "/ready": 200, SIGN_IN: 301}


def test_ready_says_which_schema_is_behind(studio, other_studio):
    with as_owner(other_studio.schema_name), connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE id = (SELECT max(id) FROM django_migrations)")

    response = get("harbour.localhost", "/ready")

    assert response.status_code == 503
    assert response.json()["reasons"] == [f"{other_studio.schema_name} is not at this version's migrations."]


def test_ready_says_which_schema_lost_a_column(studio, other_studio):
    with as_owner(other_studio.schema_name), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE sessions DROP COLUMN notes")

    response = get("harbour.localhost", "/ready")

    assert response.status_code == 503
    assert response.json()["reasons"] == [f"{other_studio.schema_name} lacks columns that its migrations made."]


def test_a_schema_ahead_of_the_code_is_ready(studio, other_studio):
    """Code goes back one release without touching a schema."""
    with as_owner(other_studio.schema_name), connection.cursor() as cursor:
        cursor.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('office', '9999_later', now())")
        cursor.execute("ALTER TABLE sessions ADD COLUMN later text")

    assert get("harbour.localhost", "/ready").status_code == 200
