"""Asking the deposit of booked time: an invoice of its own, whose money books a slot that is only held."""

from datetime import datetime

from django.utils import translation
from django.utils.translation import gettext as _

from billing.models import Invoice, InvoiceKind, SessionDeposit, VatRate
from billing.services import document_mails, drafts, issuing, settling
from billing.services.drafts import NewLine
from sessions_app.models import SessionStatus, StudioSession
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.clock import local_day
from studio.db import refusing, taking_turns
from studio.errors import DomainError
from studio.office.selectors.profile import current_profile
from studio.showing import day

ASKED_OF = (SessionStatus.HOLD, SessionStatus.REQUESTED, SessionStatus.SCHEDULED)
LONGEST_LABEL = 255


class NoDepositToAsk(DomainError):
    """The session asks for no deposit, or it is paid or asked for already."""


def can_be_asked(session: StudioSession) -> bool:
    """Return whether a session, as far as its row says, asks for a deposit that is not paid."""
    is_due = bool(session.deposit_amount) and not session.deposit_paid and session.invoiced_at is None
    return is_due and session.client_id is not None and session.status in ASKED_OF


@taking_turns()
def ask_session_deposit(*, session: StudioSession, actor: User | None, now: datetime) -> Invoice:
    """Issue the invoice over a session's deposit, at the usual rate of VAT, have it sent, and return it.

    A client without an address gets no mail.
    raises: NoDepositToAsk, issuing.NoSeller and what else an issue refuses, studio.db.TryAgain
    """
    if session.client is None:
        raise NoDepositToAsk(_("This session is in-house: nobody is asked for a deposit."))
    client = settling.lock_client(session.client)
    booked = StudioSession.objects.select_related("project").get(pk=session.pk)
    if not can_be_asked(booked) or booked.deposit_amount is None:
        raise NoDepositToAsk(_("%(session)s asks for no deposit, or it is paid.") % {"session": booked})
    if booked.client_id != client.pk or booked.currency != client.currency:
        raise NoDepositToAsk(_("%(session)s is another client's, or in another currency.") % {"session": booked})
    draft = drafts.create_draft(client=client, kind=InvoiceKind.DEPOSIT, project=booked.project, actor=actor, now=now)
    with translation.override(draft.language):
        told = {"title": booked.title, "day": day(local_day(booked.starts_at, current_profile().zone))}
        label = (_("Deposit: %(title)s, %(day)s") % told)[:LONGEST_LABEL]
    rate = VatRate.objects.get(is_default=True)
    drafts.add_lines(invoice=draft, lines=[NewLine(label, booked.deposit_amount, rate)], actor=actor, now=now)
    asked_already = NoDepositToAsk(_("The deposit of %(session)s is asked already.") % {"session": booked})
    with refusing(session_deposits_one_standing=asked_already):
        SessionDeposit.objects.create(session=booked, session_label=str(booked)[:LONGEST_LABEL], invoice=draft)
    issued = issuing.issue_invoice(invoice=draft, actor=actor, now=now)
    changes: dict[str, tuple[object, object]] = {"deposit_invoice": (None, issued.invoice_number)}
    audit.record(verb="ask", subject=booked, actor=actor, now=now, changes=changes)
    if address := document_mails.usual_recipient(issued):
        document_mails.queue_mail(document=issued, address=address, actor=actor, now=now)
    return issued
