"""A receipt's snapshot in the shape that all documents share."""

from collections.abc import Mapping
from typing import Any

from billing.documents.content import RECEIPT


def as_document(snapshot: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Return a receipt, which knows of a payment, as a document.

    snapshot: `receipt`, `payment`, `documents`, `left_over`, `seller` and `buyer`, as written down at the issue
    language: of the document: a receipt says none of its own
    """
    receipt, payment = snapshot["receipt"], snapshot["payment"]
    buyer = {"country_code": snapshot["seller"]["country"], "vat_number": "", "registration_number": ""}
    return {
        "document": {
            "kind": RECEIPT,
            "invoice_number": receipt["number"],
            "issued_on": receipt["issued_on"],
            "language": language,
            "currency": payment["currency"],
            "amount": payment["amount"],
            "method": payment["method"],
            "reference": payment["reference"],
        },
        "seller": snapshot["seller"],
        "buyer": buyer | snapshot["buyer"] if snapshot["buyer"] else {},
        "lines": [],
        "taxes": [],
        "deductions": [],
        "settles": [each | {"amount": each["paid"]} for each in snapshot["documents"]],
        "left_over": snapshot["left_over"],
    }
