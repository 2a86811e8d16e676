"""A client's page with all its parts, the pages on which two become one, and taking the list along."""

import csv
import html
import io
import zipfile

import openpyxl
import pytest
from django.contrib.messages import get_messages

from sessions_app.models import Client, ClientContact, ClientDistinction, ClientMerge, CompanyMember
from sessions_app.services import client_imports, contacts, merging
from studio.accounts.models import AuditEvent
from tests.factories import NOW, ClientFactory, ClientNoteFactory, ProjectFactory
from tests.staff import account, signed_in

LIST = "/admin/sessions_app/client/"
DUPLICATES = "/admin/clients/duplicates/"
PARTS = ("client_notes", "contacts", "members", "memberships")

pytestmark = pytest.mark.django_db


def text(response):
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return html.unescape(content.decode())


def told(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def form_of(client, **more):
    empty = {f"{part}-{count}_FORMS": "0" for part in PARTS for count in ("TOTAL", "INITIAL")}
    facts = {"name": client.name, "kind": client.kind, "currency": "EUR", "is_active": "on"}
    return facts | empty | more


@pytest.fixture
def band():
    return ClientFactory(name="The Tides", kind="company")


@pytest.fixture
def ann():
    return ClientFactory(name="Ann Alder", email="ann@example.org", genres=["folk"])


@pytest.fixture
def twin(ann):
    made = ClientFactory(name="ANN ALDER", phone="06 12 34 56 78", email="anna@example.org", genres=["dub"])
    ProjectFactory(client=made, name="First album")
    return made


# Parts of a client ------------------------------------------------------------------------------------


def test_members_and_contacts_are_written_on_the_companys_page(office, owner, band, ann):
    given = form_of(
        band,
        **{
            "members-TOTAL_FORMS": "1",
            "members-0-member": ann.pk,
            "members-0-role": "voice",
            "members-0-is_primary": "on",
            "contacts-TOTAL_FORMS": "1",
            "contacts-0-last_name": "Perrin",
            "contacts-0-title": "manager",
        },
    )

    answer = office.post(f"{LIST}{band.pk}/change/", given)

    assert answer.status_code == 302, text(answer)
    assert list(CompanyMember.objects.values_list("company", "member", "role", "is_primary")) == [
        (band.pk, ann.pk, "voice", True)
    ]
    assert ClientContact.objects.get().title == "manager"
    assert AuditEvent.objects.get(object_type="sessions_app.clientcontact").account == owner
    assert "The Tides" in text(office.get(f"{LIST}{ann.pk}/change/"))


def test_a_member_is_changed_and_removed_but_not_exchanged(office, band, ann, desk):
    row = contacts.add_member(company=band, member=ann, role="voice", actor=desk, now=NOW)
    other = ClientFactory(name="Ben Birch")
    parts = {"members-TOTAL_FORMS": "1", "members-INITIAL_FORMS": "1", "members-0-id": row.pk}
    parts |= {"members-0-company": band.pk, "members-0-member": other.pk, "members-0-role": "bass"}

    office.post(f"{LIST}{band.pk}/change/", form_of(band, **parts))
    assert list(CompanyMember.objects.values_list("member", "role")) == [(ann.pk, "bass")]

    office.post(f"{LIST}{band.pk}/change/", form_of(band, **parts, **{"members-0-DELETE": "on"}))
    assert not CompanyMember.objects.exists()


def test_a_kind_that_does_not_fit_is_a_sentence_and_changes_nothing(office, band, ann, desk):
    contacts.add_member(company=band, member=ann, actor=desk, now=NOW)

    answer = office.post(f"{LIST}{band.pk}/change/", form_of(band, kind="individual"))

    assert "Only a company or a band has members." in text(answer)
    band.refresh_from_db()
    assert band.kind == "company"


def test_boxes_offer_who_fits_the_side(office, band, ann):
    def offered(field):
        asked = {"app_label": "sessions_app", "model_name": "companymember", "field_name": field, "term": ""}
        return [each["text"] for each in office.get("/admin/autocomplete/", asked).json()["results"]]

    assert (offered("member"), offered("company")) == (["Ann Alder"], ["The Tides"])


def test_the_list_keeps_merged_clients_to_their_own_filter(office, ann, twin, desk):
    merging.merge_clients(survivor=ann, merged=twin, actor=desk, now=NOW)

    def names(**filters):
        return [each.name for each in office.get(LIST, filters).context["cl"].result_list]

    assert (names(), names(state="merged"), names(state="archived")) == (["Ann Alder"], ["ANN ALDER"], [])
    assert names(q="0612345678") == []
    assert "Ann Alder" in text(office.get(f"{LIST}{twin.pk}/change/"))
    assert "ANN ALDER" not in text(office.get("/admin/search/", {"s": "alder"}))


# Two become one ---------------------------------------------------------------------------------------


def test_who_may_be_one_is_shown_with_the_reason(office, ann, twin):
    shown = text(office.get(DUPLICATES))

    assert "same name" in shown
    assert f"{LIST}{ann.pk}/merge/?other={twin.pk}" in shown
    assert "There may be this client already" in text(office.get(f"{LIST}{twin.pk}/change/"))


def test_two_who_are_two_are_not_proposed_again(office, ann, twin):
    answer = office.post(DUPLICATES, {"one": ann.pk, "other": twin.pk})

    assert told(answer) == ["Ann Alder and ANN ALDER are two; they are not proposed again."]
    assert ClientDistinction.objects.count() == 1
    assert "No duplicates are found." in text(office.get(DUPLICATES))
    for nonsense in ({"one": "x", "other": ""}, {"one": "9" * 30, "other": "0"}, {}):
        assert office.post(DUPLICATES, nonsense).status_code == 302


def test_two_are_compared_then_merged_then_taken_apart(office, ann, twin):
    ClientNoteFactory(client=twin)
    page = f"{LIST}{ann.pk}/merge/"

    compared = office.post(page, {"other": twin.pk})
    assert compared.status_code == 200
    assert "1 project" in text(compared)
    assert "ANN ALDER" in text(compared)
    assert Client.objects.get(pk=twin.pk).is_active

    chosen = {"name": "kept", "email": "both", "phone": "other", "genres": "both"}
    done = office.post(page, {"other": twin.pk, "confirmed": "yes", **chosen})

    record = ClientMerge.objects.get()
    assert done["Location"] == f"/admin/sessions_app/clientmerge/{record.pk}/change/"
    assert told(done) == ["ANN ALDER is now part of Ann Alder. This can be undone."]
    ann.refresh_from_db()
    assert (ann.name, ann.email, ann.phone, ann.genres) == (
        "Ann Alder",
        "ann@example.org",
        "06 12 34 56 78",
        ["folk", "dub"],
    )
    assert ann.emails == [{"type": "", "value": "anna@example.org"}]
    assert ann.projects.count() == ann.client_notes.count() == 1

    # What one page did is nothing that another knows of.
    assert office.get(f"{LIST}{ann.pk}/merge/").context["back_url"] == f"{LIST}{ann.pk}/change/"

    undone = office.post(f"/admin/sessions_app/clientmerge/{record.pk}/undo/")
    assert told(undone)[-1:] == ["The merge is undone; both clients are as they were."]
    ann.refresh_from_db()
    assert (ann.phone, ann.genres, ann.emails, ann.projects.count()) == ("", ["folk"], [], 0)


def test_a_choice_that_is_none_is_refused_and_nothing_is_merged(office, ann, twin):
    answer = office.post(f"{LIST}{ann.pk}/merge/", {"other": twin.pk, "confirmed": "yes", "name": "somebody"})

    assert answer.status_code == 400
    assert not ClientMerge.objects.exists()


@pytest.mark.parametrize("other", ["", "x", "0", "9" * 30, "-1"])
def test_a_client_that_is_none_is_asked_for_again(office, ann, other):
    assert office.get(f"{LIST}{ann.pk}/merge/", {"other": other}).status_code == 200
    assert office.post(f"{LIST}{ann.pk}/merge/", {"other": other, "confirmed": "yes"}).status_code == 400


def test_the_front_desk_merges_nobody(web, studio, ann, twin):
    browser = signed_in(web, account("front_desk"))

    assert browser.get(DUPLICATES).status_code == 403
    assert browser.post(f"{LIST}{ann.pk}/merge/", {"other": twin.pk, "confirmed": "yes"}).status_code == 403
    assert "There may be this client already" not in text(browser.get(f"{LIST}{ann.pk}/change/"))


# The list to take along -------------------------------------------------------------------------------


def taken(browser, action, *clients, **filters):
    chosen = {"action": action, "_selected_action": [client.pk for client in clients], "select_across": "0"}
    return browser.post(LIST, chosen, query_params=filters)


def test_the_list_is_taken_along_as_csv_and_comes_back_as_it_went(office, desk, owner):
    given = {
        "name": "=cmd|' /C calc'!A0",
        "email": "a@x.org",
        "phone": "+33 6 12 34 56 78",
        "emails": [{"type": "", "value": "b@x.org"}],
        "birthday": None,
        "genres": ["jazz", "dub"],
        "platform_links": {"website": "https://x.org/"},
        "notes": "one\ntwo",
        "is_vip": True,
        "kind": "company",
    }
    made = ClientFactory(**given)

    file = taken(office, "export_csv", made, q="")

    content = b"".join(file.streaming_content)
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert rows[1][0] == "'=cmd|' /C calc'!A0"
    assert file["Content-Disposition"] == 'attachment; filename="clients.csv"'
    event = AuditEvent.objects.get(verb="export")
    assert (event.account, event.changes["clients"], event.changes["file"]) == (owner, [None, 1], [None, "csv"])

    Client.objects.all().delete()
    back = client_imports.start_import(name="clients.csv", data=content, actor=desk, now=NOW)
    fields = [column["field"] for column in back.columns]
    client_imports.name_columns(client_import=back, fields=fields, actor=desk, now=NOW)
    client_imports.begin_import(client_import=back, actor=desk, now=NOW)
    returned = Client.objects.get()
    assert {name: getattr(returned, name) for name in given} == given


def test_a_workbook_has_numbers_dates_and_texts_and_not_one_formula(office):
    made = ClientFactory(name="=1+1", birthday="1990-05-01", default_deposit_percent="12.50", notes="a\x0bb")

    content = b"".join(taken(office, "export_xlsx", made).streaming_content)

    heads, row = openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True)
    facts = dict(zip(heads, row, strict=True))
    assert (facts["Name"], facts["Deposit in percent"], facts["Balance due"]) == ("=1+1", 12.5, 0)
    assert (facts["Birthday"].isoformat()[:10], facts["Notes"]) == ("1990-05-01", "ab")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


def test_who_may_not_take_the_list_along_is_not_offered_it(web, studio):
    made = ClientFactory()
    browser = signed_in(web, account("front_desk"))

    assert "export_csv" not in text(browser.get(LIST))
    assert taken(browser, "export_csv", made).get("Content-Disposition") is None
    assert not AuditEvent.objects.filter(verb="export").exists()


def test_as_many_questions_for_a_long_list_as_for_a_short_one(office, django_assert_max_num_queries):
    made = [ClientFactory() for _each in range(30)]

    with django_assert_max_num_queries(14):
        b"".join(taken(office, "export_csv", *made).streaming_content)
