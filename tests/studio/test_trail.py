"""What stands on a row's history page."""

import re
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.db.models import Model
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import autodiscover_modules

from sessions_app.models import StudioSession
from sessions_app.services import opening_hours
from sessions_app.services.opening_hours import Stretch
from studio.accounts.services import audit
from studio.admin_sites import studio_site
from studio.office.models import StudioProfile
from studio.trail import VERBS, value_text
from tests.one_of_each import make_one_of_each
from tests.source_tree import ROOT, modules
from tests.staff import NOW, account, signed_in

pytestmark = pytest.mark.django_db

VERB = re.compile(r'\bverb(?:: str)? ?= ?"([^"]+)"')

# Two of them name 10:00 on 23 November: the clock read without a zone, and the same moment with one.
MOMENTS = {
    "day": ("2026-11-01", "2026-11-23"),
    "naive_at": ("2026-11-01T09:00:00", "2026-11-23T10:00:00"),
    "aware_at": ("2026-11-01T09:00:00Z", "2026-11-23T09:00:00+00:00"),
    "effective_from": (None, "2026-11-23"),
    "no_such_day": ("2026-13-45", "2026-11-31T10:00:00"),
}


def registered() -> list[type[Model]]:
    """Return the models of a studio's back office."""
    autodiscover_modules("admin")
    return sorted(studio_site._registry, key=lambda model: model._meta.label)


@pytest.fixture
def office(web, studio):
    """The owner's browser, at a studio that has a row of everything."""
    owner = account("owner")
    browser = signed_in(web, owner)
    make_one_of_each()
    return browser


def history_of(office, model):
    """Status of the history of a model's first row after a change of each column, and how often it names the moment."""
    row = model._default_manager.order_by("pk").first()
    columns = {
        field.name: (field.value_to_string(row), field.value_to_string(row))
        for field in model._meta.concrete_fields
        if getattr(row, field.attname) is not None and not field.is_relation
    }
    audit.record(verb="change", subject=row, actor=None, now=NOW, changes=columns | MOMENTS)
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_history"
    answer = office.get(reverse(name, "studio.urls", [row.pk]))
    return answer.status_code, answer.content.decode().count("23 Nov 2026, 10:00")


def test_the_history_of_every_changed_row_opens(office):
    models = registered()

    assert {model._meta.label: history_of(office, model) for model in models} == {
        model._meta.label: (200, 2) for model in models
    }


def test_the_history_of_changed_opening_hours_says_from_which_day(office):
    [row] = opening_hours.change_opening_hours(
        weekday=0, stretches=[Stretch(600, 1200)], effective_from=date(2026, 11, 23), actor=None, now=NOW
    )

    answer = office.get(f"/admin/office/openinghours/{row.pk}/history/")

    assert (answer.status_code, "23 Nov 2026" in answer.content.decode()) == (200, True)


def test_the_audit_trail_shows_instants_on_the_studio_s_clock(office):
    profile = StudioProfile.objects.get()
    changes = {"held_until": ("2026-11-22", "2026-11-23T09:00:00Z")}
    event = audit.record(verb="change", subject=profile, actor=None, now=NOW, changes=changes)

    page = office.get(f"/admin/accounts/auditevent/{event.pk}/change/").content.decode()

    assert ("22 Nov 2026" in page, "Mon 23 Nov 2026, 10:00" in page, "09:00:00Z" in page) == (True, True, False)


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("starts_at", datetime(2026, 11, 23, 9, tzinfo=UTC).isoformat(), "Mon 23 Nov 2026, 10:00"),
        ("starts_at", "2026-11-23T10:00:00", "Mon 23 Nov 2026, 10:00"),
        ("starts_at", "soon", "soon"),
        ("period_end", "2026-11-23", "23 Nov 2026"),
        ("period_end", "2026-13-45", "2026-13-45"),
        ("title", "2026-11-23", "2026-11-23"),
        ("status", "no_show", "no-show"),
        ("notes", "", "-"),
        ("genres", ["jazz", "soul"], "jazz, soul"),
        ("links", {"site": "https://a.example", "none": ""}, "site: https://a.example"),
        ("phones", [{"type": "home", "value": "01"}], "type: home, value: 01"),
    ],
)
def test_value_text(studio, name, value, text):
    with timezone.override(ZoneInfo("Europe/Paris")):
        assert value_text(StudioSession, name, value) == text


def test_every_act_that_is_written_down_has_a_word():
    written = {verb for name in modules() for verb in VERB.findall((ROOT / name).read_text())}
    assert (len(written) > 80, written - set(VERBS)) == (True, set())
