"""Reminders: each step once, of what is owed then, whoever asks and however often."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from billing.models import (
    BillingDetails,
    InvoiceReminder,
    PaymentAttempt,
    ReminderLetter,
    ReminderLevel,
    ReminderPolicy,
    ReminderText,
    Step,
)
from billing.selectors import books
from billing.selectors.ladder import Hold, ladder_of
from billing.selectors.reminder_rules import Coming, Taken, next_step
from billing.services import credit_notes, instalments, payments, reminder_pauses, reminders
from billing.services.document_mails import NoRecipient
from billing.services.payments import Receipt
from sessions_app.services import merging
from studio.mail.models import EmailMessage
from studio.mail.services import outbox
from studio.office.models import StudioProfile
from tests.billing.test_invoice_tables import refused
from tests.billing_factories import issued, line
from tests.factories import NOW, ClientFactory
from tests.jobs import run_jobs
from tests.trails import trail

pytestmark = pytest.mark.django_db

DUE = date(2026, 7, 1)  # of what is issued on 1 June
POLITE, FIRM, FINAL = ReminderLevel
LADDER = (Step(POLITE, 7), Step(FIRM, 21), Step(FINAL, 35))


def after(days, hour=8):
    """Return an instant so many days after the due day, on a clock that is two hours behind that of Paris."""
    return datetime(2026, 7, 1, hour, tzinfo=UTC) + timedelta(days=days)


@pytest.fixture
def client(studio):
    ReminderPolicy.objects.create(is_active=True)
    return ClientFactory(name="Mina Morel", email="Mina@client.example")


def came_in(client, amount, *, against=(), now=NOW):
    receipt = Receipt(amount=Decimal(amount), currency="EUR", received_on=now.date())
    return payments.receive_payment(client=client, receipt=receipt, against=against, actor=None, now=now)


def reminded(invoice):
    rows = InvoiceReminder.objects.filter(invoice=invoice, withdrawn_at=None).order_by("pk")
    return [((row.sent_on - DUE).days, row.level) for row in rows]


def hold_of(invoice, days):
    lates = ladder_of(invoice.client, DUE + timedelta(days=days)).lates
    return next(late.hold for late in lates if late.invoice == invoice)


def test_the_ladder_is_climbed_once_by_day_and_stops_with_the_money(client):
    first, second = issued(client=client), issued(client=client, lines=[line("50")])
    told = {day: reminders.remind_due(now=after(day)) for day in (0, 6, 7, 8, 20, 21)}
    assert told == {0: 0, 6: 0, 7: 1, 8: 0, 20: 0, 21: 1}
    came_in(client, "120", against=[first], now=after(22))
    assert [reminders.remind_due(now=after(day)) for day in (35, 36, 90)] == [1, 0, 0]
    assert (reminded(first), reminded(second)) == ([(7, POLITE), (21, FIRM)], [(7, POLITE), (21, FIRM), (35, FINAL)])
    assert [(letter.level, letter.recipient) for letter in ReminderLetter.objects.order_by("pk")] == [
        (level, "mina@client.example") for level in ReminderLevel
    ]
    assert [verb for verb, _by, _why in trail(second)].count("remind") == 3
    assert list(books.findings()) == []


def test_one_mail_says_all_and_takes_the_files_along(client):
    documents = [issued(client=client, lines=[line(price)]) for price in ("100", "50")]
    run_jobs()
    came_in(client, "20")
    assert reminders.remind_due(now=after(7)) == 1
    mail = EmailMessage.objects.get(kind="reminder")
    assert sorted(file.name for file in mail.attachments.all()) == ["FAC-2026-0001.pdf", "FAC-2026-0002.pdf"]
    assert mail.subject == "Payment reminder - Harbour Studio"
    for said in (mail.text, mail.html):
        wanted = [str(each) for each in documents]
        wanted += [
            "\u20ac120.00",
            "\u20ac60.00",
            "1 July 2026",
            "7 days ago",
            "\u20ac180.00",
            "\u221220.00",
            "\u20ac160.00",
        ]
        assert [part for part in wanted if part.replace("\u22122", "\u2212\u20ac2") not in said] == []
    assert "refinancing rate" not in mail.text


@pytest.mark.parametrize("hour", [0, 6, 18, 23])
def test_nothing_leaves_at_night_or_while_it_is_switched_off(client, hour):
    issued(client=client)
    assert reminders.remind_due(now=after(8, hour)) == 0
    ReminderPolicy.objects.update(is_active=False)
    assert reminders.remind_due(now=after(8)) == 0
    ReminderPolicy.objects.update(is_active=True, since_on=DUE + timedelta(days=1))
    assert (reminders.remind_due(now=after(8)), hold_of(client_document(client), 8)) == (0, Hold.EARLIER)
    ReminderPolicy.objects.update(since_on=None)
    assert reminders.remind_due(now=after(8)) == 1


def client_document(client):
    return ladder_of(client, DUE + timedelta(days=8)).lates[0].invoice


def test_what_is_covered_by_money_that_is_there_is_not_reminded_of(client):
    first, second = issued(client=client), issued(client=client, lines=[line("50")])
    money = came_in(client, "150")
    assert (hold_of(first, 8), hold_of(second, 8)) == (Hold.COVERED, None)
    assert reminders.remind_due(now=after(8)) == 1
    assert (reminded(first), reminded(second)) == ([], [(8, POLITE)])
    assert "\u20ac30.00" in EmailMessage.objects.get(kind="reminder").text
    payments.refund_payment(
        payment=money, amount=Decimal(40), reason="Asked", method="transfer", actor=None, now=after(9)
    )
    assert (hold_of(first, 9), reminders.remind_due(now=after(9))) == (None, 1)
    credit_notes.credit_in_full(invoice=first, reason="Fell through", actor=None, now=after(10))
    came_in(client, "60", against=[second], now=after(10))
    assert ladder_of(client, DUE + timedelta(days=60)) is None
    assert list(books.findings()) == []


def test_a_pause_holds_and_the_step_that_fits_follows(client):
    document, other = issued(client=client), issued(client=client)
    reminders.remind_due(now=after(7))
    given = {"until_on": DUE + timedelta(days=40), "reason": "Pays in August", "actor": None}
    pause = reminder_pauses.pause_document(invoice=document, now=after(8), **given)
    assert [reminders.remind_due(now=after(day)) for day in (21, 35, 40, 41)] == [1, 1, 0, 1]
    assert (reminded(document), reminded(other)) == (
        [(7, POLITE), (41, FINAL)],
        [(7, POLITE), (21, FIRM), (35, FINAL)],
    )
    with pytest.raises(reminder_pauses.OverAlready):
        reminder_pauses.end_pause(pause=pause, actor=None, now=after(41))
    third = issued(client=client)
    everything = reminder_pauses.pause_client(client=client, now=after(42), **given | {"until_on": DUE + timedelta(90)})
    assert (hold_of(third, 43), reminders.remind_due(now=after(43))) == (Hold.PAUSED, 0)
    with pytest.raises(reminders.NothingToRemind, match="paused"):
        reminders.remind_now(client=client, actor=None, now=after(43))
    reminder_pauses.end_pause(pause=everything, actor=None, now=after(43))
    assert reminders.remind_due(now=after(43)) == 1


def test_by_hand_the_next_step_goes_at_once_and_once_a_day(client):
    document = issued(client=client)
    ReminderPolicy.objects.update(is_active=False)
    by_hand = {"client": client, "actor": None}
    with pytest.raises(reminders.NothingToRemind, match="overdue"):
        reminders.remind_now(now=after(0), **by_hand)
    reminders.remind_now(now=after(1), **by_hand)
    with pytest.raises(reminders.NothingToRemind, match="today already"):
        reminders.remind_now(now=after(1, 20), **by_hand)
    for day in (2, 3):
        reminders.remind_now(now=after(day), **by_hand)
    with pytest.raises(reminders.NothingToRemind, match="every step"):
        reminders.remind_now(now=after(4), **by_hand)
    assert reminded(document) == [(1, POLITE), (2, FIRM), (3, FINAL)]
    nobody = issued(client=ClientFactory(name="Nobody"))
    with pytest.raises(NoRecipient):
        reminders.remind_now(client=nobody.client, actor=None, now=after(1))


def test_a_mail_that_waits_is_withdrawn_when_the_money_comes_and_one_that_failed_is_sent_anew(client):
    first, second = issued(client=client), issued(client=client)
    reminders.remind_due(now=after(7))
    assert reminders.withdraw_settled(now=after(7)) == 0
    came_in(client, "120", against=[first], now=after(7))
    assert [reminders.withdraw_settled(now=after(7)) for _run in range(2)] == [1, 0]
    assert EmailMessage.objects.get(kind="reminder").state == "failed"
    assert reminders.remind_due(now=after(7, 9)) == 1
    assert (reminded(first), reminded(second)) == ([], [(7, POLITE)])
    letter = ReminderLetter.objects.latest("pk")
    outbox.cancel_email(kind=reminders.KIND, about=reminders.about(letter), reason="550 unknown", now=after(7))
    assert (hold_of(second, 30), reminders.remind_due(now=after(30))) == (Hold.NOT_DELIVERED, 0)
    BillingDetails.objects.create(client=client, email="books@client.example")
    assert reminders.remind_due(now=after(30)) == 1
    assert (reminded(second), ReminderLetter.objects.latest("pk").recipient) == ([(30, POLITE)], "books@client.example")
    assert list(books.findings()) == []


def test_a_document_paid_in_parts_is_reminded_of_part_by_part(client):
    document = issued(client=client, payment_term_days=61)
    parts = instalments.parts_of(document.payable, "EUR", count=3, first=date(2026, 6, 1))
    instalments.write(invoice=document, parts=parts)
    assert [reminders.remind_due(now=after(day)) for day in (-24, -23, -10, -9)] == [0, 1, 0, 1]
    late = ladder_of(client, date(2026, 6, 22)).lates[0]
    assert (late.due_on, late.asked, late.taken.level) == (date(2026, 6, 1), 40, FIRM)
    came_in(client, "40", against=[document], now=after(-8))
    assert [reminders.remind_due(now=after(day)) for day in (0, 6, 7)] == [0, 0, 1]
    assert reminded(document) == [(-23, POLITE), (-9, FIRM), (7, POLITE)]
    assert (ladder_of(client, date(2026, 7, 8)).lates[0].asked, list(books.findings())) == (40, [])


def test_own_words_in_the_clients_language_are_text_and_the_law_is_named(client):
    BillingDetails.objects.create(client=client, language="fr")
    ReminderText.objects.create(level=FINAL, language="fr", subject="Dernier rappel", opening="<b>Bonjour</b> & merci")
    StudioProfile.objects.update(iban="FR7630006000011234567890189", bank_holder="Grande Armee")
    issued(client=client)
    for day in (7, 21, 35):
        reminders.remind_due(now=after(day))
    polite, firm, final = EmailMessage.objects.filter(kind="reminder").order_by("pk")
    assert polite.subject == "Rappel de paiement: FAC-2026-0001 - Harbour Studio"
    wanted = (
        "Bonjour Mina Morel,",
        "\u00e9ch\u00e9ance le 1 juillet 2026, il y a 7 jours",
        "120,00",
        "arriv\u00e9 \u00e0 \u00e9ch\u00e9ance",
    )
    assert [part for part in wanted if part not in polite.text] == []
    assert (final.subject, "<b>Bonjour</b> & merci" in final.text) == ("Dernier rappel", True)
    assert "&lt;b&gt;Bonjour&lt;/b&gt; &amp; merci" in final.html
    assert ["L441-10" in mail.text for mail in (polite, firm, final)] == [False, True, True]
    assert "FR76 3000 6000 0112 3456 7890 189" in firm.html


def test_history_follows_a_merged_client(client):
    issued(client=client)
    reminders.remind_due(now=after(7))
    reminder_pauses.pause_client(client=client, until_on=DUE, reason="Away", actor=None, now=NOW)
    survivor = ClientFactory(name="Mina", email="other@client.example")
    merging.merge_clients(survivor=survivor, merged=client, actor=None, now=after(8))
    assert (ReminderLetter.objects.get().client, reminders.remind_due(now=after(8))) == (survivor, 0)
    assert (reminders.remind_due(now=after(21)), list(books.findings())) == (1, [])


def test_the_tables_refuse_a_second_step_and_what_is_not_overdue(client):
    issued(client=client)
    reminders.remind_due(now=after(7))
    again = (
        "INSERT INTO invoice_reminders (letter_id, invoice_id, level, due_on, sent_on, remaining) "
        "SELECT letter_id, invoice_id, {}, {}, {}, {} FROM invoice_reminders"
    )
    tried = {
        ("1", "due_on", "sent_on + 1", "1"): "invoice_reminders_step_once",
        ("2", "due_on", "sent_on", "1"): "invoice_reminders_one_a_day",
        ("2", "sent_on + 1", "sent_on + 1", "1"): "invoice_reminders_of_what_is_overdue",
        ("2", "due_on", "sent_on + 1", "0"): "invoice_reminders_of_what_is_open",
        ("4", "due_on", "sent_on + 1", "1"): "invoice_reminders_level_known",
        ("2", "due_on", "sent_on + 1", "1"): "invoice_reminders_once_in_a_letter",
    }
    assert {values: refused(again.format(*values)) for values in tried} == tried
    for days in ("polite_days = 21", "firm_days = 36", "hour = 3", "polite_days = 0"):
        assert refused(f"UPDATE reminder_policies SET {days}").startswith("reminder_policies_")


@pytest.mark.parametrize(
    ("taken", "today", "comes"),
    [
        (None, 0, (POLITE, 7)),
        (None, 300, (POLITE, 7)),
        ((POLITE, 7), 8, (FIRM, 21)),
        ((POLITE, 40), 41, (FIRM, 54)),
        ((POLITE, 40), 70, (FINAL, 68)),
        ((FIRM, 22), 22, (FINAL, 36)),
        ((FINAL, 35), 99, None),
    ],
)
def test_between_two_steps_lie_as_many_days_as_in_the_ladder(taken, today, comes):
    def day(number):
        return DUE + timedelta(days=number)

    last = Taken(taken[0], day(taken[1])) if taken else None
    found = next_step(LADDER, due_on=DUE, taken=last, today=day(today))
    assert found == (Coming(comes[0], day(comes[1])) if comes else None)


def test_a_payment_under_way_holds_it_and_the_job_asks_by_day(client):
    document = issued(client=client)
    attempt = PaymentAttempt.objects.create(
        invoice=document,
        amount=document.remaining_balance,
        currency="EUR",
        page_address="https://studio.example/pay/",
        asked_at=after(7),
        expires_at=after(8),
        state="processing",
        checkout_session_id="cs_1",
        payment_intent_id="pi_1",
        url="https://checkout.example/cs_1",
    )
    assert (hold_of(document, 8), reminders.remind_due(now=after(8))) == (Hold.BEING_PAID, 0)
    PaymentAttempt.objects.filter(pk=attempt.pk).update(state="failed")
    assert reminders.remind_due(now=after(8)) == 1
