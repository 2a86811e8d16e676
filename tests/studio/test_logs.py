"""The log: one JSON line an event, naming the studio and showing nothing secret."""

import json
import logging

import pytest
from django.urls import URLResolver, get_resolver

from studio.logs import HIDDEN, LineFormatter, get_logger, scrub

SECRETS = [
    "postgresql://owner:verysecret@db/studio",
    "sk_" + "live_abcdefgh12345678",
    "whsec" + "_abcdefgh12345678",
    "Bearer abcdef.ghijkl",
    "password=hunter2hunter",
    "token: 0123456789abcdef",
    "/feeds/abcdef-0123456789_abcdef.ics",
    "/listen/abcdef-0123456789_abcdef/audio/7/",
    "/files/abcdef0123456789:abcdef-0123456789_abcdef/",
    "/accounts/invitations/abcdef-0123456789_abcdef/",
    "/pay/abcdef0123456789-20260328.abcdef-0123456789/back/",
    "/late/abcdef0123456789-20260328.abcdef-0123456789/",
    "/quotes/abcdef0123456789.abcdef-0123456789/accept/",
]
TOKEN = "abcdef0123456789-20260328.abcdef_0123456789"


@pytest.fixture
def lines():
    """Everything logged, as the formatter writes it."""
    written: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(self.format(record))

    handler = Keep()
    handler.setFormatter(LineFormatter())
    root = logging.getLogger()
    root.addHandler(handler)
    yield written
    root.removeHandler(handler)


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_is_hidden_by_its_shape(secret):
    hidden = scrub(f"before {secret} after")
    assert HIDDEN in hidden
    assert "verysecret" not in hidden
    assert "hunter2hunter" not in hidden
    assert "abcdef" not in hidden


def test_every_address_with_a_token_hides_it():
    doors = [route.replace("<str:token>", TOKEN) for route in _routes(get_resolver("studio.urls")) if "token>" in route]
    assert len(doors) > 5
    assert [door for door in doors if TOKEN in scrub(f"Not Found: /{door}")] == []


def _routes(resolver, before=""):
    for pattern in resolver.url_patterns:
        route = f"{before}{pattern.pattern}"
        yield from _routes(pattern, route) if isinstance(pattern, URLResolver) else [route]


def test_text_without_secrets_stays_as_it_is():
    text = "The session of 12:30 at http://sunset.localhost:8000/ is cancelled: tokens of thanks."
    assert scrub(text) == text


def test_an_address_without_a_token_stays_readable():
    text = "Not Found: /feeds/12/revoke/ and /files/ and /admin/sessions_app/calendarfeed/"
    assert scrub(text) == text


def test_a_secret_is_hidden_by_its_name_at_every_depth(lines, studio):
    get_logger("studio.test").warning("signed in", password="hunter2", nested={"api_key": "abc", "room": "Red"})

    (line,) = lines
    event = json.loads(line)
    assert (event["password"], event["nested"]) == (HIDDEN, {"api_key": HIDDEN, "room": "Red"})


def test_a_line_names_its_studio(lines, studio):
    logging.getLogger("any.library").warning("said %s", "something")

    event = json.loads(lines[0])
    assert (event["schema"], event["event"], event["logger"]) == (studio.schema_name, "said something", "any.library")


def test_an_exceptions_text_is_scrubbed(lines, studio):
    try:
        int(SECRETS[0])
    except ValueError:
        logging.getLogger("any.library").exception("failed")

    assert "hunter2hunter" not in lines[0]
    assert "ValueError" in lines[0]
