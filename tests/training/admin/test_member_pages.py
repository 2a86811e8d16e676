"""Members at the back office: the list, the page of one, and what each role is shown of them."""

import csv
import io
from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.messages import get_messages
from django.utils import timezone

from sessions_app.models import Client
from studio.accounts.models import AuditEvent
from tests.factories import ClientFactory
from tests.membership_factories import PlanFactory, SubscriptionFactory
from tests.staff import account, signed_in, studio_day
from tests.training.admin.member_pages import MEMBERS, NO_CONTACTS, RUNS, text
from tests.training_factories import CheckupFactory, CommentFactory, DormantRunFactory, MemberFactory
from training.models import DormantRun, Member, MemberListLayout
from training.services import checkups, member_comments, members

pytestmark = pytest.mark.django_db


def told(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def listed(browser, **asked):
    response = browser.get(MEMBERS, asked)
    assert response.status_code == 200
    return [member.name for member in response.context["cl"].result_list]


@pytest.fixture
def office(web):
    return signed_in(web, account("owner"))


def facts_of(member, **changed):
    given = {
        **{name: getattr(member, name) for name in ("first_name", "last_name", "email", "phone", "gender")},
        "training_preference": member.training_preference,
        "join_date": member.join_date or "",
        "seen_at": member.updated_at.isoformat(),
        **NO_CONTACTS,
    }
    return given | changed


# The list ---------------------------------------------------------------------------------------------


def test_the_list_is_searched_filtered_and_sorted_on_the_server(office, session_of, mina):
    now = timezone.now()
    bea = MemberFactory(first_name="Bea", last_name="Blanc", email="bea@example.org", member_type="trial")
    cleo = MemberFactory(first_name="Cleo", last_name="Costa", status="suspended")
    session_of(bea, now + timedelta(days=1))
    session_of(cleo, now - timedelta(days=1), "completed")
    session_of(mina, now + timedelta(days=2), "cancelled")
    Client.objects.filter(pk=cleo.client_id).update(balance_due=Decimal("12.50"))
    Client.objects.filter(pk=mina.client_id).update(balance_due=Decimal("-5.00"))

    assert listed(office) == ["Bea Blanc", "Cleo Costa", "Mina Morel"]
    for asked, names in (
        ({"q": "mor"}, ["Mina Morel"]),
        ({"q": "EXAMPLE.org b"}, ["Bea Blanc"]),
        ({"q": "0612"}, ["Mina Morel"]),
        ({"status__exact": "suspended"}, ["Cleo Costa"]),
        ({"member_type__exact": "trial"}, ["Bea Blanc"]),
        ({"to_come": "yes"}, ["Bea Blanc"]),
        ({"to_come": "no"}, ["Cleo Costa", "Mina Morel"]),
        ({"owes": "yes"}, ["Cleo Costa"]),
        ({"owes": "no", "to_come": "yes"}, ["Bea Blanc"]),
        ({"o": "-1"}, ["Mina Morel", "Cleo Costa", "Bea Blanc"]),
    ):
        assert listed(office, **asked) == names, asked
    for hostile in ("%", "\\", "' OR 1=1 --", "x" * 5000):
        assert listed(office, q=hostile) == []
    assert office.get(MEMBERS, {"q": "\0"}).status_code == 400
    assert office.get(MEMBERS, {"medical_notes__contains": "knee"}).status_code in {302, 400}


def test_columns_and_page_size_are_kept_for_each_person(web, office, mina):
    heads = [name for name, _label in office.get(f"{MEMBERS}layout/").context["form"].fields["columns"].choices]
    assert "balance" in heads

    done = office.post(f"{MEMBERS}layout/", {"columns": ["joined", "email"], "page_size": "10"})

    assert done["Location"] == MEMBERS
    shown = office.get(MEMBERS).context["cl"]
    assert (shown.list_display[-3:], shown.list_per_page) == (["full_name", "email", "joined"], 10)
    refused = office.post(f"{MEMBERS}layout/", {"columns": ["medical_notes"], "page_size": "7"})
    assert (refused.status_code, MemberListLayout.objects.get().page_size) == (400, 10)
    other = signed_in(web, account("trainer"))
    assert other.get(MEMBERS).context["cl"].list_per_page == 50
    assert "balance" not in [
        name for name, _label in other.get(f"{MEMBERS}layout/").context["form"].fields["columns"].choices
    ]
    assert other.post(f"{MEMBERS}layout/", {"columns": ["balance"], "page_size": "10"}).status_code == 400


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_with_every_column_asks_as_much_for_three_rows_as_for_one(
    office, count, session_of, django_assert_num_queries
):
    for _number in range(count):
        session_of(MemberFactory(), timezone.now() + timedelta(days=1))
    columns = ["phone", "gender", "born", "kind", "state", "plan", "remaining", "joined", "email"]
    columns += ["last_session", "next_session", "scheduled", "balance"]
    office.post(f"{MEMBERS}layout/", {"columns": columns, "page_size": "50"})
    office.get(MEMBERS)

    # The sign-in with its account, its rights, the person's layout, the count and the rows.
    with django_assert_num_queries(6):
        assert office.get(MEMBERS).context["cl"].result_count == count


def test_several_get_another_status_after_a_page_that_asks(office, mina, session_of):
    bea = MemberFactory(first_name="Bea")
    session_of(bea, timezone.now() + timedelta(days=1))
    chosen = {"action": "change_status_selected", "_selected_action": [mina.pk, bea.pk]}

    asked = office.post(MEMBERS, chosen)
    assert "1 session to come stays booked." in text(asked)
    assert not Member.objects.exclude(status="active").exists()
    refused = office.post(MEMBERS, {**chosen, "confirmed": "yes", "status": "suspended", "reason": "x" * 501})
    kept = ("x" * 501, '<option value="suspended" selected>', *(f'value="{each.pk}"' for each in (mina, bea)))
    assert (refused.status_code, [each for each in kept if each not in text(refused)]) == (400, [])
    assert "at most 500 characters" in text(refused)
    assert not Member.objects.exclude(status="active").exists()
    done = office.post(MEMBERS, {**chosen, "confirmed": "yes", "status": "suspended", "reason": "Holidays"})

    assert (told(done), set(Member.objects.values_list("status", flat=True))) == (
        ["2 members: suspended."],
        {"suspended"},
    )
    assert AuditEvent.objects.filter(verb="change", reason="Holidays").count() == 2


def test_the_list_leaves_as_csv_as_it_is_filtered_without_formulas_or_health(office, mina):
    MemberFactory(first_name="=HYPERLINK(1)", last_name="+Evil", status="suspended", medical_notes="Asthma")

    answer = office.get(f"{MEMBERS}export/csv/", {"status__exact": "suspended", "o": "5.-6"})

    raw = b"".join(answer.streaming_content).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(raw)))
    assert (rows[0][:4], [row[:2] for row in rows[1:]]) == (
        ["First name", "Last name", "E-mail", "Phone"],
        [["'=HYPERLINK(1)", "'+Evil"]],
    )
    assert ("Asthma" in raw, "no-store" in answer["Cache-Control"]) == (False, True)
    assert AuditEvent.objects.get(verb="export").changes == {
        "members": [None, 1],
        "filters": [None, "o=5.-6&status__exact=suspended"],
        "file": [None, "csv"],
    }


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(
    ("noun", "factory", "queries"),
    [("membercomment", CommentFactory, 5), ("bodycheckup", CheckupFactory, 5), ("dormantrun", DormantRunFactory, 5)],
    ids=["comments", "checkups", "runs"],
)
def test_lists_ask_as_much_for_three_rows_as_for_one(office, noun, factory, queries, count, django_assert_num_queries):
    for _number in range(count):
        factory()
    office.get(f"/admin/training/{noun}/")

    with django_assert_num_queries(queries):
        assert office.get(f"/admin/training/{noun}/").context["cl"].result_count == count


