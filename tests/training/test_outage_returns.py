"""What an outage displaced comes back once it is called off or ended early: as wished, and whoever knew is told."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from studio.mail.models import EmailMessage
from tests.factories import NOW
from tests.membership_factories import SubscriptionFactory
from tests.staff import account, signed_in
from tests.training_factories import HALF_HOUR, MemberFactory, TrainingSessionFactory
from training.models import OutageCase, OutageDecision, SessionType, TrainingSession
from training.selectors.answers import Slot
from training.selectors.credits import balance_of
from training.selectors.outage_returns import returnables
from training.services import bookings, outage_returns, outages
from training.services.outage_cases import Choice

pytestmark = pytest.mark.django_db
PARIS = ZoneInfo("Europe/Paris")
TEN = datetime(2026, 6, 2, 8, 0, tzinfo=UTC)  # 10:00 in Paris, tomorrow
DAY = timedelta(days=1)
MOVED, SETTLED = OutageDecision.MOVED, OutageDecision.SETTLED


@pytest.fixture
def ten():
    """10:00 in Paris, the day after tomorrow."""
    day = timezone.now().astimezone(PARIS) + timedelta(days=2)
    return day.replace(hour=10, minute=0, second=0, microsecond=0).astimezone(UTC)


def on(machine, start=TEN, **given):
    return TrainingSessionFactory(machine=machine, scheduled_start=start, **given)


def chosen(session, slot=None):
    return Choice(session.pk, session.updated_at, MOVED if slot else SETTLED, slot)


def at(machine, start):
    return Slot(machine, start, start + HALF_HOUR)


def plan(machine, choices, end=TEN + DAY):
    return outages.plan_outage(
        machine=machine, starts_at=TEN, ends_at=end, reason="Motor", choices=choices, actor=None, now=NOW
    )


def call_off(outage):
    return outages.call_off_outage(outage=outage, actor=None, now=NOW)


def seen(outage, now=NOW):
    """Return what somebody sees who presses the button for all."""
    return {each.case.pk: each.session.updated_at for each in returnables(outage, now) if each.goes_along}


def bring_back(outage, shown=None):
    shown = seen(outage) if shown is None else shown
    return outage_returns.bring_back(outage=outage, seen=shown, actor=None, now=NOW)


def test_what_was_moved_goes_back_what_was_cancelled_is_booked_anew_and_who_knew_is_told(only_two):
    left, right = only_two
    ada = MemberFactory(first_name="Ada", last_name="Morel", email="ada@example.org")
    bea, cleo = MemberFactory(first_name="Bea"), MemberFactory(first_name="Cleo")
    lot = SubscriptionFactory(member=ada, plan__sessions_count=3, plan__months=1)
    times = {"scheduled_start": TEN, "scheduled_end": TEN + HALF_HOUR, "notes": "Knee"}
    paid = bookings.book_session(machine=left, member=ada, actor=None, now=NOW, **times)
    late, beside = on(left, TEN + HALF_HOUR, member=ada), on(left, TEN + 2 * HALF_HOUR, member=bea)
    unheard, heard = on(left, TEN + 3 * HALF_HOUR, member=bea), on(left, TEN + 4 * HALF_HOUR, member=cleo)
    evening = [at(right, TEN + (20 + n) * HALF_HOUR) for n in range(3)]
    outage = plan(
        left,
        [
            chosen(paid),
            chosen(late, evening[0]),
            chosen(beside, at(right, beside.scheduled_start)),
            chosen(unheard, evening[1]),
            chosen(heard, evening[2]),
        ],
    )
    assert returnables(outage, NOW) == ()
    outages.note_call(case=outage.cases.get(session=heard), actor=None, now=NOW)
    mails = EmailMessage.objects.count()

    done = bring_back(call_off(outage))

    assert (len(done.back), done.stayed) == (5, [])
    again = TrainingSession.objects.get(member=ada, scheduled_start=TEN, status="scheduled")
    assert (again.machine, again.subscription, again.notes, balance_of(lot)) == (left, lot, "Knee", 2)
    rows = TrainingSession.objects.filter(machine=left, status="scheduled").order_by("scheduled_start")
    assert list(rows) == [again, late, beside, unheard, heard]
    returned = outage.cases.filter(decision="returned").order_by("takes_back__was_starts_at")
    assert [each.telling for each in returned] == ["mail", "mail", "nobody", "nobody", "phone"]
    assert [each.session for each in OutageCase.objects.to_phone()] == [heard]
    mail = EmailMessage.objects.latest("pk")
    assert (EmailMessage.objects.count() - mails, mail.recipient) == (1, "ada@example.org")
    assert mail.subject == "You have your sessions back: 2"
    assert "- Tue 2 Jun 2026, 10:00-10:30: takes place after all.\n" in mail.text
    assert (
        "- Tue 2 Jun 2026, 10:30-11:00: as it was booked at first, no longer Tue 2 Jun 2026, 20:00-20:30." in mail.text
    )
    assert returnables(outage, NOW) == ()
    with pytest.raises(outage_returns.NothingToBringBack):
        bring_back(outage, {outage.cases.first().pk: None})


def test_only_what_the_shorter_outage_leaves_free_comes_back_and_what_is_not_free_says_why(only_two, ada):
    left, right = only_two
    SessionType.objects.update(takes_credit=False)
    noon = TEN + 4 * HALF_HOUR
    before, taken, clear = on(left), on(left, noon, member=ada), on(left, noon + HALF_HOUR)
    nobodys = on(left, noon + 2 * HALF_HOUR, member=None)
    choices = [chosen(before), chosen(taken), chosen(clear, at(right, noon + HALF_HOUR)), chosen(nobodys)]
    outage = plan(left, choices)
    ended = outages.end_outage(outage=outage, ends_at=noon, actor=None, now=NOW)
    on(left, noon, member=MemberFactory(first_name="Bea"))

    found = returnables(ended, NOW)

    assert [(each.session, each.goes_along) for each in found] == [(taken, False), (clear, True), (nobodys, False)]
    assert found[0].why_not.startswith("Left is taken at that time: Bea Dubois, Left (")
    done = bring_back(ended, {each.case.pk: each.session.updated_at for each in found})
    assert [each.session for each in done.back] == [clear]
    assert [session for session, _why in done.stayed] == [taken, nobodys]
    assert found[2].why_not == "Nobody is named, so there is nobody to book it for."
    assert returnables(ended, noon + 2 * HALF_HOUR) == ()  # by then they are past
    assert OutageCase.objects.filter(decision="returned").count() == 1


def test_what_went_on_since_comes_back_only_by_itself(only_two, ada):
    left, right = only_two
    SessionType.objects.update(takes_credit=False)
    gone, moved, back, ill = (on(left, TEN + n * HALF_HOUR) for n in range(4))
    outage = plan(
        left,
        [chosen(gone), *(chosen(each, at(right, each.scheduled_start + DAY)) for each in (moved, back, ill))],
    )
    off = call_off(outage)
    later = on(right, TEN + 2 * DAY, member=gone.member)
    TrainingSession.objects.filter(pk=later.pk).update(created_at=outage.created_at + DAY)
    for session, start in ((moved, TEN + 3 * DAY), (back, TEN + 2 * HALF_HOUR)):
        there = {"machine": left, "scheduled_start": start, "scheduled_end": start + HALF_HOUR}
        bookings.change_session(session=session, actor=None, now=NOW, **there)
    bookings.cancel_session(session=ill, reason="Ill", actor=None, now=NOW)

    found = {each.session: each.doubt for each in returnables(off, NOW)}

    assert found == {
        gone: "Has another session since then: Thu 4 Jun 2026, 10:00-10:30.",
        moved: "It has moved again since then.",
    }
    assert seen(off) == {}
    shown = {each.case.pk: each.session.updated_at for each in returnables(off, NOW)}
    bookings.change_session(session=moved, notes="Knee", actor=None, now=NOW)
    done = bring_back(off, shown)
    assert [each.session.member for each in done.back] == [gone.member]
    assert [why for _session, why in done.stayed] == [
        "Somebody changed this session meanwhile. Here it is as it is now."
    ]


def test_many_that_could_come_back_ask_no_more_than_one(only_two):
    left, _right = only_two
    SessionType.objects.update(takes_credit=False)
    sessions = [on(left, TEN + n * HALF_HOUR) for n in range(4)]
    off = call_off(plan(left, [chosen(each) for each in sessions]))
    with CaptureQueriesContext(connection) as many:
        assert len(returnables(off, NOW)) == 4
    off.cases.exclude(session=sessions[0]).delete()

    with CaptureQueriesContext(connection) as one:
        assert len(returnables(off, NOW)) == 1
    assert len(many) == len(one)


def test_pages_lead_from_the_end_of_an_outage_to_what_it_displaced(web, only_two, ten):
    left, right = only_two
    SessionType.objects.update(takes_credit=False)
    first, second = on(left, ten), on(left, ten + HALF_HOUR, member=MemberFactory(first_name="Bea"))
    manager = signed_in(web, account("manager"))
    outage = outages.plan_outage(
        machine=left,
        starts_at=ten,
        ends_at=ten + DAY,
        reason="Motor",
        choices=[chosen(first), chosen(second, at(right, second.scheduled_start))],
        actor=None,
        now=ten - DAY,
    )
    off, back, change = (
        reverse(f"admin:training_machineoutage_{name}", args=[outage.pk]) for name in ("call-off", "back", "change")
    )
    assert back not in manager.get(change).content.decode()

    assert manager.post(off)["Location"] == back
    page = manager.get(back).content.decode()
    assert ("Bring back all 2 sessions" in page, "Book again" in page, "Move back" in page) == (True, True, True)
    sent = dict(re.findall(r'name="(seen-\d+)" value="([^"]+)"', page))
    case = outage.cases.get(session=second)
    assert [manager.post(back, {**sent, "only": key}).status_code for key in ("x", "9" * 5000)] == [409, 409]
    one = manager.post(back, {**sent, "only": str(case.pk)}, follow=True)
    assert "1 session is back." in one.content.decode()
    second.refresh_from_db()
    assert (second.machine, TrainingSession.objects.filter(member=first.member).count()) == (left, 1)
    assert (
        manager.post(back, {**sent, "only": "all", "along": str(outage.cases.get(session=first).pk)}).status_code == 302
    )
    again = TrainingSession.objects.get(member=first.member, status="scheduled")
    assert (again.machine, again.scheduled_start) == (left, ten)
    assert back not in manager.get(change).content.decode()
    clerk = signed_in(web, account("front_desk"))
    assert (clerk.get(back).status_code, clerk.post(back, {"only": "all"}).status_code) == (403, 403)
