"""A real browser at a real server; without Chromium these tests are skipped aloud, under CI=true they fail."""

import os
import shutil
import subprocess
import time

import pytest
from django.db import connections
from playwright.sync_api import expect, sync_playwright

from studio.office.services import profile
from studio.tenancy.context import inside

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
MISSING = "Chromium is not installed: apt-get install chromium"
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--mute-audio",
    "--blink-settings=primaryHoverType=2,availableHoverTypes=2,primaryPointerType=4,availablePointerTypes=4",
    "--host-resolver-rules=MAP *.localhost 127.0.0.1",
    "--remote-debugging-port=0",
]
SECONDS = 60  # until a browser that does not start is given up
expect.set_options(timeout=20_000)  # milliseconds: five seconds are short on a machine that does other things meanwhile
SKIPPED = pytest.StashKey[int]()


def pytest_collection_modifyitems(config, items):
    """Skip what needs a browser where there is none."""
    if CHROMIUM:
        return
    needing = [item for item in items if item.get_closest_marker("browser")]
    config.stash[SKIPPED] = len(needing)
    if os.environ.get("CI") != "true":
        for item in needing:
            item.add_marker(pytest.mark.skip(reason=MISSING))


def pytest_terminal_summary(terminalreporter, config):
    """Say how many tests were left out."""
    if count := config.stash.get(SKIPPED, 0):
        terminalreporter.write_line(f"{count} tests in a browser did not run. {MISSING}", yellow=True, bold=True)


@pytest.fixture
def house(transactional_db, studio):
    """The studio with its seeds: the flush of the test before has taken them along."""
    profile.seed_profile(
        name=studio.name, country="FR", time_zone="Europe/Paris", currency="EUR", language=studio.language
    )
    profile.seed_opening_hours()
    return studio


@pytest.fixture
def address(live_server, house):
    """The studio's own address at the test's server."""
    return live_server.url.replace("localhost", f"{house.slug}.localhost")


@pytest.fixture(scope="session")
def chromium(tmp_path_factory):
    """The address of one browser for all tests of a process, each of which has a window and cookies of its own."""
    if CHROMIUM is None:
        pytest.fail(MISSING)
    folder = tmp_path_factory.mktemp("chromium")
    told = folder / "DevToolsActivePort"
    with (folder / "log").open("w") as log:
        process = subprocess.Popen([CHROMIUM, *ARGUMENTS, f"--user-data-dir={folder}"], stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + SECONDS
        while not (told.exists() and told.read_text().count("\n")):
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail((folder / "log").read_text())
            time.sleep(0.05)
        yield f"http://127.0.0.1:{told.read_text().splitlines()[0]}"
    finally:
        process.terminate()
        process.wait(SECONDS)


@pytest.fixture
def page(chromium, house, address, monkeypatch):
    """A page of a window without cookies.

    The browser's driver runs a loop in the thread of the test. Django keeps other connections while a loop runs, so the
    test's own are entered and closed here, and the driver ends before the tables are emptied.
    """
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with sync_playwright() as driver:
        browser = driver.chromium.connect_over_cdp(chromium)
        context = browser.new_context(base_url=address, locale="en-GB", viewport={"width": 1280, "height": 900})
        with inside(house):
            yield context.new_page()
        connections.close_all()
        context.close()
        browser.close()


@pytest.fixture
def complaints(page):
    """What the browser's console complains of, e.g. a violated policy, and every answer that is an error of ours."""
    found = []
    page.on("console", lambda message: found.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("response", lambda answer: found.append(answer.url) if answer.status >= 500 else None)
    return found
