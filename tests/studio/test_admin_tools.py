"""The base of the admin classes, shown on a back office of its own with one plain class."""

import html

import pytest
from django import forms
from django.contrib.messages import get_messages
from django.db import IntegrityError, connection
from django.urls import include, path

from sessions_app.models import Musician, Room
from studio import admin_sites
from studio.accounts.models import AuditEvent
from studio.admin_sites import BackOffice, MenuEntry, MenuGroup
from studio.admin_tools import (
    ActionForm,
    ActionPage,
    ReadOnlyAdmin,
    StudioModelAdmin,
    confirmed_action,
    paging,
)
from studio.admin_tools.refusing import refusal_behind
from studio.errors import DomainError
from tests.factories import MusicianFactory, RoomFactory
from tests.staff import account, signed_in

LIST = "/admin/sessions_app/musician/"


class Refused(DomainError):
    """What this file's classes refuse."""


class RenameForm(ActionForm):
    name = forms.CharField()


class RenamePage(ActionPage):
    name = "rename"
    label = "Rename"
    form_class = RenameForm

    def is_offered(self, obj):
        return obj.name != "Fixed"

    def act(self, request, obj, form):
        obj.name = form.cleaned_data["name"]
        obj.save(update_fields=["name"])
        if obj.name == "Taken":
            raise Refused("Somebody has this name.")
        return "The talent has another name."


class PlainAdmin(StudioModelAdmin):
    menu = MenuEntry(MenuGroup.PEOPLE, "person")
    fields = ("name", "stage_name", "talent_type", "hourly_rate")
    list_display = ("name",)
    list_filter = ("talent_type",)
    search_fields = ("name",)
    ordering = ("name", "pk")
    actions = ("retire",)
    action_pages = (RenamePage,)

    @confirmed_action(description="Retire", permissions=["change"])
    def retire(self, request, queryset):
        queryset.update(is_active=False)

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if obj.stage_name == "Refused":
            raise Refused("Not on our stage.")
        if obj.stage_name == "Raced":
            Musician.objects.filter(pk=obj.pk).update(hourly_rate=-1)

    def delete_model(self, request, obj):
        if obj.name == "Kept":
            raise Refused("This one stays.")
        super().delete_model(request, obj)


class LookedAt(ReadOnlyAdmin, StudioModelAdmin):
    list_display = ("name",)


site = BackOffice()
site.register(Musician, PlainAdmin)
site.register(Room, LookedAt)
urlpatterns = [path("admin/", site.urls), path("accounts/", include("allauth.urls"))]

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


@pytest.fixture(autouse=True)
def _as_the_studio_s_site(monkeypatch):
    """The theme asks for the menu of the host's site."""
    monkeypatch.setattr(admin_sites, "studio_site", site)


@pytest.fixture
def owner(studio):
    return account("owner")


@pytest.fixture
def office(web, owner):
    return signed_in(web, owner)


def page(row, name="change"):
    return f"{LIST}{row.pk}/{name}/"


def facts(**changed):
    return {"name": "Ada", "stage_name": "", "talent_type": "musician", "hourly_rate": ""} | changed


def text(response):
    return html.unescape(response.content.decode())


def trail():
    return list(AuditEvent.objects.filter(object_type="sessions_app.musician").order_by("pk"))


# Plain saves ------------------------------------------------------------------------------------------


def test_a_new_row_is_written_into_the_trail(office, owner):
    office.post(f"{LIST}add/", facts(hourly_rate="45"))

    (event,) = trail()
    assert (event.verb, event.account, event.object_label) == ("create", owner, "Ada")
    assert event.changes == {"name": [None, "Ada"], "talent_type": [None, "musician"], "hourly_rate": [None, "45"]}


def test_a_change_is_written_down_with_old_and_new(office):
    row = MusicianFactory(name="Ada")

    office.post(page(row), facts(name="Ada L.", hourly_rate="45.00"))

    assert trail()[-1].verb == "change"
    assert trail()[-1].changes == {"name": ["Ada", "Ada L."], "hourly_rate": [None, "45.00"]}


