"""The pages that a payer's and an owner's browser is sent to, in place of Stripe's own."""

from html import escape
from pathlib import Path
from urllib.parse import quote

from tests.stripe_double import accounts, api, checkout, paying
from tests.stripe_double.api import Answer
from tests.stripe_double.cards import DECLINED, GOOD
from tests.stripe_double.errors import Refused
from tests.stripe_double.world import Books, Json, World

STYLE = (Path(__file__).parent / "style.css").read_text(encoding="utf-8")
NO_CENTS = {"bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"}
POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"
NOTICE = "This is a stand-in for Stripe. No money moves and no card is charged."
GONE = 410


def answer(world: World, method: str, path: str, form: dict[str, str]) -> Answer:
    """Answer a browser."""
    api.tick(world)
    with world.lock:
        world.cause = (None, None)
        match path.strip("/").split("/"):
            case ["pay", name]:
                return _pay_page(world, method, name, form)
            case ["connect", name, token]:
                return _connect_page(world, method, name, token)
    return _page("Nothing here", "<h2>There is nothing at this address.</h2>", status=404)


def money(amount: int, currency: str) -> str:
    """Return an amount of the smallest unit as people read it."""
    if currency in NO_CENTS:
        return f"{currency.upper()} {amount:,}"
    return f"{currency.upper()} {amount // 100:,}.{amount % 100:02}"


def _page(title: str, body: str, *, status: int = 200, single: bool = True) -> Answer:
    shown = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>"
        f'<div class="notice" role="note">{NOTICE}</div>'
        f"<main{' class=single' if single else ''}>{body}</main></body></html>"
    )
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return Answer(status, shown.encode(), headers, "text/html; charset=utf-8")


def _go(url: str) -> Answer:
    return Answer(303, b"", {"Location": url, "Cache-Control": "no-store"}, "text/plain")


# Paying -------------------------------------------------------------------------------------------


def _pay_page(world: World, method: str, name: str, form: dict[str, str]) -> Answer:
    held = world.holding(name)
    if held is None or held[1]["object"] != "checkout.session":
        return _page("Unknown", "<h2>This payment is not known here.</h2>", status=404)
    books, session = held
    if session["status"] == "expired":
        return _page("Too late", f"<h2>This payment page has expired.</h2>{_back(session)}", status=GONE)
    if session["status"] == "complete":
        body = f'<h2>This has been paid.</h2><a class="button main" href="{escape(success_url(session))}">Go on</a>'
        return _page("Paid", body)
    if method != "POST":
        return _offer(world, books, session)
    try:
        return _acted(world, books, session, form)
    except Refused as refusal:
        return _offer(world, books, session, refusal.message, form.get("card", ""))


def _acted(world: World, books: Books, session: Json, form: dict[str, str]) -> Answer:
    act, card = form.get("act"), "".join(form.get("card", "").split())
    if act == "cancel" and session["cancel_url"]:
        return _go(session["cancel_url"])
    if act == "debit":
        paying.pay_later(world, books, session["id"])
    elif act in {"pay", "decline"}:
        intent = paying.pay(world, books, session["id"], DECLINED if act == "decline" else card)
        if error := intent["last_payment_error"]:
            return _offer(world, books, session, error["message"], form.get("card", ""))
    else:
        return _offer(world, books, session)
    return _go(success_url(session))


def success_url(session: Json) -> str:
    """Return where a payer goes after paying."""
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", quote(session["id"]))


def _back(session: Json) -> str:
    url = session["cancel_url"] or ""
    return f'<a class="button" href="{escape(url)}">Go back</a>' if url else ""


def _offer(world: World, books: Books, session: Json, bad: str = "", card: str = "") -> Answer:
    total = money(session["amount_total"], session["currency"])
    account = accounts.own(world, books)
    payee = account["business_profile"]["name"] or account["id"]
    rows = "".join(
        f"<li><span>{escape(line['description'])}{_times(line['quantity'])}</span>"
        f"<span>{money(line['amount_total'], line['currency'])}</span></li>"
        for line in checkout.lines_of(books, session)
    )
    debit = "sepa_debit" in session["payment_method_types"]
    cancel = '<button name="act" value="cancel" formnovalidate>Cancel</button>' if session["cancel_url"] else ""
    later = (
        '<button name="act" value="debit" formnovalidate>Pay by bank debit (takes a minute)</button>' if debit else ""
    )
    problem = f'<p class="bad" role="alert">{escape(bad)}</p>' if bad else ""
    shown = escape(card) or " ".join(GOOD[at : at + 4] for at in range(0, 16, 4))
    body = f"""
<section><h1>Pay {escape(payee)}</h1><p class="sum">{total}</p><ul class="lines">{rows}</ul></section>
<form method="post"><h2>Pay by card</h2>{problem}
<label for="card">Card number</label>
<input id="card" name="card" value="{shown}" inputmode="numeric" autocomplete="off" required aria-describedby="hint">
<p class="hint" id="hint">Only test cards: 4242 4242 4242 4242 pays, 4000 0000 0000 0002 is declined.</p>
<button class="main" name="act" value="pay">Pay {total}</button>{later}
<div class="pair"><button name="act" value="decline" formnovalidate>Decline</button>{cancel}</div></form>"""
    return _page(f"Pay {total}", body, single=False, status=402 if bad else 200)


def _times(quantity: int) -> str:
    return f" &times; {quantity}" if quantity > 1 else ""


# Connecting ---------------------------------------------------------------------------------------


def _connect_page(world: World, method: str, name: str, token: str) -> Answer:
    if method == "POST":
        link = world.links.get(token)
        if link is None or link["account"] != name or not link["used"]:
            return _page("Unknown", "<h2>This link is not known here.</h2>", status=404)
        accounts.finish(world, accounts.find(world, name), livemode=link["livemode"])
        return _go(link["return_url"])
    link = accounts.open_link(world, name, token)
    if link is None:
        worn = world.links.get(token)
        return _go(worn["refresh_url"]) if worn else _page("Unknown", "<h2>Unknown link.</h2>", status=404)
    account = accounts.find(world, name)
    called = account["business_profile"]["name"] or account["email"] or name
    body = f"""<h1>Connect an account</h1><h2>{escape(called)}</h2>
<p>Stripe would ask for the business, its owner and its bank account here. The stand-in asks nothing.</p>
<form method="post"><button class="main">Finish and connect</button></form>
<a class="button" href="{escape(link["return_url"])}">Leave without finishing</a>"""
    return _page("Connect an account", body)
