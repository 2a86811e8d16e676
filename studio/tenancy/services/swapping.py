"""A restored copy takes its original's place, and may write to people."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext as _
from psycopg import sql

from studio.tenancy.context import inside
from studio.tenancy.models import Domain, Studio, StudioStatus
from studio.tenancy.selectors import registry
from studio.tenancy.services import names
from studio.tenancy.services.standing import NotInThatState
from studio.tenancy.signals import mails_let_go

BEGAN = sql.SQL("SELECT min(applied) FROM {}.django_migrations")


@transaction.atomic
def let_mails_go(*, studio: Studio, now: datetime) -> Studio:
    """Let a restored studio write to people again and return it; what waited so far stays, marked as not sent.

    Its periodic jobs run from now on, too.
    raises: NotInThatState
    """
    row = Studio.objects.select_for_update(of=("self",)).get(pk=studio.pk)
    if row.status != StudioStatus.ACTIVE or row.mails_held_since is None:
        raise NotInThatState(_("This studio writes to people already, or is not open."))
    _let_go(row, now)
    return row


def _let_go(row: Studio, now: datetime) -> None:
    row.mails_held_since = None
    row.save(update_fields=["mails_held_since"])
    with inside(row):
        mails_let_go.send(sender=Studio, studio=row, now=now)


@transaction.atomic
def swap_studios(*, copy: Studio, now: datetime) -> Studio:
    """Let a restored copy answer at its original's addresses, and return the original.

    The two exchange their addresses. The original is suspended and writes to nobody; it can be looked into, or swapped
    back, for which it need not be open. As the owner.
    raises: NotInThatState
    """
    rows = {row.pk: row for row in Studio.objects.select_for_update(of=("self",)).order_by("pk")}
    copy = rows[copy.pk]
    original = rows.get(copy.copy_of_id or 0)
    if original is None:
        raise NotInThatState(_("The studio of which this is a copy is not here."))
    if copy.status not in {StudioStatus.ACTIVE, StudioStatus.SUSPENDED}:
        raise NotInThatState(_("Only a copy that is whole can take its original's place."))
    _insist_on_one_history(copy, original)
    _exchange_addresses(copy, original)
    original.status, original.mails_held_since, original.copy_of = StudioStatus.SUSPENDED, now, copy
    copy.status, copy.copy_of = StudioStatus.ACTIVE, None
    original.copies.exclude(pk=copy.pk).update(copy_of=copy)  # the place that they would take is there now
    for each in (original, copy):
        each.save(update_fields=["status", "mails_held_since", "copy_of"])
    _let_go(copy, now)
    transaction.on_commit(registry.forget_hosts)
    return original


@transaction.atomic
def take_addresses(*, studio: Studio, slug: str, hosts: Sequence[str], now: datetime) -> Studio:
    """Let a restored studio whose original is not here answer at the addresses that the backup tells of.

    hosts: the primary one first
    As the owner; all of them, or none.
    raises: names.BadStudioName, names.NameTaken, NotInThatState
    """
    row = Studio.objects.select_for_update(of=("self",)).get(pk=studio.pk)
    if row.status != StudioStatus.ACTIVE:
        raise NotInThatState(_("Only a copy that is open can take its original's place."))
    if not hosts:
        raise NotInThatState(_("The backup tells of no address that it could take."))
    plain = [names.clean_host(host, now) for host in hosts]
    row.slug = names.clean_slug(slug, now)
    row.save(update_fields=["slug"])
    row.domains.update(is_primary=False)
    Domain.objects.bulk_create(
        Domain(studio=row, domain=host, is_primary=host == plain[0], verified_at=now) for host in plain
    )
    _let_go(row, now)
    transaction.on_commit(registry.forget_hosts)
    return row


def _insist_on_one_history(copy: Studio, original: Studio) -> None:
    """Pass when both were set up at the same moment: another installation's studio may have the same name and address.

    raises: NotInThatState
    """
    began = set()
    with connection.cursor() as cursor:
        for row in (copy, original):
            cursor.execute(BEGAN.format(sql.Identifier(row.schema_name)))
            began.add(cursor.fetchone()[0])
    if len(began) > 1:
        raise NotInThatState(
            _("The backup is of another studio than %(original)s: it cannot take its place.")
            % {"original": f"{original} ({original.schema_name})"}
        )


def _exchange_addresses(copy: Studio, original: Studio) -> None:
    hosts = {row: list(row.domains.order_by("pk")) for row in (copy, original)}
    primary = {host.pk for found in hosts.values() for host in found if host.is_primary}
    Domain.objects.filter(pk__in=primary).update(is_primary=False)  # a studio may have one at any moment
    Domain.objects.filter(pk__in=[host.pk for host in hosts[copy]]).update(studio=original)
    Domain.objects.filter(pk__in=[host.pk for host in hosts[original]]).update(studio=copy)
    Domain.objects.filter(pk__in=primary).update(is_primary=True)
    mine, theirs = copy.slug, original.slug
    Studio.objects.filter(pk=copy.pk).update(slug=f"swap-{copy.pk}")
    Studio.objects.filter(pk=original.pk).update(slug=mine)
    Studio.objects.filter(pk=copy.pk).update(slug=theirs)
