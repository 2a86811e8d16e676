"""Every list, form and page of the sessions' back office: for each role, and with the same queries for any length."""

from datetime import UTC, datetime
from itertools import cycle

import pytest
from django.urls import reverse

from sessions_app.models import (
    Absence,
    BookingPolicy,
    CalendarFeed,
    Client,
    ClientImport,
    ClientMerge,
    ClosedPeriod,
    Equipment,
    EquipmentService,
    HoldChallenge,
    Musician,
    NoticeText,
    PriceRule,
    Project,
    Room,
    RoomKind,
    SessionAssignment,
    SessionDay,
    SessionExtra,
    SessionFee,
    SessionNotice,
    SessionRequest,
    SessionSeries,
    ShareLink,
    StudioSession,
    TaskType,
    TimeEntry,
    Track,
    TrackComment,
    TrackCredit,
    TrackVersion,
    WaitlistEntry,
)
from studio.accounts.roles import STUDIO_ROLES, Scope, Verb, permission_names, scope_of
from studio.admin_sites import studio_site
from tests.factories import (
    ChallengeFactory,
    ClientFactory,
    ClosedPeriodFactory,
    ImportFactory,
    MergeFactory,
    MusicianFactory,
    ProjectFactory,
    RequestFactory,
    RoomFactory,
    SeriesFactory,
    SessionFactory,
    TaskTypeFactory,
    TimeEntryFactory,
    WaitlistFactory,
)
from tests.pages.plain import PlainBrowser, without_menu
from tests.price_factories import PolicyFactory, PriceRuleFactory
from tests.staff import account, signed_in

MODELS = [Client, HoldChallenge, Musician, Project, Room, SessionRequest, SessionSeries, StudioSession, WaitlistEntry]
MODELS += [ClosedPeriod, TaskType, TimeEntry]
MODELS += [ClientImport, ClientMerge]
MODELS += [BookingPolicy, PriceRule]
# Their pages have tests of their own.
SHOWN_ELSEWHERE = {CalendarFeed, NoticeText, SessionExtra, SessionFee, SessionNotice}
SHOWN_ELSEWHERE |= {Absence, Equipment, EquipmentService, SessionAssignment, SessionDay}
SHOWN_ELSEWHERE |= {ShareLink, Track, TrackComment, TrackCredit, TrackVersion}
KINDS = cycle(RoomKind.values)  # one policy for each
FACTORIES = {
    ClientImport: ImportFactory,
    ClientMerge: MergeFactory,
    BookingPolicy: lambda **facts: PolicyFactory(room_kind=next(KINDS), **facts),
    PriceRule: PriceRuleFactory,
    ClosedPeriod: ClosedPeriodFactory,
    TaskType: TaskTypeFactory,
    TimeEntry: TimeEntryFactory,
    Client: ClientFactory,
    HoldChallenge: ChallengeFactory,
    SessionRequest: RequestFactory,
    SessionSeries: SeriesFactory,
    WaitlistEntry: WaitlistFactory,
    Musician: MusicianFactory,
    Project: ProjectFactory,
    Room: RoomFactory,
    StudioSession: SessionFactory,
}
# The sign-in with its account, its rights, the count and the rows; the sessions' filter names the rooms.
LIST_QUERIES = {Client: 5, Musician: 5, Project: 5, Room: 5, StudioSession: 6}
LIST_QUERIES |= {HoldChallenge: 5, SessionRequest: 5, SessionSeries: 6, WaitlistEntry: 6}
LIST_QUERIES |= {ClosedPeriod: 5, TaskType: 5, TimeEntry: 7}  # people and tasks are filters
LIST_QUERIES |= {ClientImport: 5, ClientMerge: 5}
LIST_QUERIES |= {BookingPolicy: 6, PriceRule: 6}  # the steps; the rooms are a filter
# What a list calls a row whose name stands in another table.
NAMES = {HoldChallenge: lambda row: row.hold.title, SessionRequest: lambda row: row.session.title}
NAMES |= {TimeEntry: lambda row: row.target_label}
NAMES |= {ClientMerge: lambda row: row.merged_label}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_seeds(studio):
    """The lists begin empty."""
    TaskType.objects.all().delete()


def address(model, page, *keys):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", "studio.urls", args=keys)


