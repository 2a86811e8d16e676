"""What documents and money should come to, in whole cents: the model knows no table and no sum of the product's."""

from dataclasses import dataclass, field
from fractions import Fraction

from tests.billing import vat_oracle
from tests.billing.vat_oracle import plus

MODES = ("net", "gross", "gross_stated")
NONE = (0, 0, 0)


def cents(value):
    """Round to whole cents, halves away from zero."""
    return vat_oracle.rounded(value, unit=1)


def stated(mode, rate, amount):
    """Return (base, VAT, rounding) of a sum at a rate, in cents.

    rate: in percent, as a fraction
    """
    return vat_oracle.stated(mode, rate, amount, unit=1)


@dataclass
class Line:
    """A line: what it comes to as its document states prices, and what was taken back of it."""

    rate: Fraction
    amount: int
    taken: int | None = None

    @property
    def rest(self):
        return self.amount - (self.taken or 0)

    @property
    def is_left(self):
        return self.rest != 0 or self.taken is None


@dataclass
class Note:
    """A credit note."""

    by_rate: dict
    given_back: dict

    @property
    def payable(self):
        return sum(map(sum, self.by_rate.values())) - sum(map(sum, self.given_back.values()))


@dataclass
class Document:
    """An invoice or a deposit; a draft until it has a number."""

    client: int
    kind: str
    mode: str
    lines: dict = field(default_factory=dict)  # by the key of the line
    deducts: dict = field(default_factory=dict)  # (key of the deposit, rate) -> base, VAT, rounding
    deducts_released: bool = False
    asked: int | None = None
    number: int | None = None
    notes: list = field(default_factory=list)
    put: dict = field(default_factory=dict)  # key of a payment -> so much

    def by_rate(self, part="amount"):
        """Return what the lines make at each rate: of all of them, or of what is taken back."""
        sums = {}
        for line in self.lines.values():
            if (amount := getattr(line, part)) is not None:
                sums[line.rate] = sums.get(line.rate, 0) + amount
        return {rate: stated(self.mode, rate, amount) for rate, amount in sums.items()}

    @property
    def deducted(self):
        return sum(map(sum, self.deducts.values()))

    @property
    def payable(self):
        return sum(map(sum, self.by_rate().values())) - self.deducted

    @property
    def credited(self):
        return sum(note.payable for note in self.notes)

    @property
    def paid(self):
        return sum(self.put.values())

    @property
    def remaining(self):
        return self.payable - self.credited - self.paid

    @property
    def is_all_credited(self):
        return bool(self.notes) and not any(line.is_left for line in self.lines.values())

    @property
    def status(self):
        if self.number is None:
            return "draft"
        if self.remaining:
            return "partially_paid" if self.paid else "issued"
        return "credited" if self.is_all_credited and not self.paid else "paid"

    def left(self):
        """Return what is not taken back yet, by rate."""
        taken = self.by_rate("taken")
        return {rate: plus(sums, taken.get(rate, NONE), -1) for rate, sums in self.by_rate().items()}

    def is_issuable(self):
        below = any(base < 0 or tax < 0 for base, tax, _rounding in self.by_rate().values())
        return bool(self.lines) and not below and self.payable >= 0 and self.payable >= (self.asked or 0)

    def after(self, parts):
        """Return the note that takes parts of lines back, or None where that is more than is left.

        parts: key of a line -> so much
        """
        before, left = self.by_rate("taken"), self.left()
        trial = Document(self.client, self.kind, self.mode)
        trial.lines = {
            key: Line(line.rate, line.amount, (line.taken or 0) + parts[key] if key in parts else line.taken)
            for key, line in self.lines.items()
        }
        rates = {self.lines[key].rate for key in parts}
        note = Note({rate: plus(trial.by_rate("taken")[rate], before.get(rate, NONE), -1) for rate in rates}, {})
        for rate, (base, tax, _rounding) in note.by_rate.items():
            if not (0 <= base <= left[rate][0] and 0 <= tax <= left[rate][1]):
                return None
        return note

    def may_take_back(self, key, amount):
        rest = self.lines[key].rest
        return 0 < amount <= rest if rest > 0 else rest <= amount < 0


@dataclass
class Money:
    """A payment that came in."""

    client: int
    amount: int
    put: int = 0
    back: int = 0

    @property
    def left(self):
        return self.amount - self.back - self.put


class Books:
    """Documents and payments by their keys, and what follows from them together."""

    def __init__(self):
        super().__init__()
        self.docs, self.money = {}, {}

    def drafts(self):
        return [key for key, doc in self.docs.items() if doc.number is None]

    def claims(self):
        return [key for key, doc in self.docs.items() if doc.number is not None]

    def takers_of(self, deposit):
        """Return the documents that take a deposit off, drafts among them, until they are credited."""
        return [
            doc
            for doc in self.docs.values()
            if not doc.deducts_released and any(key == deposit for key, _rate in doc.deducts)
        ]

    def deductible(self, draft, deposit):
        """Return what a draft can take off of a document, by its key and rate; nothing where it cannot."""
        doc, its = self.docs[draft], self.docs[deposit]
        is_deposit = doc.kind == "invoice" and its.kind == "deposit_invoice" and its.client == doc.client
        if not is_deposit or any(other is not doc for other in self.takers_of(deposit)):
            return {}
        return {(deposit, rate): part for rate, part in its.left().items() if any(part)}

    def is_still_there(self, doc):
        """Return whether what a draft takes off was not credited since."""
        return all(
            base <= left[0] and tax <= left[1] and rounding == left[2]
            for (key, rate), (base, tax, rounding) in doc.deducts.items()
            for left in [self.docs[key].left()[rate]]
        )

    def is_creditable(self, key):
        is_taken = any(doc.number is not None for doc in self.takers_of(key))
        return not is_taken and any(line.is_left for line in self.docs[key].lines.values())

    def move(self, payment, doc, amount):
        if amount:
            doc.put[payment] = doc.put.get(payment, 0) + amount
            self.money[payment].put += amount

    def take_back(self, doc, parts, note):
        """Credit parts of a document; what is paid beyond what it asks then is the client's again."""
        excess = note.payable - doc.remaining
        for key, amount in parts.items():
            doc.lines[key].taken = (doc.lines[key].taken or 0) + amount
        doc.notes.append(note)
        for key in sorted(doc.put, reverse=True):  # the newest first
            part = max(min(excess, doc.put[key]), 0)
            self.move(key, doc, -part)
            excess -= part

    def owed(self, client):
        asked = sum(self.docs[key].remaining for key in self.claims() if self.docs[key].client == client)
        return asked - sum(each.left for each in self.money.values() if each.client == client)

    def accounts(self):
        """Return what every account of the ledger should hold, debit less credit; those that hold nothing left out."""
        found = dict.fromkeys(("receivables", "client_credit", "bank", "revenue", "deposits", "vat", "rounding"), 0)
        for each in self.money.values():
            found["bank"] += each.amount - each.back
            found["client_credit"] -= each.left
        for key in self.claims():
            doc = self.docs[key]
            found["receivables"] += doc.remaining
            earned = "deposits" if doc.kind == "deposit_invoice" else "revenue"
            said = [(1, doc.by_rate(), doc.deducts), *((-1, note.by_rate, note.given_back) for note in doc.notes)]
            for sign, by_rate, deducts in said:
                for account, its, way in ((earned, by_rate, -sign), ("deposits", deducts, sign)):
                    for base, tax, rounding in its.values():
                        found[account] += way * base
                        found["vat"] += way * tax
                        found["rounding"] += way * rounding
        return {account: amount for account, amount in found.items() if amount}
