"""Tracks in the back office: sent in by parts or with the form, talked about, approved, shared, ordered, printed."""

import json
from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook

from sessions_app.models import Project, ShareLink, Track, TrackComment, TrackVersion
from studio.mail.selectors.house import current_house
from studio.office.models import PendingFile, StoredFile
from tests.factories import (
    ProjectFactory,
    SessionFactory,
    ShareLinkFactory,
    TrackCommentFactory,
    TrackCreditFactory,
    TrackFactory,
    TrackVersionFactory,
)
from tests.staff import account, signed_in, studio_day

pytestmark = pytest.mark.django_db
WAV = b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(range(184))
TRACKS = "/admin/sessions_app/track/"


@pytest.fixture
def track():
    return TrackFactory(project=ProjectFactory(name="Night Train", included_revisions=0), title="Opener")


def page_of(track):
    return f"{TRACKS}{track.pk}/change/"


def begin(office, track, **given):
    sent = {"kind": "rough_mix", "name": "mix.wav", "size": len(WAV), "fingerprint": "1 aa"} | given
    return office.post(f"{TRACKS}{track.pk}/upload-begin/", sent)


def part(office, track, begun, data, offset=0):
    address = f"{TRACKS}{track.pk}/upload-part/?upload={begun['upload']}&kind={begun['kind']}&offset={offset}"
    return office.post(address, data, content_type="application/octet-stream")


def finish(office, track, begun, **given):
    return office.post(f"{TRACKS}{track.pk}/upload-finish/", {"kind": begun["kind"], "upload": begun["upload"]} | given)


def test_a_version_is_sent_in_by_parts_and_goes_on_where_it_stopped(office, track):
    begun = begin(office, track).json()
    assert part(office, track, begun, WAV[:100]).json() == {"received": 100}

    again = begin(office, track).json()
    assert (again["upload"], again["received"]) == (begun["upload"], 100)
    wrong = part(office, track, begun, WAV[:10])
    assert (wrong.status_code, wrong.json()["received"]) == (409, 100)
    part(office, track, begun, WAV[100:], offset=100)
    done = finish(office, track, begun, notes="Louder")

    assert done.json() == {"url": f"{page_of(track)}#listen"}
    version = TrackVersion.objects.get()
    assert (str(version), version.notes, version.file.size) == ("rough mix 1", "Louder", len(WAV))


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"kind": "acetate"}, 400),
        ({"size": ""}, 400),
        ({"size": "0"}, 400),
        ({"size": "-5"}, 400),
        ({"size": "9" * 15}, 413),
        ({"size": "9" * 40}, 400),
    ],
    ids=str,
)
def test_a_file_that_cannot_be_kept_is_refused_before_it_is_sent(office, track, given, status):
    answer = begin(office, track, **given)

    assert (answer.status_code, list(answer.json())) == (status, ["error"])
    assert not PendingFile.objects.exists()


def test_a_part_that_is_cut_or_too_large_is_not_kept(office, track):
    begun = begin(office, track).json()
    address = f"{TRACKS}{track.pk}/upload-part/?upload={begun['upload']}&kind=rough_mix&offset=0"

    def announce(length, data):
        environ = {"wsgi.input": BytesIO(data), "CONTENT_LENGTH": length}
        return office.generic("POST", address, b"", "application/octet-stream", **environ)

    cut, huge = announce("100", WAV[:50]), announce("99999999", b"x")

    assert [cut.status_code, huge.status_code] == [400, 413]
    assert begin(office, track).json()["received"] == 0


def test_what_is_no_audio_is_refused_whatever_its_name(office, track):
    data = b"<html>" * 30
    begun = begin(office, track, size=len(data)).json()
    part(office, track, begun, data)

    answer = finish(office, track, begun)

    assert (answer.status_code, "is no audio" in answer.json()["error"]) == (415, True)
    assert not TrackVersion.objects.exists()


def test_without_scripts_the_form_sends_the_file(office, track):
    sent = {"kind": "master", "notes": "", "file": SimpleUploadedFile("../master.wav", WAV)}
    office.post(f"{TRACKS}{track.pk}/add-version/", sent)
    empty = office.post(f"{TRACKS}{track.pk}/add-version/", sent | {"file": SimpleUploadedFile("m.wav", b"")})
    wrong = office.post(f"{TRACKS}{track.pk}/add-version/", sent | {"file": SimpleUploadedFile("m.wav", b"words")})

    assert [str(version) for version in TrackVersion.objects.all()] == ["master 1"]
    assert StoredFile.objects.get().name == "master.wav"
    assert [empty.status_code, wrong.status_code] == [400, 415]


