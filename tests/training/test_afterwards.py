"""Entering what took place and was never booked: completed at once, paid for, and never ahead of the clock."""

import html
from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from studio.accounts.models import AuditEvent
from studio.office.models import StudioProfile
from tests.factories import NOW
from tests.membership_factories import SubscriptionFactory
from tests.staff import account, signed_in
from tests.training_factories import HALF_HOUR, MemberFactory, OutageFactory, TrainerFactory, TrainingSessionFactory
from training.models import Machine, Member, SessionOutcome, SessionType, TrainerPay, TrainingSession
from training.selectors.credits import balance_of
from training.services import afterwards, bookings, completion, slots, wishes

pytestmark = pytest.mark.django_db
PARIS = ZoneInfo("Europe/Paris")
LAST = NOW - timedelta(days=3, hours=-2)  # 10:00 in Paris, three days ago
ENTER, GRID = "/admin/training/enter/", "/admin/training/day/"
DAY = timedelta(days=1)


@pytest.fixture
def yesterday():
    """10:00 in Paris, yesterday."""
    day = timezone.now().astimezone(PARIS) - DAY
    return day.replace(hour=10, minute=0, second=0, microsecond=0).astimezone(UTC)


def enter(machine, start=LAST, **given):
    end = given.pop("end", start + HALF_HOUR)
    given = {"trainer": None, "actor": None, "now": NOW} | given
    return afterwards.enter_session(machine=machine, scheduled_start=start, scheduled_end=end, **given)


def test_what_took_place_is_completed_at_once_with_its_credit_and_its_pay(machine, ada, desk):
    trainer = TrainerFactory(session_rate=20)
    lot = SubscriptionFactory(member=ada, starts_on=(LAST - DAY).date(), now=LAST - DAY)
    left = balance_of(lot)
    StudioProfile.objects.update(weekly_session_cap=1, completion_needs_trainer=True)
    Machine.objects.filter(pk=machine.pk).update(is_available=False)  # by now
    Member.objects.filter(pk=ada.pk).update(status="inactive", waiver_signed_on=None)
    TrainingSessionFactory(scheduled_start=LAST)  # the week is full

    with pytest.raises(completion.TrainerMissing):
        enter(machine, member=ada)
    session = enter(machine, member=ada, trainer=trainer, actor=desk, notes="Walked in")

    assert (session.status, session.actual_start, session.actual_end) == ("completed", LAST, LAST + HALF_HOUR)
    assert (session.subscription, balance_of(lot)) == (lot, left - 1)
    outcome = SessionOutcome.objects.get(session=session)
    assert (outcome.charged_here, outcome.billable, outcome.account) == (True, False, desk)
    assert TrainerPay.objects.get(session=session).amount == 20
    verbs = AuditEvent.objects.filter(object_id=str(session.pk)).order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["enter", "complete"]
    unpaid = enter(machine, LAST + HALF_HOUR, member=MemberFactory(), trainer=trainer)
    assert SessionOutcome.objects.get(session=unpaid).billable is True


@pytest.mark.parametrize(
    ("start", "given", "error", "told"),
    [
        (NOW - HALF_HOUR / 2, {}, afterwards.NotOverYet, "not over yet"),
        (NOW + DAY, {}, afterwards.NotOverYet, "booked on the slot grid"),
        (NOW - 32 * DAY, {}, afterwards.TooLongAgo, "31 days after"),
        (LAST, {"end": LAST}, slots.BadTimes, "must end after it starts"),
        (LAST, {"end": LAST + HALF_HOUR / 3}, slots.BadTimes, "15 minutes at least"),
        (LAST, {"member": None}, wishes.WrongAttendee, "Choose the member"),
        (LAST, {"member": None, "code": "non_bookable"}, completion.NobodyTrains, "nothing to complete"),
        (LAST + 2 * HALF_HOUR, {}, slots.SlotTaken, r"^Left is taken at that time: Bea Dubois"),
        (LAST + 4 * HALF_HOUR, {}, slots.SlotTaken, r"^Ada Morel is taken at that time"),
        (LAST + 6 * HALF_HOUR, {}, slots.SlotTaken, r"^Theo Rossi is taken at that time"),
        (LAST + DAY, {}, slots.SlotTaken, r"^Left is out of order at that time: Belt"),
    ],
)
def test_what_cannot_have_taken_place_is_refused_and_nothing_is_written(
    machine, other, ada, trainer, start, given, error, told
):
    TrainingSessionFactory(
        machine=machine, member=MemberFactory(first_name="Bea"), scheduled_start=LAST + 2 * HALF_HOUR
    )
    TrainingSessionFactory(machine=other, member=ada, scheduled_start=LAST + 4 * HALF_HOUR)
    TrainingSessionFactory(machine=other, trainer=trainer, scheduled_start=LAST + 6 * HALF_HOUR)
    OutageFactory(
        machine=machine, starts_at=LAST + DAY, ends_at=LAST + DAY + HALF_HOUR, reason="Belt", now=LAST, choices=()
    )
    code = given.pop("code", "member")
    before = TrainingSession.objects.count()

    with pytest.raises(error, match=told):
        enter(machine, start, **{"member": ada, "trainer": trainer, "session_type": type_of(code)} | given)

    assert (TrainingSession.objects.count(), SessionOutcome.objects.count()) == (before, 0)


