"""The renderer against pages that want out: it fetches nothing, reads nothing, and ends in time."""

import http.server
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pypdfium2
import pytest

from billing.documents import press_program, printing
from billing.documents.press import SECONDS, Limits, NotPrinted, the_press
from billing.models import MOST_LINES, PrintProblem
from tests.billing.documents.test_pages import pages_of, printed, text_of
from tests.document_samples import full_invoice, line, snapshot

MARKER = "the-secret-of-this-machine"
VECTORS = {
    "stylesheet": '<link rel="stylesheet" href="{at}">',
    "import": "<style>@import url({at});</style>",
    "font": "<style>@font-face {{ font-family: X; src: url({at}) }} p {{ font-family: X }}</style><p>x</p>",
    "background": '<div style="background: url({at}); width: 9mm; height: 9mm"></div>',
    "image": '<img src="{at}">',
    "redirect": '<img src="{host}/go/redirect">',
    "object": '<object data="{at}"></object>',
    "embed": '<embed src="{at}">',
    "drawing": '<svg xmlns="http://www.w3.org/2000/svg"><image href="{at}" width="9" height="9"/></svg>',
    "attachment": '<link rel="attachment" href="{at}">',
    "base": '<base href="{host}/"><img src="base">',
}


@pytest.fixture
def canary():
    """A server that writes down what it is asked for."""
    asked = set()

    class Canary(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            name = self.path.strip("/")
            if name.startswith("go/"):
                self.send_response(302)
                self.send_header("Location", f"/{name.removeprefix('go/')}")
                self.end_headers()
                return
            asked.add(name)
            self.send_error(404)

        def log_message(self, *args):
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Canary)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


def hostile_page(host, secret):
    vectors = [vector.format(at=f"{host}/{name}", host=host) for name, vector in VECTORS.items()]
    own = f'<link rel="attachment" href="file://{secret}"><img src="file://{secret}"><object data="file://{secret}">'
    return f"<html><head></head><body>{''.join(vectors)}{own}<p>end</p></body></html>"


def attachments_of(document):
    with pypdfium2.PdfDocument(document) as pdf:
        return pdf.count_attachments()


def test_the_renderer_fetches_nothing_from_anywhere(canary, tmp_path):
    host, asked = canary
    secret = tmp_path / "secret.txt"
    secret.write_text(MARKER)
    page = hostile_page(host, secret)

    document = the_press().print({"page": page.encode()}, identifier="00")

    assert (asked, attachments_of(document), "end" in pages_of(document)[0]) == (set(), 0, True)

    # The twin: with the library's own fetcher each of the eleven reaches the canary, and the file is in the document.
    twin = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, weasyprint; sys.stdout.buffer.write(weasyprint.HTML(string=sys.stdin.read()).write_pdf())",
        ],
        input=page.encode(),
        capture_output=True,
        check=True,
    )
    assert (asked, attachments_of(twin.stdout)) == (set(VECTORS), 1)


def test_the_program_knows_nothing_of_ours_and_reaches_no_network(canary):
    host, asked = canary
    folder = str(Path(press_program.__file__).parent)
    ask = "urllib.request.urlopen(sys.argv[1] + '/out')"
    script = (
        f"import sys, urllib.request; sys.path.insert(0, {folder!r}); import press_program\n"
        f"print(press_program.leave_the_network(), flush=True)\n"
        f"try: {ask}\nexcept urllib.error.HTTPError: print('reached')\nexcept OSError: print('unreachable')"
    )
    told = subprocess.run(
        [sys.executable, "-c", script, host], capture_output=True, text=True, check=True
    ).stdout.split()

    # Where the system has no namespaces for us, the renderer's own refusal to fetch is all there is.
    assert (told, asked) in [(["True", "unreachable"], set()), (["False", "reached"], {"out"})]

    press = the_press()
    press.print({"page": b"<p>x</p>"}, identifier="00")
    environment = Path(f"/proc/{press._program.pid}/environ").read_text(encoding="utf-8")
    names = {entry.partition("=")[0] for entry in environment.split("\0") if entry}
    assert names == {"TMPDIR", "HOME", "LANG", "PATH"}


