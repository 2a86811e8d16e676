"""Prepaid hours: a ledger that no one overdraws, used by invoices and given back by their credit notes."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from billing.models import PackageEntry, ServiceUnit
from billing.services import charging, credit_notes, drafts, issuing, packages
from billing.services.package_hours import PackageUnusable
from sessions_app.services import merging
from sessions_app.services.facts import BadFacts
from tests.billing.test_invoice_tables import refused
from tests.billing_factories import DraftFactory, PackageFactory, line, settle_seller
from tests.factories import NOW, ClientFactory, SessionFactory

pytestmark = pytest.mark.django_db


def moves(package):
    return list(package.entries.order_by("pk").values_list("kind", "hours"))


def left(package):
    package.refresh_from_db()
    assert package.hours_left == sum(package.entries.values_list("hours", flat=True))
    return package.hours_left


def hours_line(hours="4", price="50", **given):
    return line(price, quantity=Decimal(hours), unit=ServiceUnit.HOUR, **given)


def draft_of(package, *lines, **given):
    settle_seller()
    return DraftFactory(client=package.client, lines=lines or [hours_line()], **given)


def drawn(draft, package, hours="3", *, now=NOW):
    item = draft.items.order_by("position").first()
    return packages.draw_down(item=item, package=package, hours=hours and Decimal(hours), actor=None, now=now)


def issued(draft, now=NOW):
    return issuing.issue_invoice(invoice=draft, actor=None, now=now)


def test_hours_are_used_when_the_invoice_is_issued_and_come_back_with_its_credit_note():
    package = PackageFactory()
    draft = draft_of(package)
    made = drawn(draft, package)
    assert (made.description, made.quantity, made.amount, left(package)) == ("3 h of Ten hours", -3, -150, 10)
    invoice = issued(draft)
    assert (invoice.total, left(package), moves(package)) == (60, 7, [("bought", 10), ("used", -3)])
    credit_notes.credit_in_full(invoice=invoice, reason="Mistake", actor=None, now=NOW)
    assert (left(package), moves(package)[-1]) == (10, ("returned", 3))
    assert list(PackageEntry.objects.exclude(invoice=None).values_list("invoice", flat=True)) == [invoice.pk] * 2


def test_a_session_at_an_agreed_price_is_paid_by_its_own_hours_and_no_line_twice():
    package = PackageFactory()
    session = SessionFactory(client=package.client)  # of two hours
    agreed = line("200", discount=Decimal(30), charges=[session])
    draft = draft_of(package, agreed, hours_line("3", "80"), line("90", description="Tape"))
    sung, counted, tape = draft.items.order_by("position")
    assert drawn(draft, package, "0.01").amount == Decimal("-0.85")
    assert drawn(draft, package, None).amount == Decimal("-169.15")
    pay = {"package": package, "actor": None, "now": NOW}
    assert packages.draw_down(item=counted, hours=Decimal("2.5"), **pay).amount == -200
    refusals = []
    for item, hours in ((sung, "0.01"), (counted, "2.5"), (tape, "0.01"), (tape, None)):
        with pytest.raises(packages.MoreThanLine) as told:
            packages.draw_down(item=item, hours=hours and Decimal(hours), **pay)
        refusals.append(str(told.value))
    assert refusals == [
        "Of the 2 hours of this line 0 are still to be paid for.",
        "Of the 3 hours of this line 0.5 are still to be paid for.",
        *["A package pays for hours: this line charges for none. Write it in hours first."] * 2,
    ]
    assert (issued(draft).subtotal, left(package)) == (130, Decimal("5.5"))


@pytest.mark.parametrize("change", ["shorter", "gone"])
def test_a_line_that_hours_were_drawn_for_is_not_issued_with_fewer(change):
    package = PackageFactory()
    draft = draft_of(package, hours_line(), line("500"))
    drawn(draft, package)
    paid = draft.items.order_by("position").first()
    if change == "gone":
        drafts.remove_line(item=paid, actor=None, now=NOW)
    else:
        drafts.replace_line(item=paid, line=hours_line("2"), actor=None, now=NOW)
    with pytest.raises(PackageUnusable, match="was changed since"):
        issued(draft)
    drafts.delete_draft(invoice=draft, actor=None, now=NOW)
    assert left(package) == 10


def test_hours_are_the_clients_own_in_time_and_there():
    package = PackageFactory(expires_on=date(2026, 6, 1), bought_on=date(2026, 5, 1))
    other = PackageFactory()
    draft = draft_of(package, hours_line("20"))
    for given in ((other, "3", NOW), (package, "11", NOW), (package, "3", NOW + timedelta(days=1))):
        with pytest.raises(PackageUnusable):
            drawn(draft, given[0], given[1], now=given[2])
    for hours in ("0", "-1", "21"):
        with pytest.raises((packages.MoreThanLine, PackageUnusable)):
            drawn(draft, package, hours)
    with pytest.raises(charging.TestOnly):
        drawn(draft_of(package, is_test=True), package)
    drawn(draft, package, "6")
    drawn(draft, package, "6")
    with pytest.raises(PackageUnusable, match=r"10\.00 hours are left, not 12\.00"):
        issued(draft)
    assert left(package) == 10


def test_a_line_that_was_changed_after_the_hours_were_drawn_is_not_issued():
    package = PackageFactory()
    draft = draft_of(package)
    made = drawn(draft, package)
    drafts.replace_line(item=made, line=hours_line("-4"), actor=None, now=NOW)
    with pytest.raises(PackageUnusable, match="was changed since"):
        issued(draft)
    drafts.remove_line(item=draft.items.get(pk=made.pk), actor=None, now=NOW)
    assert (issued(draft).total, left(package)) == (240, 10)


def test_hours_are_adjusted_for_a_reason_expire_once_and_are_never_overdrawn():
    package = PackageFactory(expires_on=date(2026, 6, 1), bought_on=date(2026, 5, 1))
    for given in ({"hours": Decimal(-11)}, {"hours": Decimal(0)}, {"hours": Decimal(1), "reason": " "}):
        with pytest.raises(BadFacts):
            packages.adjust_hours(**{"package": package, "reason": "Kind", "actor": None, "now": NOW, **given})
    packages.adjust_hours(package=package, hours=Decimal("-2.5"), reason="Kind", actor=None, now=NOW)
    assert packages.expire_packages(now=NOW) == 0
    assert packages.expire_packages(now=NOW + timedelta(days=1)) == 1
    assert packages.expire_packages(now=NOW + timedelta(days=2)) == 0
    assert (left(package), moves(package)[1:]) == (0, [("adjusted", Decimal("-2.5")), ("expired", Decimal("-7.5"))])


def test_a_package_is_sold_once():
    package = PackageFactory()
    draft = packages.sell_package(package=package, actor=None, now=NOW)
    assert (draft.client, draft.total, draft.items.get().description) == (package.client, 480, "Ten hours")
    with pytest.raises(packages.SoldAlready):
        packages.sell_package(package=package, actor=None, now=NOW)
    drafts.delete_draft(invoice=draft, actor=None, now=NOW)
    assert packages.sell_package(package=package, actor=None, now=NOW).total == 480
    with pytest.raises(packages.SoldAlready):
        packages.sell_package(package=PackageFactory(price=None), actor=None, now=NOW)


BAD = [
    {"name": ""},
    {"hours": Decimal(0)},
    {"hours": Decimal(-1)},
    {"hours": Decimal("1e9")},
    {"price": Decimal(-1)},
    {"expires_on": date(2026, 5, 31)},
    {"name": "a\0"},
]


@pytest.mark.parametrize("given", BAD, ids=str)
def test_nonsense_is_refused_in_a_sentence(given):
    with pytest.raises(BadFacts) as told:
        PackageFactory(**given)
    assert str(told.value).endswith(".")


def test_the_ledger_is_added_to_and_adds_up_whoever_writes():
    package = PackageFactory()
    entry = package.entries.get()
    assert refused("UPDATE packages SET hours_left = 11 WHERE id = %s", [package.pk]) == "packages_hours_add_up"
    assert refused("UPDATE packages SET hours_left = -1 WHERE id = %s", [package.pk]) == "packages_hours_not_overdrawn"
    assert refused("DELETE FROM package_entries WHERE id = %s", [entry.pk]) == "package_entries_append_only"
    assert refused("UPDATE package_entries SET hours = 9 WHERE id = %s", [entry.pk]) == "package_entries_append_only"
    added = "INSERT INTO package_entries (package_id, kind, hours, reason, at) VALUES (%s, 'adjusted', 1, 'x', now())"
    assert refused(added, [package.pk]) == "packages_hours_add_up"
    survivor = ClientFactory()
    merging.merge_clients(survivor=survivor, merged=package.client, actor=None, now=NOW)
    package.refresh_from_db()
    assert package.client == survivor
