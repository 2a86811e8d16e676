"""Quotes: drafts, versions, answers, and the slots that they hold."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from billing.models import NumberSeries, Quote, QuoteStatus, SeriesKind
from billing.services import (
    quote_answers,
    quote_expiry,
    quote_holds,
    quote_letters,
    quote_sending,
    quote_states,
    quotes,
    vat_rates,
)
from billing.services.quote_answers import Signer
from sessions_app.models import StudioSession
from sessions_app.services import bookings, merging
from sessions_app.services.facts import BadFacts
from sessions_app.services.notices import Tell
from studio.accounts.models import Notification
from studio.mail.models import EmailMessage
from tests.billing_factories import QuoteFactory, accepted, held, quote_line, rate, sent, settle_seller
from tests.factories import NOW, ClientFactory, HoldFactory, ProjectFactory
from tests.jobs import run_jobs
from tests.staff import account
from tests.trails import trail

pytestmark = pytest.mark.django_db

NEXT_MONTH = datetime(2026, 7, 1, 22, tzinfo=UTC)  # the end of 1 July in Paris


def seen(quote):
    quote.refresh_from_db()
    return quote.status


def state_of(session):
    return StudioSession.objects.get(pk=session.pk).status


def declined(version, **given):
    return quote_answers.reject_quote(version=version, signer=Signer("Ada"), actor=None, now=NOW, **given)


def accepting(version, *, now=NOW, fingerprint=None, name="Ada"):
    said = {"fingerprint": fingerprint or version.content_hash, "signer": Signer(name), "actor": None, "now": now}
    return quote_answers.accept_quote(version=version, **said)


def test_a_draft_comes_to_what_its_lines_make_and_has_no_number():
    client = ClientFactory(default_deposit_percent=Decimal(50))
    lines = [
        quote_line("100"),
        quote_line("33.33", percent="5.5", quantity=Decimal(3)),
        quote_line("10", quantity=Decimal(-1)),
    ]
    quote = QuoteFactory(client=client, lines=lines)
    assert (quote.subtotal, quote.tax_amount, quote.total) == (Decimal("189.99"), Decimal("23.50"), Decimal("213.49"))
    assert (quote.status, quote.quote_number, quote.version, quote.deposit_percent) == ("draft", "", 0, 50)
    quotes.write_lines(quote=quote, lines=[quote_line("1.01"), quote_line("2.02")], actor=None, now=NOW)
    assert list(quote.items.order_by("position").values_list("position", "net")) == [
        (1, Decimal("1.01")),
        (2, Decimal("2.02")),
    ]
    changed = quotes.change_quote(quote=quote, price_mode="gross", actor=None, now=NOW)
    assert (changed.subtotal, changed.total) == (Decimal("2.52"), Decimal("3.03"))


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"title": ""}, BadFacts),
        ({"title": "a\0b"}, BadFacts),
        ({"validity_days": 0}, BadFacts),
        ({"validity_days": 366}, BadFacts),
        ({"deposit_percent": Decimal(101)}, BadFacts),
        ({"deposit_percent": Decimal(-1)}, BadFacts),
        ({"lines": [quote_line, {"unit_price": "-1"}]}, BadFacts),
        ({"lines": [quote_line, {"quantity": Decimal(0)}]}, BadFacts),
        ({"lines": [quote_line, {"description": " "}]}, BadFacts),
        ({"lines": [quote_line, {"unit_price": "99999999999"}]}, BadFacts),
        ({"lines": [quote_line, {"discount": Decimal("0.001")}]}, BadFacts),
        ({"project": ProjectFactory}, quotes.OtherClient),
    ],
)
def test_nonsense_is_refused_in_a_sentence(given, refusal):
    if "lines" in given:
        make, facts = given["lines"]
        given = {"lines": [make(**facts)]}
    elif "project" in given:
        given = {"project": given["project"]()}
    with pytest.raises(refusal) as told:
        QuoteFactory(**given)
    assert str(told.value).endswith(".")
    assert not Quote.objects.exists()


def test_a_slot_is_held_for_one_quote_and_its_own_client():
    client = ClientFactory()
    hold = held(client)
    QuoteFactory(client=client, lines=[quote_line(session=hold)])
    with pytest.raises(BadFacts, match="another quote"):
        QuoteFactory(client=client, lines=[quote_line(session=hold)])
    with pytest.raises(quotes.OtherClient):
        QuoteFactory(lines=[quote_line(session=held(client))])
    booked = bookings.cancel_session(session=held(client), reason="", actor=None, now=NOW)
    with pytest.raises(quotes.NotHeld):
        QuoteFactory(client=client, lines=[quote_line(session=booked)])


def test_sending_numbers_freezes_and_mails_and_the_next_version_goes_on():
    version = sent()
    quote = version.quote
    assert (quote.quote_number, version.number, version.total) == ("DEV-2026-0001", 1, 120)
    assert (quote.sent_at, quote.expires_at) == (NOW, NEXT_MONTH)
    printed = version.snapshot
    assert (printed["document"]["payable"], printed["document"]["deposit_amount"]) == ("120.00", "36.00")
    assert (printed["lines"][0]["description"], printed["taxes"][0]["tax"]) == ("Recording", "20.00")
    run_jobs()
    mail = EmailMessage.objects.get(kind="quote")
    assert (mail.recipient, "DEV-2026-0001" in mail.subject, "/quotes/" in mail.text) == (
        "artist@example.org",
        True,
        True,
    )

    with pytest.raises(quotes.NotADraft):
        quotes.change_quote(quote=quote, title="Other", actor=None, now=NOW)
    with pytest.raises(quote_states.WrongState):
        sent(quote)
    draft = quote_sending.take_back(quote=quote, actor=None, now=NOW)
    quotes.change_quote(quote=draft, title="Longer album", actor=None, now=NOW)
    second = sent(draft)
    version.refresh_from_db()
    assert (version.outcome, second.number, second.quote.quote_number) == ("replaced", 2, "DEV-2026-0001")
    assert second.content_hash != version.content_hash
    assert NumberSeries.objects.get(kind=SeriesKind.QUOTE).next_number == 2
    with pytest.raises(quotes.NotADraft):
        quotes.delete_quote(quote=quote_sending.take_back(quote=second.quote, actor=None, now=NOW), actor=None, now=NOW)
    run_jobs()
    assert EmailMessage.objects.filter(kind="quote").count() == 2


def test_what_cannot_be_sent_says_why():
    quote = QuoteFactory(client=ClientFactory(email=""))
    with pytest.raises(quote_sending.NoSeller):
        quote_sending.send_quote(quote=quote, actor=None, now=NOW)
    settle_seller()
    with pytest.raises(quote_letters.NoAddress):
        quote_sending.send_quote(quote=quote, actor=None, now=NOW)
    assert seen(quote) == QuoteStatus.DRAFT
    assert quote_sending.send_quote(quote=quote, actor=None, now=NOW, tell=Tell.NOBODY).number == 1
    for lines in ([], [quote_line("1"), quote_line("2", percent="10", quantity=Decimal(-1))]):
        with pytest.raises(quote_sending.NothingToSend):
            sent(lines=lines)


def test_a_quote_lasts_no_longer_than_the_first_slot_it_holds_and_its_slots_as_long_as_it():
    client = ClientFactory(email="a@example.org")
    first, second = held(client, days=3), held(client, days=9)
    version = sent(client=client, lines=[quote_line(session=first), quote_line("50", session=second), quote_line("5")])
    assert version.expires_at == first.starts_at
    assert set(StudioSession.objects.values_list("hold_expires_at", flat=True)) == {first.starts_at}
    slots = [line["slot"] and line["slot"]["title"] for line in version.snapshot["lines"]]
    assert slots == [first.title, second.title, None]


def test_acceptance_books_at_the_prices_of_the_lines_and_asks_the_deposit():
    account("owner")
    client = ClientFactory(email="a@example.org")
    hold = held(client)
    version = sent(client=client, lines=[quote_line("777", session=hold), quote_line("23")])
    quote = accepting(version)
    hold.refresh_from_db()
    version.refresh_from_db()
    assert (hold.status, hold.total, hold.deposit_amount, hold.hold_expires_at) == ("scheduled", 777, 0, None)
    assert (version.outcome, version.signer_name, version.ended_at) == ("accepted", "Ada", NOW)
    deposit = quote.deposit_invoice
    assert (deposit.invoice_number, deposit.kind, deposit.total) == ("FAC-2026-0001", "deposit_invoice", 288)
    assert deposit.items.get().description == "Deposit of 30 % on quote DEV-2026-0001: Album"
    assert "Ada has accepted the quote DEV-2026-0001, Album." in Notification.objects.values_list("text", flat=True)
    assert [verb for verb, _who, _why in trail(quote)][-2:] == ["accept", "invoice"]
    for act in (accepting, declined):
        with pytest.raises(quote_answers.NotOpen, match="answered already"):
            act(version)
    with pytest.raises(quote_states.WrongState):
        quote_sending.take_back(quote=quote, actor=None, now=NOW)


def test_an_acceptance_stands_when_its_deposit_cannot_be_invoiced_yet():
    version = sent(lines=[quote_line(percent="10")])
    vat_rates.archive_rate(rate=rate("10"), actor=None, now=NOW)
    quote = accepting(version)
    assert (quote.status, quote.deposit_invoice) == ("accepted", None)
    assert sent(deposit_percent=Decimal(0)).snapshot["document"]["deposit_amount"] == "0"


def test_only_what_was_read_is_accepted_by_somebody_with_a_name():
    version = sent()
    with pytest.raises(quote_answers.OtherThanShown):
        accepting(version, fingerprint="0" * 64)
    for name in ("", "  ", "x" * 201, "a\0b"):
        with pytest.raises((quote_answers.NotSigned, BadFacts)):
            accepting(version, name=name)
    assert seen(version.quote) == QuoteStatus.SENT
    quote_sending.take_back(quote=version.quote, actor=None, now=NOW)
    with pytest.raises(quote_answers.NotOpen):
        accepting(version)


def test_declining_frees_the_slots_and_the_quote_can_be_changed_and_sent_again():
    client = ClientFactory(email="a@example.org")
    hold = held(client)
    version = sent(client=client, lines=[quote_line(session=hold)])
    quote = declined(version, remark="Too dear")
    version.refresh_from_db()
    assert (quote.status, version.remark, state_of(hold)) == ("rejected", "Too dear", "cancelled")
    draft = quote_sending.take_back(quote=quote, actor=None, now=NOW)
    with pytest.raises(quote_holds.HoldLost):
        sent(draft)
    quotes.write_lines(quote=draft, lines=[quote_line("80")], actor=None, now=NOW)
    assert sent(draft).number == 2


def test_expiry_frees_the_slots_and_comes_to_those_in_time_only():
    client = ClientFactory(email="a@example.org")
    hold = held(client)
    version, other = sent(client=client, lines=[quote_line(session=hold)]), sent()
    late = version.expires_at
    with pytest.raises(quote_answers.NotOpen, match="time of this quote is up"):
        accepting(version, now=late)
    assert quote_expiry.expire_quotes(now=late - timedelta(microseconds=1)) == 0
    assert quote_expiry.expire_quotes(now=late) == 1
    assert (seen(version.quote), state_of(hold), seen(other.quote)) == ("expired", "expired", "sent")
    with pytest.raises(quote_answers.NotOpen):
        declined(version)


def test_a_slot_that_is_lost_is_not_accepted():
    client = ClientFactory(email="a@example.org")
    hold = held(client)
    version = sent(client=client, lines=[quote_line(session=hold), quote_line("5", session=held(client, days=4))])
    bookings.cancel_session(session=hold, reason="", actor=None, now=NOW)
    with pytest.raises(quote_holds.HoldLost, match="can no longer be had"):
        accepting(version)
    assert (seen(version.quote), StudioSession.objects.filter(status="scheduled").count()) == ("sent", 0)
    behind = sent(lines=[quote_line(session=HoldFactory(client=client))], client=client)
    rival = HoldFactory(room=behind.quote.items.get().session.room, client=client)
    waiting = sent(lines=[quote_line(session=rival)], client=client)
    accepting(behind)
    with pytest.raises(quote_holds.HoldLost):
        accepting(waiting)


def test_a_withdrawn_quote_keeps_its_number_and_gives_its_slots_back():
    client = ClientFactory(email="a@example.org")
    hold = held(client)
    with pytest.raises(quote_states.WrongState, match="never sent"):
        quote_sending.withdraw_quote(quote=QuoteFactory(), reason="", actor=None, now=NOW)
    draft = quote_sending.take_back(
        quote=sent(client=client, lines=[quote_line(session=hold)]).quote, actor=None, now=NOW
    )
    assert state_of(hold) == "hold"
    gone = quote_sending.withdraw_quote(quote=draft, reason="No room", actor=None, now=NOW)
    assert (gone.status, gone.quote_number, state_of(hold)) == ("cancelled", "DEV-2026-0001", "cancelled")


def test_a_copy_says_the_same_without_slots():
    client = ClientFactory(email="a@example.org")
    quote = accepted(client=client, lines=[quote_line("700", session=held(client), discount=Decimal(7))], terms="Net")
    copied = quotes.copy_quote(quote=quote, actor=None, now=NOW)
    line = copied.items.get()
    assert (copied.status, copied.total, copied.terms, line.discount, line.session) == (
        "draft",
        quote.total,
        "Net",
        7,
        None,
    )
    quotes.delete_quote(quote=copied, actor=None, now=NOW)
    assert list(Quote.objects.values_list("pk")) == [(quote.pk,)]


def test_quotes_follow_a_client_who_is_merged():
    quote = accepted()
    survivor = ClientFactory()
    merging.merge_clients(survivor=survivor, merged=quote.client, actor=None, now=NOW)
    quote.refresh_from_db()
    assert quote.client == survivor
