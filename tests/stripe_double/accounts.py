"""Connected accounts and the links that lead their owners through Stripe's own pages."""

from tests.stripe_double.checkout import EMAIL
from tests.stripe_double.errors import Refused
from tests.stripe_double.events import tell
from tests.stripe_double.metadata import demand_metadata, kept
from tests.stripe_double.world import PLATFORM, Books, Json, World

LINK_SECONDS = 300
PLATFORM_ID = "acct_1PlatformOfDouble"
MODELLED = frozenset(
    {"business_profile", "business_type", "capabilities", "controller", "country", "default_currency"}
) | {
    "email",
    "expand",
    "metadata",
    "type",
}
MODELLED_LINK = frozenset({"account", "collect", "collection_options", "expand", "refresh_url", "return_url", "type"})


def platform(world: World) -> Json:
    """Return the platform's own account."""
    own = _blank(world, PLATFORM_ID, {"type": "standard", "business_profile": {"name": "The platform"}})
    return own | {"charges_enabled": True, "details_submitted": True, "payouts_enabled": True}


def find(world: World, name: str) -> Json:
    """Return the account of that id."""
    found = world.accounts.get(name) or (platform(world) if name == PLATFORM_ID else None)
    if found is None:
        raise no_access(name)
    return found


def no_access(name: str) -> Refused:
    """Return the refusal of an account that is not connected."""
    return Refused(
        f"The provided key does not have access to account '{name}' (or that account does not exist). Application "
        "access may have been revoked.",
        status=403,
        code="account_invalid",
    )


def demand(world: World, books: Books, params: Json) -> None:
    """Refuse what Stripe refuses before anything is made."""
    if books.account:
        raise Refused("You can only create new accounts if you've signed up for Connect.", begun=True)
    demand_metadata(params.get("metadata"), "metadata")
    if (email := params.get("email")) and not EMAIL.fullmatch(email):
        raise Refused(f"Invalid email address: {email}", code="email_invalid", param="email")


def create(world: World, books: Books, params: Json) -> Json:
    """Make an account that cannot take money yet."""
    made = _blank(world, world.new_id("acct_1", 15), params)
    world.accounts[made["id"]] = made
    return made


def _blank(world: World, name: str, params: Json) -> Json:
    asked = params.get("capabilities") or {"card_payments": {"requested": True}, "transfers": {"requested": True}}
    return {
        "id": name,
        "object": "account",
        "business_profile": {"mcc": None, "name": None, "url": None} | params.get("business_profile", {}),
        "business_type": params.get("business_type"),
        "capabilities": dict.fromkeys(asked, "inactive"),
        "charges_enabled": False,
        "controller": params.get("controller", {}) | {"type": "application"},
        "country": params.get("country", "DE"),
        "created": world.clock.now(),
        "default_currency": params.get("default_currency", "eur"),
        "details_submitted": False,
        "email": params.get("email"),
        "external_accounts": {
            "object": "list",
            "data": [],
            "has_more": False,
            "url": f"/v1/accounts/{name}/external_accounts",
        },
        "metadata": kept(params.get("metadata")),
        "payouts_enabled": False,
        "requirements": {"currently_due": ["external_account"], "disabled_reason": "requirements.past_due"},
        "settings": {"dashboard": {"display_name": None, "timezone": "Europe/Berlin"}},
        "type": params.get("type", "none" if "controller" in params else "standard"),
    }


def create_link(world: World, books: Books, params: Json) -> Json:
    """Make a link that works once, for five minutes."""
    account = find(world, params["account"])
    for name in ("refresh_url", "return_url"):
        if name not in params:
            raise Refused(f"Missing required param: {name}.", code="parameter_missing", param=name)
    token, now = world.new_id("", 12), world.clock.now()
    made: Json = {"object": "account_link", "created": now, "expires_at": now + LINK_SECONDS}
    made["url"] = f"{world.base_url}/connect/{account['id']}/{token}"
    world.links[token] = made | params | {"used": False, "livemode": books.livemode}
    return made


def open_link(world: World, name: str, token: str) -> Json | None:
    """Return the link that was opened, or None when it is worn out; it is from now on."""
    link = world.links.get(token)
    if link is None or link["account"] != name or link["used"] or link["expires_at"] <= world.clock.now():
        return None
    link["used"] = True
    return link


def finish(world: World, account: Json, *, livemode: bool = False) -> Json:
    """Say that the owner has told Stripe all it asked."""
    account |= {"details_submitted": True, "charges_enabled": True, "payouts_enabled": True}
    account["capabilities"] = dict.fromkeys(account["capabilities"], "active")
    account["requirements"] = {"currently_due": [], "disabled_reason": None}
    tell(
        world, world.books_of(account["id"], livemode=livemode), "account.updated", account, {"charges_enabled": False}
    )
    return account


def disconnect(world: World, name: str, *, livemode: bool = False) -> None:
    """Say that the owner has taken the platform's access away."""
    find(world, name)
    del world.accounts[name]
    application = {"id": "ca_double", "object": "application", "name": "The platform"}
    tell(world, world.books_of(name, livemode=livemode), "account.application.deauthorized", application)


def own(world: World, books: Books) -> Json:
    """Return the account that a call is made for."""
    return platform(world) if books.account == PLATFORM else find(world, books.account)
