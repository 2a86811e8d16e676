"""The pages of the ladder: what leaves next as it will read, sent and paused by whoever may."""

from datetime import timedelta

import pytest
from django.utils import timezone

from billing.models import InvoiceReminder, ReminderLetter, ReminderPause, ReminderPolicy
from billing.services import reminders
from studio.mail.models import EmailMessage
from tests.billing_factories import issued
from tests.factories import ClientFactory
from tests.staff import account, signed_in

pytestmark = pytest.mark.django_db

BOARD = "/admin/billing/reminders/"


@pytest.fixture
def office(web, studio):
    return signed_in(web, account("accountant"))


@pytest.fixture
def late(studio):
    """A document that is ten days overdue."""
    mina = ClientFactory(name="Mina <b>Morel</b>", email="mina@client.example")
    return issued(client=mina, now=timezone.now() - timedelta(days=40))


def text_of(response):
    return response.content.decode()


def test_the_mail_is_looked_at_sent_once_and_stands_on_the_pages(office, late):
    page, client = f"{BOARD}{late.client.pk}/", late.client
    board, preview = text_of(office.get(BOARD)), text_of(office.get(page))
    assert [
        part for part in (str(late), "Mina &lt;b&gt;Morel&lt;/b&gt;", "today", "polite", page) if part not in board
    ] == []
    assert [part for part in ("Payment reminder", "mina@client.example", "Send now") if part not in preview] == []
    assert "<b>Morel</b>" not in preview
    assert not ReminderLetter.objects.exists()
    assert [office.post(page).status_code for _press in range(2)] == [302, 409]
    letter = ReminderLetter.objects.get()
    assert (letter.actor_label != "", EmailMessage.objects.filter(kind="reminder").count()) == (True, 1)
    shown = f"/admin/billing/reminderletter/{letter.pk}/change/"
    for address in (f"/admin/billing/invoice/{late.pk}/change/", BOARD, page):
        assert shown in text_of(office.get(address))
    assert "mina@client.example" in text_of(office.get(shown))
    assert page in text_of(office.get(f"/admin/sessions_app/client/{client.pk}/change/"))


def test_a_pause_says_why_and_is_ended(office, late):
    page, client = f"{BOARD}{late.client.pk}/pause/", late.client
    today = timezone.localdate()
    typed = {"what": "", "until_on": str(today + timedelta(days=5)), "reason": "In talks"}
    wrong = {"reason": " "}, {"until_on": str(today - timedelta(days=1))}, {"what": "x"}, {"reason": "a\x00b"}
    assert [office.post(page, typed | each).status_code for each in wrong] == [400] * 4
    assert "In talks" in text_of(office.post(page, typed | {"until_on": "never"}))
    assert office.post(page, typed | {"what": str(late.pk)}).status_code == 302
    pause = ReminderPause.objects.get()
    assert (pause.client, pause.invoice) == (client, late)
    assert "In talks" in text_of(office.get(BOARD))
    assert office.post(f"{BOARD}{client.pk}/").status_code == 409
    assert office.post(f"/admin/billing/reminderpause/{pause.pk}/end/").status_code == 302
    assert office.post(f"{BOARD}{client.pk}/").status_code == 302
    assert InvoiceReminder.objects.count() == 1


def test_the_rules_are_settled_once_and_the_ladder_follows(office, late):
    rules = "/admin/billing/reminderpolicy/"
    assert office.get(rules)["Location"] == f"{rules}add/"
    typed = {"is_active": "on", "hour": 9, "polite_days": 12, "firm_days": 12, "final_days": "", "states_law": "on"}
    assert "later than the one before" in text_of(office.post(f"{rules}add/", typed))
    assert office.post(f"{rules}add/", typed | {"firm_days": 20}).status_code == 302
    assert office.get(rules)["Location"] == f"{rules}1/change/"
    assert (ReminderPolicy.objects.get().steps, reminders.remind_due(now=timezone.now())) == ([(1, 12), (2, 20)], 0)
    words = {"level": 1, "language": "fr", "subject": "Rappel", "opening": "Bonjour"}
    assert office.post("/admin/billing/remindertext/add/", words).status_code == 302
