"""Nothing is written any more under a client who has been merged into another."""

from datetime import UTC, datetime, timedelta

import pytest

from sessions_app.models import ClientContact, ClientNote, CompanyMember, Project, StudioSession, WaitlistEntry
from sessions_app.services import clients, contacts, linked_clients, merging, sessions, waitlist
from sessions_app.services.contacts import add_member
from tests.factories import (
    NOW,
    ClientFactory,
    HoldFactory,
    ProjectFactory,
    RequestFactory,
    SeriesFactory,
    SessionFactory,
)

pytestmark = pytest.mark.django_db
TEN = datetime(2026, 6, 2, 10, 0, tzinfo=UTC)


def wait(client):
    waitlist.add_entry(
        client=client,
        title="Drums",
        wanted_from=TEN,
        wanted_to=TEN + timedelta(hours=8),
        length_minutes=60,
        actor=None,
        now=NOW,
    )


WRITES = {
    "session": lambda client: SessionFactory(client=client),
    "hold": lambda client: HoldFactory(client=client),
    "request": lambda client: RequestFactory(client=client),
    "series": lambda client: SeriesFactory(client=client),
    "waitlist": wait,
    "project": lambda client: ProjectFactory(client=client),
    "note": lambda client: clients.add_note(client=client, body="Loud", actor=None, now=NOW),
    "contact": lambda client: contacts.add_contact(client=client, last_name="Perrin", actor=None, now=NOW),
    "member": lambda client: add_member(
        company=ClientFactory(kind="company"), member=client, role="voice", actor=None, now=NOW
    ),
    "change": lambda client: sessions.change_session(
        session=SessionFactory(client=None), client=client, actor=None, now=NOW
    ),
}
KEPT = (StudioSession, WaitlistEntry, Project, ClientNote, ClientContact)


def under(client):
    return (
        sum(model.objects.filter(client=client).count() for model in KEPT)
        + CompanyMember.objects.filter(member=client).count()
    )


@pytest.mark.parametrize("write", WRITES)
def test_nothing_is_written_under_a_merged_client(write, room):
    mina, twin = ClientFactory(name="Mina Morel"), ClientFactory(name="Mina MOREL")
    WRITES[write](mina)
    merging.merge_clients(survivor=mina, merged=twin, actor=None, now=NOW)

    with pytest.raises(linked_clients.MergedAway, match="Mina MOREL has been merged into Mina Morel"):
        WRITES[write](twin)

    assert under(mina) >= 1
    assert under(twin) == 0
