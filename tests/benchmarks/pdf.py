"""Laying out invoices: this product's renderer, and bare WeasyPrint warm in one process, on the very same markup.

BENCH_ROUNDS (7) rounds of BENCH_DOCUMENTS (10) documents of one page, and of one document of ten pages. Bare is the
library as its manual uses it: fonts and style given with each document. Ours adds a process for each document, with its
limits, and the way there and back. Cold is a new process of bare WeasyPrint for each document.

Then, on one core, BENCH_INVOICES (1000) invoices from their snapshots, one after the other, against BENCH_COLD (20) by
stock WeasyPrint, cold each. And what a person waits for: issuing BENCH_DOCUMENTS invoices as the product does, which
queues their files, without asking for a file at all, and with the file laid out before the answer.
"""

import logging
import os
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pypdfium2
import weasyprint
from django.conf import settings
from django.core.management import call_command

from billing.documents import printing
from billing.documents.press import FONTS, VARIANT, shelf, the_press
from billing.documents.press_program import Parts, Shelf
from billing.models import Invoice
from billing.services import printed
from studio.tenancy.context import inside
from tests.benchmarks._figures import in_turn, seconds, show, summary, versions
from tests.benchmarks._issuers import drafted, issue
from tests.benchmarks.numbering import emptied, opened
from tests.document_samples import full_invoice

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "7"))
DOCUMENTS = int(os.environ.get("BENCH_DOCUMENTS", "10"))
INVOICES, COLD_ONES = int(os.environ.get("BENCH_INVOICES", "1000")), int(os.environ.get("BENCH_COLD", "20"))
IDENTIFIER = "5a" * 32
COLD = """
import sys, weasyprint
style, page = sys.stdin.read().split("\\0")
fonts = weasyprint.text.fonts.FontConfiguration()
style = weasyprint.CSS(string=style, font_config=fonts)
weasyprint.HTML(string=page).write_pdf(stylesheets=[style], font_config=fonts, pdf_variant=sys.argv[1])
"""


def style_of(parts: Parts) -> str:
    """Return the style that names its fonts, as the library is given it."""
    return (parts["faces"] + parts["style"]).decode()


def bare(page: str, parts: Parts) -> bytes:
    """Return a document as the library makes it by itself."""
    fetcher = Shelf(parts)
    fonts = weasyprint.text.fonts.FontConfiguration()
    style = weasyprint.CSS(string=style_of(parts), url_fetcher=fetcher, font_config=fonts)
    document: bytes = weasyprint.HTML(string=page, url_fetcher=fetcher).write_pdf(
        stylesheets=[style], font_config=fonts, pdf_variant=VARIANT
    )
    return document


def cold(page: str, parts: Parts) -> None:
    """Make the same document in a process of its own, from nothing; its fonts come from where they are kept."""
    style = style_of(parts).replace("font:", f"{(settings.BASE_DIR / FONTS).as_uri()}/")
    command = [sys.executable, "-c", COLD, VARIANT]
    subprocess.run(command, input=f"{style}\0{page}", text=True, check=True, capture_output=True)


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


def many(parts: Parts) -> dict[str, Any]:
    """Return what an invoice takes when many are made, one after the other on one core."""
    cores = os.sched_getaffinity(0)
    the_press().close()
    os.sched_setaffinity(0, {min(cores)})  # the renderer that is started now stays there, too
    contents = [
        full_invoice(seller={"iban": ""}, invoice_number=f"FAC-2026-{number:04}") for number in range(1, INVOICES + 1)
    ]
    page = printing.page_of(contents[0])
    try:
        timed = in_turn(
            {
                "stock WeasyPrint, cold": times(COLD_ONES, lambda: cold(page, parts)),
                "this renderer, from the snapshot": lambda: each_once(contents),
            },
            rounds=1,
        )
    finally:
        the_press().close()
        os.sched_setaffinity(0, cores)
    return summary(timed, unit="s an invoice", baseline="stock WeasyPrint, cold")


def each_once(contents: list[dict[str, Any]]) -> float:
    """Return what an invoice took when each of them was made."""
    made = seconds(lambda: [printing.print_snapshot(content, identifier=IDENTIFIER) for content in contents])
    return made / len(contents)


def issued_with(schema: str, act: Callable[[Invoice], object]) -> Callable[[], float]:
    """Return a run that issues drafts in a way, and tells what one of them took."""

    def run() -> float:
        drafts = drafted(schema, DOCUMENTS, 0)
        with inside(SimpleNamespace(schema_name=schema)):
            return seconds(lambda: [act(draft) for draft in drafts]) / DOCUMENTS

    return run


def issue_alone(draft: Invoice) -> None:
    """Issue as if nobody wanted a file."""
    ask, printed.ask_for_print = printed.ask_for_print, lambda document: None
    try:
        issue(draft)
    finally:
        printed.ask_for_print = ask


def issue_and_wait(draft: Invoice) -> None:
    """Issue, and lay out the file before anybody goes on."""
    issue(draft)
    done = Invoice.objects.get(pk=draft.pk)
    printing.print_snapshot(done.snapshot or {}, identifier=done.content_hash)


def issuing() -> dict[str, Any]:
    """Return what issuing an invoice takes, by what becomes of its file."""
    [schema] = opened(1)
    emptied((schema,), guarded=True)
    contestants = {
        "no file": issued_with(schema, issue_alone),
        "the file queued": issued_with(schema, issue),
        "the file waited for": issued_with(schema, issue_and_wait),
    }
    timed = in_turn(contestants, rounds=ROUNDS)
    emptied((schema,), guarded=True)
    return summary(timed, unit="s an invoice", baseline="no file")


def main(json: bool = False) -> None:  # noqa: FBT001, FBT002 -- called by the bench command
    """Measure and print."""
    logging.disable(logging.INFO)  # what the library tells of each step would cost the bare one time, and only that one
    parts = dict(shelf())
    figures: dict[str, Any] = {}
    for lines, count in ((7, DOCUMENTS), (240, 1)):
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
    figures[f"{INVOICES} invoices on one core"] = many(parts)
    call_command("migrate", verbosity=0)
    figures["issuing"] = issuing()
    show(
        {"set-up": versions() | {"weasyprint": weasyprint.__version__, "rounds": ROUNDS}, **figures},
        json=json,
    )
