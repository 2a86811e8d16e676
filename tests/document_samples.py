"""Snapshots of documents, as they are written down at the issue, for tests that need no database."""

from decimal import Decimal
from io import BytesIO

from PIL import Image

SELLER = {
    "name": "Studio Grande Armee",
    "legal_name": "Grande Armee Productions SARL",
    "legal_form": "SARL au capital de 8 000 EUR",
    "street": "27 rue de la Grange aux Belles",
    "postal_code": "75010",
    "city": "Paris",
    "country": "FR",
    "vat_number": "FR40303265045",
    "registration_number": "RCS Paris 303 265 045",
    "email": "bonjour@grande-armee.example",
    "phone": "+33 1 42 00 00 00",
    "website": "https://grande-armee.example/",
    "bank_holder": "Grande Armee Productions",
    "iban": "FR76 3000 6000 0112 3456 7890 189",
    "bic": "AGRIFRPP",
    "footer_text": "",
    "amount_in_words": False,
    "vat_on_debits": False,
    "logo": "",
}
BUYER = {
    "name": "Maison Violette",
    "artist_name": "",
    "email": "compta@violette.example",
    "street": "14 quai de la Fosse\nBatiment C",
    "postal_code": "44000",
    "city": "Nantes",
    "country": "",
    "country_code": "FR",
    "legal_name": "Maison Violette SAS",
    "vat_number": "FR83404833048",
    "registration_number": "404 833 048",
}
DOCUMENT = {
    "kind": "invoice",
    "invoice_number": "FAC-2026-0042",
    "is_test": False,
    "language": "en",
    "currency": "EUR",
    "price_mode": "net",
    "purchase_order": "PO-7781",
    "notes": "",
    "reason": "",
    "project_label": "Nuits blanches (album)",
    "payment_term_days": 30,
    "issued_on": "2026-11-20",
    "issued_at": "2026-11-20T10:15:00+00:00",
    "due_on": "2026-12-20",
    "supplied_from": "2026-11-03",
    "supplied_to": "2026-11-14",
    "rounding": "0.00",
    "deducted_total": "0.00",
    "deposit_amount": None,
    "refers_to": None,
}


def line(description="Recording, Studio A", quantity="8.000", price="65.00", percent="20.00", **given):
    amount = Decimal(quantity) * Decimal(price) - Decimal(given.get("discount", 0))
    return {
        "position": 1,
        "description": description,
        "unit": "HUR",
        "quantity": quantity,
        "unit_price": price,
        "discount": "0.00",
        "amount": f"{amount:.2f}",
        "net": f"{amount:.2f}",
        "vat_category": "S",
        "vat_percent": percent,
    } | given


def snapshot(*, lines=None, seller=None, buyer=None, taxes=None, deductions=(), settles=(), instalments=(), **document):
    """Return a document of net prices; VAT at each rate is worked out, unless it is given."""
    lines = [line()] if lines is None else lines
    if taxes is None:
        groups = {}
        for each in lines:
            key = (each["vat_category"], each["vat_percent"])
            groups[key] = groups.get(key, Decimal(0)) + Decimal(each["amount"])
        taxes = [tax(category, rate, base) for (category, rate), base in groups.items()]
    subtotal = sum((Decimal(each["base"]) for each in taxes), Decimal(0))
    vat = sum((Decimal(each["tax"]) for each in taxes), Decimal(0))
    deducted = Decimal(document.get("deducted_total", 0))
    sums = {"subtotal": subtotal, "tax_amount": vat, "total": subtotal + vat, "payable": subtotal + vat - deducted}
    return {
        "document": DOCUMENT | {name: f"{amount:.2f}" for name, amount in sums.items()} | document,
        "seller": SELLER | (seller or {}),
        "buyer": {} if buyer == {} else BUYER | (buyer or {}),
        "lines": lines,
        "taxes": taxes,
        "deductions": list(deductions),
        "settles": list(settles),
    } | ({"instalments": list(instalments)} if instalments else {})


def tax(category, rate, base, reason=""):
    base = Decimal(base)
    vat = (base * Decimal(rate) / 100).quantize(Decimal("0.01"))
    facts = {"category": category, "rate": rate, "reason": reason}
    return facts | {"amount": f"{base:.2f}", "base": f"{base:.2f}", "tax": f"{vat:.2f}"}


def full_invoice(language="en", count=7, **given):
    """Return an invoice with a bit of everything."""
    work = [
        ("Recording, Studio A\nTue 3 Nov 2026, 14:00-22:00, engineer Jonas Weber", "8.000", "65.00", "20.00"),
        (
            "Recording, Studio A\nFri 6 Nov 2026, 20:00 - Sat 7 Nov, 02:30, engineer Jonas Weber",
            "6.500",
            "78.00",
            "20.00",
        ),
        ("Mixing", "12.500", "60.00", "20.00"),
        ("Session musician: violin", "1.000", "350.00", "10.00"),
        ("Score print, two sets", "2.000", "48.50", "5.50"),
        ("Neumann U 47, hire by the day", "3.000", "85.00", "20.00"),
        ("Tape, 1/4 inch", "4.000", "39.90", "20.00"),
    ]
    units = ("HUR", "HUR", "HUR", "C62", "C62", "DAY", "C62")
    lines = [
        line(text, quantity, price, percent, position=number + 1, unit=units[number % len(units)])
        for number, (text, quantity, price, percent) in enumerate(work[each % len(work)] for each in range(count))
    ]
    lines[2:3] = [lines[2] | {"discount": "50.00", "amount": "700.00", "net": "700.00"}] if count > 2 else []
    return snapshot(
        lines=lines,
        language=language,
        notes="Thank you for recording with us.\nMasters are kept for 10 years.",
        **given,
    )


def logo(size=(900, 260), image_format="PNG"):
    """Return a picture: three bars on white."""
    image = Image.new("RGB", size, "white")
    for number, colour in enumerate(((22, 73, 90), (224, 122, 63), (22, 73, 90))):
        left, top = size[0] * number // 4, size[1] * (number % 2) // 4
        image.paste(colour, (left, top, left + size[0] // 5, size[1] - top))
    drawn = BytesIO()
    image.save(drawn, image_format)
    return drawn.getvalue()
