import pytest
from django.db import ProgrammingError, connection, transaction

from studio.accounts.acting import acting_for
from studio.accounts.models import AccountSession, AuditEvent, Invitation
from studio.accounts.services import addresses, invitations, users
from studio.db import sqlstate
from studio.mail.models import EmailMessage
from studio.platform.services import studios
from studio.tenancy.context import inside, on_platform
from studio.tenancy.models import Domain, Studio
from studio.tenancy.selectors import registry
from studio.tenancy.services import names, standing
from tests.jobs import waiting_jobs
from tests.studio.platform.conftest import NOW

pytestmark = pytest.mark.django_db


def opened(operator, **facts):
    with on_platform():
        known = {"name": "New Wave", "kind": "recording", "owner_email": "Owner@New.example"}
        return studios.open_studio(**{**known, **facts}, actor=operator, now=NOW)


def trail():
    with on_platform():
        return list(
            AuditEvent.objects.filter(object_type="tenancy.studio").order_by("pk").values_list("verb", "reason")
        )


def test_open_studio_registers_it_and_queues_one_job_in_the_same_transaction(operator):
    studio = opened(operator, country="CH", currency="CHF", time_zone="Europe/Zurich", language="fr")

    assert (studio.status, studio.slug, studio.owner_email) == ("provisioning", "new-wave", "owner@new.example")
    assert (studio.country, studio.currency, studio.time_zone, studio.language) == ("CH", "CHF", "Europe/Zurich", "fr")
    jobs = [(name, arguments) for _id, name, arguments in waiting_jobs()]
    assert jobs == [("tenancy.provision_studio", {"schema": "public", "studio_id": studio.pk})]
    assert trail() == [("open", "")]
    with on_platform():
        assert Domain.objects.get(studio=studio).domain == "new-wave.localhost"


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"name": "x" * 300}, names.BadStudioName),
        ({"name": " \t "}, names.BadStudioName),
        ({"slug": "admin"}, names.BadStudioName),
        ({"slug": 'a"; drop'}, names.BadStudioName),
        ({"slug": "harbour"}, names.NameTaken),
        ({"time_zone": "../../etc/passwd"}, names.BadStudioName),
        ({"owner_email": "nobody"}, addresses.EmailInvalid),
    ],
    ids=["long", "blank", "reserved", "not plain", "taken", "zone", "address"],
)
def test_open_studio_refuses_and_writes_nothing(operator, facts, refusal):
    with pytest.raises(refusal):
        opened(operator, **facts)

    with on_platform():
        assert Studio.objects.count() == 2
    assert waiting_jobs() == []
    assert trail() == []


def test_resume_queues_once_however_often_and_forgets_the_error(operator):
    studio = opened(operator)
    with on_platform():
        Studio.objects.filter(pk=studio.pk).update(provisioning_error="OperationalError: no space left")
        studios.resume_provisioning(studio=studio, actor=operator, now=NOW)
        studios.resume_provisioning(studio=studio, actor=operator, now=NOW)
        assert Studio.objects.get(pk=studio.pk).provisioning_error == ""

    assert len(waiting_jobs()) == 1


def test_resume_refuses_a_studio_that_is_set_up(operator, studio):
    with on_platform(), pytest.raises(standing.NotInThatState, match="set up already"):
        studios.resume_provisioning(studio=studio, actor=operator, now=NOW)

    assert waiting_jobs() == []


def test_suspend_and_reactivate_move_one_arrow_each_with_the_reason_on_record(
    operator, studio, web, django_capture_on_commit_callbacks
):
    assert web.get("/accounts/login/").status_code == 200

    with on_platform(), django_capture_on_commit_callbacks(execute=True):
        studios.suspend_studio(studio=studio, actor=operator, now=NOW, reason="unpaid since March")
        with pytest.raises(standing.NotInThatState):
            studios.suspend_studio(studio=studio, actor=operator, now=NOW, reason="again")

    assert web.get("/accounts/login/").status_code == 503
    with on_platform(), django_capture_on_commit_callbacks(execute=True):
        studios.reactivate_studio(studio=studio, actor=operator, now=NOW, reason="paid")
        with pytest.raises(standing.NotInThatState):
            studios.reactivate_studio(studio=studio, actor=operator, now=NOW, reason="again")
    assert web.get("/accounts/login/").status_code == 200
    assert trail() == [("suspend", "unpaid since March"), ("reactivate", "paid")]


