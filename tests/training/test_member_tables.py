"""What the tables of members refuse whoever asks: also raw SQL, and two who ask at once."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from studio.accounts.services import users
from studio.db import constraint_name, sqlstate
from tests.factories import NOW, UserFactory
from tests.training_factories import MemberFactory
from training.models import BodyCheckup, EmergencyContact, Member, MemberComment
from training.services import checkups, emergency_contacts, member_comments, members

pytestmark = pytest.mark.django_db


def refused(sql, *values):
    """The (state, constraint) with which a statement is refused."""
    with pytest.raises(IntegrityError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET CONSTRAINTS ALL IMMEDIATE; {sql}", values)
    return sqlstate(caught.value), constraint_name(caught.value)


def referring(member, referrer):
    return ("UPDATE members SET referred_by_member_id = %s WHERE id = %s", referrer.pk, member.pk)


def test_nobody_refers_themselves_not_even_in_a_circle():
    anna, bea, cleo = (MemberFactory(first_name=name) for name in ("Anna", "Bea", "Cleo"))
    for member, referrer in ((bea, anna), (cleo, bea)):
        members.change_member(member=member, referred_by_member=referrer, actor=None, now=NOW)

    assert refused(*referring(anna, anna)) == ("23514", "members_not_referred_by_self")
    assert refused(*referring(anna, bea)) == ("23514", "members_referral_no_circle")
    assert refused(*referring(anna, cleo)) == ("23514", "members_referral_no_circle")
    with pytest.raises(members.ReferralCircle, match="referred themselves"):
        members.change_member(member=anna, referred_by_member=cleo, actor=None, now=NOW)
    members.change_member(member=cleo, referred_by_member=None, actor=None, now=NOW)
    members.change_member(member=anna, referred_by_member=cleo, actor=None, now=NOW)


def test_a_member_has_a_client_of_their_own():
    one, other = MemberFactory(), MemberFactory()

    set_client = "UPDATE members SET client_id = %s WHERE id = %s"
    assert refused(set_client, None, one.pk)[0] == "23502"
    assert refused(set_client, other.client_id, one.pk) == ("23505", "members_client_id_key")
    assert refused(set_client, 0, one.pk)[0] == "23503"
    assert refused("DELETE FROM clients WHERE id = %s", one.client_id)[0] == "23503"
    assert refused("UPDATE members SET training_preference = 'women_only' WHERE id = %s", one.pk) == (
        *("23514", "members_women_only_female"),
    )


def test_a_checkup_is_one_a_day_weighs_something_and_lies_behind():
    member, today = MemberFactory(), date(2026, 6, 1)
    first = checkups.record_checkup(member=member, weight="70.5", actor=None, now=NOW)

    assert (first.checked_on, member.checkups.get().weight) == (today, first.weight)
    with pytest.raises(checkups.facts.BadFacts, match="There is a check-up of that day already"):
        checkups.record_checkup(member=member, weight=71, actor=None, now=NOW)
    for given, told in (
        ({"weight": 0}, "more than 0 kilograms"),
        ({"weight": -1}, "more than 0 kilograms"),
        ({"weight": 1000}, "no more than 3 digits before"),
        ({"weight": "70.555"}, "no more than 2 decimal"),
        ({"notes": "  "}, "has a weight or a note"),
    ):
        with pytest.raises(checkups.facts.BadFacts, match=told):
            checkups.record_checkup(member=member, checked_on=today - timedelta(days=1), actor=None, now=NOW, **given)
    with pytest.raises(checkups.CheckupInFuture, match="cannot lie in the future"):
        checkups.record_checkup(member=member, checked_on=today + timedelta(days=1), weight=70, actor=None, now=NOW)
    with pytest.raises(checkups.CheckupInFuture):
        checkups.change_checkup(checkup=first, checked_on=today + timedelta(days=1), actor=None, now=NOW)
    # 23:00 in UTC is tomorrow on the studio's calendar.
    late = checkups.record_checkup(member=member, weight=70, actor=None, now=NOW.replace(hour=23))
    assert late.checked_on == date(2026, 6, 2)
    insert = "INSERT INTO body_checkups (member_id, checked_on, weight) VALUES (%s, %s, %s)"
    assert refused(insert, member.pk, today, 70) == ("23505", "body_checkups_once_a_day")
    assert refused(insert, member.pk, "2026-05-01", 0) == ("23514", "body_checkups_weight_positive")


def test_a_comment_says_something_and_outlives_its_author():
    member, author = MemberFactory(), UserFactory(name="Dana Desk", email="dana@example.org")
    comment = member_comments.add_comment(member=member, body=" Call back ", actor=author, now=NOW)

    for empty in ("", "  \n"):
        with pytest.raises(member_comments.facts.BadFacts):
            member_comments.add_comment(member=member, body=empty, actor=author, now=NOW)
    insert = "INSERT INTO member_comments (member_id, author_label, body) VALUES (%s, %s, %s)"
    assert refused(insert, member.pk, "", "text") == ("23514", "member_comments_author_named")
    assert refused(insert, member.pk, "Dana", " ") == ("23514", "member_comments_body_given")
    users.rename_account(user=author, name="Dana Dupont", actor=None, now=NOW)
    author.delete()
    comment.refresh_from_db()
    assert (comment.body, comment.author, comment.author_label) == (
        *("Call back", None),
        "Dana Dupont <dana@example.org>",
    )


def test_one_emergency_contact_is_called_first():
    member = MemberFactory()

    def add(name, phone, **given):
        return emergency_contacts.add_emergency_contact(
            member=member, name=name, phone=phone, actor=None, now=NOW, **given
        )

    mother, father = add("Mother", "0611", is_primary=True), add("Father", "0622", is_primary=True)

    assert list(EmergencyContact.objects.order_by("pk").values_list("name", "is_primary")) == [
        ("Mother", False),
        ("Father", True),
    ]
    assert refused("UPDATE emergency_contacts SET is_primary = true WHERE id = %s", mother.pk) == (
        *("23505", "emergency_contacts_one_primary"),
    )
    for name, phone in (("", "0611"), ("Nobody", ""), ("Nobody", "none")):
        with pytest.raises(emergency_contacts.facts.BadFacts):
            add(name, phone)
    emergency_contacts.remove_emergency_contact(contact=father, actor=None, now=NOW)
    assert member.emergency_contacts.count() == 1


def test_the_parts_of_a_member_go_with_them():
    member = MemberFactory()
    member_comments.add_comment(member=member, body="Hello", actor=None, now=NOW)
    checkups.record_checkup(member=member, weight=70, actor=None, now=NOW)
    emergency_contacts.add_emergency_contact(member=member, name="Mother", phone="0611", actor=None, now=NOW)

    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM members WHERE id = %s", [member.pk])

    assert [model.objects.count() for model in (Member, MemberComment, BodyCheckup, EmergencyContact)] == [0] * 4
