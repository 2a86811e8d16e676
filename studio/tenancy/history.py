"""The code's migration history, read once and shared by every schema."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

from django.db.migrations.graph import Node
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.migration import Migration
from django.db.migrations.operations import (
    AddConstraint,
    AddField,
    AddIndex,
    AlterField,
    AlterModelOptions,
    CreateModel,
    DeleteModel,
    RemoveConstraint,
    RemoveField,
    RemoveIndex,
    RunPython,
    RunSQL,
)
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState, StateApps

type Key = tuple[str, str]
type ModelKey = tuple[str, str]
type Around = tuple[Operation, ProjectState, ProjectState]

# These bring their own definition and ask the model for columns alone.
OF_THE_TABLE = (AddIndex, RemoveIndex, AddConstraint, RemoveConstraint)
# These ask for the model they name and for those it points to, never for those that point to it.
OF_ONE_MODEL = (CreateModel, DeleteModel, AlterModelOptions, AddField, RemoveField, AlterField, *OF_THE_TABLE)


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
    operations: tuple[Around, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a walk along the migrations has come.

    stale: models whose rendered form lacks indexes and constraints of the state
    operations: of the migration that led here, forwards
    is_kept: somebody looks at the state later, so what follows may not change it in place
    further: the places one migration on to which plans have led: another plan over the same way renders nothing anew
    """

    state: ProjectState
    stale: frozenset[ModelKey] = frozenset()
    operations: tuple[Around, ...] = ()
    is_kept: bool = True
    further: dict[Key, "Place"] = field(default_factory=dict)


def version_of(applied: Iterable[Key]) -> str:
    """Return the digest by which a schema's applied migrations are compared; the database makes the same."""
    text = ",".join(sorted(f"{app}.{name}" for app, name in applied))
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


class History:
    """The graph of all migrations, and the plans made from it.

    Loading the graph and rendering the models of every state is what makes the stock command slow: here
    it is done once a process, whatever the number of studios, and of plans that go the same way.
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
        self._start = Place(ProjectState(real_apps=self.loader.unmigrated_apps))

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

    def plan_of(self, wanted: frozenset[Key]) -> list[Step]:
        """Return the steps after which an empty schema has exactly these migrations.

        raises: UnknownMigration for one that this program does not have, or that stands on one not wanted
        """
        needed = wanted.union(
            *(map(self._key_of, self.graph.node_map[key].parents) for key in wanted & set(self.order))
        )
        if lacking := sorted(needed ^ (wanted & set(self.order))):
            raise UnknownMigration(".".join(lacking[0]))
        return self._steps(frozenset(), [key for key in self.order if key in wanted], backwards=False)

    @staticmethod
    def _key_of(node: Node) -> Key:
        key: Key = node.key
        return key

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
        place = self._start
        walked = [key for key in self.order if key in applied or key in wanted]
        steps: dict[Key, Step] = {}
        for key in walked:
            if len(steps) == len(wanted):
                break  # what comes after the last step is nothing to it
            place = self._next(place, key, is_wanted=key in wanted)
            if key in wanted:
                operations = place.operations[::-1] if backwards else place.operations
                steps[key] = Step(key, self.graph.nodes[key], backwards, operations)
        return [steps[key] for key in (keys if backwards else walked) if key in steps]

    def _next(self, place: Place, key: Key, *, is_wanted: bool) -> Place:
        """Return the place one migration on: a known one, or a new one that only a wanted migration has rendered."""
        if key not in place.further:
            migration = self.graph.nodes[key]
            if not is_wanted:
                return Place(migration.mutate_state(_bare(place.state), preserve=place.is_kept), is_kept=False)
            place.further[key] = _after(place, migration)
        return place.further[key]


def _after(place: Place, migration: Migration) -> Place:
    """Return the place after a migration, with its operations."""
    state, stale, operations = place.state, set(place.stale), []
    for operation in migration.operations:
        before, after, state = _around(operation, migration.app_label, state, stale)
        operations.append((operation, before, after))
    return Place(state, frozenset(stale), tuple(operations))


def _around(
    operation: Operation, app_label: str, state: ProjectState, stale: set[ModelKey]
) -> tuple[ProjectState, ProjectState, ProjectState]:
    """Return the state before an operation and after it, as the operation is to find them, and the one to go on from.

    stale: as of the place where it is; changed in place
    Whatever is changed, Django renders anew with all that is related to it, which is nearly everything: that was most
    of what a plan cost. Here an operation of one model renders that one. A function finds whole states, rendered when
    it asks for them; so does what is not known here.
    """
    if isinstance(operation, RunPython) or (isinstance(operation, RunSQL) and not operation.state_operations):
        whole = _bare(state)
        return whole, whole, state
    if not isinstance(operation, OF_ONE_MODEL) or _is_of_a_key(operation, app_label, state):
        before = _bare(state)
        after = before.clone()
        operation.state_forwards(app_label, after)
        stale.clear()
        return before, after, after
    key = (app_label, _model_name(operation))
    after = _bare(state)
    after.models = {name: each.clone() if name == key else each for name, each in state.models.items()}
    operation.state_forwards(app_label, after)
    if isinstance(operation, OF_THE_TABLE):
        stale.add(key)
        after.apps = state.apps
        return state, after, after
    if key in stale:
        stale.remove(key)
        state.apps = _with_one_rendered(state, key)
    after.apps = state.apps
    after.apps = _with_one_rendered(after, key)
    return state, after, after


def _model_name(operation: Operation) -> str:
    return str(getattr(operation, "model_name", "") or getattr(operation, "name", "")).lower()


def _is_of_a_key(operation: Operation, app_label: str, state: ProjectState) -> bool:
    """Return whether an operation alters a column that others may point to: they are altered along with it."""
    if not isinstance(operation, AlterField):
        return False
    former = state.models[app_label, operation.model_name_lower].fields[operation.name]
    return bool(former.unique or operation.field.unique)


def _bare(state: ProjectState) -> ProjectState:
    """Return the same state with nothing rendered yet."""
    return ProjectState(dict(state.models), state.real_apps)


def _with_one_rendered(state: ProjectState, key: ModelKey) -> StateApps:
    """Return the rendered models of a state with one of them as the state has it now."""
    apps = state.apps.clone()
    apps.unregister_model(*key)
    if key in state.models:
        apps.render_multiple([state.models[key]])
    return apps


@cache
def history() -> History:
    """Return the process's one history."""
    return History()
