"""The one row of settings."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from studio.accounts.models import AuditEvent
from studio.office.models import OpeningHours, StudioProfile
from studio.office.receivers import seed_office
from studio.office.selectors.profile import current_profile
from studio.office.services import profile
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _seeded(studio):
    StudioProfile.objects.all().delete()
    OpeningHours.objects.all().delete()
    seed_office(studio)


def test_new_studio_has_the_defaults(studio):
    found = current_profile()

    assert (found.name, found.time_zone, found.currency, found.country) == (
        studio.name,
        studio.time_zone,
        studio.currency,
        studio.country,
    )
    assert found.zone.key == studio.time_zone
    settings = {
        "deposit_percent": Decimal(30),
        "payment_term_days": 30,
        "slot_minutes": 30,
        "weekly_session_cap": 250,
        "subscription_warning_days": 35,
        "body_checkup_sessions": 5,
        "payment_reminder_days": 27,
        "dormant_after_months": 6,
        "cancellation_hours": 24,
        "request_minutes": 30,
        "amount_in_words": False,
        "invoice_pattern": "FAC-{year}-{number:04}",
        "minimum_first_payment": Decimal(0),
    }
    assert {name: getattr(found, name) for name in settings} == settings
    rows = OpeningHours.objects.order_by("weekday").values_list("weekday", "opens", "closes")
    assert list(rows) == [(day, 540, 1440) for day in range(7)]


def test_seeding_again_changes_nothing(studio):
    StudioProfile.objects.update(name="Renamed", deposit_percent=50)
    OpeningHours.objects.filter(weekday__gt=0).delete()

    seed_office(studio)

    assert (current_profile().name, current_profile().deposit_percent) == ("Renamed", Decimal(50))
    assert OpeningHours.objects.count() == 1


def test_update_profile_changes_what_is_given_and_is_on_the_record():
    owner = UserFactory(email="owner@example.org")

    profile.update_profile(facts={"city": "Lyon", "deposit_percent": Decimal(40)}, actor=owner, now=NOW)

    assert (current_profile().city, current_profile().deposit_percent) == ("Lyon", Decimal(40))
    event = AuditEvent.objects.get(object_type="office.studioprofile")
    assert (event.verb, event.account_id, event.changes) == (
        "change",
        owner.pk,
        {"city": ["", "Lyon"], "deposit_percent": ["30.00", "40"]},
    )


def test_update_profile_with_nothing_new_leaves_no_trace():
    profile.update_profile(facts={"city": ""}, actor=None, now=NOW)

    assert AuditEvent.objects.count() == 0


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"deposit_percent": Decimal(101)}, "between 0 and 100"),
        ({"deposit_fixed": Decimal(50)}, "a percentage or a fixed sum"),
        ({"deposit_fixed": Decimal(0), "deposit_percent": Decimal(0)}, "more than 0"),
        ({"slot_minutes": 0}, "from 5 minutes to a day"),
        ({"weekly_session_cap": 0}, "greater than or equal to 1"),
        ({"email": "nobody"}, "valid email"),
        ({"name": ""}, "blank"),
        ({"time_zone": "Mars/Olympus"}, "cannot be set here: time_zone"),
        ({"password": "x"}, "cannot be set here: password"),
    ],
)
def test_update_profile_refuses_nonsense_in_a_sentence(facts, sentence):
    with pytest.raises(profile.BadSetting, match=sentence):
        profile.update_profile(facts=facts, actor=None, now=NOW)

    assert AuditEvent.objects.count() == 0
