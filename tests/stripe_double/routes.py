"""Which call does what: Stripe's paths, the typed dictionaries that check them, and the functions that answer."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from stripe import params as shapes
from stripe.params import checkout as checkout_shapes

from tests.stripe_double import accounts, checkout, disputes, intents, refunds
from tests.stripe_double.errors import Refused, missing
from tests.stripe_double.reading import listed, shown
from tests.stripe_double.world import Books, Json, World

LISTING = frozenset({"created", "ending_before", "expand", "limit", "starting_after"})
READING = frozenset({"expand"})


@dataclass(frozen=True, slots=True)
class Asked:
    """A call that has been let in: for which account, with which parameters, about which object."""

    world: World
    books: Books
    params: Json
    named: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """One of Stripe's paths.

    shape: the typed dictionary of its parameters
    modelled: the parameters that the double does something with
    demand: refuses before anything is made; answer: does it
    """

    method: str
    path: re.Pattern[str]
    shape: Any
    modelled: frozenset[str]
    answer: Callable[[Asked], Json]
    demand: Callable[[World, Books, Json], None] | None = None


def find(method: str, path: str) -> tuple[Route, str]:
    """Return the route of a path, and the id in it."""
    for route in ROUTES:
        found = route.path.fullmatch(path)
        if found and route.method == method:
            return route, found.groupdict().get("id", "")
    sentence = (
        f"Unrecognized request URL ({method}: {path}). Please see https://stripe.com/docs or the double's routes."
    )
    raise Refused(sentence, status=404)


def _reading(look: Callable[[Asked], Json]) -> Callable[[Asked], Json]:
    return lambda asked: shown(asked.world, asked.books, look(asked), asked.params.get("expand", []))


def _listing(kind: str, path: str, fits: Callable[[Json, Json], bool]) -> Callable[[Asked], Json]:
    def answer(asked: Asked) -> Json:
        rows = list(asked.books.all(kind).values())
        wanted = asked.params
        return listed(asked.world, asked.books, rows, wanted, url=path, fits=lambda row: fits(row, wanted))

    return answer


def _same(*names: str) -> Callable[[Json, Json], bool]:
    return lambda row, wanted: all(wanted.get(name, row[name]) == row[name] for name in names)


def _of_types(event: Json, wanted: Json) -> bool:
    types = wanted.get("types", [wanted["type"]] if "type" in wanted else [])
    return not types or any(re.fullmatch(each.replace(".", r"\.").replace("*", ".*"), event["type"]) for each in types)


def _object(kind: str) -> Callable[[Asked], Json]:
    def look(asked: Asked) -> Json:
        found = asked.books.all(kind).get(asked.named)
        if found is None:
            raise missing(kind, asked.named)
        return found

    return look


def _accounts(asked: Asked) -> Json:
    rows = list(asked.world.accounts.values())
    return listed(asked.world, asked.books, rows, asked.params, url="/v1/accounts", fits=lambda row: True)


def _cancel(asked: Asked) -> Json:
    intent = intents.find(asked.books, asked.named)
    sessions = asked.books.all("checkout.session").values()
    if any(each["payment_intent"] == intent["id"] and each["status"] == "open" for each in sessions):
        sentence = "You cannot cancel the PaymentIntent for a Checkout Session. Expire the Checkout Session instead."
        raise Refused(sentence, code="payment_intent_unexpected_state", begun=True)
    return intents.cancel(asked.world, asked.books, intent, asked.params.get("cancellation_reason"))


def _lines(asked: Asked) -> Json:
    session = checkout.find(asked.books, asked.named)
    return dict(shown(asked.world, asked.books, session, ["line_items"])["line_items"])


def _route(
    method: str,
    path: str,
    shape: Any,
    modelled: frozenset[str],
    answer: Callable[[Asked], Json],
    demand: Callable[[World, Books, Json], None] | None = None,
) -> Route:
    pattern = re.compile("/v1/" + path.replace("{id}", "(?P<id>[A-Za-z0-9_]+)"))
    return Route(method, pattern, shape, modelled, answer, demand)


def _read(path: str, shape: Any, look: Callable[[Asked], Json]) -> Route:
    return _route("GET", path, shape, READING, _reading(look))


def _list(path: str, shape: Any, kind: str, fits: Callable[[Json, Json], bool], *by: str) -> Route:
    return _route("GET", path, shape, LISTING | frozenset(by), _listing(kind, f"/v1/{path}", fits))


CHECKOUT = "checkout.session"
ROUTES = [
    _route(
        "POST",
        "checkout/sessions",
        checkout_shapes.SessionCreateParams,
        checkout.MODELLED,
        _reading(lambda asked: checkout.create(asked.world, asked.books, asked.params)),
        checkout.demand,
    ),
    _list(
        "checkout/sessions",
        checkout_shapes.SessionListParams,
        CHECKOUT,
        checkout.matches,
        *("payment_intent", "status", "customer_details.email"),
    ),
    _read("checkout/sessions/{id}", checkout_shapes.SessionRetrieveParams, lambda a: checkout.find(a.books, a.named)),
    _route("GET", "checkout/sessions/{id}/line_items", checkout_shapes.SessionLineItemListParams, frozenset(), _lines),
    _route(
        "POST",
        "checkout/sessions/{id}/expire",
        checkout_shapes.SessionExpireParams,
        READING,
        _reading(lambda a: checkout.expire(a.world, a.books, checkout.find(a.books, a.named))),
    ),
    _list("payment_intents", shapes.PaymentIntentListParams, "payment_intent", lambda row, wanted: True),
    _read("payment_intents/{id}", shapes.PaymentIntentRetrieveParams, lambda a: intents.find(a.books, a.named)),
    _route(
        "POST",
        "payment_intents/{id}/cancel",
        shapes.PaymentIntentCancelParams,
        READING | {"cancellation_reason"},
        _reading(_cancel),
    ),
    _list("charges", shapes.ChargeListParams, "charge", _same("payment_intent"), "payment_intent"),
    _read("charges/{id}", shapes.ChargeRetrieveParams, lambda a: intents.find_charge(a.books, a.named)),
    _route(
        "POST",
        "refunds",
        shapes.RefundCreateParams,
        refunds.MODELLED,
        _reading(lambda asked: refunds.create(asked.world, asked.books, asked.params)),
        refunds.demand,
    ),
    _list("refunds", shapes.RefundListParams, "refund", _same("payment_intent", "charge"), "payment_intent", "charge"),
    _read("refunds/{id}", shapes.RefundRetrieveParams, lambda a: refunds.find(a.books, a.named)),
    _list(
        "disputes", shapes.DisputeListParams, "dispute", _same("payment_intent", "charge"), "payment_intent", "charge"
    ),
    _read("disputes/{id}", shapes.DisputeRetrieveParams, lambda a: disputes.find(a.books, a.named)),
    _list(
        "balance_transactions",
        shapes.BalanceTransactionListParams,
        "balance_transaction",
        _same("type", "source", "currency"),
        *("type", "source", "currency"),
    ),
    _read("balance_transactions/{id}", shapes.BalanceTransactionRetrieveParams, _object("balance_transaction")),
    _list("events", shapes.EventListParams, "event", _of_types, "type", "types"),
    _read("events/{id}", shapes.EventRetrieveParams, _object("event")),
    _route(
        "POST",
        "accounts",
        shapes.AccountCreateParams,
        accounts.MODELLED,
        _reading(lambda asked: accounts.create(asked.world, asked.books, asked.params)),
        accounts.demand,
    ),
    _route("GET", "accounts", shapes.AccountListParams, LISTING, _accounts),
    _read("account", shapes.AccountRetrieveCurrentParams, lambda a: accounts.own(a.world, a.books)),
    _read("accounts/{id}", shapes.AccountRetrieveParams, lambda a: accounts.find(a.world, a.named)),
    _route(
        "POST",
        "account_links",
        shapes.AccountLinkCreateParams,
        accounts.MODELLED_LINK,
        lambda asked: accounts.create_link(asked.world, asked.books, asked.params),
    ),
]
