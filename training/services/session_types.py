"""The session types that a studio opens with."""

from django.db import transaction

from training.models import Attendee, SessionType

# Code, name, colour, who has it, whether it takes a credit, whether the week's limit counts it.
FIRST_TYPES = (
    ("trial", "Trial", "#2563eb", Attendee.TRIAL, False, True),
    ("member", "Member", "#16a34a", Attendee.FULL, True, True),
    ("contractual", "Contractual", "#ea580c", Attendee.TRIAL, False, True),
    ("makeup", "Make-up", "#1e3a8a", Attendee.FULL, True, True),
    ("multi_site", "Multi-site", "#9333ea", Attendee.GUEST, False, True),
    ("collaboration", "Collaboration", "#65a30d", Attendee.COLLABORATION, False, True),
    ("non_bookable", "Not bookable", "#dc2626", Attendee.NOBODY, False, False),
    ("outage", "Outage", "#64748b", Attendee.NOBODY, False, False),
)
EXCEED_THE_WEEK = frozenset({"makeup"})


@transaction.atomic
def seed_session_types() -> None:
    """Make the first session types, unless there are any: one that was deleted stays deleted."""
    if SessionType.objects.exists():
        return
    SessionType.objects.bulk_create(
        SessionType(
            code=code,
            name=name,
            colour=colour,
            attendee=attendee,
            takes_credit=takes_credit,
            counts_in_cap=counts_in_cap,
            skips_cap=code in EXCEED_THE_WEEK,
            position=position,
        )
        for position, (code, name, colour, attendee, takes_credit, counts_in_cap) in enumerate(FIRST_TYPES, start=1)
    )