def test_a_suspended_studio_gets_no_jobs_and_for_each_job_its_studio_is_asked_once(
    operator, studio, django_assert_max_num_queries
):
    with django_assert_max_num_queries(1):
        found = registry.active_studio(studio.schema_name)
    assert found == registry.ref_of(studio)
    assert found.primary_domain == "harbour.localhost"
    with on_platform():
        studios.suspend_studio(studio=studio, actor=operator, now=NOW, reason="unpaid")

    assert registry.active_studio(studio.schema_name) is None


def invitations_of(studio):
    with inside(studio):
        rows = Invitation.objects.order_by("pk").values_list("email", "role", "withdrawn_at", "invited_by_label")
        return [(email, role, withdrawn is not None, by) for email, role, withdrawn, by in rows]


def test_invite_owner_writes_from_inside_the_studio_and_ends_the_links_before(operator, studio):
    with on_platform():
        sign_in = AccountSession.objects.create(account=operator, account_label=operator.label, started_at=NOW)
    with on_platform(), acting_for("request-1", account_session_id=sign_in.pk):  # which the studio does not know
        studios.invite_owner(studio=studio, email="typo@harbour.example", actor=operator, now=NOW)
        studios.invite_owner(studio=studio, email="Owner@harbour.example", actor=operator, now=NOW)

    assert invitations_of(studio) == [
        ("typo@harbour.example", "owner", True, ""),
        ("owner@harbour.example", "owner", False, ""),
    ]
    mails = EmailMessage.objects.order_by("pk").values_list("recipient", "state")
    assert list(mails) == [("typo@harbour.example", "failed"), ("owner@harbour.example", "queued")]
    assert "http://harbour.localhost/accounts/invitations/" in EmailMessage.objects.latest("pk").text
    assert set(AuditEvent.objects.values_list("account_session_id", "actor_label")) == {(None, "")}
    assert [arguments["schema"] for _id, _name, arguments in waiting_jobs()] == [studio.schema_name] * 2
    with on_platform():
        assert Studio.objects.get(pk=studio.pk).owner_email == "owner@harbour.example"
        assert AuditEvent.objects.filter(verb="invite", object_type="tenancy.studio", account=operator).count() == 2
        assert EmailMessage.objects.count() == 0  # the studio writes, not the platform


def test_invite_owner_is_refused_once_somebody_owns_the_studio(operator, studio):
    users.create_account(email="owner@harbour.example", actor=None, now=NOW, role="owner")

    with on_platform(), pytest.raises(invitations.HasOwner):
        studios.invite_owner(studio=studio, email="olive@platform.example", actor=operator, now=NOW)

    assert invitations_of(studio) == []


@pytest.mark.parametrize("status", ["provisioning", "suspended", "closing"])
def test_invite_owner_is_refused_unless_the_studio_is_open(operator, studio, status):
    with on_platform():
        Studio.objects.filter(pk=studio.pk).update(status=status)
        with pytest.raises(standing.NotInThatState):
            studios.invite_owner(studio=studio, email="owner@harbour.example", actor=operator, now=NOW)

    assert invitations_of(studio) == []


def test_operators_stand_outside_every_studio(operator, studio):
    with on_platform(), transaction.atomic(), connection.cursor() as cursor:
        with pytest.raises(ProgrammingError) as caught:
            cursor.execute(f"SELECT * FROM {studio.schema_name}.users")
        transaction.set_rollback(True)

    assert sqlstate(caught.value) == "42501"