def test_the_page_plays_what_is_there_and_says_what_is_billable(office, track):
    for _number in range(2):
        TrackVersionFactory(track=track)
    TrackVersion.objects.create(track=track, kind="demo", number=1, audio_elsewhere=True)

    page = office.get(page_of(track)).text

    assert page.count("<audio") == 2
    assert page.count("billable revision") == 1
    assert "the audio is not here" in page


def test_a_comment_is_said_answered_resolved_and_opened_again(office, track):
    version = TrackVersionFactory(track=track)
    said = {"version": version.pk, "second": "0:07", "body": "More <b>voice</b>"}

    office.post(f"{TRACKS}{track.pk}/comment/", said)
    thread = TrackComment.objects.get()
    office.post(f"{TRACKS}{track.pk}/comment/", said | {"answers": thread.pk, "body": "Done"})
    office.post(f"{TRACKS}{track.pk}/settle/", {"comment": thread.pk, "do": "resolve"})
    page = office.get(page_of(track)).text
    office.post(f"{TRACKS}{track.pk}/settle/", {"comment": thread.pk, "do": "reopen"})

    thread.refresh_from_db()
    assert (thread.second, thread.author_label, thread.resolved_at) == (
        Decimal(7),
        "Owner <owner@studio.example>",
        None,
    )
    assert ("More &lt;b&gt;voice&lt;/b&gt;" in page, "thread-settled" in page, "Done" in page) == (True, True, True)


@pytest.mark.parametrize("given", [{"second": "soon"}, {"body": ""}, {"body": "x" * 5001}, {"version": "x"}], ids=str)
def test_a_comment_that_makes_no_sense_is_shown_again(office, track, given):
    said = {"version": TrackVersionFactory(track=track).pk, "second": "0:07", "body": "Kept text"} | given

    answer = office.post(f"{TRACKS}{track.pk}/comment/", said)

    assert answer.status_code == 400
    assert not TrackComment.objects.exists()
    assert ("Kept text" in answer.text) is ("second" in given)


def test_a_comment_of_another_track_is_not_settled_here(office, track):
    theirs = TrackCommentFactory()

    answer = office.post(f"{TRACKS}{track.pk}/settle/", {"comment": theirs.pk, "do": "resolve"})

    assert (answer.status_code, TrackComment.objects.get().resolved_at) == (404, None)


def test_a_version_is_approved_and_taken_back_with_a_reason(office, track):
    version = TrackVersionFactory(track=track)
    acts = f"/admin/sessions_app/trackversion/{version.pk}/"

    assert track.project.client.name in office.get(f"{acts}approve/").text
    office.post(f"{acts}approve/", {"approved_by": "Mina", "reason": "By phone."})
    assert "approved by Mina" in office.get(page_of(track)).text
    assert office.post(f"{acts}withdraw/", {"reason": ""}).status_code == 400
    office.post(f"{acts}withdraw/", {"reason": "Hiss"})

    version.refresh_from_db()
    assert (version.is_approved, version.withdrawal_reason) == (False, "Hiss")


def test_a_share_link_is_shown_once_and_opens(office, track, web):
    version = TrackVersionFactory(track=track)
    last = studio_day() + timedelta(days=3)
    given = {"recipient": "The label", "last_day": last.isoformat(), "may_comment": "on"}

    behind = {"host": "harbour.localhost:8443"}  # as one who works inside the house may see it; the label does not
    made = office.post(f"/admin/sessions_app/trackversion/{version.pk}/share/", given, headers=behind)
    address = made.context["address"]

    assert address in made.text
    assert address.startswith(f"{current_house().origin}/listen/")
    link = ShareLink.objects.get()
    assert (link.version, link.may_comment, link.may_approve, link.most_views) == (version, True, False, None)
    assert address.rsplit("/", 2)[1] not in office.get(f"/admin/sessions_app/sharelink/{link.pk}/change/").text
    stranger = Client(headers={"host": "harbour.localhost"})
    assert "Open and listen" in stranger.get(address).text
    office.post(f"/admin/sessions_app/sharelink/{link.pk}/revoke/")
    assert stranger.get(address).status_code == 410


@pytest.mark.parametrize("given", [{"last_day": "2020-01-01"}, {"recipient": ""}, {"most_views": "0"}], ids=str)
def test_a_share_link_that_makes_no_sense_is_refused(office, track, given):
    sent = {"recipient": "Label", "last_day": (studio_day() + timedelta(days=3)).isoformat()} | given

    assert office.post(f"{TRACKS}{track.pk}/share/", sent).status_code == 400
    assert not ShareLink.objects.exists()


