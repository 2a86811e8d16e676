"""Opening a studio in steps that may run again, and removing one with everything that is its own."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from studio.tenancy.context import as_owner, inside
from studio.tenancy.models import Domain, ReleasedName, Studio, StudioStatus
from studio.tenancy.services import migrating, roles, studios
from studio.tenancy.signals import studio_provisioned
from tests.fleet import digest, remove

pytestmark = pytest.mark.django_db(transaction=True)


ROLE_IN_USE = """
    SELECT to_regnamespace(%s) IS NOT NULL, EXISTS (
        SELECT FROM pg_roles r JOIN pg_shdepend d ON d.refobjid = r.oid AND d.refclassid = 'pg_authid'::regclass
        JOIN pg_database b ON b.oid = d.dbid AND b.datname = current_database() WHERE r.rolname = %s
    )
"""


def exists(schema: str) -> tuple[bool, bool]:
    """Return whether there is a schema of that name, and a role with rights in this database.

    Another database of the cluster may use a role of the same name, which then stays.
    """
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(ROLE_IN_USE, [schema, schema])
        return cursor.fetchone()


@pytest.fixture
def opened():
    """The studios a test opens; removed afterwards."""
    made: list[Studio] = []
    yield made
    with as_owner():
        left = list(Studio.objects.filter(pk__in=[studio.pk for studio in made]))
    for studio in left:
        remove(studio)
    with as_owner():
        ReleasedName.objects.all().delete()


def open_studio(opened: list[Studio], name: str = "Blue Room") -> Studio:
    opened.append(studios.create_studio(name=name, kind="recording", now=timezone.now()))
    return opened[-1]


def test_a_new_studio_has_schema_role_seeds_and_address(opened):
    studio = open_studio(opened)

    assert studio.status == StudioStatus.ACTIVE
    assert exists(studio.schema_name) == (True, True)
    with as_owner():
        assert Domain.objects.get(studio=studio).domain == "blue-room.localhost"
    with inside(studio), connection.cursor() as cursor:
        cursor.execute("SELECT name FROM studio_profile")
        assert cursor.fetchall() == [("Blue Room",)]


@pytest.mark.parametrize(
    ("constraint", "facts"),
    [
        ("studios_country_code", {"country": "fr"}),
        ("studios_owner_email_lower", {"owner_email": "Olive@harbour.example"}),
        ("studios_error_only_while_set_up", {"provisioning_error": "no space left"}),
    ],
)
def test_the_registry_refuses_facts_that_contradict_themselves(studio, constraint, facts):
    with as_owner(), pytest.raises(IntegrityError, match=constraint):
        Studio.objects.filter(pk=studio.pk).update(**facts)


def test_two_studios_of_one_name_both_open(opened):
    assert [open_studio(opened).slug, open_studio(opened).slug] == ["blue-room", "blue-room-2"]


def test_a_failing_seed_leaves_a_studio_that_can_be_resumed(opened):
    def fail(**_news: object) -> None:
        raise OSError("the mail server is away")

    studio_provisioned.connect(fail)
    try:
        with as_owner():
            opened.append(studios.register_studio(name="Blue Room", kind="recording", now=timezone.now()))
        with pytest.raises(OSError, match="away"):
            studios.provision_studio(opened[0])
    finally:
        studio_provisioned.disconnect(fail)
    with as_owner():
        stuck = Studio.objects.get(pk=opened[0].pk)
    assert (stuck.status, stuck.provisioning_error) == (StudioStatus.PROVISIONING, "OSError: the mail server is away")
    assert exists(stuck.schema_name) == (True, True)

    studios.provision_studio(stuck)

    with as_owner():
        done = Studio.objects.get(pk=stuck.pk)
    assert (done.status, done.provisioning_error) == (StudioStatus.ACTIVE, "")


def test_a_studio_is_open_in_the_transaction_of_its_seeds(opened):
    """A worker that takes a seed's job at once finds the studio active: no moment lies between the two."""
    seeded_by = []

    def seed(**_news: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id()::xid::text")
            seeded_by.append(cursor.fetchone()[0])

    studio_provisioned.connect(seed)
    try:
        studio = open_studio(opened)
    finally:
        studio_provisioned.disconnect(seed)

    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT status, xmin::text FROM studios WHERE id = %s", [studio.pk])
        assert cursor.fetchone() == (StudioStatus.ACTIVE, *seeded_by)


def test_a_late_failure_does_not_close_a_studio_that_another_worker_opened(opened):
    studio = open_studio(opened)
    as_a_slow_worker_read_it = Studio(pk=studio.pk, schema_name=studio.schema_name, status=StudioStatus.PROVISIONING)

    def fail(**_news: object) -> None:
        raise OSError("too late")

    studio_provisioned.connect(fail)
    try:
        with pytest.raises(OSError, match="too late"):
            studios.provision_studio(as_a_slow_worker_read_it)
    finally:
        studio_provisioned.disconnect(fail)

    with as_owner():
        found = Studio.objects.get(pk=studio.pk)
    assert (found.status, found.provisioning_error) == (StudioStatus.ACTIVE, "")


def test_provisioning_again_changes_nothing(opened):
    studio = open_studio(opened)
    before = digest(studio.schema_name)

    studios.provision_studio(studio)

    assert digest(studio.schema_name) == before


def test_a_studio_half_migrated_by_a_crash_is_finished(opened):
    with as_owner():
        opened.append(studios.register_studio(name="Blue Room", kind="recording", now=timezone.now()))
    studios._make_schema(opened[0])
    migrating.migrate_schema(opened[0].schema_name, ("sessions_app", "0001_initial"))

    studios.provision_studio(opened[0])

    assert digest(opened[0].schema_name) == digest(open_studio(opened).schema_name)


def test_only_a_closing_studio_is_removed(opened):
    studio = open_studio(opened)
    as_a_page_read_it_before = Studio(pk=studio.pk, schema_name=studio.schema_name, status=StudioStatus.CLOSING)
    for shown in (studio, as_a_page_read_it_before):
        with pytest.raises(studios.NotRemovable, match="Close the studio first"):
            studios.remove_studio(studio=shown, now=timezone.now())
    assert exists(studio.schema_name) == (True, True)


def test_removing_a_studio_takes_all_that_is_its_own_and_nothing_else(opened, studio):
    gone = open_studio(opened)
    kept = digest(studio.schema_name)

    remove(gone)

    assert exists(gone.schema_name) == (False, False)
    assert digest(studio.schema_name) == kept
    with as_owner():
        names = set(ReleasedName.objects.values_list("name", flat=True))
    assert names == {"blue-room", "blue-room.localhost"}
    assert open_studio(opened).slug == "blue-room-2"


def test_the_command_prints_schema_and_address(opened, capsys):
    call_command("create_studio", "Blue Room", kind="recording", slug="blue")
    with as_owner():
        opened.append(Studio.objects.get(slug="blue"))

    assert capsys.readouterr().out == f"{opened[0].schema_name} http://blue.localhost/\n"


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        ("", {}, "A studio needs a name."),
        ("x" * 300, {}, "at most 120 characters"),
        ("a\x00b", {}, "printable characters only"),
        ("Plain", {"slug": "admin"}, "reserved"),
        ("Plain", {"slug": "../up"}, "letters a-z, digits and inner hyphens"),
        ("Plain", {"domain": "no host name"}, "not a host name"),
        ("Plain", {"owner": "nobody"}, "valid email"),
    ],
)
def test_the_command_refuses_with_a_sentence_and_writes_nothing(name, options, sentence):
    with as_owner():
        before = Studio.objects.count()
    with pytest.raises(CommandError, match=sentence) as refused:
        call_command("create_studio", name, kind="recording", **options)
    assert refused.value.returncode == 2
    with as_owner():
        assert Studio.objects.count() == before


def test_a_role_of_another_installation_is_refused_with_a_sentence(studio):
    """Another owner on the same server cannot become roles that it has not made."""
    stranger = "another_installation"
    with as_owner(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {stranger} CREATEROLE")
        cursor.execute(f"GRANT {stranger} TO CURRENT_USER")
        cursor.execute(f"SET LOCAL ROLE {stranger}")
        with pytest.raises(ImproperlyConfigured, match="a server of its own"):
            roles.grant_role(studio.schema_name, stranger)
        transaction.set_rollback(True)
