"""The operators' back office: lists, acts and who may reach them."""

import pytest
from django.db import connection
from django.test import Client
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone

from studio.accounts.models import AuditEvent, LoginSession, User
from studio.accounts.services import users
from studio.admin_sites import platform_site, studio_site
from studio.mail.services import outbox
from studio.mail.services.writing import Letter
from studio.tenancy.context import as_owner, inside, on_platform
from studio.tenancy.models import Capsule, MigrationResult, MigrationRun, SchemaReport, Studio
from studio.tenancy.services import studios
from tests.jobs import waiting_jobs
from tests.studio.platform.conftest import NOW, PASSWORD, made_operator
from tests.test_doors import HOSTS, addresses

pytestmark = pytest.mark.django_db
LETTER = Letter("s", "t", "")


def registered(number):
    with as_owner():
        made = [
            studios.register_studio(name=f"Extra {index}", kind="recording", slug=f"extra-{index}", now=NOW)
            for index in range(number)
        ]
        for studio in made:
            SchemaReport.objects.create(studio=studio, schema_name=studio.schema_name, digest="0", checked_at=NOW)
    return made


def failed_backup(studio):
    return Capsule.objects.create(
        studio=studio,
        schema_name=studio.schema_name,
        studio_label=studio.name,
        state="failed",
        problem="No room.",
        made_at=NOW,
        made_by="the nightly job",
    )


# Lists --------------------------------------------------------------------------------------------


def test_the_list_names_version_and_drift_of_each_studio(desk, studio, other_studio):
    finding = {"what": "column clients.phone is missing."}
    with as_owner():
        for each, findings in ((studio, [finding, finding]), (other_studio, [])):
            SchemaReport.objects.create(
                studio=each, schema_name=each.schema_name, digest="0", findings=findings, checked_at=NOW
            )
    with as_owner(other_studio.schema_name), connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sessions_app' AND name LIKE '0003%'")

    page = desk.get("/admin/tenancy/studio/").content.decode()

    assert [text in page for text in ("2 findings", "clean", "current", "1 migration behind")] == [True] * 4
    detail = desk.get(f"/admin/tenancy/studio/{other_studio.pk}/change/").content.decode()
    assert "sessions_app.0003_project_of_the_client" in detail
    assert "0003_project" not in desk.get(f"/admin/tenancy/studio/{studio.pk}/change/").content.decode()


@pytest.mark.parametrize("more", [1, 3])
@pytest.mark.parametrize(
    ("path", "queries"),
    [
        ("/admin/", 6),
        ("/admin/tenancy/studio/", 6),
        ("/admin/tenancy/migrationrun/", 5),
        ("/admin/tenancy/migrationresult/", 5),
        ("/admin/tenancy/schemareport/", 5),
        ("/admin/tenancy/capsule/", 5),
        ("/admin/accounts/user/", 5),
        ("/admin/accounts/auditevent/", 5),
    ],
)
def test_lists_ask_as_much_for_three_rows_as_for_one(desk, more, path, queries, django_assert_num_queries):
    made = registered(more)
    with as_owner():
        for studio in made:
            run = MigrationRun.objects.create(started_at=NOW)
            MigrationResult.objects.create(
                run=run, studio=studio, schema_name=studio.schema_name, state="done", started_at=NOW
            )
            failed_backup(studio)
    for index in range(more):
        made_operator(f"extra{index}")

    desk.get(path)  # content types and the like are read once a process
    with django_assert_num_queries(queries):
        assert desk.get(path).status_code == 200


def test_the_first_page_names_what_needs_a_look(desk, studio):
    calm = desk.get("/admin/").content.decode()
    assert "Nothing: all studios are set up" in calm
    assert "The schemas of 2 studios have never been checked." in calm

    with as_owner():
        for each in Studio.objects.all():
            SchemaReport.objects.create(studio=each, schema_name=each.schema_name, digest="0", checked_at=NOW)
    checked = desk.get("/admin/").content.decode()
    assert ("never been checked" in checked, "The last check of each found no difference." in checked) == (False, True)

    with as_owner():
        Studio.objects.filter(pk=studio.pk).update(status="provisioning", provisioning_error="x")

    page = desk.get("/admin/").content.decode()
    assert "could not be set up" in page
    assert "Nothing: all studios are set up" not in page


def test_the_platforms_own_address_leads_to_the_back_office(desk):
    answer = desk.get("/")

    assert (answer.status_code, answer["Location"]) == (302, "/admin/")


# Acts and facts -----------------------------------------------------------------------------------


