"""Serving: both processes run, and both end in order."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

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
DYING_WORKER = "raise SystemExit('the queue is on fire')\n"
SERVE = """
import os, pathlib, sys
from studio.dev import demo
from studio.dev.surroundings import CannotGoOn
folder, port = pathlib.Path(sys.argv[1]), int(sys.argv[2])
demo.LOGS, demo.MANAGE = folder / "log", folder / "worker.py"
demo._web = lambda port: [sys.executable, folder / "web.py", str(port)]
try:
    sys.exit(demo._serve(port, dict(os.environ)))
except CannotGoOn as reason:
    sys.exit(str(reason))
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def start(folder, worker: str, port: int) -> subprocess.Popen[str]:
    (folder / "web.py").write_text(WEB)
    (folder / "worker.py").write_text(worker)
    return subprocess.Popen(
        [sys.executable, "-c", SERVE, folder, str(port)],
        env={name: value for name, value in os.environ.items() if name != "DATABASE_WEB_URL"}
        | {"PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        text=True,
    )


def noted_pid(file) -> int:
    deadline = time.monotonic() + 20
    while not (file.exists() and file.read_text().endswith("\n")) and time.monotonic() < deadline:
        time.sleep(0.05)
    return int(file.read_text())


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_a_signal_ends_both_processes(tmp_path, number):
    port = free_port()
    serving = start(tmp_path, WORKER, port)
    said = [serving.stderr.readline(), serving.stderr.readline()]  # the missing web address, then the page's
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as answer:
        assert answer.status == 200
    worker = noted_pid(tmp_path / "worker.pid")

    serving.send_signal(number)
    rest = serving.communicate(timeout=30)[1]

    assert f"Serving on http://localhost:{port}/" in said[1]
    assert (serving.returncode, rest) == (0, "The pages and the worker have stopped.\n")
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
