"""Laying out invoices: this product's renderer, and bare WeasyPrint warm in one process, on the very same markup.

BENCH_ROUNDS (7) rounds of BENCH_DOCUMENTS (10) documents of one page, and of one document of ten pages. Bare is the
library as its manual uses it: fonts and style given with each document. Ours adds a process for each document, with its
limits, and the way there and back. Cold is a new process of bare WeasyPrint for each document.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal

import pypdfium2
import weasyprint

from billing.documents import printing
from billing.documents.press import VARIANT, shelf, the_press
from billing.documents.press_program import Parts, Shelf
from tests.benchmarks._figures import in_turn, seconds, show, summary, versions
from tests.document_samples import full_invoice

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "7"))
DOCUMENTS = int(os.environ.get("BENCH_DOCUMENTS", "10"))
IDENTIFIER = "5a" * 32
COLD = """
import sys, weasyprint
style, page = sys.stdin.read().split("\\0")
weasyprint.HTML(string=page).write_pdf(stylesheets=[weasyprint.CSS(string=style)])
"""


def bare(page: str, parts: Parts) -> bytes:
    """Return a document as the library makes it by itself."""
    fetcher = Shelf(parts)
    fonts = weasyprint.text.fonts.FontConfiguration()
    style = weasyprint.CSS(string=parts["style"].decode(), url_fetcher=fetcher, font_config=fonts)
    document: bytes = weasyprint.HTML(string=page, url_fetcher=fetcher).write_pdf(
        stylesheets=[style], font_config=fonts, pdf_variant=VARIANT
    )
    return document


def cold(page: str, parts: Parts) -> None:
    """Make a document in a process of its own, from nothing."""
    both = f"{parts['style'].decode()}\0{page}"
    subprocess.run([sys.executable, "-c", COLD], input=both, text=True, check=True, capture_output=True)


def prove_they_say_the_same(page: str, parts: Parts, total: Decimal) -> int:
    """Stop unless both documents have the same text and the sum of the books is in it; return the pages."""
    texts = []
    for document in (bare(page, parts), the_press().print({"page": page.encode()}, identifier=IDENTIFIER)):
        with pypdfium2.PdfDocument(document) as pdf:
            texts.append([each.get_textpage().get_text_bounded() for each in pdf])
    if texts[0] != texts[1] or f"{total:,}" not in texts[0][-1]:
        raise SystemExit("The two documents do not say the same, or not what the books say.")
    return len(texts[0])


def times(count: int, work: Callable[[], object]) -> Callable[[], float]:
    """Return a run of so many documents, which tells what one of them took."""
    return lambda: seconds(lambda: [work() for _ in range(count)]) / count


def main(json: bool = False) -> None:  # noqa: FBT001, FBT002 -- called by the bench command
    """Measure and print."""
    parts = dict(shelf())
    figures = {}
    for lines, count in ((7, DOCUMENTS), (180, 1)):
        content = full_invoice(count=lines, seller={"iban": ""})
        page = printing.page_of(content)
        pages = prove_they_say_the_same(page, parts, Decimal(content["document"]["payable"]))
        contestants = {
            "bare WeasyPrint, warm": times(count, lambda page=page: bare(page, parts)),
            "this renderer": times(
                count, lambda page=page: the_press().print({"page": page.encode()}, identifier="5a")
            ),
            "this renderer, from the snapshot": times(
                count, lambda content=content: printing.print_snapshot(content, identifier=IDENTIFIER)
            ),
        }
        if lines == 7:
            contestants["bare WeasyPrint, cold"] = times(1, lambda page=page: cold(page, parts))
        timed = in_turn(contestants, rounds=ROUNDS)
        figures[f"{pages} page(s)"] = summary(timed, unit="s a document", baseline="bare WeasyPrint, warm")
    show(
        {"set-up": versions() | {"weasyprint": weasyprint.__version__, "rounds": ROUNDS}, **figures},
        json=json,
    )
