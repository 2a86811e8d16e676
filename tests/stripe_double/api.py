"""One call to the API, from the key that comes with it to the answer that goes back."""

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.stripe_double import accounts, checkout, paying, refunds, routes
from tests.stripe_double.errors import Refused
from tests.stripe_double.faults import Fault, Kind
from tests.stripe_double.idempotency import Scope
from tests.stripe_double.params import checked, only, read_form
from tests.stripe_double.world import API_VERSION, Books, Json, World

SECRET_PREFIXES = {"sk_test_": False, "rk_test_": False, "sk_live_": True, "rk_live_": True}
OWN_ERROR = {"type": "api_error", "message": "An unknown error occurred (the double was told to fail)."}


class Cut(Exception):
    """The connection ends without an answer; `reset` says how."""

    def __init__(self, *, reset: bool = False) -> None:
        super().__init__()
        self.reset = reset


@dataclass(slots=True)
class Call:
    """A request as it came.

    pairs: the parameters, of the query or the body
    """

    method: str
    path: str
    pairs: list[tuple[str, str]]
    token: str = ""
    account: str = ""
    key: str = ""
    request: str = ""
    version: str = ""


@dataclass(slots=True)
class Answer:
    """What goes back."""

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"

    def content(self) -> bytes:
        """Return the body as bytes."""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body, indent=2).encode()


def tick(world: World) -> None:
    """Let happen what was due."""
    with world.lock:
        if world.clock.now() < world.wakes_at:
            return
        world.cause, world.wakes_at = (None, None), math.inf
        checkout.expire_due(world)
        refunds.settle_due(world)
        paying.settle_due(world)


def answer(world: World, call: Call) -> Answer:
    """Answer a call; what it does is done once per key.

    raises: Cut
    """
    tick(world)
    call.request = world.new_id("req_", 14)
    noted = _note(world, call)
    fault = world.faults.take(call.method, call.path, call.account)
    noted["fault"] = str(fault.kind) if fault else None
    try:
        given = _answered(world, call, fault, noted)
    except Refused as refusal:
        given = Answer(refusal.status, refusal.body())
    except Cut:
        noted["status"] = 0
        raise
    noted["status"] = given.status
    given.headers |= {"Request-Id": call.request, "Stripe-Version": call.version or API_VERSION}
    if call.key:
        given.headers["Idempotency-Key"] = call.key
    if call.account:
        given.headers["Stripe-Account"] = call.account
    return given


def _note(world: World, call: Call) -> Json:
    with world.lock:
        noted: Json = {
            "number": len(world.calls) + 1,
            "at": world.clock.now(),
            "method": call.method,
            "path": call.path,
        }
        noted |= {"key": call.key, "account": call.account, "request": call.request, "params": dict(call.pairs)}
        noted |= {"status": None, "replayed": False, "fault": None}
        world.calls.append(noted)
        return noted


def _answered(world: World, call: Call, fault: Fault | None, noted: Json) -> Answer:
    if fault and fault.kind is Kind.RESET:
        raise Cut(reset=True)
    if fault and fault.kind is Kind.BUSY:
        busy = {"type": "invalid_request_error", "code": "rate_limit", "message": "Too many requests hit the API."}
        return Answer(429, {"error": busy}, {"Retry-After": str(int(fault.seconds)), "Stripe-Should-Retry": "true"})
    books = _let_in(world, call)
    route, named = routes.find(call.method, call.path)
    given = read_form(call.pairs)
    scope = (call.account, books.livemode, call.key) if call.method == "POST" and call.key else None
    if scope:
        kept = world.keys.begin(scope, asked=(call.method, call.path, given), request=call.request)
        if kept is not None:
            noted["replayed"] = True
            headers = {"Idempotent-Replayed": "true", "Original-Request": kept.request}
            return Answer(kept.status or 200, kept.body, headers)
    return _once(world, call, scope, fault, (route, routes.Asked(world, books, given, named)))


def _let_in(world: World, call: Call) -> Books:
    livemode = next((mode for prefix, mode in SECRET_PREFIXES.items() if call.token.startswith(prefix)), None)
    if livemode is None:
        sentence = (
            f"Invalid API Key provided: {call.token[:8]}****" if call.token else "You did not provide an API key."
        )
        raise Refused(sentence, status=401)
    with world.lock:
        if call.account and call.account not in world.accounts:
            raise accounts.no_access(call.account)
        return world.books_of(call.account, livemode=livemode)


def _once(
    world: World, call: Call, scope: Scope | None, fault: Fault | None, asked: tuple[routes.Route, routes.Asked]
) -> Answer:
    """Do what was asked, with its fault, and keep the answer when it had begun."""
    with _key_held(world, scope):
        _before(world, fault)
        given = _told_to(fault) or _done(world, call, *asked)
        if fault and fault.kind is Kind.ERROR_AFTER:
            given = Answer(500, {"error": OWN_ERROR})
        if scope:
            world.keys.keep(scope, given.status, given.body)
    return _after(world, fault, given)


@contextmanager
def _key_held(world: World, scope: Scope | None) -> Iterator[None]:
    try:
        yield
    except Exception as failure:
        if scope and isinstance(failure, Refused) and failure.begun:
            world.keys.keep(scope, failure.status, failure.body())
        elif scope:
            world.keys.release(scope)
        raise


def _before(world: World, fault: Fault | None) -> None:
    if fault and fault.kind is Kind.HOLD_BEFORE:
        world.faults.hold(fault)
    if fault and fault.kind is Kind.SLOW:
        fault.wait(fault.seconds)
    if fault and fault.kind is Kind.CUT_BEFORE:
        raise Cut


def _after(world: World, fault: Fault | None, given: Answer) -> Answer:
    if fault and fault.kind is Kind.HOLD_AFTER:
        world.faults.hold(fault)
    if fault and fault.kind is Kind.CUT_AFTER:
        raise Cut
    if fault and fault.kind is Kind.GARBAGE:
        return Answer(200, b"<html><body>502 Bad Gateway</body></html>", content_type="text/html")
    return given


def _told_to(fault: Fault | None) -> Answer | None:
    if fault and fault.kind is Kind.ERROR:
        return Answer(500, {"error": OWN_ERROR})
    if fault and fault.kind is Kind.DECLINED:
        error = {"type": "card_error", "code": fault.code, "message": "Your card was declined."}
        return Answer(402, {"error": error | {"decline_code": "generic_decline"}})
    return None


def _done(world: World, call: Call, route: routes.Route, asked: routes.Asked) -> Answer:
    params = checked(asked.params, route.shape)
    only(params, route.modelled)
    with world.lock:
        world.cause = (call.request, call.key or None)
        try:
            if route.demand:
                route.demand(world, asked.books, params)
            return Answer(200, route.answer(routes.Asked(world, asked.books, params, asked.named)))
        finally:
            world.cause = (None, None)
