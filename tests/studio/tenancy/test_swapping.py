"""A restored copy in its original's place, beside further copies, and where the original is gone."""

import sys
from io import StringIO
from uuid import uuid4

import psycopg
import pytest

from studio.accounts.models import AuditEvent
from studio.db import lock_key
from studio.tenancy.context import as_owner
from studio.tenancy.models import Domain, PaymentAccount, PaymentRoute, Studio, StudioStatus
from studio.tenancy.services import discarding, names, swapping
from studio.tenancy.services.standing import NotInThatState
from tests import fleet
from tests.factories import NOW
from tests.studio.tenancy.capsule_acts import command

REFUSED = 2

pytestmark = pytest.mark.django_db


class Terminal(StringIO):
    """Somebody who types an answer."""

    def isatty(self):
        return True


def make_copy(copy, original):
    Studio.objects.filter(pk=copy.pk).update(copy_of=original, uid=original.uid, mails_held_since=NOW)


def test_a_swap_is_done_once_somebody_says_so_who_was_told_what_it_does(studio, other_studio, monkeypatch):
    with as_owner():
        make_copy(other_studio, studio)
    answers = {}
    for typed in ("", "no\n", "yes\n"):
        monkeypatch.setattr(sys, "stdin", Terminal(typed) if typed else StringIO())
        answers[typed] = command("swap", other_studio.schema_name)

    nobody = "This closes a studio: say --yes where nobody can be asked."
    assert answers[""] == (REFUSED, None, nobody)
    assert answers["no\n"] == (REFUSED, None, "Nothing was done: nobody said yes.")
    code, told, said = answers["yes\n"]
    assert (code, told["original"]) == (0, studio.schema_name)
    assert said.splitlines() == [
        f"{other_studio} ({other_studio.schema_name}) is to answer at harbour.localhost.",
        f"{studio} ({studio.schema_name}), which answers there now, is suspended.",
        "Do it? Type yes:",
    ]
    with as_owner():
        acts = AuditEvent.objects.filter(verb="swap").values_list("object_label", "changes")
        assert list(acts) == [
            (
                str(other_studio),
                {"addresses": ["", "harbour.localhost"], "in_place_of": ["", f"{studio} ({studio.schema_name})"]},
            )
        ]


def test_another_studio_of_the_same_name_takes_no_place(studio, other_studio):
    with as_owner():
        make_copy(other_studio, studio)
        Studio.objects.filter(pk=other_studio.pk).update(uid=uuid4())
        with pytest.raises(NotInThatState, match=r"another studio than Harbour Studio \(tenant_\d+\)"):
            swapping.swap_studios(copy=other_studio, now=NOW)

        make_copy(other_studio, studio)
        Studio.objects.filter(pk=studio.pk).update(status=StudioStatus.CLOSING)
        with pytest.raises(NotInThatState, match="being set up, closed or swapped just now"):
            swapping.swap_studios(copy=other_studio, now=NOW)


def test_a_second_copy_is_one_of_the_copy_that_has_the_place(studio, other_studio):
    with as_owner():
        place = Domain.objects.get(studio=studio, is_primary=True)
        PaymentAccount.objects.create(studio=studio, provider_account="acct_1")
        PaymentRoute.objects.create(studio=studio, attempt_key=uuid4())
        make_copy(other_studio, studio)
        second = Studio.objects.create(
            id=1_000_000, schema_name="tenant_1000000", slug="second", name="Second", copy_of=studio
        )

        assert swapping.swap_studios(copy=other_studio, now=NOW) == studio

        place.refresh_from_db()
        found = dict(Studio.objects.values_list("pk", "copy_of"))
        assert PaymentAccount.objects.get().studio_id == PaymentRoute.objects.get().studio_id == other_studio.pk
        with psycopg.connect(fleet.dsn(), autocommit=True) as other:
            other.execute("SELECT pg_advisory_lock(%s)", [lock_key("public", "restore:")])
            with pytest.raises(NotInThatState, match="is being restored just now"):
                discarding.discard_copy(copy=studio, now=NOW)
            other.execute("SELECT pg_advisory_unlock_all()")
        with pytest.raises(NotInThatState, match="never took its original's place"):
            discarding.discard_copy(copy=studio, now=NOW)
    assert place.studio_id == other_studio.pk
    assert found == {studio.pk: other_studio.pk, other_studio.pk: None, second.pk: other_studio.pk}


def test_a_copy_whose_original_was_removed_takes_the_addresses_that_it_had(other_studio):
    hosts = ["book.gone.example", "gone.localhost"]
    with as_owner():
        copies = Studio.objects.filter(pk=other_studio.pk)
        copies.update(former_slug="gone", former_hosts=hosts, mails_held_since=NOW)
        for name in ("gone", *hosts):
            names.release(name, NOW, former=uuid4())
        with pytest.raises(names.NameTaken):
            swapping.swap_studios(copy=other_studio, now=NOW)
        for name in ("gone", *hosts):
            names.release(name, NOW, former=copies.get().uid)

        assert swapping.swap_studios(copy=other_studio, now=NOW) is None

        found = list(other_studio.domains.filter(is_primary=True).values_list("domain", flat=True))
        told = copies.values_list("slug", "status", "mails_held_since", "former_slug", "former_hosts")
        assert (found, told.get()) == (hosts[:1], ("gone", "active", None, "", []))
        assert set(other_studio.domains.values_list("domain", flat=True)) > set(hosts)
        with pytest.raises(NotInThatState, match="no copy, has its place already"):
            swapping.swap_studios(copy=other_studio, now=NOW)
