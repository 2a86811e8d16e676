"""Opening a studio from the operators' page to the owner's first sign-in, by the jobs that a worker would run."""

import re

import psycopg
import pytest
from django.db import connection
from django.dispatch import receiver
from django.test import Client
from django.utils import timezone
from procrastinate.contrib.django import app

from studio.accounts.models import Invitation, User
from studio.db import lock_key
from studio.mail.models import EmailMessage
from studio.tenancy.context import as_owner, inside, on_platform
from studio.tenancy.jobs import JobRefused
from studio.tenancy.models import SchemaReport, Studio
from studio.tenancy.services import migrating
from studio.tenancy.signals import studio_provisioned
from tests.fleet import dsn
from tests.jobs import run_jobs, waiting_jobs
from tests.studio.platform.conftest import PASSWORD

pytestmark = pytest.mark.django_db

TYPED = {
    "name": "New Wave",
    "kind": "recording",
    "slug": "",
    "owner_email": "owner@new.example",
    "country": "CH",
    "time_zone": "Europe/Zurich",
    "language": "en",
}


def run_job(studio):
    app.tasks["tenancy.provision_studio"].func(schema="public", studio_id=studio.pk)


def row():
    with as_owner():
        return Studio.objects.get(slug="new-wave")


def test_from_the_form_to_the_owners_first_sign_in(desk):
    answer = desk.post("/admin/tenancy/studio/add/", TYPED)

    studio = row()
    assert (answer.status_code, answer["Location"]) == (302, f"/admin/tenancy/studio/{studio.pk}/change/")
    assert (studio.currency, studio.language, studio.status) == ("CHF", "en", "provisioning")
    at_home = Client(headers={"host": "new-wave.localhost"})
    page = f"/admin/tenancy/studio/{studio.pk}/change/"
    assert "Is written once the studio is set up." in desk.get(page).content.decode()
    assert at_home.get("/accounts/login/").status_code == 404
    progress = f"/admin/tenancy/studio/{studio.pk}/progress/"
    waiting = desk.get(progress)
    assert 'hx-trigger="every 2s"' in waiting.content.decode()
    assert "HX-Refresh" not in waiting

    run_jobs()

    assert (row().status, row().provisioning_error) == ("active", "")
    assert desk.get(progress)["HX-Refresh"] == "true"
    assert "studio-progress" not in desk.get(f"/admin/tenancy/studio/{studio.pk}/change/").content.decode()
    with inside(studio):
        invitation = Invitation.objects.get()
        letter = EmailMessage.objects.get()
    assert (invitation.email, invitation.role, letter.recipient) == ("owner@new.example", "owner", "owner@new.example")
    link = re.search(r"http://new-wave\.localhost(\S+)", letter.text)[1]
    told = "owner@new.example has not accepted it yet. The mail is in the studio&#x27;s own outbox: sent"
    assert told in desk.get(page).content.decode()
    typed = {"name": "Olga", "password": PASSWORD, "repeated": PASSWORD}
    assert at_home.post(link, typed).status_code == 302
    assert at_home.get("/admin/").status_code == 200
    with inside(studio):
        assert User.objects.get().role_names == {"owner"}
    assert "Accepted, " in desk.get(page).content.decode()


