"""News of what happened, as it was at that moment."""

from copy import deepcopy

from tests.stripe_double.world import API_VERSION, Books, Json, World


def tell(world: World, books: Books, kind: str, about: Json, before: Json | None = None) -> Json:
    """Make an event, put it in line for delivery and return it.

    about: the object as it is now
    before: what changed in it, as it was
    """
    request, key = world.cause
    data: Json = {"object": deepcopy(about)}
    if before is not None:
        data["previous_attributes"] = deepcopy(before)
    event: Json = {
        "id": world.new_id("evt_1"),
        "object": "event",
        "api_version": API_VERSION,
        "created": world.clock.now(),
        "data": data,
        "livemode": books.livemode,
        "pending_webhooks": max(1, len(world.settings.endpoints)),
        "request": {"id": request, "idempotency_key": key},
        "type": kind,
    }
    if books.account:
        event["account"] = books.account
    books.add(event)
    world.history.append(event)
    world.pending[event["id"]] = {"event": event, "tries": 0, "not_before": 0.0}
    world.news.notify_all()
    return event