def type_of(code):
    return SessionType.objects.get(code=code)


def test_booking_itself_never_reaches_into_the_past(machine, ada):
    times = {"scheduled_start": LAST, "scheduled_end": LAST + HALF_HOUR}
    with pytest.raises(slots.SlotRefused, match="already past"):
        bookings.book_session(machine=machine, member=ada, actor=None, now=NOW, **times)


def typed(machine, start, **given):
    return {
        "session_type": "member",
        "machine": machine.pk,
        "start": start.isoformat(),
        "length": 30,
        "confirmed": 1,
    } | given


@pytest.mark.parametrize("role", ["manager", "front_desk"])
def test_free_slot_of_a_past_day_leads_to_entering_it(web, machine, ada, trainer, yesterday, role):
    browser = signed_in(web, account(role))
    SessionType.objects.update(takes_credit=False)
    page = html.unescape(browser.get(GRID, {"day": f"{yesterday.astimezone(PARIS):%Y-%m-%d}"}).content.decode())
    assert ("/training/book/?" in page, page.count(f"Enter what took place on {machine}, 10:00-10:30")) == (False, 1)
    old = browser.get(GRID, {"day": f"{yesterday - 40 * DAY:%Y-%m-%d}"}).content.decode()
    assert "/training/enter/?" not in old
    form = browser.get(ENTER, {"machine": machine.pk, "start": yesterday.isoformat()}).content.decode()
    assert f'<option value="{yesterday.isoformat()}" selected>10:00</option>' in form
    assert ('action="/admin/training/enter/"' in form, 'value="non_bookable"' in form) == (True, False)

    refused = browser.post(ENTER, typed(machine, yesterday))
    assert (refused.status_code, "Choose the member whose session it is." in refused.content.decode()) == (400, True)
    done = browser.post(ENTER, typed(machine, yesterday, member=ada.pk, trainer=trainer.pk), follow=True)

    session = TrainingSession.objects.get()
    assert (session.status, session.trainer, session.scheduled_start) == ("completed", trainer, yesterday)
    assert "Ada Morel is entered on Left and completed:" in done.content.decode()
    future = typed(machine, yesterday + 3 * DAY, member=ada.pk)
    assert (browser.post(ENTER, future).status_code, TrainingSession.objects.count()) == (400, 1)


def test_trial_of_somebody_new_is_entered_with_them(web, machine, trainer, yesterday):
    browser = signed_in(web, account("front_desk"))
    facts = {"first_name": "Nina", "last_name": "Neu", "phone": "+33 6 12 34 56 78", "email": "nina@example.org"}
    facts |= {"gender": "female", "referral_source": "instagram"}

    taken = TrainingSessionFactory(machine=machine, scheduled_start=yesterday)
    assert browser.post(ENTER, typed(machine, yesterday, session_type="trial", **facts)).status_code == 409
    assert not Member.objects.filter(first_name="Nina").exists()
    taken.delete()
    assert browser.post(ENTER, typed(machine, yesterday, session_type="trial", **facts)).status_code == 302

    session = TrainingSession.objects.get()
    assert (session.member.first_name, session.member.member_type, session.status) == ("Nina", "trial", "completed")


def test_trainer_enters_their_own_alone_and_who_may_not_complete_nothing(web, machine, ada, trainer, yesterday):
    user = account("trainer")
    own = TrainerFactory(user=user, first_name="Tara")
    browser = signed_in(web, user)
    for who, status in ((trainer, 400), (own, 302)):
        answer = browser.post(ENTER, typed(machine, yesterday, member=ada.pk, trainer=who.pk))
        assert answer.status_code == status
    assert TrainingSession.objects.get().trainer == own

    reader = signed_in(web, account("read_only"))
    assert reader.get(ENTER).status_code == 403
    assert "/training/enter/" not in reader.get(GRID, {"day": f"{yesterday:%Y-%m-%d}"}).content.decode()
