"""What points at a client, in this app and above, and what a merge does with it.

An app above registers its own keys in `ready()`; a test fails for a key that nobody registered, and so does a merge.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.apps import apps
from django.db.models import ForeignObjectRel, Model, QuerySet

from sessions_app.models import Client


@dataclass(frozen=True, slots=True)
class Relation:
    """A foreign key to clients out of another table, or their own.

    label: `app_label.model.field`
    moves: False where a row is about the very client it names, as a record of a merge is
    beside: columns that with the client make a row unique; a row that the survivor has already stays where it is
    only_one: a flag that one row of a client may carry; a moved row loses it when the survivor's has it
    only_row: True where a client has one such row at most; two clients who both have one are not merged
    after_clients: True where whoever writes such rows locks the client before them, as billing does
    """

    label: str
    moves: bool = True
    beside: tuple[str, ...] = field(default=())
    only_one: str = ""
    only_row: bool = False
    after_clients: bool = False

    @property
    def model(self) -> type[Model]:
        """The model whose rows point."""
        return apps.get_model(self.label.rpartition(".")[0])

    @property
    def column(self) -> str:
        """The field that points."""
        return self.label.rpartition(".")[2]

    def rows_of(self, client: Client) -> QuerySet[Model]:
        """Return the rows that point at a client."""
        return QuerySet(self.model).filter(**{self.column: client})


_relations: dict[str, Relation] = {}


def register(*relations: Relation) -> None:
    """Say how rows follow their client; they are locked and moved in the order of registration."""
    _relations.update({relation.label: relation for relation in relations})


def registered() -> list[Relation]:
    """Return every relation that somebody registered."""
    return list(_relations.values())


def unregistered() -> list[str]:
    """Return the keys to clients of which nobody said how they follow."""
    return sorted(set(keys_to_clients()) - set(_relations))


def keys_to_clients() -> Iterator[str]:
    """Return the label of every key to clients, also of those that clients do not know of."""
    for relation in Client._meta.get_fields(include_hidden=True):
        if isinstance(relation, ForeignObjectRel):
            yield f"{relation.field.model._meta.label_lower}.{relation.field.name}"


def dependants(clients: Iterable[int]) -> Iterator[Model]:
    """Yield the rows because of which clients cannot simply go again, a few of each table.

    clients: their keys
    """
    for relation in registered():
        if relation.label not in LOOSE:
            rows: QuerySet[Model] = QuerySet(relation.model).filter(**{f"{relation.column}__in": list(clients)})
            yield from rows.order_by("pk")[:A_FEW]


def kept_under(client: Client) -> list[tuple[str, int]]:
    """Return what is kept under a client and would follow it: (what, how many), only what there is."""
    counted = [(relation.model._meta, relation.rows_of(client).count()) for relation in registered() if relation.moves]
    return [
        (str(meta.verbose_name if number == 1 else meta.verbose_name_plural), number)
        for meta, number in counted
        if number
    ]


A_FEW = 3
# Rows that say something of a client that goes with it.
LOOSE = frozenset(
    {
        "sessions_app.clientimportrow.client",
        "sessions_app.clientdistinction.earlier",
        "sessions_app.clientdistinction.later",
    }
)

register(
    # In the order in which the booking locks: projects, then sessions.
    Relation("sessions_app.project.client"),
    Relation("sessions_app.sessionseries.client"),
    Relation("sessions_app.studiosession.client"),
    Relation("sessions_app.waitlistentry.client"),
    Relation("sessions_app.clientnote.client"),
    Relation("sessions_app.clientcontact.client", only_one="is_primary"),
    Relation("sessions_app.companymember.company", beside=("member",), only_one="is_primary"),
    Relation("sessions_app.companymember.member", beside=("company",)),
    Relation("sessions_app.clientimportrow.client", moves=False),
    Relation("sessions_app.client.merged_into", moves=False),
    Relation("sessions_app.clientmerge.survivor", moves=False),
    Relation("sessions_app.clientmerge.merged", moves=False),
    Relation("sessions_app.clientdistinction.earlier", moves=False),
    Relation("sessions_app.clientdistinction.later", moves=False),
)
