"""Completed training sessions that no plan pays for: each becomes a line of a draft, where its type has a price."""

from contextlib import suppress
from datetime import datetime

from django.utils import translation

from billing.models import Invoice, InvoiceItem, InvoiceKind, InvoiceSource, InvoiceStatus, Service
from billing.selectors import terms
from billing.services import drafts
from billing.services.drafts import NewLine
from sessions_app.models import Client
from studio.accounts.models import User
from studio.db import advisory_lock, refusing, taking_turns
from studio.office.selectors.profile import current_profile
from studio.showing import when
from training.models import TrainingSession


@taking_turns()
def charge_session(*, session: TrainingSession, actor: User | None, now: datetime) -> InvoiceItem | None:
    """Put a session on the draft of its member's client, and return the line; twice is once.

    None where nothing can be charged: it has no member, its type no price, their client another currency, or it is on a
    document already. A session is completed all the same: it waits in the list of those to bill.
    raises: studio.db.TryAgain
    """
    service = Service.objects.on_sale().filter(session_type=session.session_type).select_related("vat_rate").first()
    if session.member is None or service is None or service.vat_rate.archived_at:
        return None
    client = session.member.client
    with refusing():
        advisory_lock([f"session_lines:{client.pk}"])
    is_charged = InvoiceSource.objects.filter(training_session=session, released_at__isnull=True).exists()
    if is_charged or client.currency != current_profile().currency:
        return None
    draft = _put(_line(session, service, client), client, actor=actor, now=now)
    return draft.items.order_by("position").last()


@taking_turns()
def let_go(*, session: TrainingSession, actor: User | None, now: datetime) -> None:
    """Take a session off the draft that it is on, and the draft with it when nothing else is there.

    One that is issued stays: a credit note takes it back.
    raises: studio.db.TryAgain
    """
    sources = InvoiceSource.objects.filter(training_session=session, released_at__isnull=True)
    on_draft = sources.filter(item__invoice__status=InvoiceStatus.DRAFT).select_related("item__invoice").first()
    if on_draft is None:
        return
    draft = drafts.remove_line(item=on_draft.item, actor=actor, now=now)
    if not draft.items.exists():
        drafts.delete_draft(invoice=draft, actor=actor, now=now)


def _put(line: NewLine, client: Client, *, actor: User | None, now: datetime) -> Invoice:
    """Put a line on the open draft of a client, or on a new one where there is none, or it was just issued."""
    if (draft := _open_draft(client)) is not None:
        with suppress(drafts.NotADraft):
            return drafts.add_lines(invoice=draft, lines=[line], actor=actor, now=now)
    return drafts.create_draft(client=client, lines=[line], actor=actor, now=now)


def _open_draft(client: Client) -> Invoice | None:
    """Return the draft that a client's sessions are put on: one that charges for such sessions already."""
    drafts_ = Invoice.objects.filter(client=client, kind=InvoiceKind.INVOICE, status=InvoiceStatus.DRAFT, is_test=False)
    on_them = InvoiceSource.objects.filter(training_session__isnull=False, item__invoice__in=drafts_)
    return drafts_.filter(pk__in=on_them.values("item__invoice")).order_by("-pk").first()


def _line(session: TrainingSession, service: Service, client: Client) -> NewLine:
    own_rate = terms.details_of(client).vat_rate
    with translation.override(str(terms.usual_terms(client)["language"])):
        at = when(session.scheduled_start, zone=current_profile().zone)
    return NewLine(
        f"{service.name}, {at}",
        service.unit_price,
        own_rate or service.vat_rate,
        quantity=service.default_quantity,
        unit=service.unit,
        service=service,
        charges=[session],
    )