# One member -------------------------------------------------------------------------------------------


def test_a_member_is_written_down_with_contacts_and_refused_with_what_was_typed(office, mina):
    given = {
        "first_name": "Bea",
        "last_name": "Blanc",
        "email": "Mina@example.org",
        "member_type": "full",
        "training_preference": "mixed",
        "gender": "",
        **NO_CONTACTS,
        "emergency_contacts-TOTAL_FORMS": "1",
        "emergency_contacts-0-name": "Mother",
        "emergency_contacts-0-phone": "0611",
        "emergency_contacts-0-is_primary": "on",
    }

    refused = office.post(f"{MEMBERS}add/", given)
    assert refused.status_code == 409, refused.context["errors"]
    assert "Mina Morel (active) has the e-mail address mina@example.org already." in text(refused)
    assert 'value="Blanc"' in refused.content.decode()
    assert (Member.objects.count(), Client.objects.count()) == (1, 1)

    done = office.post(f"{MEMBERS}add/", {**given, "email": "bea@example.org"})
    bea = Member.objects.get(first_name="Bea")
    assert done["Location"] == f"{MEMBERS}{bea.pk}/profile/"
    assert (bea.client.name, bea.emergency_contacts.get().is_primary) == ("Bea Blanc", True)


def test_a_client_is_made_a_member_from_what_is_known(office):
    client = ClientFactory(name="Zoe Client", email="zoe@example.org")

    page = office.get(f"{MEMBERS}add/", {"client": client.pk})

    assert 'value="zoe@example.org"' in page.content.decode()
    given = {"client": client.pk, "first_name": "Zoe", "last_name": "Client", "email": "zoe@example.org"}
    office.post(f"{MEMBERS}add/", {**given, "member_type": "full", "training_preference": "mixed", **NO_CONTACTS})
    assert Member.objects.get().client == client