def test_name_and_kind_are_edited_and_the_rest_of_a_post_changes_nothing(desk, studio):
    with as_owner():
        before = Studio.objects.filter(pk=studio.pk).values().get()
    sent = {
        "name": "Harbour and Sons",
        "kind": "recording",
        "schema_name": "tenant_999",
        "slug": "stolen",
        "status": "closing",
        "currency": "JPY",
        "time_zone": "UTC",
        "owner_email": "me@evil.example",
    }

    answer = desk.post(f"/admin/tenancy/studio/{studio.pk}/change/", sent)

    with as_owner():
        after = Studio.objects.filter(pk=studio.pk).values().get()
    assert answer.status_code == 302
    assert {name for name in after if after[name] != before[name]} == {"name", "kind", "updated_at"}
    with on_platform():
        event = AuditEvent.objects.get(object_type="tenancy.studio")
    assert (event.verb, event.changes["name"]) == ("change", ["Harbour Studio", "Harbour and Sons"])


def test_suspending_asks_for_a_reason_and_a_second_press_is_refused(desk, studio):
    page = f"/admin/tenancy/studio/{studio.pk}/suspend/"

    assert desk.post(page, {"reason": ""}).status_code == 400
    assert desk.post(page, {"reason": "unpaid"}).status_code == 302
    again = desk.post(page, {"reason": "unpaid"})

    assert again.status_code == 409
    assert "Only an active studio can be suspended." in again.content.decode()
    shown = desk.get(f"/admin/tenancy/studio/{studio.pk}/change/").content.decode()
    assert ("/reactivate/" in shown, "/suspend/" in shown) == (True, False)


def test_backups_are_queued_listed_and_missed_after_a_day(desk, operator, studio):
    page = f"/admin/tenancy/studio/{studio.pk}/back-up/"
    assert "has no backup younger than a day" not in desk.get("/admin/").content.decode()
    with as_owner():
        Studio.objects.filter(pk=studio.pk).update(created_at=NOW)
        failed_backup(studio)

    assert "has no backup younger than a day" in desk.get("/admin/").content.decode()
    assert desk.post(page).status_code == 302
    assert desk.post(page).status_code == 302

    jobs = [job for job in waiting_jobs() if job[1] == "tenancy.make_capsule"]
    assert [arguments for _id, _name, arguments in jobs] == [
        {"schema": "public", "studio_id": studio.pk, "asked_by": operator.pk, "is_nightly": False}
    ]
    listed = desk.get("/admin/tenancy/capsule/").content.decode()
    assert ("not made" in listed, "the nightly job" in listed) == (True, True)
    with as_owner():
        Capsule.objects.update(state="ready", path="/x", sha256="0" * 64, problem="", made_at=timezone.now())
    assert "has no backup younger than a day" not in desk.get("/admin/").content.decode()


def test_a_restored_copys_mails_leave_when_an_operator_says_so_and_not_those_that_waited(desk, studio):
    page = f"/admin/tenancy/studio/{studio.pk}/let-mails-go/"
    with inside(studio):
        waits = outbox.queue_email(kind="k", about="a.b:1", recipient="a@b.example", letter=LETTER, now=NOW)
    assert desk.post(page).status_code == 409
    with as_owner():
        Studio.objects.filter(pk=studio.pk).update(mails_held_since=NOW)

    assert "restored, mails held" in desk.get("/admin/tenancy/studio/").content.decode()
    assert desk.post(page).status_code == 302

    with inside(studio):
        waits.refresh_from_db()
        assert waits.state == "failed"
        assert outbox.send_email(outbox.retry_email(message=waits, now=NOW).pk, NOW).state == "sent"
    with on_platform():
        told = AuditEvent.objects.filter(object_type="tenancy.studio").values_list("verb", "object_label")
        assert list(told) == [("let_mails_go", str(studio))]


@pytest.mark.parametrize("page", ["resume", "suspend", "reactivate", "invite-owner", "check", "back-up"])
def test_the_question_of_an_act_names_the_studio(desk, studio, page):
    assert "Harbour Studio" in desk.get(f"/admin/tenancy/studio/{studio.pk}/{page}/").context["question"]