def test_a_child_writes_no_file_that_is_larger_than_a_font(tmp_path):
    folder = str(Path(press_program.__file__).parent)
    script = (
        f"import sys; sys.path.insert(0, {folder!r}); import press_program\n"
        f"press_program.set_limits(seconds=5, megabytes=512)\n"
        f"for size in (press_program.LARGEST_FONT, press_program.LARGEST_FONT + 1):\n"
        f"    try: print(open('x', 'wb', 0).write(bytes(size)) == size)\n"
        f"    except OSError: print('refused')"
    )
    ran = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)

    assert ran.stdout.split() == ["True", "False"]
    assert (tmp_path / "x").stat().st_size == press_program.LARGEST_FONT


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=http://127.0.0.1:9/x onerror=x>",
    "</td></tr></table><style>* { display: none }</style>",
    "{{ 7|add:7 }} {% load x %} %(number)s %s {0.__class__}",
    "&amp; &#x41; &lt;b&gt; \\ \" ' `",
    "\u05e9\u05dc\u05d5\u05dd \u05e2\u05d5\u05dc\u05dd",
    "\u0645\u0631\u062d\u0628\u0627 \u0628\u0627\u0644\u0639\u0627\u0644\u0645",
    "a\u0301\u0302\u0303\u0304 piano \U0001f3b9",
    "\u4e2d\u6587 \u65e5\u672c\u8a9e",
]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_hostile_text_is_printed_as_it_is_written(language):
    everywhere = snapshot(
        language=language,
        lines=[line(text) for text in HOSTILE],
        notes="\n".join(HOSTILE),
        project_label=HOSTILE[0],
        buyer={"legal_name": HOSTILE[1], "street": HOSTILE[2], "vat_number": HOSTILE[4]},
        seller={"name": HOSTILE[0], "footer_text": HOSTILE[3], "bank_holder": HOSTILE[2]},
    )
    text = text_of(everywhere)

    assert [each for each in HOSTILE if text.count(each) < 2] == []


def test_text_is_not_turned_round_and_controls_are_left_out():
    text = text_of(snapshot(lines=[line("pay \u202e001\u202c now"), line("a\x01\x07\0b\x7f\x9bc")]))

    assert ("pay 001 now" in text, "abc" in text) == (True, True)


@pytest.mark.parametrize(
    ("place", "fact"),
    [
        *(("quantity", "1e40"), ("unit_price", "-1e40"), ("amount", "1e40"), ("quantity", "NaN")),
        *(("discount", "1,5"), ("description", None)),
    ],
)
def test_a_number_that_is_none_of_a_document_s_is_refused(place, fact):
    hostile = snapshot()
    [one] = hostile["lines"]
    hostile["lines"] = [one | {place: fact} if fact else {name: one[name] for name in one if name != place}]
    with pytest.raises(NotPrinted) as refused:
        printed(hostile)

    assert refused.value.problem == PrintProblem.BROKEN


@pytest.mark.long
@pytest.mark.parametrize("language", ["en", "fr"])
def test_as_many_lines_as_a_document_may_have_are_laid_out_in_time(language):
    begun = time.monotonic()
    pages = pages_of(printed(full_invoice(language, count=MOST_LINES)))
    text = " ".join(pages)

    assert time.monotonic() - begun < SECONDS * press_program.PATIENCE
    assert (text.count("Mixing"), text.count("Page "), len(pages)) == (MOST_LINES // 7 + 1, len(pages), 115)


@pytest.mark.parametrize(
    "given",
    [
        {"lines": [line("x" * 1_000_000)]},
        {"lines": [line()] * 10_000},
        {"notes": "\n" * 1_000},
        {"lines": [line("x" * 9_000)] * 50},
    ],
    ids=["a word of 1 MB", "10,000 lines", "1,000 lines of notes", "450,000 letters"],
)
def test_more_than_a_document_holds_is_refused_at_once(given):
    begun = time.monotonic()
    with pytest.raises(NotPrinted) as refused:
        printed(snapshot(**given))

    assert (refused.value.problem, time.monotonic() - begun < 1) == (PrintProblem.TOO_LARGE, True)


def test_the_longest_words_and_texts_there_may_be_are_printed_whole():
    word, notes = "Z" * printing.LONGEST_TEXT, "\n".join("yy" for _ in range(printing.MOST_BREAKS))
    text = text_of(snapshot(lines=[line(word)], notes=notes))

    assert (text.count("Z"), text.count("yy")) == (len(word), printing.MOST_BREAKS)


@pytest.mark.parametrize(
    ("page", "limits", "problem"),
    [
        (b"<p>" + b"<b>" * 20_000, Limits(seconds=1), PrintProblem.TOO_SLOW),
        (b"<table>" + b"<tr><td>x" * 200_000, Limits(seconds=10, megabytes=90), PrintProblem.TOO_LARGE),
        (b"<img src='part:logo' style='width: 9e99mm; height: 9e99mm'>", Limits(), None),
    ],
    ids=["time", "memory", "numbers"],
)
def test_a_bomb_ends_and_the_next_document_is_made(page, limits, problem):
    begun, press = time.monotonic(), the_press()
    found = None
    try:
        press.print({"page": page}, identifier="00", limits=limits)
    except NotPrinted as failure:
        found = failure.problem

    assert found == problem
    assert time.monotonic() - begun < limits.seconds * press_program.PATIENCE + 5
    assert pages_of(printed(snapshot()))


def test_a_program_that_died_is_started_again():
    press, page = the_press(), {"page": b"<p>x</p>"}
    first = press.print(page, identifier="00")
    os.kill(press._program.pid, signal.SIGSTOP)  # it neither answers nor ends
    with pytest.raises(NotPrinted) as refused:
        press.print(page, identifier="00", limits=Limits(seconds=-1))

    assert (refused.value.problem, press.print(page, identifier="00")) == (PrintProblem.BROKEN, first)
