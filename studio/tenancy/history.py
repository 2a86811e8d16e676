"""The code's migration history, read once and shared by every schema."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from django.db.migrations.loader import MigrationLoader
from django.db.migrations.migration import Migration
from django.db.migrations.operations import AddConstraint, AddIndex, RemoveConstraint, RemoveIndex
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

type Key = tuple[str, str]
type ModelKey = tuple[str, str]

type OfTheTable = AddIndex | RemoveIndex | AddConstraint | RemoveConstraint

OF_THE_TABLE = (AddIndex, RemoveIndex, AddConstraint, RemoveConstraint)


class UnknownMigration(LookupError):
    """No such app, or no such migration in it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One migration of a plan.

    operations: each with the project's state before and after it; forwards in order, backwards reversed
    """

    key: Key
    migration: Migration
    backwards: bool
    operations: tuple[tuple[Operation, ProjectState, ProjectState], ...]


def version_of(applied: Iterable[Key]) -> str:
    """Return the digest by which a schema's applied migrations are compared; the database makes the same."""
    text = ",".join(sorted(f"{app}.{name}" for app, name in applied))
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


class History:
    """The graph of all migrations, and the plans made from it.

    Loading the graph and rendering the models of every state is what makes the stock command slow: here
    it is done once a process, whatever the number of studios.
    """

    def __init__(self) -> None:
        self.loader = MigrationLoader(None)
        self.graph = self.loader.graph
        self.order: list[Key] = []
        for leaf in sorted(self.graph.leaf_nodes()):
            for key in self.graph.forwards_plan(leaf):
                if key not in self.order:
                    self.order.append(key)
        self._plans: dict[tuple[frozenset[Key], Key | None], list[Step]] = {}

    def leaf_version(self) -> str:
        """Return the digest of a schema that has every migration."""
        return version_of(self.order)

    def target(self, app_label: str, name: str) -> Key:
        """Return the key of a migration named by its app and a unique beginning of its name.

        name: `zero` means before the app's first one
        raises: UnknownMigration
        """
        if app_label not in self.loader.migrated_apps:
            raise UnknownMigration(f"App {app_label!r} has no migrations.")
        if name == "zero":
            return (app_label, "")
        found = [key for key in self.order if key[0] == app_label and key[1].startswith(name)]
        exact = [key for key in found if key[1] == name]
        if len(exact or found) != 1:
            raise UnknownMigration(f"{app_label} has {len(found)} migrations named {name}...")
        return (exact or found)[0]

    def plan(self, applied: frozenset[Key], target: Key | None = None) -> list[Step]:
        """Return the steps from what is applied to the target, or to the end of every app.

        target: as `target()` returns it
        """
        cached = self._plans.get((applied, target))
        if cached is None:
            cached = self._plans[applied, target] = self._make_plan(applied, target)
        return cached

    def _make_plan(self, applied: frozenset[Key], target: Key | None) -> list[Step]:
        undone = self._to_undo(applied, target)
        if undone:
            return self._steps(applied, undone, backwards=True)
        wanted = self.order if target is None else self.graph.forwards_plan(target)
        missing = [key for key in wanted if key not in applied]
        return self._steps(applied, missing, backwards=False) if missing else []

    def _to_undo(self, applied: frozenset[Key], target: Key | None) -> list[Key]:
        if target is None:
            return []
        app_label, name = target
        if name and target not in applied:
            return []
        roots = self.graph.root_nodes(app_label) if not name else self.graph.node_map[target].children
        starts = sorted(key for key in (getattr(node, "key", node) for node in roots) if key[0] == app_label)
        undone: list[Key] = []
        for start in starts:
            undone += [key for key in self.graph.backwards_plan(start) if key in applied and key not in undone]
        return sorted(undone, key=self.order.index, reverse=True)

    def _steps(self, applied: frozenset[Key], keys: list[Key], *, backwards: bool) -> list[Step]:
        wanted = set(keys)
        state = ProjectState(real_apps=self.loader.unmigrated_apps)
        walked = [key for key in self.order if key in applied or key in wanted]
        steps: dict[Key, Step] = {}
        stale: set[ModelKey] = set()
        rendered = False
        for key in walked:
            if len(steps) == len(wanted):
                break  # what comes after the last step is nothing to it
            migration = self.graph.nodes[key]
            if key not in wanted:
                _render(state, stale)
                state = migration.mutate_state(state, preserve=rendered)
                continue
            if not rendered:
                state.apps  # noqa: B018 -- rendered once here; every later state is derived from this one
                rendered = True
            state, steps[key] = self._step(key, migration, state, stale, backwards=backwards)
        return [steps[key] for key in (keys if backwards else walked) if key in steps]

    def _step(
        self, key: Key, migration: Migration, state: ProjectState, stale: set[ModelKey], *, backwards: bool
    ) -> tuple[ProjectState, Step]:
        """Return the state after a migration, and its step.

        stale: models whose rendered form lacks indexes and constraints of the state; changed in place
        """
        operations = []
        for operation in migration.operations:
            before, state = state, state.clone()
            if isinstance(operation, OF_THE_TABLE):
                _note_of_the_table(operation, migration.app_label, state, stale)
            else:
                if stale:
                    _render(before, stale)
                    state = before.clone()
                operation.state_forwards(migration.app_label, state)
            operations.append((operation, before, state))
        if backwards:
            operations.reverse()
        return state, Step(key, migration, backwards, tuple(operations))


def _note_of_the_table(operation: OfTheTable, app_label: str, state: ProjectState, stale: set[ModelKey]) -> None:
    """Change a state by an index or a constraint, and leave its rendered models as they are.

    Such an operation brings its own definition and asks the model for columns alone. To render the model anew, and all
    that are related to it, for each of hundreds was most of what a plan cost; whatever else comes next does it once.
    """
    rendered = state.__dict__.pop("apps")
    operation.state_forwards(app_label, state)
    state.apps = rendered
    stale.add((app_label, operation.model_name.lower()))


def _render(state: ProjectState, stale: set[ModelKey]) -> None:
    if stale:
        state.reload_models(list(stale))
        stale.clear()


@cache
def history() -> History:
    """Return the process's one history."""
    return History()