def test_a_stale_form_is_refused_and_saves_when_sent_again(office, mina):
    form = facts_of(mina, phone="0633")
    members.change_member(member=mina, phone="0622", actor=None, now=timezone.now())

    refused = office.post(f"{MEMBERS}{mina.pk}/change/", form)

    assert (refused.status_code, "Somebody changed this member meanwhile: Phone: 0622" in text(refused)) == (409, True)
    assert 'value="0633"' in refused.content.decode()
    seen_at = refused.context["seen_at"]
    assert office.post(f"{MEMBERS}{mina.pk}/change/", {**form, "seen_at": seen_at}).status_code == 302
    mina.refresh_from_db()
    assert (mina.phone, mina.medical_notes) == ("0633", "")


def test_the_page_of_a_member_shows_what_there_is(office, mina, session_of, django_assert_num_queries):
    now, today = timezone.now(), studio_day()
    session_of(mina, now + timedelta(days=1))
    session_of(mina, now - timedelta(days=1), "completed")
    session_of(mina, now - timedelta(days=2), "no_show")
    member_comments.add_comment(
        member=mina, body="Ask <b>her</b> back", due_on=today + timedelta(days=2), actor=None, now=now
    )
    for number, weight in enumerate((72, "71.5", 70)):
        on = today - timedelta(days=30 - number)
        checkups.record_checkup(member=mina, checked_on=on, weight=weight, actor=None, now=now)
    Client.objects.filter(pk=mina.client_id).update(balance_due=Decimal("42.10"))
    office.get(f"{MEMBERS}{mina.pk}/profile/")

    with django_assert_num_queries(15):
        page = text(office.get(f"{MEMBERS}{mina.pk}/profile/"))

    for shown in (
        *("Mina Morel", "Owes 42.10 EUR.", "Bad knee", "mina@example.org", "50 %", "critical"),
        *("Ask <b>her</b> back", "71.50 kg", '<polyline class="weight-line"', "The uniform is not handed out yet"),
    ):
        assert shown in page, shown


