"""The code that a banking application reads a transfer from: EPC069-12, for euros within the SEPA."""

from decimal import Decimal
from io import BytesIO

from segno import QRCode
from segno.helpers import make_epc_qr
from stdnum import bic as bics
from stdnum import iban as ibans

CURRENCY = "EUR"
MOST = Decimal("999999999.99")
NAME_LENGTH, TEXT_LENGTH = 70, 140
# Where a transfer in euros is a SEPA transfer.
SEPA = frozenset(
    {
        *("AD", "AL", "AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GI", "GR", "HR"),
        *("HU", "IE", "IS", "IT", "LI", "LT", "LU", "LV", "MC", "MD", "ME", "MK", "MT", "NL", "NO", "PL", "PT", "RO"),
        *("RS", "SE", "SI", "SK", "SM", "VA"),
    }
)


def payment_code(*, holder: str, iban: str, bic: str, amount: Decimal, currency: str, reference: str) -> QRCode | None:
    """Return the code of a transfer; None where such a code cannot say it.

    reference: what the payer quotes
    """
    account = ibans.compact(iban)
    if currency != CURRENCY or not 0 < amount <= MOST or account[:2] not in SEPA or not ibans.is_valid(account):
        return None
    name, text = _one_line(holder, NAME_LENGTH), _one_line(reference, TEXT_LENGTH)
    if not (name and text):
        return None
    bank = bics.compact(bic) if bics.is_valid(bic) else None
    try:
        return make_epc_qr(name=name, iban=account, amount=amount, text=text, bic=bank)
    except ValueError:  # a name or a reference in letters of many bytes
        return None


def as_svg(code: QRCode) -> bytes:
    """Return a code as a drawing, without the quiet zone: the page leaves room around it."""
    drawing = BytesIO()
    code.save(drawing, kind="svg", border=0, xmldecl=False, nl=False)
    return drawing.getvalue()


def _one_line(text: str, most: int) -> str:
    return " ".join(text.split())[:most].strip()
