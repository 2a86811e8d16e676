"""A real browser at a real server; without Chromium these tests are skipped aloud, under CI=true they fail."""

import os
import shutil

import pytest
from django.db import connections
from playwright.sync_api import sync_playwright

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
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP *.localhost 127.0.0.1",
]
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


@pytest.fixture
def page(house, address, monkeypatch):
    """A page of a fresh browser.

    The browser's driver runs a loop in the thread of the test. Django keeps other connections while a loop runs, so the
    test's own are entered and closed here, and the driver ends before the flush.
    """
    if CHROMIUM is None:
        pytest.fail(MISSING)
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        with inside(house):
            yield browser.new_page(base_url=address, locale="en-GB", viewport={"width": 1280, "height": 900})
        connections.close_all()
        browser.close()


@pytest.fixture
def complaints(page):
    """What the browser's console complains of, e.g. a violated policy, and every answer that is an error of ours."""
    found = []
    page.on("console", lambda message: found.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("response", lambda answer: found.append(answer.url) if answer.status >= 500 else None)
    return found
