"""Whoever is not shown what sessions cost is shown it nowhere else either."""

import html
from decimal import Decimal

import pytest

from sessions_app.models import Client, EquipmentService
from sessions_app.services import assignments, equipment, feeds, rooms
from studio.accounts.models import AuditEvent
from studio.accounts.services import users
from tests.factories import EquipmentFactory, ImportFactory, MusicianFactory, RoomFactory, SessionFactory
from tests.staff import NOW, account, signed_in

ADMIN = "/admin/sessions_app"

pytestmark = pytest.mark.django_db


def text(response):
    return " ".join(html.unescape(response.content.decode()).split())


def read(browser, *addresses):
    answers = [browser.get(f"{ADMIN}/{address}") for address in addresses]
    assert [answer.status_code for answer in answers] == [200] * len(answers)
    return " ".join(text(answer) for answer in answers)


def test_rates_balances_and_purchases_are_for_who_sees_money(web, client_):
    trainer, owner = account("trainer"), account("owner")
    room = RoomFactory(name="Studio P", hourly_rate=Decimal("61.25"))
    rooms.change_room(room=room, hourly_rate=Decimal("62.75"), actor=owner, now=NOW)
    item = EquipmentFactory(name="U87", daily_rate=Decimal("41.30"), purchase_price=Decimal("2345.67"))
    equipment.change_equipment(equipment=item, daily_rate=Decimal("42.35"), actor=owner, now=NOW)
    Client.objects.filter(pk=client_.pk).update(balance_due=Decimal("765.43"))
    session = SessionFactory(title="Drums", client=client_)
    assignments.assign_member(session=session, member=trainer, actor=None, now=NOW)
    bea = MusicianFactory(name="Bea", hourly_rate=Decimal("77.55"))
    agreed = assignments.assign_member(session=session, member=bea, actor=None, now=NOW)
    assignments.change_assignment(assignment=agreed, rate=Decimal("88.25"), actor=owner, now=NOW)
    addresses = [
        *("room/", "equipment/", "client/"),
        *(f"room/{room.pk}/change/", f"room/{room.pk}/history/"),
        *(f"equipment/{item.pk}/change/", f"equipment/{item.pk}/history/", f"client/{client_.pk}/change/"),
        *(f"studiosession/{session.pk}/change/", f"studiosession/{session.pk}/history/"),
    ]

    shown = {person: read(signed_in(web, person), *addresses) for person in (trainer, owner)}

    for money in ("61.25", "62.75", "41.30", "42.35", "2345.67", "765.43", "77.55", "88.25"):
        assert (money in shown[owner], money in shown[trainer]) == (True, False), money
    for fact in ("Studio P", "U87", "Mina Morel", "Bea"):
        assert fact in shown[trainer], fact


def test_what_maintenance_cost_is_for_who_sees_money(web):
    item = EquipmentFactory(name="U87")
    EquipmentService.objects.create(equipment=item, kind="repair", starts_at=NOW, cost=Decimal("54.32"))

    shown = [read(signed_in(web, account(role)), "equipmentservice/") for role in ("owner", "trainer")]

    assert [("54.32" in each, "U87" in each) for each in shown] == [(True, True), (False, True)]


@pytest.mark.parametrize(("role", "status"), [("front_desk", 403), ("owner", 200)])
def test_the_report_of_an_import_is_an_export(web, role, status):
    made = ImportFactory()
    browser = signed_in(web, account(role))

    page = text(browser.get(f"{ADMIN}/clientimport/{made.pk}/change/"))
    answer = browser.get(f"{ADMIN}/clientimport/{made.pk}/report/")
    list(answer)  # a file is closed when it has been read

    assert (answer.status_code, "Download the report" in page) == (status, status == 200)
    assert AuditEvent.objects.filter(verb="export").count() == (status == 200)


def test_a_feed_ends_with_whoever_made_it(web):
    manager = account("manager")
    made = feeds.make_feed(name="Door", scope="house", detail="full", actor=manager, now=NOW)
    path = "/" + made.address.split("/", 3)[3]

    before = web.get(path)
    users.deactivate_account(user=manager, actor=None, now=NOW)

    assert (before.status_code, before["Cache-Control"], web.get(path).status_code) == (200, "no-store", 404)
