"""Trial members: six facts are enough to book a first session for somebody."""

from collections.abc import Mapping
from datetime import datetime

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from studio.accounts.models import User
from studio.db import taking_turns
from studio.errors import DomainError
from studio.trail import field_label
from training.models import Member, MemberStatus, MemberType
from training.services import members


class FactsMissing(DomainError):
    """A trial member has first and last name, telephone, e-mail, gender and how they found the studio."""

    status_code = 400


@taking_turns()
def trial_member(
    *,
    first_name: str,
    last_name: str,
    phone: str,
    email: str,
    gender: str,
    referral_source: str,
    actor: User | None,
    now: datetime,
) -> Member:
    """Return a pending trial member for a booking: a new one, or one who never got as far as a session.

    Called in the transaction that books, so that a refused booking leaves nobody behind, and which has locked
    `orphan_of` the address.
    raises: FactsMissing, members.EmailTaken, member_clients.IsAClient, facts.BadFacts
    """
    given: members.MemberFacts = {
        "first_name": first_name.strip(),
        "last_name": last_name.strip(),
        "phone": phone.strip(),
        "email": email.strip().lower(),
        "gender": gender,
        "referral_source": referral_source,
    }
    _insist_on_all(given)
    orphan = orphan_of(email)
    if orphan is not None:
        return members.change_member(member=orphan, actor=actor, now=now, **given)
    given["member_type"] = MemberType.TRIAL
    return members.create_member(status=MemberStatus.PENDING, actor=actor, now=now, **given)


def orphan_of(email: str) -> Member | None:
    """Return the pending trial member of an e-mail who never got as far as a session.

    Asked before anything is locked, and once more afterwards: somebody may have booked for them meanwhile.
    """
    return Member.objects.orphan_trials().filter(email=email.strip().lower()).first()


def _insist_on_all(given: Mapping[str, object]) -> None:
    missing = [capfirst(field_label(Member, field)) for field, value in given.items() if not value]
    if missing:
        sentence = _("A trial member needs these as well: %(fields)s.")
        raise FactsMissing(sentence % {"fields": ", ".join(missing)})
