"""Taking in a list of clients by the pages: send, name the columns, look, choose, import, report, undo."""

import csv
import html
import io

import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile

from sessions_app.models import Client, ClientImport
from sessions_app.services import client_imports
from tests.factories import NOW, ClientFactory
from tests.jobs import run_jobs, waiting_jobs
from tests.staff import account, signed_in

LIST = "/admin/sessions_app/clientimport/"
ROWS = "Name,E-mail,Salary\nAnn Alder,ann@x.org,1\nBob Birch,none,2\n=cmd,cmd@x.org,3\n"

pytestmark = pytest.mark.django_db


def text(response):
    return html.unescape(response.content.decode())


def told(response):
    return [str(message) for message in get_messages(response.wsgi_request)][-1:]


def send(browser, data, name="list.csv"):
    content = data if isinstance(data, bytes) else data.encode()
    return browser.post(f"{LIST}add/", {"file": SimpleUploadedFile(name, content)})


@pytest.fixture
def sent(office):
    """A list whose columns are named."""
    columns = send(office, ROWS)["Location"]
    office.post(columns, {"column-0": "name", "column-1": "email", "column-2": ""})
    return ClientImport.objects.get()


def test_a_list_goes_from_page_to_page_until_its_rows_are_clients(office):
    ClientFactory(name="A. A.", email="ann@x.org")

    columns = send(office, ROWS)
    made = ClientImport.objects.get()
    assert columns["Location"] == f"{LIST}{made.pk}/columns/"
    shown = text(office.get(columns["Location"]))
    assert [part for part in ("Salary", "E.g. Ann Alder; Bob Birch; =cmd") if part in shown] == [
        "Salary",
        "E.g. Ann Alder; Bob Birch; =cmd",
    ]

    preview = office.post(columns["Location"], {"column-0": "name", "column-1": "email", "column-2": ""})
    assert preview["Location"] == f"{LIST}{made.pk}/preview/"
    shown = text(office.get(preview["Location"]))
    assert 'E-mail: "none" is no e-mail address.' in shown
    assert "same e-mail address" in shown
    assert "Salary" not in shown

    kept = office.post(preview["Location"], {"choice-2": "create", "keep": "1"})
    gone_on = office.post(preview["Location"], {"choice-2": "create", "go": "2"})
    assert gone_on["Location"].endswith("?page=2")
    assert (told(kept), Client.objects.count()) == (["The choices are kept."], 1)
    done = office.post(preview["Location"], {"choice-2": "update"})

    assert done["Location"] == f"{LIST}{made.pk}/change/"
    assert told(done) == ["The list is imported. What became of each row is below."]
    assert list(made.rows.order_by("number").values_list("outcome", flat=True)) == ["skipped", "refused", "created"]
    assert set(Client.objects.values_list("name", flat=True)) == {"A. A.", "=cmd"}


