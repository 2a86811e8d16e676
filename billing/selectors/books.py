"""What holds of the books of a studio at every moment, and where it does not.

N1  the numbers of a series are 1 to the last one, each given once, as the pattern writes them
N2  who has the higher number was not issued earlier
N3  an issued document is what it was issued as, and is chained to the one before it
T1  a document's sums are what its lines make, at each rate and in all
T2  at no rate and of no line more is taken back, or taken off, than there is; nothing is charged twice
L1  postings balance, and say what documents and payments say
L2  what is written stays: the tables' guards stand
P1  of a payment no more is used than came in, for documents of its client
P2  what is paid, credited and still to pay of a document is what was put against it
P3  its status follows from that
P4  a fact of money is written down once
P5  no more is paid back than came in
B1  what a client owes is what the ledger says
C1  a closing of the till takes up what moved, once; the cash of the ledger is what the till holds
H1  the hours left of a package are what its moves come to, and who used them says so
M1  whoever was reminded of a document owed it then, and its day was past
R1  what reports add up by day is what is written
"""

from collections.abc import Iterator
from itertools import chain

from billing.models import Invoice, Payment
from billing.selectors import (
    books_agreed,
    books_credits,
    books_days,
    books_documents,
    books_guards,
    books_ledger,
    books_numbers,
    books_online,
    books_papers,
    books_payments,
    books_reminders,
    books_till,
)
from billing.selectors.book_check import Finding

SOURCES = (
    *(books_numbers, books_papers, books_credits, books_ledger, books_guards),
    *(books_payments, books_online, books_till, books_agreed, books_days, books_reminders),
)
CHECKS = tuple(chain.from_iterable(source.CHECKS for source in SOURCES))


def findings() -> Iterator[Finding]:
    """Yield every contradiction in the books; all is well when there is none.

    queries: one a check, 5 for 500 documents, and those of receipts, quotes and contracts
    """
    return chain(
        chain.from_iterable(check.findings() for check in CHECKS),
        books_documents.findings(),
        books_documents.receipt_findings(),
        books_papers.version_findings(),
        books_agreed.findings(),
    )


def size() -> dict[str, int]:
    """Return how many issued documents and payments there are.

    queries: 2
    """
    return {"documents": Invoice.objects.issued().count(), "payments": Payment.objects.count()}
