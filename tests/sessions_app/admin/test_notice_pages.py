"""Mails to clients in the back office: whether to tell, what was told, and the studio's own words."""

from datetime import UTC, datetime

import pytest

from sessions_app.models import NoticeKind, NoticeText, SessionNotice, StudioSession
from sessions_app.services import notice_texts
from studio.mail.models import EmailMessage
from tests.factories import NOW, ClientFactory, SessionFactory
from tests.sessions_app.admin.test_booking_pages import BOOK, move_url, text, typed
from tests.staff import account, signed_in

WORDS = "/admin/sessions_app/noticetext/"
CONFIRMATION = f"{WORDS}confirmation/change/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def mina():
    return ClientFactory(name="Mina Morel", email="mina@client.example")


def page_of(session):
    return f"/admin/sessions_app/studiosession/{session.pk}/change/"


def outcomes():
    return list(SessionNotice.objects.order_by("pk").values_list("kind", "outcome"))


def test_the_box_is_ticked_and_what_it_says_is_done(office, room, mina):
    assert 'name="tell"' in text(office.get(BOOK))
    assert office.get(BOOK).context["form"]["tell"].value() is True

    office.post(BOOK, typed(room=room.pk, client=mina.pk, tell="on"))
    session = StudioSession.objects.get()
    office.post(move_url(session), typed(room=room.pk, start="18:00", end="20:00"))
    cancel = f"/admin/sessions_app/studiosession/{session.pk}/cancel/"
    office.post(cancel, {"reason": "Flood", "tell": "on"})

    assert outcomes() == [("confirmation", "written"), ("change", "not_wanted"), ("cancellation", "written")]


@pytest.mark.parametrize(("tick", "outcome"), [({"tell": "on"}, "written"), ({}, "not_wanted")])
def test_clients_of_several_that_are_cancelled_are_told_unless_unticked(office, mina, tick, outcome):
    session = SessionFactory(client=mina, starts_at=datetime(2090, 6, 6, 13, 0, tzinfo=UTC))
    chosen = {"action": "cancel_selected", "_selected_action": [session.pk]}
    sessions = "/admin/sessions_app/studiosession/"
    assert 'name="tell" checked' in text(office.post(sessions, chosen))

    office.post(sessions, chosen | {"confirmed": "yes", "reason": "Flood"} | tick)

    assert outcomes()[1:] == [("cancellation", outcome)]


def test_an_alternative_keeps_the_box_as_it_was(office, room):
    offer = f"{room.pk}|2090-06-06T15:00:00+00:00|2090-06-06T16:00:00+00:00"

    filled = [
        office.post(BOOK, typed(alternative=offer, **tick)).context["form"]["tell"].value()
        for tick in ({}, {"tell": "on"})
    ]

    assert filled == [False, True]


def test_the_page_of_a_session_says_what_was_told_and_how_far_it_came(office, mina, client_):
    told, silent = SessionFactory(client=mina), SessionFactory(client=client_)
    EmailMessage.objects.update(state="failed", last_error="550 no such user")

    page = text(office.get(page_of(told)))

    assert "mina@client.example" in page
    assert "550 no such user" in page
    assert "no mail: no address is known" in text(office.get(page_of(silent)))


@pytest.mark.parametrize("item_count", [1, 3])
def test_the_list_of_what_was_told_asks_as_often_for_many(office, mina, item_count, django_assert_num_queries):
    for _number in range(item_count):
        SessionFactory(title="Vocals", client=mina)
    office.get("/admin/sessions_app/sessionnotice/")

    with django_assert_num_queries(5):
        page = text(office.get("/admin/sessions_app/sessionnotice/"))

    assert page.count(">Vocals<") == item_count


def test_every_kind_of_mail_is_listed_with_what_is_settled(office, desk):
    notice_texts.settle_words(
        kind=NoticeKind.REMINDER, is_enabled=False, subject="See you", opening="", actor=desk, now=NOW
    )

    lines = office.get(WORDS).context["texts"]

    assert [line["kind"] for line in lines] == list(NoticeKind)
    assert [(line["subject"], line["is_enabled"]) for line in lines if line["has_own_words"]] == [("See you", False)]


def test_words_are_looked_at_before_they_are_saved(office):
    typed_words = {"is_enabled": "on", "subject": "Booked: {title}", "opening": "Dear {client}, <b>see you</b>"}

    looked = office.post(CONFIRMATION, typed_words | {"preview": "1"})

    assert (looked.status_code, NoticeText.objects.count()) == (200, 0)
    assert looked.context["letter"].subject == "Booked: Vocals"
    assert "Dear Mina, &lt;b&gt;see you&lt;/b&gt;" in looked.context["letter"].html
    assert 'sandbox title="The mail as a page" srcdoc="&lt;!doctype html&gt;' in looked.content.decode()
    assert "<b>see you</b>" not in looked.content.decode()

    saved = office.post(CONFIRMATION, typed_words)

    assert saved.status_code == 302
    assert NoticeText.objects.get().subject == "Booked: {title}"
    assert office.get(CONFIRMATION).context["form"].initial["subject"] == "Booked: {title}"


@pytest.mark.parametrize("bad", ["Dear {cleint}", "x" * 4001], ids=["placeholder", "long"])
def test_words_that_cannot_be_kept_are_refused_and_stay_in_the_form(office, bad):
    response = office.post(CONFIRMATION, {"is_enabled": "on", "subject": "", "opening": bad})

    assert (response.status_code, NoticeText.objects.count()) == (400, 0)
    assert bad in text(response)


def test_words_that_no_column_holds_are_answered_400(office):
    response = office.post(CONFIRMATION, {"is_enabled": "on", "subject": "nul \0 nul", "opening": ""})

    assert (response.status_code, NoticeText.objects.count()) == (400, 0)


@pytest.mark.parametrize("address", [f"{WORDS}nothing/change/", f"{WORDS}99999999999999999999/change/"])
def test_a_kind_that_is_none_is_not_there(office, address):
    assert office.get(address).status_code == 404


@pytest.mark.parametrize(("role", "status"), [("manager", 200), ("front_desk", 403), ("engineer", 403)])
def test_who_may_choose_the_words(web, studio, role, status):
    browser = signed_in(web, account(role))

    assert [browser.get(page).status_code for page in (WORDS, CONFIRMATION)] == [status, status]
