"""What the office's tables refuse whoever writes."""

from datetime import date, time

import pytest
from django.db import IntegrityError, transaction

from studio.db import constraint_name
from studio.office.models import Closure, OpeningHours, StoredFile, StudioProfile
from studio.office.models.opening import wall_label, wall_minute

pytestmark = pytest.mark.django_db
DAY = date(2026, 6, 1)


@pytest.fixture(autouse=True)
def _profile(studio):
    facts = {"time_zone": "Europe/Paris", "currency": "EUR", "language": "en"}
    StudioProfile.objects.get_or_create(pk=1, defaults={"name": "Home", **facts})
    OpeningHours.objects.all().delete()


def refused_by(write):
    """Return the name of the constraint that refuses a write."""
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        write()
    return constraint_name(refusal.value)


def test_there_is_one_profile():
    second = StudioProfile(id=2, name="Second", time_zone="UTC", currency="EUR", language="en")

    assert refused_by(second.save) == "studio_profile_one_row"


@pytest.mark.parametrize(
    ("setting", "value", "constraint"),
    [
        ("deposit_percent", 101, "studio_profile_deposit_is_percent"),
        ("deposit_percent", -1, "studio_profile_deposit_is_percent"),
        ("deposit_fixed", 50, "studio_profile_one_kind_of_deposit"),
        ("deposit_fixed", -1, "studio_profile_fixed_deposit_positive"),
        ("weekly_session_cap", 0, "studio_profile_weekly_session_cap_bounded"),
        ("dormant_after_months", 1000, "studio_profile_dormant_after_months_bounded"),
        ("slot_minutes", 4, "studio_profile_slot_fits_a_day"),
        ("minimum_first_payment", -1, "studio_profile_first_payment_not_negative"),
        ("country", "fr", "studio_profile_country_code"),
        ("name", "", "studio_profile_name_given"),
    ],
)
def test_settings_stay_in_bounds(setting, value, constraint):
    assert refused_by(lambda: StudioProfile.objects.update(**{setting: value})) == constraint


@pytest.mark.parametrize(
    ("opens", "closes", "constraint"),
    [
        (600, None, "opening_hours_open_or_closed"),
        (None, 600, "opening_hours_open_or_closed"),
        (1440, 1500, "opening_hours_opens_on_its_day"),
        (600, 600, "opening_hours_at_most_a_day"),
        (600, 2041, "opening_hours_at_most_a_day"),
    ],
)
def test_hours_that_make_no_sense_are_refused(opens, closes, constraint):
    row = OpeningHours(weekday=0, opens=opens, closes=closes, effective_from=DAY)

    assert refused_by(row.save) == constraint


@pytest.mark.parametrize(
    ("opens", "closes"), [(700, 900), (None, None), (540, 720)], ids=["partly", "closed all day", "the same"]
)
def test_hours_of_a_weekday_may_not_overlap(opens, closes):
    OpeningHours.objects.create(weekday=0, opens=540, closes=720, effective_from=DAY)
    row = OpeningHours(weekday=0, opens=opens, closes=closes, effective_from=DAY)

    assert refused_by(row.save) == "opening_hours_disjoint"


def test_hours_may_touch_and_other_days_are_free():
    OpeningHours.objects.create(weekday=0, opens=540, closes=720, effective_from=DAY)

    OpeningHours.objects.create(weekday=0, opens=720, closes=900, effective_from=DAY)
    OpeningHours.objects.create(weekday=1, opens=540, closes=720, effective_from=DAY)
    OpeningHours.objects.create(weekday=0, opens=540, closes=720, effective_from=date(2026, 7, 1))

    assert OpeningHours.objects.count() == 4


def test_closure_may_last_a_day_but_not_run_backwards():
    Closure.objects.create(starts_on=DAY, ends_on=DAY)

    assert refused_by(Closure(starts_on=DAY, ends_on=date(2026, 5, 31)).save) == "closures_ends_after_start"


def test_file_keys_are_generated():
    row = StoredFile(key="../../etc/passwd", name="x", content_type="text/plain", size=1, sha256="0" * 64)

    assert refused_by(row.save) == "stored_files_key_generated"


def test_wall_labels_read_as_people_write_them():
    assert [wall_label(minute) for minute in (0, 540, 1440, 1530)] == ["00:00", "09:00", "24:00", "01:30"]
    assert wall_minute(time(9, 30)) == 570
    assert str(OpeningHours(weekday=0, opens=540, closes=1440)) == "Monday 09:00-24:00"
    assert str(OpeningHours(weekday=6)) == "Sunday: closed"