def test_the_page_says_when_the_owners_link_works_no_more(desk):
    desk.post("/admin/tenancy/studio/add/", TYPED)
    run_jobs()
    studio = row()
    with inside(studio):
        Invitation.objects.update(expires_at=timezone.now())

    page = desk.get(f"/admin/tenancy/studio/{studio.pk}/change/").content.decode()

    assert "owner@new.example did not accept it, and its link does not work any more." in page


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "x" * 300),
        ("name", "a\"';<b>/../"),
        ("slug", "admin"),
        ("slug", "harbour"),
        ("country", "XX"),
        ("time_zone", "Mars/Olympus"),
        ("kind", "bakery"),
        ("owner_email", ""),
    ],
)
def test_the_form_refuses_or_takes_odd_names_without_an_error(desk, field, value):
    answer = desk.post("/admin/tenancy/studio/add/", TYPED | {field: value})

    with as_owner():
        made = Studio.objects.exclude(slug__in=["harbour", "meadow"]).values_list("name", "slug")
        if field == "name" and len(value) < 100:
            assert (answer.status_code, list(made)) == (302, [(value, "ab")])
        else:
            assert (answer.status_code // 100, list(made)) == (4, [])


def test_a_failing_step_is_told_on_the_page_and_resumed_by_an_act(desk):
    desk.post("/admin/tenancy/studio/add/", TYPED)
    studio, broken = row(), [True]

    @receiver(studio_provisioned, weak=False, dispatch_uid="test.breaks")
    def breaks(studio, **kwargs):
        if broken:
            raise RuntimeError("the printer is on fire")

    try:
        with pytest.raises(JobRefused, match="printer"):
            run_job(studio)
        page = desk.get(f"/admin/tenancy/studio/{studio.pk}/change/").content.decode()
        assert row().provisioning_error == "RuntimeError: the printer is on fire"
        assert page.count("the printer is on fire") == 1
        assert "every 2s" not in page  # nothing moves until somebody acts
        assert f"/admin/tenancy/studio/{studio.pk}/resume/" in page
        assert "setting up failed" in desk.get("/admin/tenancy/studio/").content.decode()

        broken.clear()
        with as_owner():
            Studio.objects.filter(pk=studio.pk).update(owner_email="owner@new.example")
        answer = desk.post(f"/admin/tenancy/studio/{studio.pk}/resume/")
        run_jobs()
    finally:
        studio_provisioned.disconnect(dispatch_uid="test.breaks")

    assert answer.status_code == 302
    assert (row().status, row().provisioning_error) == ("active", "")
    with inside(studio):
        assert Invitation.objects.count() == EmailMessage.objects.count() == 1


def test_a_second_run_of_the_job_does_nothing(desk):
    desk.post("/admin/tenancy/studio/add/", TYPED)
    studio = row()

    run_job(studio)
    run_job(studio)

    with inside(studio):
        assert Invitation.objects.count() == EmailMessage.objects.count() == 1


def test_a_worker_without_the_owners_login_says_so_on_the_row(desk, settings):
    desk.post("/admin/tenancy/studio/add/", TYPED)
    studio = row()
    settings.DATABASE_LOGIN = "web"

    with pytest.raises(JobRefused, match="DATABASE_URL"):
        run_job(studio)

    settings.DATABASE_LOGIN = "owner"
    assert "DATABASE_URL" in row().provisioning_error


def test_check_schema_puts_what_it_found_on_record_and_the_page_shows_it(desk, studio):
    with as_owner(studio.schema_name), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE clients DROP COLUMN birthday")

    answer = desk.post(f"/admin/tenancy/studio/{studio.pk}/check/")
    assert (answer.status_code, len(waiting_jobs())) == (302, 1)
    run_jobs()

    with on_platform():
        report = SchemaReport.objects.get(studio=studio)
    assert [finding["name"] for finding in report.findings] == ["birthday"]
    listed = desk.get("/admin/tenancy/studio/").content.decode()
    assert ("1 finding" in listed, listed.count("never checked")) == (True, 1)  # the other studio's
    found = desk.get(f"/admin/tenancy/schemareport/{report.pk}/change/").content.decode()
    assert "column clients.birthday is missing" in found
    assert "differs from what the migrations make" in desk.get("/admin/").content.decode()


def test_a_studio_is_migrated_with_the_others_once_it_is_set_up(desk):
    desk.post("/admin/tenancy/studio/add/", TYPED)
    before = migrating.studio_schemas()
    run_jobs()

    assert (row().schema_name in before, row().schema_name in migrating.studio_schemas()) == (False, True)


def test_two_workers_do_not_set_one_studio_up(desk):
    desk.post("/admin/tenancy/studio/add/", TYPED)
    studio = row()

    with psycopg.connect(dsn(), autocommit=True) as other_worker:
        key = [lock_key("public", f"provision:{studio.pk}")]
        other_worker.execute("SELECT pg_advisory_lock(%s)", key)
        run_job(studio)
        assert row().status == "provisioning"
        # Closing gives it back too, but only when the server has noticed.
        other_worker.execute("SELECT pg_advisory_unlock(%s)", key)

    run_job(studio)
    assert row().status == "active"
