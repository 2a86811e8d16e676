"""What a test, or a person at the demonstration, may tell the double to do: the calls under /_control/."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from tests.stripe_double import accounts, balance, checkout, delivery, disputes, intents, memory, paying, refunds
from tests.stripe_double.cards import GOOD
from tests.stripe_double.errors import Refused
from tests.stripe_double.faults import Fault, Kind
from tests.stripe_double.world import Books, Endpoint, Json, World


def _held(world: World, name: str) -> tuple[Books, Json]:
    found = world.holding(name)
    if found is None:
        raise Refused(f"Nothing has the id {name!r}.", status=404)
    return found


def _pay(world: World, told: Json) -> Json:
    books, session = _held(world, told["session"])
    return paying.pay(world, books, session["id"], told.get("card", GOOD))


def _decline(world: World, told: Json) -> Json:
    books, session = _held(world, told["session"])
    return paying.decline(world, books, session["id"])


def _pay_later(world: World, told: Json) -> Json:
    books, session = _held(world, told["session"])
    return paying.pay_later(world, books, session["id"])


def _settle(world: World, told: Json) -> Json:
    books, session = _held(world, told["session"])
    return paying.settle(world, books, session["id"], came=told.get("came", True))


def _book_fees(world: World, told: Json) -> Json:
    for books in world.books.values():
        for paid in books.all("charge").values():
            intents.book(world, books, paid)
    return {}


def _refund(world: World, told: Json) -> Json:
    books, intent = _held(world, told["intent"])
    params = {"payment_intent": intent["id"], "reason": "requested_by_customer"}
    return refunds.create(world, books, params | ({"amount": told["amount"]} if told.get("amount") else {}))


def _refund_succeeds(world: World, told: Json) -> Json:
    return refunds.succeed(world, *_held(world, told["refund"]))


def _refund_fails(world: World, told: Json) -> Json:
    return refunds.fail(world, *_held(world, told["refund"]), told.get("reason", "lost_or_stolen_card"))


def _dispute(world: World, told: Json) -> Json:
    books, intent = _held(world, told["intent"])
    amount, asks = told.get("amount"), bool(told.get("asks"))
    return disputes.open_dispute(world, books, intent=intent, amount=amount, asks=asks)


def _close_dispute(world: World, told: Json) -> Json:
    return disputes.close_dispute(world, *_held(world, told["dispute"]), won=told["won"])


def _connect(world: World, told: Json) -> Json:
    """Make an account whose owner is through with the onboarding."""
    name = {"business_profile": {"name": told.get("name", "A studio")}}
    made = accounts.create(world, world.books_of("", livemode=False), name | {"email": told.get("email")})
    if told.get("finished", True):
        accounts.finish(world, made, livemode=bool(told.get("livemode")))
    return made


def _finish(world: World, told: Json) -> Json:
    return accounts.finish(world, accounts.find(world, told["account"]), livemode=bool(told.get("livemode")))


def _disconnect(world: World, told: Json) -> Json:
    accounts.disconnect(world, told["account"], livemode=bool(told.get("livemode")))
    return {}


def _change(world: World, told: Json) -> Json:
    """Write into an object without a word, as nobody can with Stripe: for tests of what must not be believed."""
    thing = world.accounts.get(told["id"]) or _held(world, told["id"])[1]
    thing |= told["members"]
    return thing


def _endpoint(world: World, told: Json) -> Json:
    if not delivery.is_local(told["url"]):
        raise Refused(f"The double speaks to this machine only, not to {told['url']}.")
    kept = [each for each in world.settings.endpoints if each.url != told["url"]]
    world.settings.endpoints = [*kept, Endpoint(told["url"], list(told["secrets"]))]
    return {}


def _settings(world: World, told: Json) -> Json:
    for name, value in told.items():
        if name not in {"auto", "refunds_wait", "fees_wait", "later"}:
            raise Refused(f"There is no setting {name!r}.")
        setattr(world.settings, name, type(getattr(world.settings, name))(value))
    world.wakes_at = 0
    world.news.notify_all()
    return {}


def _sell(world: World, told: Json) -> Json:
    """Make and pay many sessions at once: one for each metadata given."""
    books = world.books_of(told.get("account", ""), livemode=bool(told.get("livemode")))
    price = {"currency": told["currency"], "unit_amount": told["amount"], "product_data": {"name": "Something"}}
    line = [{"price_data": price, "quantity": 1}]
    sold = []
    for metadata in told["metadata"]:
        params = {"line_items": line, "success_url": "http://localhost/", "metadata": metadata}
        session = checkout.create(world, books, params | {"payment_intent_data": {"metadata": metadata}})
        intent = paying.pay(world, books, session["id"])
        sold.append({"session": session["id"], "intent": intent["id"]})
    return {"sold": sold}


def _pending(world: World, told: Json) -> Json:
    return {"events": [entry["event"] for entry in world.pending.values()]}


def _events(world: World, told: Json) -> Json:
    """All events of all accounts in the order they happened."""
    return {"events": world.history}


def _letters(world: World, told: Json) -> Json:
    events = [delivery.find_event(world, name) for name in told["events"]]
    return {"letters": [asdict(delivery.letter(each, told["secrets"], told.get("at"))) for each in events]}


def _drop(world: World, told: Json) -> Json:
    for name in told["events"]:
        world.pending.pop(name, None)
    return {}


def _clock(world: World, told: Json) -> Json:
    if "at" in told:
        world.clock.stop_at(told["at"])
    if "advance" in told:
        world.clock.advance(told["advance"])
    if told.get("follow"):
        world.clock.follow()
    world.wakes_at = 0
    return {"now": world.clock.now()}


def _fault(world: World, told: Json) -> Json:
    world.faults.add(Fault(kind=Kind(told.pop("kind")), **told))
    return {}


def _let_go(world: World, told: Json) -> Json:
    world.faults.let_go()
    return {}


def _calls(world: World, told: Json) -> Json:
    return {"calls": [call for call in world.calls if all(call[name] == value for name, value in told.items())]}


def _money(world: World, told: Json) -> Json:
    books = world.books_of(told.get("account", ""), livemode=bool(told.get("livemode")))
    return balance.totals(books, since=told.get("since", 0), until=told.get("until"))


def _objects(world: World, told: Json) -> Json:
    rows = [
        row
        for books in world.books.values()
        if told.get("account") in {None, books.account}
        for row in books.all(told["kind"]).values()
    ]
    return {"objects": rows}


def _snapshot(world: World, told: Json) -> Json:
    world.snapshots.append(memory.told(world))
    return {}


def _restore(world: World, told: Json) -> Json:
    if not world.snapshots:
        raise Refused("There is no snapshot to go back to.")
    memory.recall(world, world.snapshots.pop())
    return {}


def _forget(world: World, told: Json) -> Json:
    world.forget()
    return {}


ACTS: dict[str, Callable[[World, Any], Json]] = {
    name.lstrip("_"): act
    for name, act in {
        each.__name__: each
        for each in (
            *(_pay, _decline, _pay_later, _settle, _book_fees),
            *(_refund, _refund_succeeds, _refund_fails, _dispute, _close_dispute),
            *(_connect, _finish, _disconnect, _change, _sell),
            *(_endpoint, _settings, _pending, _events, _letters, _drop, _clock),
            *(_fault, _let_go, _calls, _money, _objects),
            *(_snapshot, _restore, _forget),
        )
    }.items()
}


def act(world: World, name: str, told: Json) -> Json:
    """Do one of the acts and return what it says."""
    # These wait, or speak to others: they must not hold everybody up.
    if name == "deliver":
        return {"answers": delivery.deliver(world, told["events"], told.get("at"))}
    if name == "wait_held":
        return {"held": world.faults.wait_held(told.get("calls", 1), told.get("seconds", 10))}
    if name not in ACTS:
        raise Refused(f"There is no act {name!r}.", status=404)
    with world.lock:
        world.cause = (None, None)
        return ACTS[name](world, told)
