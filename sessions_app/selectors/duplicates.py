"""Clients who may be one: which pairs, why, and how sure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.utils.translation import gettext as _

from sessions_app.models import Client

WHOLE = 100
ALIKE_PERCENT = 55  # from here on two names are called similar
MOST_PAIRS = 100
WINDOW = 100  # clients whose names are compared with all others at a time
# How sure each reason alone makes one, in percent; further reasons take away from what is left of doubt.
SURE_OF_EMAIL, SURE_OF_PHONE, SURE_OF_NAME, SURE_OF_ARTIST = 80, 70, 75, 65

FOLDED = "upper(extensions.immutable_unaccent({0}))"
NAME, ARTIST, OTHER_NAME, OTHER_ARTIST = (
    FOLDED.format(column) for column in ("a.name", "a.artist_name", "b.name", "b.artist_name")
)
PHONE, OTHER_PHONE = (f"right(regexp_replace({table}.phone, '[^0-9]', '', 'g'), 9)" for table in ("a", "b"))
# Everybody with an address, a number or a name that somebody has who was written down before. A group of many is
# told by its first member, so that an address of a label does not make a pair of any two of its artists.
SAME = """
    SELECT other, id FROM (
        SELECT a.id, first_value(a.id) OVER (PARTITION BY {key} ORDER BY a.id) AS other
        FROM clients a WHERE a.merged_into_id IS NULL AND {given}
    ) AS grouped WHERE other <> id
"""
SAME_FACT = f"""
    SELECT DISTINCT other, id FROM (
        {SAME.format(key="lower(a.email)", given="a.email <> ''")}
        UNION ALL {SAME.format(key=PHONE, given=f"a.phone <> '' AND length({PHONE}) >= 7")}
        UNION ALL {SAME.format(key=f"{NAME}, a.kind", given="TRUE")}
    ) AS same
    WHERE NOT EXISTS (SELECT FROM client_distinctions d WHERE d.earlier_id = same.other AND d.later_id = same.id)
    ORDER BY id DESC, other LIMIT %s
"""
# One probe of the trigram index for each client of the window.
SIMILAR = f"""
    SELECT least(a.id, near.id), greatest(a.id, near.id)
    FROM (SELECT * FROM clients WHERE id = ANY(%s)) a
    CROSS JOIN LATERAL (
        SELECT b.id FROM clients b
        WHERE {OTHER_NAME} OPERATOR(extensions.%%) {NAME} AND b.id <> a.id
          AND b.kind = a.kind AND b.merged_into_id IS NULL
        ORDER BY similarity({OTHER_NAME}, {NAME}) DESC, b.id LIMIT 3
    ) near
    WHERE NOT EXISTS (
        SELECT FROM client_distinctions d
        WHERE d.earlier_id = least(a.id, near.id) AND d.later_id = greatest(a.id, near.id)
    )
"""
REASONS = f"""
    SELECT a.id, b.id,
        a.email <> '' AND lower(a.email) = lower(b.email),
        length({PHONE}) >= 7 AND {PHONE} = {OTHER_PHONE},
        CASE WHEN {NAME} = {OTHER_NAME} THEN 100 ELSE round(100 * similarity({NAME}, {OTHER_NAME})) END,
        round(100 * greatest(
            CASE WHEN a.artist_name <> '' AND b.artist_name <> ''
                THEN similarity({ARTIST}, {OTHER_ARTIST}) ELSE 0 END,
            CASE WHEN a.artist_name <> '' THEN similarity({ARTIST}, {OTHER_NAME}) ELSE 0 END,
            CASE WHEN b.artist_name <> '' THEN similarity({NAME}, {OTHER_ARTIST}) ELSE 0 END
        ))
    FROM unnest(%s::bigint[], %s::bigint[]) AS pair (one, other)
    JOIN clients a ON a.id = pair.one
    JOIN clients b ON b.id = pair.other