def test_a_studio_is_never_deleted_here(desk, studio):
    assert desk.get(f"/admin/tenancy/studio/{studio.pk}/delete/").status_code == 403
    assert desk.post(f"/admin/tenancy/studio/{studio.pk}/delete/", {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("model", ["migrationrun", "migrationresult", "schemareport"])
def test_records_of_the_machinery_are_read_only(desk, studio, model):
    with as_owner():
        run = MigrationRun.objects.create(started_at=NOW)
        result = MigrationResult.objects.create(run=run, schema_name="public", state="done", started_at=NOW)
        report = SchemaReport.objects.create(schema_name="public", digest="0", checked_at=NOW)
    row = {"migrationrun": run, "migrationresult": result, "schemareport": report}[model]

    assert desk.get(f"/admin/tenancy/{model}/{row.pk}/change/").status_code == 200
    assert desk.get(f"/admin/tenancy/{model}/add/").status_code == 403
    assert desk.post(f"/admin/tenancy/{model}/{row.pk}/change/", {"state": "failed"}).status_code == 403
    assert desk.post(f"/admin/tenancy/{model}/{row.pk}/delete/", {"post": "yes"}).status_code == 403


def test_checking_several_is_confirmed_first(desk, studio, other_studio):
    sent = {"action": "check_selected", "_selected_action": [studio.pk, other_studio.pk]}

    asked = desk.post("/admin/tenancy/studio/", sent)
    assert "This will be done to 2 rows" in asked.content.decode()
    with on_platform():
        assert not AuditEvent.objects.filter(verb="check").exists()

    desk.post("/admin/tenancy/studio/", {**sent, "confirmed": "yes"})
    with on_platform():
        assert AuditEvent.objects.filter(verb="check").count() == 2


# Who may ------------------------------------------------------------------------------------------


def test_no_address_of_one_host_answers_on_the_other(desk, studio, web):
    users.create_account(
        email="owner@harbour.example", password=PASSWORD, email_verified=True, role="owner", actor=None, now=NOW
    )
    assert web.post("/accounts/login/", {"login": "owner@harbour.example", "password": PASSWORD}).status_code == 302
    paths = {kind: set(addresses(urlconf).values()) for kind, urlconf in HOSTS.items()}

    foreign = {
        kind: sorted(own for own in paths[other] if not known(own, HOSTS[kind])) for kind, other in OTHER.items()
    }

    assert "/admin/tenancy/studio/" in foreign["studio"]
    assert "/admin/sessions_app/client/" in foreign["platform"]
    for client, kind in (
        (web, "studio"),
        (Client(headers={"host": "harbour.localhost"}), "studio"),
        (desk, "platform"),
    ):
        answers = {path: client.get(path).status_code for path in foreign[kind]}
        assert {path: status for path, status in answers.items() if status != 404} == {}


OTHER = {"studio": "platform", "platform": "studio"}


def known(path, urlconf):
    """Whether a URLconf has a page of its own at an address."""
    try:
        resolve(path, urlconf)
    except Resolver404:
        return False
    return True


def test_an_operators_cookie_opens_no_studio_and_a_studios_no_platform(desk, studio, web):
    users.create_account(
        email="owner@harbour.example", password=PASSWORD, email_verified=True, role="owner", actor=None, now=NOW
    )
    web.post("/accounts/login/", {"login": "owner@harbour.example", "password": PASSWORD})
    stolen, lent = desk.cookies["session"].value, web.cookies["session"].value

    at_studio, at_platform = Client(headers={"host": "harbour.localhost"}), Client(headers={"host": "localhost"})
    at_studio.cookies["session"], at_platform.cookies["session"] = stolen, lent

    assert (desk.get("/admin/").status_code, web.get("/admin/").status_code) == (200, 200)
    assert (at_studio.get("/admin/").status_code, at_platform.get("/admin/").status_code) == (302, 302)


def test_an_account_of_the_platform_without_the_role_gets_nowhere(platform, studio):
    with on_platform():
        users.create_account(
            email="guest@platform.example", password=PASSWORD, email_verified=True, actor=None, now=NOW
        )
    platform.post("/accounts/login/", {"login": "guest@platform.example", "password": PASSWORD})

    assert platform.get("/admin/", follow=True).status_code == 403
    assert platform.get(f"/admin/tenancy/studio/{studio.pk}/change/", follow=True).status_code == 403


def test_the_platforms_people_are_not_the_studios(desk, operator, studio):
    with on_platform():
        assert list(User.objects.values_list("email", flat=True)) == [operator.email]
        assert LoginSession.objects.count() == 1
    with inside(studio):
        assert (User.objects.count(), LoginSession.objects.count()) == (0, 0)


def test_both_sites_show_only_tables_that_their_schema_has():
    in_studio = {model._meta.app_label for model in studio_site._registry}
    on_the_platform = {model._meta.app_label for model in platform_site._registry}

    assert in_studio <= {"accounts", "billing", "mail", "office", "sessions_app", "training"}
    assert on_the_platform <= {"accounts", "mail", "tenancy"}
    assert reverse("admin:tenancy_studio_changelist", "studio.urls_platform") == "/admin/tenancy/studio/"
