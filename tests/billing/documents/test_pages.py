"""Documents as a reader has them: their text taken out of the finished PDF."""

import io
import re
import zlib

import pypdfium2
import pytest
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.conf import settings

from billing.documents.press import the_press
from billing.documents.printing import print_snapshot
from billing.documents.receipts import as_document
from tests.document_samples import BUYER, SELLER, full_invoice, line, logo, snapshot, tax

IDENTIFIER = "5a" * 32
CATALOGUE = settings.BASE_DIR / "locale" / "fr" / "LC_MESSAGES"


def printed(content, **more):
    return print_snapshot(content, identifier=IDENTIFIER, **more)


def pages_of(document):
    with pypdfium2.PdfDocument(document) as pdf:
        return [plain(page.get_textpage().get_text_bounded()) for page in pdf]


def plain(text):
    """Return a text with every kind of white space as one blank."""
    return re.sub(r"\s+", " ", text)


def text_of(content):
    return " ".join(pages_of(printed(content)))


def missing(text, wanted):
    return [part for part in wanted if part not in text]


ENGLISH = [
    *("Invoice FAC-2026-0042", "Grande Armee Productions SARL", "Maison Violette SAS", "44000 Nantes"),
    *("Date 20 November 2026", "Due date 20 December 2026", "Date of supply 3\u201314 Nov 2026", "Your order PO-7781"),
    *("Mixing Discount \u2212\u20ac50.00 12.5 h 60.00 20% 700.00", "Neumann U 47, hire by the day 3 days 85.00"),
    *("20% 2,141.60 428.32 2,569.92", "10% 350.00 35.00 385.00", "5.5% 97.00 5.34 102.34"),
    *("Total excl. VAT \u20ac2,588.60", "VAT \u20ac468.66", "To pay \u20ac3,057.26"),
    "Please transfer \u20ac3,057.26 by 20 December 2026 and quote FAC-2026-0042.",
    *("IBAN FR76 3000 6000 0112 3456 7890 189", "BIC AGRIFRPP", "Masters are kept for 10 years."),
    *("a fixed sum of 40 euros", "No discount is given for early payment.", "Page 1 / 1"),
    *("SARL au capital de 8 000 EUR", "VAT no. FR40303265045"),
]
FRENCH = [
    *("Facture FAC-2026-0042", "Date 20 novembre 2026", "\u00c9ch\u00e9ance 20 d\u00e9cembre 2026"),
    *("Mixing Remise \u221250,00 \u20ac 12,5 h 60,00 20 % 700,00", "3 jours 85,00"),
    *(
        "20 % 2 141,60 428,32 2 569,92",
        "Total HT 2 588,60 \u20ac",
        "TVA 468,66 \u20ac",
        "Net \u00e0 payer 3 057,26 \u20ac",
    ),
    "En toutes lettres : trois mille cinquante-sept euros et vingt-six centimes.",
    "Merci de virer 3 057,26 \u20ac au plus tard le 20 d\u00e9cembre 2026 en indiquant FAC-2026-0042.",
    *(
        "indemnit\u00e9 forfaitaire de 40 euros",
        "Pas d\u2019escompte",
        "d\u2019apr\u00e8s les d\u00e9bits",
        "Page 1 / ",
    ),
]


PARTS = ({"due_on": "2026-11-20", "amount": "312.01"}, {"due_on": "2026-12-20", "amount": "311.99"})


def test_an_invoice_in_both_languages_on_one_page():
    english = pages_of(printed(full_invoice(), logo=logo()))
    french = text_of(full_invoice("fr", seller={"amount_in_words": True, "vat_on_debits": True}))

    assert (len(english), missing(english[0], ENGLISH)) == (1, [])
    assert missing(french, FRENCH) == []


def test_a_long_invoice_repeats_its_headings_and_counts_its_pages():
    pages = pages_of(printed(full_invoice(count=240)))

    assert len(pages) == 10
    for number, page in enumerate(pages, 1):
        wanted = ["FAC-2026-0042", f"Page {number} / 10", "Grande Armee Productions SARL"]
        wanted += ["Description Quantity Unit price VAT Amount excl. VAT"] if "65.00" in page else []
        assert missing(page, wanted) == []


CREDIT_NOTE = {
    "kind": "credit_note",
    "invoice_number": "AV-2026-0003",
    "refers_to": {"number": "FAC-2026-0042", "issued_on": "2026-11-20"},
    "reason": "The second day was not used",
}
FINAL = {
    "deductions": [
        {"number": "FAC-2026-0012", "issued_on": "2026-05-03", "category": "S", "rate": "20.00"}
        | {"base": "156.00", "tax": "31.20"}
    ],
    "deducted_total": "187.20",
}
REVERSE = {
    "lines": [line(percent="0.00", vat_category="AE")],
    "taxes": [tax("AE", "0.00", "520.00", reason="Article 44, directive 2006/112/EC")],
    "buyer": {"country_code": "BE", "vat_number": "BE0428759497"},
}
QUOTE = {"kind": "quote", "invoice_number": "DEV-2026-0007", "valid_until": "2026-12-20", "due_on": None}
QUOTE |= {"deposit_amount": "187.20", "terms": "Half a day is four hours."}