def expected(role, model, verb):
    """200 for what the table of roles allows, else 403."""
    name = f"{model._meta.app_label}.{verb}_{model._meta.model_name}"
    return 200 if name in permission_names(role) else 403


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
@pytest.mark.parametrize("role", sorted(STUDIO_ROLES))
def test_pages_open_for_the_roles_of_the_table(studio, monkeypatch, role, model):
    without_menu(monkeypatch)
    row = FACTORIES[model]()
    browser = signed_in(PlainBrowser(headers={"host": "harbour.localhost"}), account(role))
    scope = scope_of([role], model._meta.label_lower, Verb.VIEW)
    sees_all = scope in {Scope.ALL, None}

    listed = expected(role, model, Verb.VIEW)
    assert browser.get(address(model, "changelist")).status_code == listed
    assert browser.get(address(model, "add")).status_code == expected(role, model, Verb.ADD)
    # Somebody else's row does not exist for those who see their own only.
    assert browser.get(address(model, "change", row.pk)).status_code == (listed if sees_all else 302)
    hidden = {404} if scope else {403, 404}
    assert browser.get(address(model, "history", row.pk)).status_code in ({listed} if scope is Scope.ALL else hidden)


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_list_asks_as_much_for_three_rows_as_for_one(office, model, count, django_assert_num_queries):
    for _row in range(count):
        FACTORIES[model]()
    office.get(address(model, "changelist"))

    with django_assert_num_queries(LIST_QUERIES[model]):
        response = office.get(address(model, "changelist"))

    assert response.context["cl"].result_count == count


@pytest.mark.parametrize("model", [each for each in MODELS if each is not ClosedPeriod], ids=lambda each: each.__name__)
def test_a_list_is_searched(office, model):
    row = FACTORIES[model]()
    name = NAMES.get(model, lambda row: getattr(row, "title", None) or row.name)(row)

    found = office.get(address(model, "changelist"), {"q": name.upper()})
    missed = office.get(address(model, "changelist"), {"q": "nobody-is-called-this"})

    assert [each.pk for each in found.context["cl"].result_list] == [row.pk]
    assert list(missed.context["cl"].result_list) == []


def test_sessions_are_found_by_their_client(office):
    mine = SessionFactory(client=ClientFactory(name="Mina Morel", artist_name="MIMO"))
    SessionFactory(client=ClientFactory(name="Somebody"))

    for term in ("morel", "mimo", "mina morel"):
        found = office.get(address(StudioSession, "changelist"), {"q": term})
        assert [each.pk for each in found.context["cl"].result_list] == [mine.pk]


@pytest.mark.parametrize(
    "question",
    ["notes__startswith", "client__notes__startswith", "client__email__contains", "cancelled_by__password__startswith"],
)
def test_a_list_answers_no_guesses_about_hidden_columns(office, question):
    SessionFactory(notes="secret", client=ClientFactory(email="a@example.org"))

    assert office.get(address(StudioSession, "changelist"), {question: "s"}).status_code == 400


@pytest.mark.parametrize(
    ("filters", "titles"),
    [
        ({"with_project": "no"}, ["Alone"]),
        ({"with_project": "yes"}, ["In a project"]),
        ({"status__exact": "cancelled"}, []),
        ({"period": "past"}, []),
        ({"period": "coming"}, ["In a project", "Alone"]),
    ],
    ids=str,
)
def test_sessions_are_filtered(office, filters, titles):
    starts_at = datetime(2090, 6, 6, 10, 0, tzinfo=UTC)
    project = ProjectFactory()
    SessionFactory(title="Alone", starts_at=starts_at)
    SessionFactory(title="In a project", client=project.client, project=project, starts_at=starts_at)

    found = office.get(address(StudioSession, "changelist"), filters)

    assert [each.title for each in found.context["cl"].result_list] == titles


def test_sessions_of_a_project_and_of_a_client_are_linked_to(office):
    project = ProjectFactory()
    mine = SessionFactory(client=project.client, project=project)
    SessionFactory()

    for question in ({"project__id__exact": project.pk}, {"client__id__exact": project.client_id}):
        found = office.get(address(StudioSession, "changelist"), question)
        assert [each.pk for each in found.context["cl"].result_list] == [mine.pk]


def test_every_model_of_the_app_but_the_notes_has_a_place_in_the_menu():
    app = {model for model in studio_site._registry if model._meta.app_label == "sessions_app"}

    assert app == {*MODELS, *SHOWN_ELSEWHERE}
    # A version stands on the page of its track; days of sessions are sums for programs.
    assert {model for model in app if studio_site._registry[model].menu is None} == {SessionDay, TrackVersion}


@pytest.mark.parametrize("empty", ["0", "1"])
@pytest.mark.parametrize(
    ("model", "moment"),
    [(ClientMerge, "undone_at"), (SessionFee, "waived_at"), (ShareLink, "revoked_at"), (TrackComment, "resolved_at")],
)
def test_a_list_answers_the_links_of_its_filters(office, model, moment, empty):
    assert office.get(address(model, "changelist"), {f"{moment}__isempty": empty}).status_code == 200
