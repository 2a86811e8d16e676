"""The reports of activity: what stands in them and in their files, whose rows, and in which kind of house."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from billing.services.payments import Receipt
from sessions_app.admin.room_report import rooms
from sessions_app.models import SessionAssignment, SessionFee, StudioSession
from studio.accounts.models import User
from studio.accounts.report_pages import REPORTS, Asked
from studio.reports.periods import Period, Span
from tests.billing.known_book import page, rows_of
from tests.billing_factories import PaymentFactory, accepted, issued, sent
from tests.factories import ClientFactory, RoomFactory, TimeEntryFactory
from tests.staff import account, signed_in
from tests.studio.test_admin_sites import in_studio_of_kind
from tests.training_factories import MachineFactory, MemberFactory, TrainerFactory, TrainingSessionFactory
from training.models import Machine
from training.services import trainer_pay

pytestmark = pytest.mark.django_db
PARIS = ZoneInfo("Europe/Paris")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MONDAY = datetime(2026, 6, 8, 8, 0, tzinfo=UTC)  # 10:00 in Paris; the house is open from 09:00 to 24:00 every day
JUNE = {"period": "custom", "first": "2026-06-08", "last": "2026-06-14"}


def session(start, status, engineer, **given):
    ends = start + 2 * HOUR
    made = StudioSession.objects.create(
        title="Vocals", starts_at=start, ends_at=ends, blocked_from=start, blocked_to=ends, status=status, **given
    )
    SessionAssignment.objects.create(
        session=made,
        kind="engineer",
        engineer=engineer,
        label=engineer.label,
        starts_at=start,
        ends_at=ends,
        occupying=made.occupying,
    )
    return made


@pytest.fixture
def house(studio):
    """Two rooms, two engineers and a client; a machine, two trainers and a member; a week of all of them."""
    engineer, other, trainer = account("engineer"), account("manager"), account("trainer")
    mina = ClientFactory(name="Mina", email="mina@example.org")
    room = RoomFactory(name="Studio A", hourly_rate=Decimal(10))
    RoomFactory(name="Studio B")
    session(MONDAY, "completed", engineer, room=room, client=mina, total=Decimal(100))
    late = session(MONDAY + DAY, "cancelled", engineer, room=room, client=mina, total=Decimal(100))
    session(MONDAY + 2 * DAY, "no_show", other, room=room, client=mina, total=Decimal(80))
    SessionFee.objects.create(
        session=late, kind="cancellation", amount=Decimal(50), explanation="50 %", decided_at=MONDAY
    )
    TimeEntryFactory(person=engineer, started_at=MONDAY, now=MONDAY + 6 * DAY)
    Machine.objects.all().delete()
    machine, ada = MachineFactory(name="Left"), MemberFactory(first_name="Ada", last_name="Morel", status="active")
    theo = TrainerFactory(first_name="Theo", user=trainer, session_rate=Decimal(20), no_show_rate=Decimal(5))
    vera = TrainerFactory(first_name="Vera", session_rate=Decimal(30))
    for number, status in enumerate(("completed", "no_show", "completed")):
        start = MONDAY + number * DAY
        trained = TrainingSessionFactory(
            machine=machine,
            member=ada,
            trainer=vera if number == 2 else theo,
            status=status,
            scheduled_start=start,
            scheduled_end=start + HOUR,
        )
        trainer_pay.compute_pay(session=trained, now=start + HOUR)
    for number in range(6):
        start = MONDAY - (number + 30) * DAY
        TrainingSessionFactory(
            machine=machine, member=ada, status="completed", scheduled_start=start, scheduled_end=start + HOUR
        )
    issued(client=mina, now=MONDAY)
    PaymentFactory(client=mina, receipt=Receipt(Decimal(40), "EUR", received_on=date(2026, 6, 9)), now=MONDAY + DAY)
    accepted(sent(now=MONDAY, client=mina), now=MONDAY + DAY)  # asks 30 % first
    sent(now=MONDAY, client=mina)


FOUND = {
    "rooms": [
        ["Studio A", "105.00", "4.00", "3.8", "101.00", "0.00", "2", "1010.00"],
        ["Studio B", "105.00", "0.00", "0.0", "105.00", "0.00", "0", "0.00"],
        ["In all", "210.00", "4.00", "1.9", "206.00", "0.00", "2", "1010.00"],
    ],
    "room-months": [["2026-06", "2", "4.00", "1", "1", "0"], ["In all", "2", "4.00", "1", "1", "0"]],
    "engineer-hours": [
        ["Engineer <engineer@studio.example>", "2026-06", "1", "2.00", "2.00", "1.00"],
        ["Manager <manager@studio.example>", "2026-06", "1", "2.00", "0.00", "0.00"],
        ["In all", "", "2", "4.00", "2.00", "1.00"],
    ],
    "no-shows": [
        ["Mina", "3", "1", "1", "66.7", "4.00", "180.00", "50.00", "0", "130.00"],
        ["In all", "3", "1", "1", "", "4.00", "180.00", "50.00", "0", "130.00"],
    ],
    "machines": [
        ["Left", "105.00", "3.00", "2.9", "102.00", "0.00", "3"],
        ["In all", "105.00", "3.00", "2.9", "102.00", "0.00", "3"],
    ],
    "trainer-pay": [
        ["Theo Rossi", "2", "20.00", "0", "0", "5.00", "25.00", "0"],
        ["Vera Rossi", "1", "30.00", "0", "0", "0", "30.00", "0"],
        ["In all", "3", "50.00", "0", "0", "5.00", "55.00", "0"],
    ],
    "missed-training": [
        ["Ada Morel", "3", "1", "0", "0", "1", "33.3", "1.00", "5.00"],
        ["In all", "3", "1", "0", "0", "1", "", "1.00", "5.00"],
    ],
    "retention": [["Ada Morel", "6", "2", "66.7", "2026-06-10", "", "", ""]],
    "client-value": [
        ["Mina", "156.00", "40.00", "1", "2026-06-08", "2026-06-08"],
        ["Ada Morel", "0", "0", "2", "2026-05-04", "2026-06-10"],
        ["In all", "156.00", "40.00", "3", "", ""],
    ],
    "quotes": [
        ["2026-06", "2", "1", "0", "1", "0", "50.0", "1.0", "240.00", "120.00"],
        ["In all", "2", "1", "0", "1", "0", "50.0", "1.0", "240.00", "120.00"],
    ],
}


def test_every_report_says_what_the_week_was(house, web):
    owner = signed_in(web, account("owner"))

    found = {name: rows_of(owner, name, **JUNE)[1:] for name in FOUND}

    assert found == FOUND
    for name in FOUND:
        shown = owner.get(page(name), JUNE)
        assert (shown.status_code, shown.context["report"].picture is None) == (200, False), name
    by_day = {name: rows_of(owner, name, by="weekday", **JUNE)[1:] for name in ("rooms", "no-shows", "missed-training")}
    assert by_day["rooms"][0] == ["Monday", "30.00", "2.00", "6.7", "28.00"]
    assert [row[:4] for row in by_day["no-shows"]] == [
        ["Monday", "1", "0", "0"],
        ["Tuesday", "1", "0", "1"],
        ["Wednesday", "1", "1", "0"],
        ["In all", "3", "1", "1"],
    ]
    assert rows_of(owner, "rooms", by="hour", **JUNE)[1][0] == "09:00"
    assert rows_of(owner, "room-months", by="each", **JUNE)[1] == ["2026-06", "Studio A", "2", "4.00", "1", "1", "0"]
    assert rows_of(owner, "room-months", by="room", **JUNE)[1] == ["Studio A", "2", "4.00", "1", "1", "0"]
    shown = owner.get(page("room-months"), JUNE).context
    assert [
        (name, [(place.text, place.percent) for place in places]) for name, places in shown["report"].picture.rows
    ] == [("Studio A", [("4", 100)])]
    behind = [shown["report"].picture.rows[0][1][0].link, *(cell.link for cell in shown["rows"][0] if cell.link)]
    assert [owner.get(link).context["cl"].result_count for link in behind] == [3, 3, 1, 1]
    lines = rows_of(owner, "trainer-pay", by="line", **JUNE)
    assert [(row[0], row[1], row[3], row[6]) for row in lines[1:]] == [
        ("Theo Rossi", "2026-06-08", "Session", "20.00"),
        ("Theo Rossi", "2026-06-09", "No-show", "5.00"),
        ("Vera Rossi", "2026-06-10", "Session", "30.00"),
        ("In all", "", "", "55.00"),
    ]


@pytest.mark.parametrize(
    ("today", "share", "left"),
    [
        (date(2026, 6, 8), "13.3", ["2:00 of 180:00"]),
        (date(2026, 6, 9), "6.7", ["2:00 of 150:00"]),
        (date(2026, 6, 14), "3.8", []),
        (date(2026, 6, 1), "3.8", []),
    ],
)
def test_days_to_come_are_not_idle(house, today, share, left):
    week = Period(Span.CUSTOM, date(2026, 6, 8), date(2026, 6, 14))
    asked = Asked(week, week.moved(-1), today, MONDAY, PARIS, {"which": "", "by": ""}, User.objects.first())
    report = rooms(asked)
    assert next(iter(report.table.rows))[3] == Decimal(share)
    assert [figure.text for figure in report.figures if figure.label == "hours taken of those to come"] == left
    assert ("Until today" in report.note) is bool(left)


def test_engineers_and_trainers_see_their_own_and_nobody_else_s(house, web):
    def names(role, report):
        browser = signed_in(web, User.objects.get(email=f"{role}@studio.example"))
        return [row[0] for row in rows_of(browser, report, **JUNE)[1:-1]]

    assert names("engineer", "engineer-hours") == ["Engineer <engineer@studio.example>"]
    assert names("trainer", "trainer-pay") == ["Theo Rossi"]
    assert names("manager", "trainer-pay") == ["Theo Rossi", "Vera Rossi"]
    trainer = signed_in(web, User.objects.get(email="trainer@studio.example"))
    shown = trainer.get(page("missed-training"), JUNE)
    assert (shown.status_code, "trainers earn" in shown.text.lower(), "Ada Morel" in shown.text) == (200, False, True)


def test_whoever_only_looks_takes_no_report_along(web, studio):
    reader = signed_in(web, account("read_only"))
    assert [reader.get(page(name)).status_code for name in ("rooms", "room-months", "machines")] == [200] * 3
    assert {reader.get(page(name), {"file": "csv"}).status_code for name in REPORTS} == {403}


@pytest.mark.parametrize(
    ("kind", "absent"),
    [
        ("recording", {"machines", "trainer-pay", "missed-training", "retention"}),
        ("training", {"rooms", "room-months", "engineer-hours", "no-shows"}),
        ("mixed", set()),
    ],
)
def test_a_house_lists_the_reports_of_its_kind(kind, absent, web, studio):
    browser = in_studio_of_kind(signed_in(web, account("owner")), kind)

    listed = browser.get(reverse("admin:reports", "studio.urls")).text

    assert {name for name in FOUND if page(name) in listed} == set(FOUND) - absent