def test_comments_and_checkups_are_added_on_the_page_and_refused_with_a_sentence(office, mina):
    page = f"{MEMBERS}{mina.pk}/"

    assert office.post(f"{page}comment/", {"body": "Hello", "due_on": "2026-12-24"}).status_code == 302
    assert office.post(f"{page}checkup/", {"checked_on": "2026-06-01", "weight": "70"}).status_code == 302
    for act, given, sentence in (
        ("comment", {"body": "  "}, "This field is required."),
        ("checkup", {"checked_on": "2026-06-01", "weight": "71"}, "There is a check-up of that day already."),
        ("checkup", {"checked_on": "2090-06-01", "weight": "71"}, "cannot lie in the future"),
        ("checkup", {"checked_on": "2026-06-02", "weight": "-1"}, "A weight is more than 0 kilograms."),
    ):
        refused = office.post(f"{page}{act}/", given)
        assert (refused.status_code >= 400, sentence in text(refused)) == (True, True), act
    for noun, row in (("membercomment", mina.comments.get()), ("bodycheckup", mina.checkups.get())):
        assert "Mina Morel" in text(office.get(f"/admin/training/{noun}/{row.pk}/history/"))
    assert (mina.comments.get().author_label, mina.checkups.get().weight) == ("Owner <owner@studio.example>", 70)


def test_status_and_type_change_by_acts(office):
    trial = MemberFactory(member_type="trial")
    partner = MemberFactory(member_type="collaboration", contract_ends_on=studio_day() + timedelta(days=30))

    asked = office.get(f"{MEMBERS}{partner.pk}/convert-collaboration/")
    assert "The contract ends in 30 days." in text(asked)
    office.post(f"{MEMBERS}{partner.pk}/convert-collaboration/", {"ends_contract": "on", "note": "Pays now."})
    office.post(f"{MEMBERS}{trial.pk}/convert-trial/")
    office.post(f"{MEMBERS}{trial.pk}/status/", {"status": "inactive", "reason": ""})
    office.post(f"{MEMBERS}{trial.pk}/reactivate/", {"comment": "Back."})

    assert set(Member.objects.values_list("member_type", "status")) == {("full", "active")}
    partner.refresh_from_db()
    assert partner.contract_ends_on == studio_day()
    again = office.post(f"{MEMBERS}{trial.pk}/convert-trial/")
    assert (again.status_code, "is a full member, not a trial member" in text(again)) == (409, True)


# Dormant members --------------------------------------------------------------------------------------


def test_dormant_members_are_looked_at_chosen_and_set_to_inactive_once_a_day(office):
    gone, stays = (MemberFactory(first_name=name, join_date="2020-01-02") for name in ("Gone", "Stays"))
    MemberFactory(first_name="New")
    then = timezone.now() - timedelta(days=300)
    SubscriptionFactory(member=gone, plan=PlanFactory(name="Old ten"), starts_on=then.date(), now=then)

    page = text(office.get(f"{RUNS}preview/"))
    assert ("Gone Dubois" in page, "Stays Dubois" in page, "New Dubois" in page) == (True, True, False)
    assert "Old ten, until " in page
    done = office.post(f"{RUNS}preview/", {"members": [str(gone.pk), "nonsense"]})

    assert (done["Location"], told(done)) == (RUNS, ["1 member is inactive now."])
    assert list(Member.objects.filter(status="inactive")) == [gone]
    refused = office.post(f"{RUNS}preview/", {"members": [str(stays.pk)]})
    assert (refused.status_code, "The next one is possible from" in text(refused)) == (409, True)
    run = DormantRun.objects.get()
    assert "Gone Dubois" in text(office.get(f"{RUNS}{run.pk}/change/"))
