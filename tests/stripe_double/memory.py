"""What the double knows, as one text: a demonstration goes on where it was left, a test goes back to where it was.

In it are accounts, objects, events and the answers kept under keys; not the calls made, faults planned or settings.
"""

import json
from dataclasses import asdict
from pathlib import Path

from tests.stripe_double.world import Books, World


def told(world: World) -> str:
    """Return everything that is known."""
    with world.lock:
        books = [asdict(each) for each in world.books.values()]
        known = {"books": books, "accounts": world.accounts, "links": world.links, "pending": world.pending}
        return json.dumps(known | {"history": [event["id"] for event in world.history], "keys": world.keys.told()})


def recall(world: World, text: str) -> None:
    """Know what was told, and nothing else."""
    known = json.loads(text)
    with world.lock:
        world.books = {(each["account"], each["livemode"]): Books(**each) for each in known["books"]}
        world.accounts, world.links = known["accounts"], known["links"]
        events = {name: event for books in world.books.values() for name, event in books.all("event").items()}
        world.history = [events[name] for name in known["history"]]
        world.pending = {
            name: entry | {"event": events[name], "not_before": 0.0} for name, entry in known["pending"].items()
        }
        world.keys.recall(known["keys"])
        world.wakes_at = 0


def keep(world: World, file: Path) -> None:
    """Write everything down, whole or not at all."""
    with world.lock:
        file.parent.mkdir(parents=True, exist_ok=True)
        new = file.with_suffix(".new")
        new.write_text(told(world), encoding="utf-8")
        new.replace(file)


def recall_from(world: World, file: Path) -> None:
    """Know what was written down, if anything was."""
    if file.exists():
        recall(world, file.read_text(encoding="utf-8"))