def test_the_report_says_what_became_of_each_row_and_runs_nothing(office, sent):
    office.post(f"{LIST}{sent.pk}/preview/")

    answer = office.get(f"{LIST}{sent.pk}/report/")

    rows = list(csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig"), newline="")))
    assert rows[0] == ["Row", "Outcome", "Why", "Client's number", "Client", "Name", "E-mail", "Salary"]
    assert rows[1][:3] == ["2", "created", ""]
    assert rows[2][:4] == ["3", "refused", 'E-mail: "none" is no e-mail address.', ""]
    assert rows[3][4:6] == ["'=cmd", "'=cmd"]


def test_all_that_are_known_are_chosen_for_at_once(office):
    ClientFactory(name="Ann", email="ann@x.org")
    office.post(send(office, ROWS)["Location"], {"column-0": "name", "column-1": "email", "column-2": "city"})
    made = ClientImport.objects.get()

    office.post(f"{LIST}{made.pk}/preview/", {"for_all": "update"})

    assert Client.objects.get(email="ann@x.org").city == "1"


def test_the_same_file_is_told_from_before(office, sent):
    office.post(f"{LIST}{sent.pk}/preview/")
    office.post(send(office, ROWS)["Location"], {"column-0": "name", "column-1": "email", "column-2": ""})
    again = ClientImport.objects.order_by("-pk").first()

    shown = text(office.get(f"{LIST}{again.pk}/preview/"))

    assert "A file with the same content was imported before, by Owner <owner@studio.example>." in shown


def test_an_import_is_undone_and_forgotten(office, sent):
    office.post(f"{LIST}{sent.pk}/preview/")

    assert told(office.post(f"{LIST}{sent.pk}/undo/")) == ["The import is undone."]
    assert not Client.objects.exists()
    assert office.post(f"{LIST}{sent.pk}/discard/")["Location"] == LIST
    assert not ClientImport.objects.exists()


def test_what_stands_in_the_way_of_undoing_is_a_sentence(office, sent, desk):
    office.post(f"{LIST}{sent.pk}/preview/")
    Client.objects.filter(name="Ann Alder").update(city="Lyon")

    answer = office.post(f"{LIST}{sent.pk}/undo/")

    assert answer.status_code == 409
    assert "The import cannot be undone. Added or changed since: Ann Alder." in text(answer)


def test_a_long_list_shows_how_far_it_is(office, owner):
    rows = "Name\n" + "".join(f"Client {number:04}\n" for number in range(501))
    office.post(send(office, rows)["Location"], {"column-0": "name"})
    made = ClientImport.objects.get()

    begun = office.post(f"{LIST}{made.pk}/preview/")
    assert told(begun) == ["The import is under way; this page follows it."]
    assert f'hx-get="{LIST}{made.pk}/progress/"' in text(office.get(f"{LIST}{made.pk}/change/"))
    client_imports.continue_import(client_import=made, now=NOW)
    part = office.get(f"{LIST}{made.pk}/progress/")
    assert ("250 created" in text(part), "HX-Refresh" in part.headers) == (True, False)

    assert "go-on/" in text(office.get(f"{LIST}{made.pk}/change/"))
    assert told(office.post(f"{LIST}{made.pk}/go-on/")) == ["The import goes on; this page follows it."]
    assert len(waiting_jobs()) == 1
    run_jobs()

    assert office.get(f"{LIST}{made.pk}/progress/")["HX-Refresh"] == "true"
    assert "Page 1 of 6" in text(office.get(f"{LIST}{made.pk}/change/"))
    assert "Client 0500" in text(office.get(f"{LIST}{made.pk}/change/", {"page": "6"}))


@pytest.mark.parametrize(
    ("data", "name", "sentence"),
    [
        (b"", "list.csv", "The submitted file is empty."),
        (b"PK\x03\x04" + b"x" * 100, "list.xlsx", "This workbook is damaged"),
        (b"x" * 6_000_000, "list.csv", "A list may have 5 MB at most."),
        (b"Name\n" + b"x\n" * 10_001, "list.csv", "A list may have 10000 rows at most."),
        (b"Name\n", "list.csv", "There is nobody in this list"),
    ],
    ids=["empty", "damaged", "large", "long", "nobody"],
)
def test_a_file_that_is_no_list_is_refused_with_a_sentence(office, data, name, sentence):
    answer = send(office, data, name)

    assert answer.status_code in {400, 413}
    assert sentence in text(answer)
    assert not ClientImport.objects.exists()


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "<script>.csv", "a\x00b.csv", "\u202egnp.csv", "x" * 300 + ".csv"]
)
def test_a_hostile_file_name_is_only_a_name(office, name):
    send(office, ROWS, name)

    for made in ClientImport.objects.all():
        assert made.name.isprintable()
        assert "/" not in made.name
        assert "<script>" not in office.get(f"{LIST}{made.pk}/change/").content.decode().replace("&lt;", "<!")


@pytest.mark.parametrize("query", [{"page": "0"}, {"page": "x"}, {"page": "9" * 30}, {"outcome": "x"}], ids=str)
def test_a_page_of_rows_that_is_none_is_the_nearest(office, sent, query):
    assert office.get(f"{LIST}{sent.pk}/preview/", query).status_code == 200


@pytest.mark.parametrize(
    "choices",
    [{"choice-x": "update"}, {"choice-99": "create"}, {"for_all": "x"}, {"choice-" + "9" * 30: "skip"}],
    ids=str,
)
def test_choices_for_rows_that_are_none_change_nothing(office, sent, choices):
    assert office.post(f"{LIST}{sent.pk}/preview/", {**choices, "keep": "1"}).status_code == 302


def test_who_may_look_may_not_import(web, studio, sent):
    browser = signed_in(web, account("front_desk"))

    assert browser.get(f"{LIST}{sent.pk}/change/").status_code == 200
    assert browser.get(f"{LIST}{sent.pk}/report/").status_code == 403
    for page in ("columns", "preview", "go-on", "undo", "discard"):
        assert browser.post(f"{LIST}{sent.pk}/{page}/").status_code == 403
    assert send(browser, ROWS).status_code == 403
    assert signed_in(web, account("engineer")).get(f"{LIST}{sent.pk}/report/").status_code in {302, 403, 404}