"""


class Alike(NamedTuple):
    """What two clients have in common, as REASONS tells it.

    name, artist: how alike the names are, in percent
    """

    by_email: bool
    by_phone: bool
    name: Decimal
    artist: Decimal


@dataclass(frozen=True, slots=True)
class Pair:
    """Two clients who may be one.

    earlier: the one who was written down first
    reasons: whole phrases, the weightiest first
    score: how sure, in percent
    """

    earlier: Client
    later: Client
    reasons: tuple[str, ...]
    score: int


@dataclass(frozen=True, slots=True)
class Proposals:
    """Pairs, the surest first.

    next_before: the key below which further names have not been compared; None when all have
    is_cut: whether there are more pairs with the same facts than are shown
    """

    pairs: tuple[Pair, ...]
    next_before: int | None
    is_cut: bool


def proposals(*, before: int | None = None) -> Proposals:
    """Return who may be one: everybody with the same facts, and similar names among the newest clients.

    before: compare the names of the clients with smaller keys instead, and show no others
    queries: 5, each bounded, however many clients there are
    """
    newest = Client.objects.present().order_by("-pk")
    if before is not None:
        newest = newest.filter(pk__lt=before)
    keys = list(newest.values_list("pk", flat=True)[: WINDOW + 1])
    window, further = keys[:WINDOW], keys[WINDOW:]
    same = _keys(SAME_FACT, [MOST_PAIRS + 1]) if before is None else []
    pairs = _pairs({*same[:MOST_PAIRS], *_similar(window)})
    return Proposals(pairs, window[-1] if further else None, len(same) > MOST_PAIRS)


def duplicates_of(client: Client) -> tuple[Pair, ...]:
    """Return the clients who may be the same as one; queries: 6."""
    if client.merged_into_id is not None:
        return ()
    found = {*_similar([client.pk]), *_same_as(client)}
    return _pairs(found)


def _same_as(client: Client) -> Iterator[tuple[int, int]]:
    others = Client.objects.present().exclude(pk=client.pk)
    found = others.sharing(email=client.email, phone=client.phone)
    apart = set(client.distinctions_above.values_list("earlier", flat=True))
    apart |= set(client.distinctions_below.values_list("later", flat=True))
    for key in found.exclude(pk__in=apart).order_by("pk").values_list("pk", flat=True)[:MOST_PAIRS]:
        yield min(key, client.pk), max(key, client.pk)


def _similar(window: Sequence[int]) -> list[tuple[int, int]]:
    with transaction.atomic():
        _ask("SELECT set_config('pg_trgm.similarity_threshold', %s, true)", [f"0.{ALIKE_PERCENT}"])
        return _keys(SIMILAR, [list(window)])


def _keys(statement: str, parameters: Sequence[Any]) -> list[tuple[int, int]]:
    return [(int(earlier), int(later)) for earlier, later in _ask(statement, parameters)]


def _ask(statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def _pairs(keys: Iterable[tuple[int, int]]) -> tuple[Pair, ...]:
    chosen = sorted(keys)
    rows = _ask(REASONS, [[one for one, _other in chosen], [other for _one, other in chosen]])
    clients = Client.objects.in_bulk({key for pair in chosen for key in pair})
    pairs = []
    for one, other, *told in rows:
        if found := sorted(_reasons(Alike(*told)), reverse=True):
            phrases = tuple(phrase for _certainty, phrase in found)
            pairs.append(Pair(clients[one], clients[other], phrases, _score(certainty for certainty, _phrase in found)))
    return tuple(sorted(pairs, key=lambda pair: (-pair.score, pair.earlier.pk, pair.later.pk)))


def _reasons(alike: Alike) -> Iterator[tuple[int, str]]:
    """Yield (how sure it makes one, in percent, as a phrase)."""
    if alike.by_email:
        yield SURE_OF_EMAIL, _("same e-mail address")
    if alike.by_phone:
        yield SURE_OF_PHONE, _("same telephone number")
    if alike.name == WHOLE:
        yield SURE_OF_NAME, _("same name")
    elif alike.name >= ALIKE_PERCENT:
        percent = {"percent": alike.name}
        yield SURE_OF_NAME * int(alike.name) // WHOLE, _("similar names (%(percent)d %%)") % percent
    if alike.artist >= ALIKE_PERCENT:
        percent = {"percent": alike.artist}
        yield SURE_OF_ARTIST * int(alike.artist) // WHOLE, _("similar artist names (%(percent)d %%)") % percent


def _score(certainties: Iterable[int]) -> int:
    """Return how sure several reasons make one together: each takes its part of the doubt that is left."""
    doubt = Fraction(1)
    for certainty in certainties:
        doubt *= Fraction(WHOLE - certainty, WHOLE)
    return min(round((1 - doubt) * WHOLE), WHOLE - 1)
