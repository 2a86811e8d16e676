"""Two former recording studios as a whole, each taken over twice: all is there, once, and can be worked with."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.utils import timezone

from sessions_app.models import (
    Client,
    ClientContact,
    ClientNote,
    Equipment,
    EquipmentService,
    StudioSession,
    TimeEntry,
    Track,
)
from sessions_app.services import projects, sessions
from studio.office.models import AdoptionLink
from studio.tenancy.adoption.run import adopt
from studio.tenancy.adoption.source import opened
from tests.lasting import lasting

pytestmark = pytest.mark.django_db
LEGACY = Path(__file__).parents[1] / "data" / "legacy"
NOW = datetime(2026, 6, 1, 6, 0, tzinfo=UTC)
THE_FIRST = pytest.mark.parametrize("former", ["tenant_1"], indirect=True)


@pytest.fixture(scope="module", params=["tenant_1", "tenant_16"])
def former(request, django_db_setup, django_db_blocker):
    """The reports of both runs, the hours as the first left them, and how many tracks there were after each."""
    with lasting(django_db_blocker) as studio:
        reports, hours, tracks = [], [], []
        for _run in range(2):
            with opened(str(LEGACY / f"{request.param}.sql.gz")) as source:
                reports.append(adopt(source=source, studio=studio, now=NOW))
            hours.append(list(TimeEntry.objects.order_by("pk").values()))
            tracks.append(Track.objects.count())
        yield SimpleNamespace(first=reports[0], second=reports[1], hours=hours, tracks=tracks)


def became(table, row):
    return AdoptionLink.objects.get(table_name=table, row_id=str(row)).object_id


def why(report, table):
    return report.tables[table].reasons


def counted(report, table):
    found = report.tables[table]
    return found.read, found.created, found.existing, found.set_aside


@THE_FIRST
def test_two_clients_with_one_address_stay_two(former):
    twins = Client.objects.filter(pk__in=[became("clients", 5), became("clients", 6)])

    assert len({client.email for client in twins}) == 1
    assert twins.count() == 2


@THE_FIRST
def test_sessions_from_before_projects_could_be_linked_are_all_there_without_one(former):
    assert former.first.tables["sessions"].read == 400
    assert why(former.first, "sessions") == [
        (11, "It does not end after it starts: 2026-04-05T15:00:00 to 2026-04-05T14:00:00."),
        (14, "It does not end after it starts: 2026-03-16T19:00:00 to 2026-03-16T19:00:00."),
    ]
    assert StudioSession.objects.count() == 398
    assert StudioSession.objects.without_project().count() == 398
    assert StudioSession.objects.filter(created_at__gte=timezone.now() - timedelta(hours=1)).count() == 0


@THE_FIRST
def test_sessions_from_before_projects_could_be_linked_are_all_editable(former):
    for session in StudioSession.objects.order_by("pk"):
        sessions.change_session(session=session, notes="Seen.", actor=None, now=NOW)
    linked = StudioSession.objects.filter(client__isnull=False).earliest("pk")
    project = projects.create_project(client=linked.client, name="Later", actor=None, now=NOW)

    sessions.change_session(session=linked, project=project, actor=None, now=NOW)

    assert StudioSession.objects.filter(notes="Seen.").count() == 398
    assert list(project.sessions.all()) == [linked]


@THE_FIRST
def test_overlaps_of_the_former_system_are_kept_marked_and_listed(former):
    marked = StudioSession.objects.to_settle()

    overlaps = [note for note in former.first.notes if note.what.startswith("Kept although it overlaps")]
    assert {became("sessions", note.row) for note in overlaps} == {str(session.pk) for session in marked}
    assert marked.count() == len(overlaps) == 26
    for session in marked:
        in_the_way = StudioSession.objects.occupying().filter(
            room=session.room, starts_at__lt=session.ends_at, ends_at__gt=session.starts_at, pk__lt=session.pk
        )
        assert in_the_way.exists()


@THE_FIRST
def test_the_equipment_is_all_there_and_a_second_run_changes_nothing(former):
    first, second = (report.tables["equipment"] for report in (former.first, former.second))

    assert (first.read, first.created, first.existing, first.set_aside) == (30, 30, 0, 0)
    assert (second.read, second.created, second.existing, second.set_aside) == (30, 0, 30, 0)
    assert Equipment.objects.count() == 30
    out = EquipmentService.objects.under_way(NOW).values_list("equipment__serial_number", flat=True)
    assert sorted(int(number.removeprefix("SN")) for number in out) == [
        *(2, 3, 6, 9, 11, 13, 14, 15, 16, 17, 18, 20, 21, 23, 24, 25, 26, 27)
    ]


def test_contacts_and_notes_are_accounted_for(former):
    for table, model in (("client_contacts", ClientContact), ("client_notes", ClientNote)):
        read, created, existing, set_aside = counted(former.first, table)
        assert read == created + existing + set_aside > 0
        assert (created, existing) == (model.objects.count(), 0)
        assert counted(former.second, table) == (read, 0, created, set_aside)


def test_every_hour_is_accounted_for_and_a_second_run_changes_nothing(former):
    for table in ("task_types", "time_entries"):
        read, created, existing, set_aside = counted(former.first, table)
        assert (read, set_aside) == (created + existing + set_aside, len(why(former.first, table)))
        assert counted(former.second, table) == (read, 0, created + existing, set_aside)
    assert counted(former.first, "task_types") == (5, 0, 5, 0)
    assert former.hours[1] == former.hours[0]
    beginnings = Counter(" ".join(reason.split()[:3]) for _row, reason in why(former.first, "time_entries"))
    assert beginnings.keys() <= {"It does not", "It was never", "It belongs to"}
    assert all(entry["ended_at"] > entry["started_at"] for entry in former.hours[0])


def test_every_track_is_accounted_for_and_a_second_run_changes_nothing(former):
    assert former.tracks == [former.first.tables["tracks"].created] * 2
    for table in ("tracks", "track_comments", "track_credits"):
        first, second = former.first.tables[table], former.second.tables[table]
        assert first.read == first.created + first.existing + first.set_aside
        assert first.set_aside == 0
        assert (second.created, second.existing) == (0, first.read)
