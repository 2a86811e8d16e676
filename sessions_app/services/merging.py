"""Putting duplicates of a client together, and taking them apart again."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Unpack, cast

from django.apps import apps
from django.db import IntegrityError, connection
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from sessions_app.models import Client, ClientDistinction, ClientMerge
from sessions_app.services import client_relations, clients, facts, row_digests
from sessions_app.services.client_relations import Relation
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.db import refusing, taking_turns
from studio.errors import DomainError
from studio.showing import money

LABEL_LENGTH = 520
NAMED = 3  # rows that a refusal names


class NotMergeable(DomainError):
    """Two clients cannot be put together as they are."""


class CannotUndo(DomainError):
    """What the merge moved is no longer as it left it."""


@dataclass(frozen=True, slots=True)
class Moved:
    """Rows of one table that followed.

    rows: (key, digest of what stood in `columns` afterwards, what else was changed and was before)
    """

    model: str
    field: str
    columns: list[str]
    rows: list[tuple[Any, str, dict[str, Any]]]


@taking_turns()
def merge_clients(
    *, survivor: Client, merged: Client, actor: User | None, now: datetime, **given: Unpack[clients.ClientFacts]
) -> ClientMerge:
    """Move everything kept under one client to another, archive the first and return the record of it.

    given: facts of the survivor that change with it; what is left out stays the survivor's
    What the survivor has already (the same band, the same person) stays with the merged client.
    raises: NotMergeable, facts.BadFacts
    """
    if missing := client_relations.unregistered():
        raise RuntimeError(f"Nobody said how these follow a merged client: {', '.join(missing)}.")
    _lock_rows(merged, after_clients=False)
    survivor, merged = _locked_pair(survivor, merged)
    _lock_rows(merged, after_clients=True)
    _insist_on_a_pair(survivor, merged)
    _insist_on_only_rows(survivor, merged)
    _insist_on_one_currency((survivor, merged), given.get("currency", survivor.currency))
    changed = clients.change_client(client=survivor, actor=actor, now=now, **given)
    before = {name: (getattr(survivor, name), getattr(changed, name)) for name in given}
    survivor_changes = {name: parts for name, parts in before.items() if parts[0] != parts[1]}
    _set(changed, balance_due=changed.balance_due + merged.balance_due)
    if changed.balance_due != survivor.balance_due:
        survivor_changes["balance_due"] = (survivor.balance_due, changed.balance_due)
    if merged.last_paid_on and merged.last_paid_on > (survivor.last_paid_on or date.min):
        _set(changed, last_paid_on=merged.last_paid_on)
        survivor_changes["last_paid_on"] = (survivor.last_paid_on, merged.last_paid_on)
    ended = _set(merged, balance_due=Decimal(0), is_active=False, merged_into=changed)
    with _together():
        moved = [each for relation in client_relations.registered() if (each := _move(relation, merged, changed))]
    record = ClientMerge.objects.create(
        survivor=changed,
        survivor_label=str(changed)[:LABEL_LENGTH],
        merged=merged,
        merged_label=str(merged)[:LABEL_LENGTH],
        moved=[asdict(each) for each in moved],
        moved_count=sum(len(each.rows) for each in moved),
        survivor_changes=audit.plain(survivor_changes),
        merged_changes=audit.plain(ended),
        done_at=now,
        done_by=actor,
        done_by_label=actor.label if actor else "",
    )
    audit.record(verb="merge", subject=merged, actor=actor, now=now, changes=ended)
    taken = {"merged": (None, str(merged)), "rows": (None, record.moved_count)} | survivor_changes
    audit.record(verb="merge", subject=changed, actor=actor, now=now, changes=taken)
    return record


@taking_turns()
def undo_merge(*, merge: ClientMerge, actor: User | None, now: datetime) -> ClientMerge:
    """Give back what a merge took, exactly as it was, and return the record; twice is once.

    raises: CannotUndo when something it moved or set has been changed since
    """
    record = ClientMerge.objects.select_for_update(of=("self",)).get(pk=merge.pk)
    if record.undone_at is not None:
        return record
    if record.survivor_id is None or record.merged_id is None:
        raise CannotUndo(_("One of the two clients has been deleted."))
    moved = [Moved(**each) for each in record.moved]
    _locked_rows(moved, after_clients=False)
    pair = {
        client.pk: client for client in Client.objects.locked().filter(pk__in=[record.survivor_id, record.merged_id])
    }
    _locked_rows(moved, after_clients=True)
    survivor, merged = pair[record.survivor_id], pair[record.merged_id]
    _insist_on_unchanged(record, survivor, merged, moved)
    with _together():
        for each in moved:
            _give_back(each, merged)
    for client, changes in ((merged, record.merged_changes), (survivor, record.survivor_changes)):
        _restore(client, changes)
        told = {name: (after, before) for name, (before, after) in changes.items()}
        audit.record(verb="unmerge", subject=client, actor=actor, now=now, changes=told)
    record.undone_at, record.undone_by, record.undone_by_label = now, actor, actor.label if actor else ""
    record.save(update_fields=["undone_at", "undone_by", "undone_by_label"])
    return record


@taking_turns()
def tell_apart(*, one: Client, other: Client, actor: User | None, now: datetime) -> ClientDistinction:
    """Write down that two clients who look alike are two, and return it; twice is once."""
    earlier, later = sorted((one, other), key=lambda client: client.pk)
    if earlier.pk == later.pk:
        raise NotMergeable(_("Choose two different clients."))
    said = {"said_by": actor, "said_by_label": actor.label if actor else ""}
    found, is_new = ClientDistinction.objects.get_or_create(earlier=earlier, later=later, defaults=said)
    if is_new:
        audit.record(verb="tell_apart", subject=earlier, actor=actor, now=now, changes={"other": (None, str(later))})
    return found


# Before ---------------------------------------------------------------------------------------------


def _lock_rows(merged: Client, *, after_clients: bool) -> None:
    """Lock what will move in the order of everybody else: bookings lock projects and sessions before the client."""
    for relation in client_relations.registered():
        if relation.moves and relation.after_clients == after_clients:
            list(relation.rows_of(merged).select_for_update(of=("self",)).order_by("pk").values_list("pk"))


def _locked_pair(survivor: Client, merged: Client) -> tuple[Client, Client]:
    both = {survivor.pk, merged.pk}
    found = Client.objects.locked().in_bulk(both)
    if survivor.pk == merged.pk or found.keys() != both:
        raise NotMergeable(_("Choose two different clients."))
    return found[survivor.pk], found[merged.pk]


def _insist_on_a_pair(survivor: Client, merged: Client) -> None:
    for client in (survivor, merged):
        if client.merged_into_id is not None:
            raise NotMergeable(_("%(client)s has been merged into another client already.") % {"client": client})
    if survivor.kind != merged.kind:
        raise NotMergeable(
            _("A person and a company are not merged. Change the kind of one of them first, if it is wrong.")
        )


def _insist_on_only_rows(survivor: Client, merged: Client) -> None:
    """Pass when what a client is once, e.g. a member, only one of the two is."""
    for relation in (each for each in client_relations.registered() if each.only_row):
        one, other = (relation.rows_of(client).first() for client in (survivor, merged))
        if one is not None and other is not None:
            kinds = str(one._meta.verbose_name_plural)
            raise NotMergeable(
                _("%(one)s and %(other)s are both %(kinds)s, each with a history of their own. They are not merged.")
                % {"one": one, "other": other, "kinds": kinds}
            )


def _insist_on_one_currency(clients_: Iterable[Client], currency: str) -> None:
    """Pass when what is owed is owed in the currency that the survivor will have; no amount changes its currency."""
    for client in clients_:
        if client.balance_due and client.currency != currency:
            told = {"client": client, "amount": money(client.balance_due, client.currency), "currency": currency}
            raise NotMergeable(
                _("%(client)s has a balance of %(amount)s, which cannot become one in %(currency)s. Settle it first.")
                % told
            )


# Moving ---------------------------------------------------------------------------------------------


@contextmanager
def _together() -> Iterator[None]:
    """Run the block that moves a project and its sessions one after the other; both are right when it ends.

    raises: CannotUndo
    """
    keys = CannotUndo(
        _("Something that was added since belongs to what would move: a session of a project, for instance.")
    )
    try:
        with refusing(sessions_project_of_client=keys):
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL DEFERRED")
            yield
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    except IntegrityError as exc:
        raise keys from exc


def _move(relation: Relation, merged: Client, survivor: Client) -> Moved | None:
    if not relation.moves:
        return None
    rows, theirs = relation.rows_of(merged), relation.rows_of(survivor)
    if relation.beside:
        known = set(theirs.values_list(*relation.beside))
        kept = [row[0] for row in rows.values_list("pk", *relation.beside) if tuple(row[1:]) in known]
        rows = rows.exclude(pk__in=kept)
    keys = list(rows.order_by("pk").values_list("pk", flat=True))
    if not keys:
        return None
    chosen: QuerySet[Model] = QuerySet(relation.model).filter(pk__in=keys)
    before: dict[Any, dict[str, Any]] = {}
    if (flag := relation.only_one) and theirs.filter(**{flag: True}).exists():
        before = {pk: {flag: True} for pk in chosen.filter(**{flag: True}).values_list("pk", flat=True)}
        chosen.filter(pk__in=list(before)).update(**{flag: False})
    chosen.update(**{relation.column: survivor})
    columns = row_digests.columns_of(relation.model)
    left = row_digests.digests(chosen, columns)
    rows_moved = [(audit.plain(key), left[key], before.get(key, {})) for key in keys]
    return Moved(relation.model._meta.label_lower, relation.column, columns, rows_moved)


def _set(client: Client, **given: Any) -> dict[str, tuple[Any, Any]]:
    """Set what only a merge sets and return field -> (before, after)."""
    changes = {name: (getattr(client, name), value) for name, value in given.items()}
    changes = {name: parts for name, parts in changes.items() if parts[0] != parts[1]}
    for name, (_before, after) in changes.items():
        setattr(client, name, after)
    if changes:
        client.save(update_fields=list(changes))
    return changes


# Undoing --------------------------------------------------------------------------------------------


def _rows(moved: Moved) -> QuerySet[Model]:
    return QuerySet(apps.get_model(moved.model)).filter(pk__in=[key for key, _digest, _before in moved.rows])


def _locked_rows(moved: Iterable[Moved], *, after_clients: bool) -> None:
    later = {relation.label for relation in client_relations.registered() if relation.after_clients}
    for each in moved:
        if (f"{each.model}.{each.field}" in later) == after_clients:
            list(_rows(each).select_for_update(of=("self",)).order_by("pk").values_list("pk"))


def _insist_on_unchanged(record: ClientMerge, survivor: Client, merged: Client, moved: list[Moved]) -> None:
    found = [*_changed_facts(survivor, record.survivor_changes), *_changed_facts(merged, record.merged_changes)]
    for each in moved:
        found += _changed_rows(each)
    if found:
        named = "; ".join(found[:NAMED])
        if len(found) > NAMED:
            named = _("%(named)s and %(count)d more") % {"named": named, "count": len(found) - NAMED}
        raise CannotUndo(_("The merge cannot be undone. Changed since: %(named)s.") % {"named": named})


def _changed_facts(client: Client, changes: Mapping[str, tuple[Any, Any]]) -> Iterator[str]:
    for name, (_before, after) in changes.items():
        field = cast("Any", Client._meta.get_field(name))
        if getattr(client, field.attname) != field.to_python(after):
            yield _("%(field)s of %(client)s") % {"field": field.verbose_name, "client": client}


def _changed_rows(moved: Moved) -> list[str]:
    rows = _rows(moved)
    digests = {audit.plain(key): digest for key, digest in row_digests.digests(rows, moved.columns).items()}
    changed = [key for key, digest, _before in moved.rows if digests.get(key) != digest]
    standing = {audit.plain(row.pk): str(row) for row in rows.filter(pk__in=changed)[:NAMED]} if changed else {}
    kind = str(apps.get_model(moved.model)._meta.verbose_name)
    gone = _("%(kind)s that is gone") % {"kind": kind}
    return [f"{kind} {standing[key]}" if key in standing else gone for key in changed]


def _give_back(moved: Moved, client: Client) -> None:
    _rows(moved).update(**{moved.field: client})
    model = apps.get_model(moved.model)
    for key, _digest, before in moved.rows:
        if before:
            QuerySet(model).filter(pk=key).update(**before)


def _restore(client: Client, changes: Mapping[str, tuple[Any, Any]]) -> None:
    for name, (before, _after) in changes.items():
        field = cast("Any", Client._meta.get_field(name))
        setattr(client, field.attname, field.to_python(before))
    with facts.saving(client):
        client.save(update_fields=list(changes))
