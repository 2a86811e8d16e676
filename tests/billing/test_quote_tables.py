"""What the tables of quotes refuse, by raw SQL."""

import pytest

from billing.models import Quote
from billing.services import quote_sending
from tests.billing.test_invoice_tables import refused, run
from tests.billing_factories import QuoteFactory, ServiceFactory, accepted, held, issued, quote_line, sent
from tests.factories import NOW, ClientFactory, ProjectFactory

pytestmark = pytest.mark.django_db

SENT = [
    "UPDATE quotes SET title = 'x' WHERE id = %s",
    "UPDATE quotes SET total = total + 1, subtotal = subtotal + 1 WHERE id = %s",
    "UPDATE quotes SET quote_number = 'DEV-1' WHERE id = %s",
    "UPDATE quotes SET expires_at = expires_at + interval '1 day' WHERE id = %s",
    "UPDATE quotes SET version = 2 WHERE id = %s",
    "UPDATE quotes SET status = 'cancelled', sent_at = NULL, expires_at = NULL WHERE id = %s",
    "UPDATE quotes SET project_id = NULL WHERE id = %s",
    "DELETE FROM quotes WHERE id = %s",
]
PARTS = [
    "UPDATE quote_items SET description = 'x' WHERE quote_id = %s",
    "UPDATE quote_items SET service_id = NULL WHERE quote_id = %s",
    "UPDATE quote_items SET session_id = NULL WHERE quote_id = %s",
    "DELETE FROM quote_items WHERE quote_id = %s",
    (
        "INSERT INTO quote_items (quote_id, position, description, unit_price, amount, net, vat_rate_id, vat_percent) "
        "SELECT quote_id, 9, 'x', 1, 1, 1, vat_rate_id, 20 FROM quote_items WHERE quote_id = %s"
    ),
]
KEPT = [
    "UPDATE quote_versions SET snapshot = '{}' WHERE quote_id = %s",
    "UPDATE quote_versions SET content_hash = repeat('0', 64) WHERE quote_id = %s",
    "UPDATE quote_versions SET total = 1 WHERE quote_id = %s",
    "UPDATE quote_versions SET public_id = gen_random_uuid() WHERE quote_id = %s",
    "DELETE FROM quote_versions WHERE quote_id = %s",
]
TORN = [
    "UPDATE quotes SET status = 'expired' WHERE id = %s",
    "UPDATE quotes SET status = 'draft', sent_at = NULL, expires_at = NULL WHERE id = %s",
    "UPDATE quote_versions SET outcome = 'expired', ended_at = now() WHERE quote_id = %s",
]


@pytest.fixture
def quote():
    client = ClientFactory(email="a@example.org")
    lines = [quote_line(service=ServiceFactory(), session=held(client))]
    return sent(client=client, lines=lines, project=ProjectFactory(client=client)).quote


@pytest.mark.parametrize(
    ("statements", "constraint"),
    [
        (SENT, "quotes_frozen_once_sent"),
        (PARTS, "quote_items_frozen_once_sent"),
        (KEPT, "quote_versions_kept"),
        (TORN, "quotes_follow_their_version"),
    ],
    ids=["facts", "lines", "versions", "both"],
)
def test_what_was_sent_stays_as_it_is(quote, statements, constraint):
    for statement in statements:
        assert refused(statement, [quote.pk]) == constraint, statement


ANSWERED = [
    ("UPDATE quotes SET status = 'sent', responded_at = NULL WHERE id = %s", "quotes_frozen_once_sent"),
    ("UPDATE quotes SET responded_at = now() WHERE id = %s", "quotes_frozen_once_sent"),
    ("UPDATE quotes SET deposit_invoice_id = NULL WHERE id = %s", "quotes_frozen_once_sent"),
    ("UPDATE quote_versions SET signer_name = 'x' WHERE quote_id = %s", "quote_versions_kept"),
    ("UPDATE quote_versions SET signer_address = '203.0.113.9' WHERE quote_id = %s", "quote_versions_kept"),
    ("UPDATE quote_versions SET outcome = 'open', ended_at = NULL WHERE quote_id = %s", "quote_versions_kept"),
]


def test_an_answer_stays_as_it_was_given_and_what_it_became_is_said_once():
    quote = accepted()
    for statement, constraint in ANSWERED:
        assert refused(statement, [quote.pk]) == constraint, statement
    project = ProjectFactory(client=quote.client)
    convert = "UPDATE quotes SET converted_to_project_id = %s, converted_at = now() WHERE id = %s"
    run(convert, [project.pk, quote.pk])
    assert refused(convert, [ProjectFactory(client=quote.client).pk, quote.pk]) == "quotes_frozen_once_sent"
    other = accepted()
    assert refused(convert, [project.pk, other.pk]) == "quotes_project_of_one"
    assert refused("UPDATE quotes SET deposit_invoice_id = %s WHERE id = %s", [issued().pk, other.pk]) == (
        "quotes_frozen_once_sent"
    )
    stored = "UPDATE quote_versions SET pdf_s3_key = %s, pdf_hash = repeat('a', 64) WHERE quote_id = %s"
    assert run(stored, ["k", quote.pk]) == 1
    assert refused(stored, ["l", quote.pk]) == "quote_versions_kept"


NEW = {
    "quotes_frozen_once_sent": "status = 'sent', sent_at = now(), expires_at = now() + interval '1 day'",
    "quotes_accepted_becomes": "converted_at = now()",
    "quotes_dated_by_status": "sent_at = now()",
    "quotes_numbered_once_sent": "quote_number = 'DEV-2026-0009'",
    "quotes_titled": "title = ''",
    "quotes_currency_of_two_decimals": "currency = 'TND'",
    "quotes_total_adds_up": "total = 1",
    "quotes_status_known": "status = 'new'",
}


def test_a_draft_is_a_draft():
    quote = QuoteFactory()
    for constraint, said in NEW.items():
        found = refused(f"UPDATE quotes SET {said} WHERE id = %s", [quote.pk])
        assert found == ("quotes_frozen_once_sent" if constraint == "quotes_status_known" else constraint), said


def test_the_way_back_and_deleted_accounts_pass():
    quote = sent().quote
    assert quote_sending.take_back(quote=quote, actor=None, now=NOW).status == "draft"
    assert run("UPDATE quotes SET internal_notes = 'x' WHERE id = %s", [quote.pk]) == 1
    assert Quote.objects.get().version == 1
