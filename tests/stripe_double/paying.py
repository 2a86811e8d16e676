"""What a payer does with an open checkout session."""

from tests.stripe_double import disputes, intents
from tests.stripe_double.cards import CARDS, DECLINED, GOOD
from tests.stripe_double.checkout import find
from tests.stripe_double.errors import Refused
from tests.stripe_double.events import tell
from tests.stripe_double.world import Books, Json, World

PAYER = {"address": None, "email": "payer@example.com", "name": "Test Payer", "phone": None}


def pay(world: World, books: Books, name: str, card: str = GOOD) -> Json:
    """Pay a session by card and return its intent; a declined card leaves the session open.

    card: the number of one of Stripe's test cards
    """
    session = _open(books, name)
    if card not in CARDS:
        raise Refused(
            "Your card number is not one of the test cards.", status=402, kind="card_error", code="card_declined"
        )
    chosen = CARDS[card]
    intent = _tried(world, books, session, means=intents.card_means(chosen))
    if chosen.decline:
        intents.fail(world, books, intent, chosen.decline)
        return intent
    books.all("(cards)")[intent["latest_charge"]] = {"refund": chosen.refund}
    intents.succeed(world, books, intent)
    _complete(world, books, session, paid=True)
    if chosen.disputed:
        disputes.open_dispute(world, books, intent=intent)
    return intent


def decline(world: World, books: Books, name: str) -> Json:
    """Try to pay with a card that is declined."""
    return pay(world, books, name, DECLINED)


def pay_later(world: World, books: Books, name: str) -> Json:
    """Pay by a bank debit: the session is complete, the money comes or does not, days later."""
    session = _open(books, name)
    intent = _tried(world, books, session, means=intents.debit_means())
    intents.wait(world, books, intent)
    world.put_off(books, intent)
    _complete(world, books, session, paid=False)
    return intent


def settle(world: World, books: Books, name: str, *, came: bool) -> Json:
    """Say whether the money of a bank debit came."""
    session = find(books, name)
    intent = books.all("payment_intent").get(session["payment_intent"] or "")
    if intent is None or intent["status"] != "processing":
        raise Refused("Nothing is under way for this session.")
    if came:
        intents.succeed(world, books, intent)
        session["payment_status"] = "paid"
        tell(world, books, "checkout.session.async_payment_succeeded", session)
    else:
        intents.fail(world, books, intent, "debit_not_authorized")
        tell(world, books, "checkout.session.async_payment_failed", session)
    return intent


def settle_due(world: World) -> None:
    """Let bank debits come by themselves, where nobody steers the double."""
    if not world.settings.auto:
        return
    for books in world.books.values():
        for session in books.all("checkout.session").values():
            intent = books.all("payment_intent").get(session["payment_intent"] or "")
            if intent is None or intent["status"] != "processing":
                continue
            if world.is_due(books, intent):
                settle(world, books, session["id"], came=True)


def _open(books: Books, name: str) -> Json:
    session = find(books, name)
    if session["status"] != "open":
        raise Refused(f"This session is {session['status']}.", status=409)
    return session


def _tried(world: World, books: Books, session: Json, *, means: Json) -> Json:
    intent = books.all("payment_intent").get(session["payment_intent"] or "")
    if intent is None:
        intent = intents.make(world, books, session=session, data=books.all("(lines)")[session["id"]]["data"])
        session["payment_intent"] = intent["id"]
    payer = PAYER | ({"email": session["customer_email"]} if session["customer_email"] else {})
    intents.charge(world, books, intent, means=means, payer=payer)
    return intent


def _complete(world: World, books: Books, session: Json, *, paid: bool) -> None:
    email = session["customer_email"] or PAYER["email"]
    details: Json = PAYER | {"email": email, "tax_exempt": "none", "tax_ids": []}
    status = "paid" if paid else "unpaid"
    session |= {"status": "complete", "payment_status": status, "url": None, "customer_details": details}
    tell(world, books, "checkout.session.completed", session)