@pytest.mark.parametrize(
    ("given", "wanted", "absent"),
    [
        pytest.param(
            CREDIT_NOTE,
            ["Credit note AV-2026-0003", "FAC-2026-0042 of 20 November 2026", "not used", "Credited \u20ac624.00"],
            ["IBAN", "Due date", "To pay", "40 euros"],
            id="credit note",
        ),
        pytest.param(
            {"kind": "deposit_invoice", "currency": "USD", "price_mode": "gross"},
            ["Deposit invoice", "Amount incl. VAT", "Please transfer US$624.00"],
            ["Scan to pay"],
            id="deposit",
        ),
        pytest.param(
            FINAL,
            [
                *("Deposits invoiced before", "FAC-2026-0012 of 3 May 2026", "20% 156.00 31.20 187.20"),
                *("Total incl. VAT \u20ac624.00", "Deposits invoiced before \u2212\u20ac187.20", "To pay \u20ac436.80"),
                "Scan to pay",
            ],
            [],
            id="final",
        ),
        pytest.param(
            REVERSE,
            ["0% (reverse charge) 520.00 0.00 520.00", "Article 44", "Belgium", "France", "VAT no. BE0428759497"],
            [],
            id="reverse charge",
        ),
        pytest.param({"is_test": True}, ["TEST", "To pay"], ["Scan to pay"], id="test"),
        pytest.param(
            {"deposit_amount": "200.00", "seller": {"iban": ""}},
            ["Deposit due first \u20ac200.00", "Please pay \u20ac200.00 by"],
            ["IBAN", "Scan to pay", "Account holder"],
            id="no account",
        ),
        pytest.param(
            {"language": "fr", "instalments": PARTS},
            [
                "Merci de virer chaque part au plus tard \u00e0 sa date en indiquant FAC-2026-0042.",
                *("20 novembre 2026 312,01 \u20ac", "20 d\u00e9cembre 2026 311,99 \u20ac", "Scanner pour payer"),
            ],
            ["624,00 \u20ac au plus tard", "\u00c9ch\u00e9ance"],
            id="in parts",
        ),
        pytest.param(
            QUOTE,
            [
                "Quote DEV-2026-0007",
                "Valid until 20 December 2026",
                "Total with VAT \u20ac624.00",
                "Signature",
                "Agreed",
            ],
            ["IBAN", "Due date", "40 euros"],
            id="quote",
        ),
    ],
)
def test_each_kind_says_its_own(given, wanted, absent):
    text = text_of(snapshot(**given))

    assert (missing(text, wanted), [part for part in absent if part in text]) == ([], [])


RECEIPT = {
    "receipt": {"number": "REC-2026-0001", "issued_on": "2026-11-20", "issued_at": "2026-11-20T10:15:00+00:00"},
    "payment": {"amount": "60.00", "currency": "EUR", "method": "cash", "received_on": "2026-11-20", "reference": ""},
    "documents": [{"number": "FAC-2026-0042", "issued_on": "2026-11-20", "payable": "624.00", "paid": "50.00"}],
    "left_over": "10.00",
    "seller": SELLER,
    "buyer": {name: BUYER[name] for name in ("name", "legal_name", "street", "postal_code", "city", "country")},
}


def test_a_receipt_says_what_the_money_was_put_against():
    text = text_of(as_document(RECEIPT, "en"))
    walk_in = text_of(as_document(RECEIPT | {"buyer": {}}, "fr"))

    wanted = ["Receipt REC-2026-0001", "Paid by cash", "FAC-2026-0042 of 20 November 2026 \u20ac50.00"]
    wanted += ["Kept for you \u20ac10.00", "Received \u20ac60.00", "Maison Violette SAS"]
    assert missing(text, wanted) == []
    assert [part for part in ("Unit price", "Total excl. VAT", "IBAN") if part in text] == []
    assert (
        missing(walk_in, ["Re\u00e7u REC-2026-0001", "Mode de paiement esp\u00e8ces", "Montant re\u00e7u 60,00"]) == []
    )
    assert "Maison" not in walk_in


def test_the_same_snapshot_makes_the_same_bytes_by_another_process_too():
    content = full_invoice("fr")
    first = printed(content, logo=logo())
    the_press().close()

    assert printed(content, logo=logo()) == first
    inflated = b"".join(zlib.decompress(raw) for raw in re.findall(rb"stream\n(x\xda.*?)\nendstream", first, re.DOTALL))
    assert b"/GTS_PDFA1" in inflated  # the archive kind: colours and fonts are all inside


def test_a_logo_is_drawn_anew_and_one_that_cannot_be_drawn_is_the_name():
    def pictures(data):
        with pypdfium2.PdfDocument(printed(snapshot(seller={"iban": ""}), logo=data)) as pdf:
            return len(list(pdf[0].get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_IMAGE])))

    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><rect width="9" height="9"/></svg>'
    assert [pictures(data) for data in (logo(), logo(image_format="JPEG"))] == [1, 1]
    assert [pictures(data) for data in (svg, b"%PDF-1.7", logo()[:90])] == [0, 0, 0]
    assert "Studio Grande Armee" in " ".join(pages_of(printed(snapshot(), logo=svg)))


def test_the_catalogue_in_use_is_the_one_that_is_written():
    written = read_po(io.BytesIO((CATALOGUE / "django.po").read_bytes()))
    used = read_mo(io.BytesIO((CATALOGUE / "django.mo").read_bytes()))

    def sentences(catalogue):
        return {repr(list(m.id) if m.pluralizable else m.id): list(m.string) for m in catalogue if m.id}

    assert sentences(used) == sentences(written)