def test_what_is_said_afterwards_is_what_is_true(office):
    row = MusicianFactory(name="Ada")

    added = office.post(f"{LIST}add/", facts(name="Ben"))
    changed = office.post(page(row), facts(name="Ada L."))
    deleted = office.post(page(row, "delete"), {"post": "yes"})

    said = [str(message) for response in (added, changed, deleted) for message in get_messages(response.wsgi_request)]
    assert said[-3:] == ["Ben is saved.", "Ada L. is saved.", "Ada L. is deleted."]


def test_a_save_without_a_change_is_not_written_down(office):
    row = MusicianFactory(name="Ada")

    office.post(page(row), facts())

    assert [event.verb for event in trail()] == ["create"]


def test_only_changed_columns_are_saved(office):
    row = MusicianFactory(name="Ada")
    with connection.execute_wrapper(lambda run, sql, *rest: sqls.append(sql) or run(sql, *rest)):
        sqls = []
        office.post(page(row), facts(name="Ada L."))

    (update,) = [sql for sql in sqls if sql.startswith('UPDATE "musicians"')]
    assert '"name" =' in update
    assert '"biography"' not in update


def test_a_deletion_is_written_down(office, owner):
    row = MusicianFactory(name="Ada")

    office.post(page(row, "delete"), {"post": "yes"})

    assert (trail()[-1].verb, trail()[-1].object_label, trail()[-1].account) == ("delete", "Ada", owner)
    assert Musician.objects.count() == 0


def test_the_history_page_shows_the_trail(office):
    row = MusicianFactory(name="Ada")
    office.post(page(row), facts(name="Ada L."))

    shown = text(office.get(page(row, "history")))

    assert "Owner <owner@studio.example>" in shown
    assert [word for word in ("created", "changed", "Ada L.", "Europe/Paris") if word in shown] == [
        "created",
        "changed",
        "Ada L.",
        "Europe/Paris",
    ]


# Refusals ---------------------------------------------------------------------------------------------


def test_a_refused_save_is_a_sentence_and_leaves_nothing(office):
    row = MusicianFactory(name="Ada")

    response = office.post(page(row), facts(name="Ada L.", stage_name="Refused"))

    assert response.status_code == 409
    assert "Not on our stage." in text(response)
    assert 'value="Ada L."' in text(response)
    row.refresh_from_db()
    assert (row.name, row.stage_name) == ("Ada", "")
    assert [event.verb for event in trail()] == ["create"]
    assert list(get_messages(response.wsgi_request)) == []


def test_what_the_database_refuses_is_the_constraint_s_own_sentence(office):
    response = office.post(f"{LIST}add/", facts(stage_name="Raced"))

    assert response.status_code == 409
    assert "A rate may not be negative." in text(response)
    assert Musician.objects.count() == 0


def test_a_violation_that_no_rule_of_the_model_explains_is_a_bug():
    bug = IntegrityError("something else")

    with pytest.raises(IntegrityError) as raised:
        refusal_behind(bug, Musician)

    assert raised.value is bug


def test_a_refused_deletion_is_a_sentence(office):
    row = MusicianFactory(name="Kept")

    response = office.post(page(row, "delete"), {"post": "yes"})

    assert response.status_code == 409
    assert "This one stays." in text(response)
    assert Musician.objects.filter(pk=row.pk).exists()
    assert [event.verb for event in trail()] == ["create"]


# Lists ------------------------------------------------------------------------------------------------


def test_a_long_list_is_counted_to_the_cap_only(office, monkeypatch):
    monkeypatch.setattr(paging, "MOST", 3)
    for _number in range(3):
        MusicianFactory()
    whole = office.get(LIST)
    MusicianFactory()
    capped = office.get(LIST)

    assert (whole.context["cl"].is_capped, whole.context["cl"].result_count) == (False, 3)
    assert (capped.context["cl"].is_capped, capped.context["cl"].result_count) == (True, 3)
    assert "More than 10,000 talents" not in text(whole)
    assert "More than 10,000 talents" in text(capped)


def test_no_request_is_kept_for_the_next_one(office):
    office.get(LIST)

    assert [each for each in site._registry.values() if hasattr(each, "request")] == []


def test_the_count_stops_at_the_cap(django_assert_num_queries):
    with django_assert_num_queries(1) as seen:
        assert paging.CappedPaginator(Musician.objects.order_by("name"), 50).count == 0

    assert "LIMIT 10001" in seen[0]["sql"]
    assert "ORDER BY" not in seen[0]["sql"]


