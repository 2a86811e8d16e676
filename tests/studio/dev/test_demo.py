"""Serving: all processes run, and all end in order."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest
import stripe

from studio.dev.surroundings import ROOT

WEB = """
import http.server, sys
class Healthy(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Healthy).serve_forever()
"""
WORKER = """
import os, pathlib, time
pathlib.Path(__file__).with_suffix(".pid").write_text(f"{os.getpid()}\\n")
time.sleep(60)
"""
MAILING_WORKER = """
import json, os, pathlib, smtplib, time
from email.message import EmailMessage
pathlib.Path(__file__).with_name("mail.port").write_text(os.environ["MAIL_PORT"])
pathlib.Path(__file__).with_name("stripe.env").write_text(json.dumps(dict(os.environ)))
letter = EmailMessage()
letter["Subject"] = "Come \N{LATIN SMALL LETTER A WITH GRAVE} bord"
letter["From"], letter["To"] = "studio@localhost", "x@y.example"
letter.set_content("Open this:\\n\\nhttp://harbour.localhost:8000/i/abc/\\n\\nor http://elsewhere.example/\\n")
for recipients in (["guest@studio.example"], ["../../guest@studio.example"], ["guest@studio.example"]):
    with smtplib.SMTP(os.environ["MAIL_HOST"], int(os.environ["MAIL_PORT"])) as server:
        server.send_message(letter, to_addrs=recipients)
time.sleep(60)
"""
DYING_WORKER = "raise SystemExit('the queue is on fire')\n"
SERVE = """
import os, pathlib, sys
from studio.dev import demo, stand_in
from studio.dev.surroundings import CannotGoOn
folder, port = pathlib.Path(sys.argv[1]), int(sys.argv[2])
demo.LOGS, demo.MAILS, demo.MANAGE = folder / "log", folder / "mail", folder / "worker.py"
stand_in.STATE = folder / "stripe.json"
demo._web = lambda port: [sys.executable, folder / "web.py", str(port)]
try:
    sys.exit(demo._serve(port, dict(os.environ)))
except CannotGoOn as reason:
    sys.exit(str(reason))
"""


FIND = """
import pathlib, sys
from studio.dev import stand_in
stand_in.STATE = pathlib.Path(sys.argv[1]) / "stripe.json"
print(stand_in.of_the_demonstration().get("STRIPE_API_BASE", ""))
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def start(folder, worker: str, port: int, **variables: str) -> subprocess.Popen[str]:
    (folder / "web.py").write_text(WEB)
    (folder / "worker.py").write_text(worker)
    return subprocess.Popen(
        [sys.executable, "-c", SERVE, folder, str(port)],
        env={name: value for name, value in os.environ.items() if name not in {"DATABASE_WEB_URL", "MAIL_HOST"}}
        | {"PYTHONPATH": str(ROOT), "STRIPE_SECRET_KEY": "sk_test_own"}
        | variables,
        stderr=subprocess.PIPE,
        text=True,
    )


def found_by_manage(folder, **variables: str) -> str:
    """Return where a management command finds what stands in for Stripe."""
    own = {"PYTHONPATH": str(ROOT), "STRIPE_SECRET_KEY": ""} | variables
    command = [sys.executable, "-c", FIND, folder]
    return subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | own).stdout.strip()


def noted_pid(file) -> int:
    deadline = time.monotonic() + 20
    while not (file.exists() and file.read_text().endswith("\n")) and time.monotonic() < deadline:
        time.sleep(0.05)
    return int(file.read_text())


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_a_signal_ends_all_processes(tmp_path, number):
    port = free_port()
    serving = start(tmp_path, WORKER, port)
    said = [serving.stderr.readline() for _line in range(4)]  # the missing web address, mails, payments, the page's
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as answer:
        assert answer.status == 200
    worker = noted_pid(tmp_path / "worker.pid")

    serving.send_signal(number)
    rest = serving.communicate(timeout=30)[1]

    assert f"Serving on http://localhost:{port}/" in said[3]
    assert (serving.returncode, rest) == (0, "Everything has stopped.\n")
    assert is_free(port)
    with pytest.raises(ProcessLookupError):
        os.kill(worker, 0)


def test_a_process_that_ends_by_itself_ends_the_other_and_shows_its_log(tmp_path):
    port = free_port()
    serving = start(tmp_path, DYING_WORKER, port)

    told = serving.communicate(timeout=30)[1]

    assert serving.returncode == 1
    assert "The worker process ended by itself. The end of its log:\nthe queue is on fire" in told
    deadline = time.monotonic() + 5
    while not is_free(port) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert is_free(port)


def test_a_mail_is_told_with_its_link_and_kept_as_a_file_and_no_card_is_charged(tmp_path):
    serving = start(tmp_path, MAILING_WORKER, free_port(), STRIPE_SECRET_KEY="")
    said = [serving.stderr.readline().rstrip("\n") for _line in range(7)]
    given = json.loads((tmp_path / "stripe.env").read_text())
    client = stripe.StripeClient(given["STRIPE_SECRET_KEY"], base_addresses={"api": given["STRIPE_API_BASE"]})
    assert client.v1.refunds.list().data == []
    assert found_by_manage(tmp_path) == given["STRIPE_API_BASE"]
    assert found_by_manage(tmp_path, STRIPE_SECRET_KEY="sk_test_own") == ""
    serving.terminate()
    rest = serving.communicate(timeout=30)[1]

    told = "Come \N{LATIN SMALL LETTER A WITH GRAVE} bord: http://harbour.localhost:8000/i/abc/"
    guest, sly = f"Mail for guest@studio.example: {told}", f"Mail for ../../guest@studio.example: {told}"
    assert [line for line in said if line.startswith("Mail for")] == [guest, sly, guest]
    assert f"No mail leaves this machine: each is told here with its link, and kept in {tmp_path / 'mail'}." in said
    kept = sorted(file.name[len("20260328-090000-") :] for file in (tmp_path / "mail").iterdir())
    assert len(kept) == 3
    assert set(kept) <= {"guest@studio.example.eml", "guest@studio.example-2.eml", ".._.._guest@studio.example.eml"}
    assert rest == "Everything has stopped.\n"
    assert is_free(int((tmp_path / "mail.port").read_text()))
    stand_in = f"payments go to a stand-in for Stripe at {given['STRIPE_API_BASE']}, where only test cards work."
    assert f"No money moves: {stand_in}" in said
    assert given["STRIPE_WEBHOOK_SECRETS"] == "whsec_demo"
    assert is_free(int(given["STRIPE_API_BASE"].rpartition(":")[2]))
    assert (tmp_path / "stripe.json").exists()
    assert found_by_manage(tmp_path) == ""


def test_a_mail_server_that_the_person_named_is_used(tmp_path):
    serving = start(tmp_path, WORKER, free_port(), MAIL_HOST="mail.example")
    said = [serving.stderr.readline() for _line in range(3)]
    serving.terminate()
    serving.communicate(timeout=30)

    assert "Mails are really sent, by mail.example.\n" in said
    assert "Payments go to Stripe, by the key that was given.\n" in said
    assert not any((tmp_path / "log" / f"{name}.log").exists() for name in ("mailbox", "stripe"))
