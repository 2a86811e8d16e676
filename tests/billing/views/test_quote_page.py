"""The page on which a client reads and answers a quote: signed, for this studio, without an account."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.models import DocumentMail, Quote, QuoteVersion
from billing.selectors import quote_links
from billing.services import quote_sending
from sessions_app.models import StudioSession
from studio.mail.models import EmailMessage
from studio.office.models import StudioProfile
from tests.billing_factories import QuoteFactory, held, quote_line, sent
from tests.factories import ClientFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def version():
    now = timezone.now()
    client = ClientFactory(email="a@example.org", name="Ada Artist")
    lines = [
        quote_line("777", session=held(client, now=now)),
        quote_line(description="<b>Mix</b>", discount=Decimal(3)),
    ]
    return sent(client=client, lines=lines, terms="Half in <i>advance</i>", now=now)


def page_of(version, door="quote-page"):
    return reverse(f"billing:{door}", args=[quote_links.token_of(version)])


def accepted(web, version, **given):
    said = {"name": "Ada Artist", "agrees": "on", "fingerprint": version.content_hash, **given}
    return web.post(page_of(version, "quote-accept"), said, headers={"user-agent": "Browser/1"})


def test_a_client_reads_the_quote_and_nothing_is_changed_by_it(web, version):
    before = QuoteVersion.objects.values().get()
    answer = web.get(page_of(version))
    told = ("DEV-2026" in answer.text or version.quote.quote_number in answer.text, "1,048.80 EUR" in answer.text)
    assert (answer.status_code, *told) == (200, True, True)
    assert ("&lt;b&gt;Mix&lt;/b&gt;" in answer.text, "<b>Mix" in answer.text, "&lt;i&gt;" in answer.text) == (
        True,
        False,
        True,
    )
    assert [answer[name] for name in ("X-Robots-Tag", "Referrer-Policy", "Cache-Control")] == [
        "noindex, nofollow",
        "same-origin",
        "private, no-store",
    ]
    assert QuoteVersion.objects.values().get() == before


def test_an_acceptance_keeps_name_time_address_and_fingerprint(web, version):
    StudioProfile.objects.update(email="desk@studio.example")
    answer = accepted(web, version)
    assert (answer.status_code, answer["Location"]) == (302, page_of(version))
    version.refresh_from_db()
    quote, letters = Quote.objects.get(), EmailMessage.objects.filter(kind__startswith="quote_").order_by("kind")
    told = [
        (each.kind, each.recipient, each.subject, quote.deposit_invoice.invoice_number in each.text) for each in letters
    ]
    assert told == [
        ("quote_answer", "a@example.org", f"You have accepted quote {quote} of Harbour Studio", True),
        ("quote_news", "desk@studio.example", f"Accepted: quote {quote}, Ada Artist", True),
    ]
    assert DocumentMail.objects.get(invoice=quote.deposit_invoice).recipient == "a@example.org"
    kept = (version.outcome, version.signer_name, version.signer_address, version.signer_agent, version.recorded_by)
    assert kept == ("accepted", "Ada Artist", "127.0.0.1", "Browser/1", None)
    assert abs(version.ended_at - timezone.now()) < timedelta(minutes=1)
    assert StudioSession.objects.get().status == "scheduled"
    page = web.get(page_of(version)).text
    assert ("This quote is accepted." in page, version.content_hash in page, "<form" in page) == (True, True, False)
    again = accepted(web, version)
    assert (again.status_code, "answered already" in again.text) == (410, True)


REFUSED = [
    ({"name": ""}, 400),
    ({"name": "x" * 201}, 400),
    ({"agrees": ""}, 400),
    ({"remark": "x" * 2001}, 400),
    ({"fingerprint": "0" * 64}, 409),
    ({"fingerprint": "x" * 65}, 400),
]


def test_what_is_not_said_properly_is_refused_and_stays_in_the_form(web, version):
    for given, status in REFUSED:
        answer = accepted(web, version, **{"remark": "My words", **given})
        assert answer.status_code == status, given
        assert ("My words" in answer.text) == ("remark" not in given), given
    version.refresh_from_db()
    assert version.outcome == "open"


def test_declining_says_why_and_frees_the_slot(web, version):
    said = {"name": "Ada Artist", "remark": "Too dear"}
    assert web.post(page_of(version, "quote-decline"), said).status_code == 302
    version.refresh_from_db()
    assert (version.outcome, version.remark, version.quote.status) == ("rejected", "Too dear", "rejected")
    assert StudioSession.objects.get().status == "cancelled"
    assert "This quote is declined." in web.get(page_of(version)).text


def test_what_no_longer_holds_says_so(web, version):
    quote_sending.take_back(quote=version.quote, actor=None, now=timezone.now())
    page = web.get(page_of(version))
    assert (page.status_code, "does not hold any more" in page.text, "<form" in page.text) == (200, True, False)
    assert accepted(web, version).status_code == 410
    old = sent(QuoteFactory(client=version.quote.client, validity_days=1), now=timezone.now() - timedelta(days=9))
    assert ("was valid until" in web.get(page_of(old)).text, accepted(web, old).status_code) == (True, 410)


def test_only_what_this_studio_signed_leads_anywhere(web, version):
    token = quote_links.token_of(version)
    key, _dot, mac = token.partition(".")
    other = sent(now=timezone.now())
    wrong = [key, f"{key}.{mac[:-1]}", f"{other.public_id.hex}.{mac}", f"{token}x", "x" * 5000, "a.b", "%00"]
    for each in wrong:
        for door in ("quote-page", "quote-accept", "quote-decline"):
            address = reverse(f"billing:{door}", args=[each])
            answer = web.get(address) if door == "quote-page" else web.post(address, {"name": "x"})
            assert answer.status_code == 404, each
    assert Quote.objects.filter(status="sent").count() == 2
    assert web.get(page_of(version, "quote-accept")).status_code == 405
