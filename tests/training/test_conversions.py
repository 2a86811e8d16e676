"""Trial and collaboration members become full ones."""

from datetime import date

import pytest

from studio.accounts.models import AuditEvent
from tests.factories import NOW
from tests.training_factories import MemberFactory
from training.selectors.member_alerts import alerts_of, next_birthday
from training.services import conversions, member_comments
from training.services.conversions import NotConvertible

pytestmark = pytest.mark.django_db
TODAY = date(2026, 6, 1)


def converted(member, **given):
    return conversions.convert_collaboration(
        member=member, actor=None, now=NOW, **{"ends_contract": True, "note": "", **given}
    )


def test_a_trial_member_becomes_full_and_active():
    member = MemberFactory(member_type="trial")

    full = conversions.convert_trial(member=member, actor=None, now=NOW)

    assert (member.status, full.member_type, full.status) == ("pending", "full", "active")
    assert AuditEvent.objects.get(verb="convert").changes == {
        "member_type": ["trial", "full"],
        "status": ["pending", "active"],
    }
    with pytest.raises(NotConvertible, match="is a full member, not a trial member"):
        conversions.convert_trial(member=full, actor=None, now=NOW)


@pytest.mark.parametrize(
    ("ends_contract", "before", "after"),
    [
        (True, None, TODAY),
        (True, date(2026, 12, 31), TODAY),
        (True, date(2026, 3, 1), date(2026, 3, 1)),
        (False, date(2026, 12, 31), date(2026, 12, 31)),
    ],
)
def test_a_collaboration_member_becomes_full_and_keeps_what_was_agreed(ends_contract, before, after):
    member = MemberFactory(
        member_type="collaboration", partnership_company="Radio", contract_ends_on=before, status="inactive"
    )

    full = converted(member, ends_contract=ends_contract, note="Pays herself now.")

    full.refresh_from_db()
    assert (full.member_type, full.status, full.contract_ends_on, full.partnership_company, full.reactivated_at) == (
        *("full", "active", after),
        *("Radio", NOW),
    )
    assert full.comments.get().body == "Pays herself now."


def test_a_contract_that_has_not_begun_cannot_end_today():
    member = MemberFactory(member_type="collaboration", contract_starts_on=date(2026, 7, 1))

    with pytest.raises(NotConvertible, match="begins on 1 Jul 2026 only"):
        converted(member, note="x")
    member.refresh_from_db()
    assert (member.member_type, member.comments.count()) == ("collaboration", 0)
    assert converted(member, ends_contract=False).member_type == "full"


# What should not be missed -----------------------------------------------------------------------------


def alerts(**facts):
    member = MemberFactory(**{"uniform_received": True, **facts})
    return [(alert.text, alert.is_critical) for alert in alerts_of(member, TODAY)]


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({}, []),
        ({"uniform_received": False, "uniform_size": "M"}, [("The uniform is not handed out yet: size M.", False)]),
        ({"uniform_received": False, "member_type": "trial"}, []),
        ({"date_of_birth": date(1990, 6, 1)}, [("Birthday today: 36 years.", False)]),
        ({"date_of_birth": date(1990, 6, 8)}, [("Birthday in 7 days: 36 years.", False)]),
        ({"date_of_birth": date(1990, 6, 9)}, []),
        ({"waiver_expires_on": TODAY}, [("The waiver expired on 1 Jun 2026: nothing can be booked.", True)]),
        ({"waiver_expires_on": date(2026, 6, 4)}, [("The waiver expires in 3 days.", True)]),
        ({"waiver_expires_on": date(2026, 6, 5)}, [("The waiver expires in 4 days.", False)]),
        ({"waiver_expires_on": date(2026, 7, 2)}, []),
        (
            {"member_type": "collaboration", "contract_ends_on": date(2026, 7, 1)},
            [("The contract ends in 30 days.", False)],
        ),
        ({"member_type": "collaboration", "contract_ends_on": date(2026, 7, 2)}, []),
        ({"member_type": "full", "contract_ends_on": TODAY}, []),
    ],
)
def test_what_is_to_be_known_of_a_member_today(facts, told):
    assert alerts(**facts) == told


def test_comments_are_alerts_until_they_are_due_the_critical_ones_first():
    member = MemberFactory(uniform_received=True, date_of_birth=date(1990, 6, 3))
    for body, due_on in (
        ("in a week", date(2026, 6, 8)),
        ("x" * 300, date(2026, 6, 4)),
        ("today", TODAY),
        ("over", date(2026, 5, 31)),
        ("plain", None),
    ):
        member_comments.add_comment(member=member, body=body, due_on=due_on, actor=None, now=NOW)

    told = [(alert.text[:10], len(alert.text), alert.is_critical) for alert in alerts_of(member, TODAY)]

    assert told == [
        ("today", 5, True),
        ("x" * 10, 100, True),
        ("Birthday i", 29, False),
        ("in a week", 9, False),
    ]


@pytest.mark.parametrize(
    ("today", "next_one"),
    [
        (date(2026, 2, 28), date(2026, 2, 28)),
        (date(2026, 3, 1), date(2027, 2, 28)),
        (date(2028, 2, 28), date(2028, 2, 29)),
    ],
)
def test_a_birthday_on_29_february(today, next_one):
    assert next_birthday(date(1992, 2, 29), today) == next_one
