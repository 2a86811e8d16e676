"""Events as they come in: who signed them, when, and what they say. Nothing of it is believed here."""

import hashlib
import hmac
import json
import math
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from billing.gateways.facts import BadEvent, EventFacts

MOST_BYTES = 256 * 1024
TOLERANCE_SECONDS = 300
SCHEME = "v1"
LONGEST_NAME, LONGEST_TYPE = 255, 100
NUL = b"\\u0000"  # no text of the database has it
SURROGATE = b"\\ud"  # half of a pair, in small letters; a pair is one letter


def read_event(*, body: bytes, signature: str, secrets: Sequence[str], now: datetime) -> EventFacts:
    """Return the event in a body that one of the secrets has signed within five minutes, before or after.

    raises: BadEvent
    """
    if len(body) > MOST_BYTES or NUL in body:
        raise BadEvent(_("The body is no event."))
    _require_signed(body, signature, secrets, now)
    try:
        payload = json.loads(
            body.decode("utf-8"), object_pairs_hook=_once_each, parse_constant=_finite, parse_float=_finite
        )
        if SURROGATE in body.lower():
            json.dumps(payload, ensure_ascii=False).encode("utf-8")  # half of a pair alone is no text
    except (ValueError, RecursionError) as exc:
        raise BadEvent(_("The body is no event.")) from exc
    return _event(payload)


def _require_signed(body: bytes, signature: str, secrets: Sequence[str], now: datetime) -> None:
    items = [item.partition("=")[::2] for item in signature.split(",")]
    times = [value for name, value in items if name.strip() == "t"]
    given = [value.strip() for name, value in items if name.strip() == SCHEME]
    if len(times) != 1 or not times[0].isascii() or not times[0].isdigit() or not given:
        raise BadEvent(_("The signature is missing."))
    if len(times[0]) > len("99999999999") or abs(now.timestamp() - int(times[0])) > TOLERANCE_SECONDS:
        raise BadEvent(_("The signature is too old, or of a time to come."))
    signed = f"{times[0]}.".encode() + body
    right = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest().encode() for secret in secrets]
    if not any(hmac.compare_digest(wanted, each.encode()) for wanted in right for each in given):
        raise BadEvent(_("The signature is not right."))


def _once_each(pairs: Iterable[tuple[str, object]]) -> dict[str, object]:
    """Return an object whose names are there once: of two, one reader takes the first and another the last."""
    given = list(pairs)
    found = dict(given)
    if len(found) < len(given):
        raise ValueError
    return found


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError
    return number


def _event(payload: object) -> EventFacts:
    """Return what an event says, where it has the form of one."""
    if not isinstance(payload, dict) or payload.get("object") != "event":
        raise BadEvent(_("The body is no event."))
    data = payload.get("data")
    about = data.get("object") if isinstance(data, dict) else None
    name, kind, account, is_live = (payload.get(key) for key in ("id", "type", "account", "livemode"))
    account = account or ""
    if (
        not isinstance(about, dict)
        or not isinstance(name, str)
        or not isinstance(kind, str)
        or not isinstance(account, str)
        or not isinstance(is_live, bool)
        or not 0 < len(name) <= LONGEST_NAME
        or not 0 < len(kind) <= LONGEST_TYPE
        or len(account) > LONGEST_NAME
    ):
        raise BadEvent(_("The body is no event."))
    about.pop("client_secret", None)  # whoever has it acts as the client: it is neither kept nor shown
    return EventFacts(name, kind, account, is_live, about, payload)
