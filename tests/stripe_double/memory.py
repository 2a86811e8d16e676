"""What the double knows, kept in a file over restarts: a demonstration goes on where it was left."""

import json
from dataclasses import asdict
from pathlib import Path

from tests.stripe_double.world import Books, World


def keep(world: World, file: Path) -> None:
    """Write everything down, whole or not at all."""
    with world.lock:
        books = [asdict(each) for each in world.books.values()]
        known = {"books": books, "accounts": world.accounts, "links": world.links, "pending": world.pending}
        text = json.dumps(known | {"history": [event["id"] for event in world.history], "keys": world.keys.told()})
        file.parent.mkdir(parents=True, exist_ok=True)
        new = file.with_suffix(".new")
        new.write_text(text, encoding="utf-8")
        new.replace(file)


def recall(world: World, file: Path) -> None:
    """Read what was written down, if anything was."""
    if not file.exists():
        return
    known = json.loads(file.read_text(encoding="utf-8"))
    with world.lock:
        world.books = {(each["account"], each["livemode"]): Books(**each) for each in known["books"]}
        world.accounts, world.links = known["accounts"], known["links"]
        events = {name: event for books in world.books.values() for name, event in books.all("event").items()}
        world.history = [events[name] for name in known["history"]]
        world.pending = {
            name: entry | {"event": events[name], "not_before": 0.0} for name, entry in known["pending"].items()
        }
        world.keys.recall(known["keys"])
