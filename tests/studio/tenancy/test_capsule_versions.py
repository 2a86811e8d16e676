"""A backup of an older version of the product, restored by this one."""

import shutil
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.db import connection

from sessions_app.models import Client
from studio.accounts.models import AuditEvent
from studio.office.models import StoredFile
from studio.office.services import files
from studio.tenancy.context import as_owner, inside
from studio.tenancy.history import history
from studio.tenancy.models import Capsule, Studio
from studio.tenancy.services import migrating
from tests import fleet
from tests.factories import NOW
from tests.studio.tenancy.capsule_acts import command, made

PDF = b"%PDF-1.7\n" + bytes(range(256))
WITH_FINDINGS = 3

pytestmark = pytest.mark.django_db(transaction=True)


class Meddler(StringIO):
    """Reads progress, and adds a column by hand once the rows are there."""

    def write(self, text):
        if text.startswith("file 1 of 1"):
            schema = newest().schema_name
            with as_owner(schema), connection.cursor() as cursor:
                cursor.execute("ALTER TABLE clients ADD COLUMN stray integer")
        return super().write(text)


@contextmanager
def older_studio():
    """A studio with a client and a file, that lacks the newest migration of the books."""
    newest_one, before = [key for key in reversed(history().order) if key[0] == "billing"][:2]
    with fleet.fleet(1) as (studio,):
        with inside(studio):
            Client.objects.create(name="Ada")
            files.store_file(data=PDF, name="old.pdf", actor=None, now=NOW)
        migrating.migrate_schema(studio.schema_name, before)
        try:
            yield studio, newest_one
        finally:
            remove_copies(studio)


def remove_copies(studio):
    with as_owner():
        copies = list(Studio.objects.filter(uid=studio.uid).exclude(pk=studio.pk))
        Studio.objects.filter(uid=studio.uid).update(provisioning_error="")
        Capsule.objects.all().delete()
    for copy in copies:
        shutil.rmtree(default_storage.path(copy.schema_name), ignore_errors=True)
        fleet.remove(copy)
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE audit_events")


def newest():
    with as_owner():
        return Studio.objects.order_by("-pk").first()


def test_it_is_migrated_forward_and_stays_closed_where_it_differs(studio, tmp_path):
    with older_studio() as (older, lacking):
        code, told, said = command("restore", made(older, tmp_path).path, told=Meddler())

        assert (code, told["open"]) == (WITH_FINDINGS, False)
        assert said == f"Restored, but something contradicts itself:\n{told['findings'][0]}"
        assert "stray" in told["findings"][0]
        copy = newest()
        assert (copy.status, copy.provisioning_error) == ("provisioning", told["findings"][0])
        assert (copy.uid, copy.copy_of_id) == (older.uid, older.pk)
        applied = migrating.applied_of([older.schema_name, copy.schema_name])
        assert applied[copy.schema_name] - applied[older.schema_name] == {lacking}
        with inside(copy):
            assert list(Client.objects.values_list("name", flat=True)) == ["Ada"]
            with files.open_file(StoredFile.objects.get()) as file:
                assert file.read() == PDF
        it_is_discarded_with_its_files(copy)


def it_is_discarded_with_its_files(copy):
    folder = Path(default_storage.path(copy.schema_name))
    assert [each for each in folder.rglob("*") if each.is_file()] != []

    code, told, _said = command("discard", copy.schema_name, "--yes")

    assert (code, told) == (0, {"schema": copy.schema_name, "files": 1, "discarded": True})
    assert [each for each in folder.rglob("*") if each.is_file()] == []
    with as_owner():
        assert not Studio.objects.filter(pk=copy.pk).exists()
        assert AuditEvent.objects.filter(object_id=str(copy.pk), verb="discard").count() == 1