def test_tracks_are_ordered_all_at_once(office, track):
    second = TrackFactory(project=track.project, title="Closer")

    office.post(
        f"/admin/sessions_app/project/{track.project_id}/order/", {f"track-{track.pk}": 2, f"track-{second.pk}": 1}
    )

    assert list(Track.objects.in_order().values_list("title", flat=True)) == ["Closer", "Opener"]


def test_a_project_with_tracks_is_deleted_only_with_what_somebody_saw(office, track):
    SessionFactory(client=track.project.client, project=track.project)
    page = f"/admin/sessions_app/project/{track.project_id}/remove/"
    shown = office.get(page)
    assert "1. Opener" in shown.text

    refused = office.post(page, {"tracks": str(track.pk)})
    assert (refused.status_code, "1. Opener" in refused.text, Project.objects.count()) == (409, True, 1)
    office.post(page, {"tracks": str(track.pk), "confirmed": "on"})

    assert (Project.objects.count(), Track.objects.count()) == (0, 0)


def test_the_label_copy_is_printed_and_exported_without_formulas(office, track):
    Track.objects.filter(pk=track.pk).update(isrc="FRZ032600001", duration=187, title="=cmd|' /C calc'!A0")
    TrackCreditFactory(track=track, name="@Mina", role="composer", split_percent=Decimal(60))
    page = f"/admin/sessions_app/project/{track.project_id}/label-copy/"

    shown = office.get(page).text
    rows = office.get(f"{page}?format=csv").getvalue().decode("utf-8-sig").splitlines()
    sheet = load_workbook(BytesIO(office.get(f"{page}?format=xlsx").getvalue())).active

    assert ("FR-Z03-26-00001" in shown, "3:07" in shown, "splits come to 60.00 percent" in shown) == (True, True, True)
    assert rows[1].split(",")[4:8] == ["1", "'=cmd|' /C calc'!A0", "FR-Z03-26-00001", "3:07"]
    assert rows[1].endswith("composer,'@Mina,60.00")
    assert "f" not in {cell.data_type for row in sheet.iter_rows() for cell in row}


def test_a_project_is_delivered_and_told_what_is_missing(office, track):
    page = f"/admin/sessions_app/project/{track.project_id}/deliver/"
    assert "no ISRC" in office.get(page).text

    late = office.post(page, {"delivered_on": (studio_day() + timedelta(days=2)).isoformat()})
    office.post(page, {"delivered_on": studio_day().isoformat()})

    project = Project.objects.get(pk=track.project_id)
    assert (late.status_code, project.status, project.delivered_on) == (400, "delivered", studio_day())


@pytest.mark.parametrize("list_page", ["track", "trackversion", "trackcomment", "trackcredit", "sharelink", "project"])
def test_lists_take_as_many_queries_for_three_rows_as_for_one(office, list_page, django_assert_max_num_queries):
    for number in range(3):
        version = TrackVersionFactory()
        TrackCommentFactory(version=version)
        TrackCreditFactory(track=version.track)
        ShareLinkFactory(subject=(version, version.track, version.track.project)[number])

    with django_assert_max_num_queries(30):
        assert office.get(f"/admin/sessions_app/{list_page}/").status_code == 200


@pytest.mark.parametrize("role", ["accountant", "read_only", "trainer"])
def test_who_may_only_look_sends_and_says_nothing(web, track, role):
    browser = signed_in(web, account(role))
    version = TrackVersionFactory(track=track)

    answers = [
        begin(browser, track).status_code,
        browser.post(f"{TRACKS}{track.pk}/comment/", {"version": version.pk, "body": "x"}).status_code,
        browser.post(f"{TRACKS}{track.pk}/share/", {"recipient": "x"}).status_code,
    ]

    assert set(answers) <= {403, 404, 302}
    assert json.dumps(list(TrackComment.objects.values())) == "[]"


def test_audio_is_given_to_whoever_may_look_and_is_not_there_for_anybody_else(office, track):
    version = TrackVersionFactory(track=track)
    audio = f"/admin/sessions_app/trackversion/{version.pk}/audio/"

    heard = office.get(audio, headers={"range": "bytes=0-3"})
    strangers = [Client(headers={"host": "harbour.localhost"}) for _number in range(3)]
    for stranger, role in zip(strangers, ("front_desk", "trainer"), strict=False):
        signed_in(stranger, account(role))

    assert f'src="{audio}"' in office.get(page_of(track)).text
    assert (heard.status_code, b"".join(heard), "no-store" in heard["Cache-Control"]) == (206, b"RIFF", True)
    answers = [stranger.get(audio) for stranger in strangers]
    answers[0].close()  # and the file behind it
    assert [answer.status_code for answer in answers] == [200, 404, 404]