@pytest.mark.parametrize(
    ("question", "status"),
    [
        ({"talent_type__exact": "actor"}, 200),
        ({"notes__startswith": "a"}, 400),
        ({"name__startswith": "a"}, 400),
        ({"q": "a", "o": "1", "p": "1"}, 200),
        ({"p": "x"}, 200),
        ({"o": "x"}, 200),
        ({"unknown": "1"}, 400),
    ],
    ids=str,
)
def test_a_list_answers_its_own_questions_only(office, question, status):
    assert office.get(LIST, question).status_code == status


# Confirmed actions ------------------------------------------------------------------------------------


def chosen(*rows, **more):
    return {"action": "retire", "_selected_action": [row.pk for row in rows], "select_across": "0"} | more


def active():
    return sorted(Musician.objects.filter(is_active=True).values_list("name", flat=True))


@pytest.fixture
def talents():
    return [MusicianFactory(name=name) for name in ("Ada", "Ben", "Cleo")]


def test_an_action_shows_first_what_it_will_hit(office, talents):
    asked = office.post(LIST, chosen(*talents[:2]))

    assert asked.status_code == 200
    assert [str(each) for each in asked.context["objects"]] == ["Ada", "Ben"]
    assert active() == ["Ada", "Ben", "Cleo"]


def test_an_action_is_done_once_confirmed(office, talents):
    done = office.post(LIST, chosen(*talents[:2], confirmed="yes"))

    assert done.status_code == 302
    assert active() == ["Cleo"]


def test_all_rows_of_a_list_are_hit_when_all_are_chosen(office, talents):
    asked = office.post(LIST, chosen(talents[0], select_across="1"))
    assert 'name="select_across" value="1"' in text(asked)
    assert "This will be done to 3 rows:" in text(asked)

    office.post(LIST, chosen(talents[0], select_across="1", confirmed="yes"))

    assert active() == []


def test_an_action_is_not_there_for_who_may_not(web, talents, studio):
    browser = signed_in(web, account("read_only"))

    browser.post(LIST, chosen(*talents, confirmed="yes"))

    assert active() == ["Ada", "Ben", "Cleo"]


def test_rows_chosen_from_elsewhere_are_not_hit(office, talents):
    office.post(f"{LIST}?talent_type__exact=actor", chosen(*talents, confirmed="yes"))

    assert active() == ["Ada", "Ben", "Cleo"]


# Action pages -----------------------------------------------------------------------------------------


def test_an_action_page_acts_and_says_so(office):
    row = MusicianFactory(name="Ada")

    asked = office.get(page(row, "rename"))
    done = office.post(page(row, "rename"), {"name": "Ben"})

    assert asked.status_code == 200
    assert (done.status_code, done["Location"]) == (302, page(row))
    assert [str(message) for message in get_messages(done.wsgi_request)] == ["The talent has another name."]


def test_an_action_page_shows_a_refusal(office):
    row = MusicianFactory(name="Ada")

    assert office.post(page(row, "rename"), {"name": ""}).status_code == 400
    refused = office.post(page(row, "rename"), {"name": "Taken"})

    assert refused.status_code == 409
    assert "Somebody has this name." in text(refused)


def test_an_action_page_asks_for_the_right(web, studio):
    row = MusicianFactory(name="Ada")
    browser = signed_in(web, account("read_only"))

    assert browser.get(page(row, "rename")).status_code == 403
    assert browser.post(page(row, "rename"), {"name": "Ben"}).status_code == 403


def test_a_button_stands_where_the_act_makes_sense(office):
    ada, fixed = MusicianFactory(name="Ada"), MusicianFactory(name="Fixed")

    assert [each.label for each in office.get(page(ada)).context["offered_actions"]] == ["Rename"]
    assert office.get(page(fixed)).context["offered_actions"] == []


def test_rows_that_are_looked_at_are_never_written(office):
    room = RoomFactory()

    assert office.get("/admin/sessions_app/room/add/").status_code == 403
    assert office.get(f"/admin/sessions_app/room/{room.pk}/change/").status_code == 200
    assert office.post(f"/admin/sessions_app/room/{room.pk}/change/", {"name": "x"}).status_code == 403
    assert office.post(f"/admin/sessions_app/room/{room.pk}/delete/", {"post": "yes"}).status_code == 403
