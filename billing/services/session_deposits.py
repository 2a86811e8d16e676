"""Asking the deposit of booked time: an invoice of its own, whose money books a slot that is only held."""

from datetime import datetime
from decimal import Decimal

from django.utils import translation
from django.utils.translation import gettext as _

from billing.models import Invoice, InvoiceKind, SessionDeposit, VatRate
from billing.services import document_mails, drafts, issuing, settling
from billing.services.drafts import NewLine
from sessions_app.models import Client, SessionStatus, StudioSession
from sessions_app.services import sessions
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.clock import local_day
from studio.db import refusing, taking_turns
from studio.errors import DomainError
from studio.not_sent import NOT_SENT, Unsent
from studio.office.selectors.profile import current_profile
from studio.showing import day

ASKED_OF = (SessionStatus.HOLD, SessionStatus.REQUESTED, SessionStatus.SCHEDULED)
LONGEST_LABEL = 255


class NoDepositToAsk(DomainError):
    """The session asks for no deposit, or it is paid or asked for already."""


def can_be_asked(session: StudioSession) -> bool:
    """Return whether a session, as far as its row says, can ask for a deposit.

    Of a hold nobody need have said how much: that is agreed with the asking.
    """
    is_open = not session.deposit_paid and session.deposit_asked_at is None and session.invoiced_at is None
    may_have = bool(session.deposit_amount) or session.status == SessionStatus.HOLD
    return is_open and may_have and session.client_id is not None and session.status in ASKED_OF


@taking_turns()
def ask_session_deposit(
    *, session: StudioSession, actor: User | None, now: datetime, amount: Decimal | Unsent = NOT_SENT
) -> Invoice:
    """Issue the invoice over a session's deposit, at the usual rate of VAT, have it sent, and return it.

    amount: without VAT, becomes the session's deposit; not sent is the one that it has
    A client without an address gets no mail.
    raises: NoDepositToAsk, sessions.DepositAsked, issuing.NoSeller and what else an issue refuses, studio.db.TryAgain
    """
    if session.client is None:
        raise NoDepositToAsk(_("This session is in-house: nobody is asked for a deposit."))
    client = settling.lock_client(session.client)
    booked, sum_ = _to_ask(session, client, amount, actor, now)
    draft = drafts.create_draft(client=client, kind=InvoiceKind.DEPOSIT, project=booked.project, actor=actor, now=now)
    with translation.override(draft.language):
        told = {"title": booked.title, "day": day(local_day(booked.starts_at, current_profile().zone))}
        label = (_("Deposit: %(title)s, %(day)s") % told)[:LONGEST_LABEL]
    rate = VatRate.objects.get(is_default=True)
    drafts.add_lines(invoice=draft, lines=[NewLine(label, sum_, rate)], actor=actor, now=now)
    with refusing(session_deposits_one_standing=_asked_already(booked)):
        SessionDeposit.objects.create(session=booked, session_label=str(booked)[:LONGEST_LABEL], invoice=draft)
    issued = issuing.issue_invoice(invoice=draft, actor=actor, now=now)
    changes: dict[str, tuple[object, object]] = {"deposit_invoice": (None, issued.invoice_number)}
    audit.record(verb="ask", subject=booked, actor=actor, now=now, changes=changes)
    if address := document_mails.usual_recipient(issued):
        document_mails.queue_mail(document=issued, address=address, actor=actor, now=now)
    return issued


def _to_ask(
    session: StudioSession, client: Client, amount: Decimal | Unsent, actor: User | None, now: datetime
) -> tuple[StudioSession, Decimal]:
    """Return a session of a client, and the deposit that it asks by now."""
    booked = StudioSession.objects.select_related("project").get(pk=session.pk)
    if booked.deposit_asked_at is not None:
        raise _asked_already(booked)
    if amount is not NOT_SENT and can_be_asked(booked):
        sessions.change_session(session=booked, deposit_amount=amount, actor=actor, now=now)
        booked.refresh_from_db()
    if not can_be_asked(booked) or not booked.deposit_amount:
        raise NoDepositToAsk(_("%(session)s asks for no deposit, or it is paid.") % {"session": booked})
    if booked.client_id != client.pk or booked.currency != client.currency:
        raise NoDepositToAsk(_("%(session)s is another client's, or in another currency.") % {"session": booked})
    return booked, booked.deposit_amount


def _asked_already(session: StudioSession) -> NoDepositToAsk:
    return NoDepositToAsk(_("The deposit of %(session)s is asked already.") % {"session": session})
