"""Every list that leaves the house leaves a line in the trail, and who only looks takes none along."""

import gc
import re
import tempfile
from tempfile import SpooledTemporaryFile

import pytest
from django.urls import reverse

from studio.accounts import taking_along
from studio.accounts.models import AuditEvent
from tests.factories import ProjectFactory, TimeEntryFactory, TrackFactory
from tests.source_tree import ROOT, modules
from tests.staff import account, signed_in

pytestmark = pytest.mark.django_db
HOURS, TOTALS = "/admin/sessions_app/timeentry/", "/admin/time/report/?first=2026-01-01&last=2026-12-31"
FILES = (f"{HOURS}export/csv/?q=album", f"{HOURS}export/xlsx/?q=album", f"{TOTALS}&by=person&file=csv")


@pytest.fixture
def album(studio):
    album = ProjectFactory(name="Album")
    TrackFactory(project=album)
    for _number in range(2):
        TimeEntryFactory(target=album)
    return album


def answer_of(browser, address):
    """The answer, read to its end: a file is closed by that."""
    answer = browser.get(address)
    list(answer)
    return answer


def taken():
    """What the trail tells of lists that were taken along: of what, what table, how many, chosen how, the file."""
    found = []
    for event in AuditEvent.objects.filter(verb="export").order_by("pk"):
        facts = {name: new for name, (_old, new) in event.changes.items()}
        kind, filters = facts.pop("file"), facts.pop("filters")
        found.append((event.object_type, facts, filters, kind))
    return found


def test_each_file_of_hours_is_written_down(web, album):
    owner = account("owner")
    browser = signed_in(web, owner)

    answers = [answer_of(browser, address) for address in FILES]

    assert all("no-store" in answer["Cache-Control"] for answer in answers)
    days = "by=person&file=csv&first=2026-01-01&last=2026-12-31"
    assert taken() == [
        ("office.studioprofile", {"time_entries": 2}, "q=album", "csv"),
        ("office.studioprofile", {"time_entries": 2}, "q=album", "xlsx"),
        ("office.studioprofile", {"time_entries": 2}, days, "csv"),
    ]
    assert set(AuditEvent.objects.filter(verb="export").values_list("account", flat=True)) == {owner.pk}


def test_a_label_copy_and_the_trail_itself_are_written_down(web, album):
    browser = signed_in(web, account("owner"))
    page = reverse("admin:sessions_app_project_label-copy", args=[album.pk])
    event = AuditEvent.objects.order_by("pk").first()

    assert browser.get(page).status_code == 200  # to look at, or to print
    answer_of(browser, f"{page}?format=xlsx")
    list(browser.post("/admin/accounts/auditevent/?o=1", {"action": "export", "_selected_action": [event.pk]}))

    assert taken() == [
        ("sessions_app.project", {"tracks": 1}, "format=xlsx", "xlsx"),
        ("office.studioprofile", {"audit_events": 1}, "o=1", "csv"),
    ]


@pytest.mark.parametrize(("role", "status", "offered"), [("read_only", 403, False), ("accountant", 200, True)])
def test_who_only_looks_takes_no_hours_along(web, album, role, status, offered):
    browser = signed_in(web, account(role))

    pages = [browser.get(address) for address in (HOURS, TOTALS)]

    assert [page.status_code for page in pages] == [200, 200]
    assert [bool(re.search(r"export/csv|file=csv", page.text)) for page in pages] == [offered, offered]
    assert [answer_of(browser, address).status_code for address in FILES] == [status] * 3
    assert len(taken()) == (3 if offered else 0)


def test_an_engineer_takes_their_own_hours_along(web, album):
    engineer = account("engineer")
    TimeEntryFactory(person=engineer, target=album)

    answer_of(signed_in(web, engineer), FILES[0])

    assert [facts for _type, facts, _filters, _kind in taken()] == [{"time_entries": 1}]


def test_there_is_one_way_to_answer_with_a_list():
    ways = re.compile(r"write_csv|write_xlsx|text/csv")
    found = {name for name in modules() if ways.search((ROOT / name).read_text(encoding="utf-8"))}

    assert found == {"studio/spreadsheet.py", "studio/accounts/taking_along.py"}


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_file_that_is_not_written_to_its_end_leaves_nothing_behind(rf, studio, monkeypatch, tmp_path, kind):
    begun = []

    class Kept(SpooledTemporaryFile):
        def __init__(self, **given):
            super().__init__(**given)
            begun.append(self)

    def rows():
        yield ["Album"]
        raise ConnectionError

    monkeypatch.setattr(taking_along, "SpooledTemporaryFile", Kept)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    with pytest.raises(ConnectionError):
        taking_along.table_file(rf.get("/"), name="list", kind=kind, head=["Name"], rows=rows(), of=AuditEvent)

    gc.collect()  # a sheet that is not ended complains when it is collected
    assert [file.closed for file in begun] == [True]
    assert list(tmp_path.iterdir()) == []
    assert taken() == []
