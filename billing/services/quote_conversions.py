"""What an accepted quote becomes: a project, a deposit invoice and an invoice, each once."""

from contextlib import suppress
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from billing.models import Invoice, InvoiceKind, InvoiceSource, InvoiceStatus, Quote, QuoteItem, QuoteStatus
from billing.selectors import quote_sums
from billing.selectors.left import per_rate_left
from billing.services import deposits, drafts, issuing, quote_states
from billing.services.charging import Charged
from billing.services.drafts import NewLine
from billing.services.quote_holds import GONE
from sessions_app.models import Project
from sessions_app.services import projects, sessions
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.clock import local_day
from studio.db import refusing, taking_turns
from studio.errors import DomainError
from studio.office.selectors.profile import current_profile


class NotAccepted(DomainError):
    """Only what a client has accepted becomes something."""


class ConvertedAlready(DomainError):
    """The quote has become that already."""


class NoDeposit(DomainError):
    """The quote asks for no deposit."""


@taking_turns()
def convert_to_project(*, quote: Quote, actor: User | None, now: datetime) -> Project:
    """Start the project of an accepted quote, with its slots and what was agreed, and return it.

    Its budget is the sum without VAT, as sessions and hours are.
    raises: NotAccepted, ConvertedAlready, studio.db.TryAgain
    """
    accepted = _locked_accepted(quote)
    if accepted.converted_at is not None or accepted.project is not None:
        raise ConvertedAlready(_("%(quote)s has a project already.") % {"quote": accepted})
    items = quote_states.items_of(accepted)
    project = projects.create_project(
        client=accepted.client,
        name=accepted.title,
        description="\n".join(_told(item) for item in items),
        budget=accepted.subtotal,
        starts_on=local_day(now, current_profile().zone),
        actor=actor,
        now=now,
    )
    accepted.converted_to_project, accepted.converted_at = project, now
    accepted.save(update_fields=["converted_to_project", "converted_at"])
    for session in (item.session for item in items):
        if session is not None and session.project_id is None and session.invoiced_at is None:
            sessions.change_session(session=session, project=project, actor=actor, now=now)
    changes: dict[str, tuple[object, object]] = {"converted_to_project": (None, project)}
    audit.record(verb="convert", subject=accepted, actor=actor, now=now, changes=changes)
    return project


@taking_turns()
def convert_to_invoice(*, quote: Quote, actor: User | None, now: datetime) -> Invoice:
    """Write the draft of an invoice with the lines of an accepted quote, less its deposit, and return it.

    Each line is on one invoice at a time: once that is thrown away or credited, the rest can be invoiced again.
    raises: NotAccepted, ConvertedAlready, drafts.ChargedAlready, studio.db.TryAgain
    """
    accepted = _locked_accepted(quote)
    items = [item for item in quote_states.items_of(accepted) if not _is_charged(item)]
    if not items:
        raise ConvertedAlready(_("Every line of %(quote)s is on an invoice already.") % {"quote": accepted})
    draft = drafts.create_draft(
        client=accepted.client,
        lines=[_line(item) for item in items],
        project=accepted.converted_to_project or accepted.project,
        language=accepted.language,
        price_mode=accepted.price_mode,
        purchase_order=accepted.purchase_order,
        notes=accepted.notes,
        actor=actor,
        now=now,
    )
    deposit = accepted.deposit_invoice
    if deposit is not None and _can_be_deducted(deposit):
        draft = deposits.deduct_deposits(invoice=draft, deposits=[deposit], actor=actor, now=now)
    changes: dict[str, tuple[object, object]] = {"invoice": (None, draft.pk), "total": (None, draft.total)}
    audit.record(verb="invoice", subject=accepted, actor=actor, now=now, changes=changes)
    return draft


@taking_turns()
def ask_deposit(*, quote: Quote, actor: User | None, now: datetime) -> Invoice:
    """Issue the deposit invoice of an accepted quote, and return it.

    raises: NotAccepted, ConvertedAlready, NoDeposit, written_lines.RateArchived, issuing.NoSeller and what else an
        issue refuses
    """
    accepted = _locked_accepted(quote)
    if accepted.deposit_invoice_id is not None:
        raise ConvertedAlready(_("The deposit of %(quote)s is asked already.") % {"quote": accepted})
    parts = quote_sums.deposit_parts(accepted, quote_states.items_of(accepted))
    if not parts:
        raise NoDeposit(_("%(quote)s asks for no deposit.") % {"quote": accepted})
    percent = f"{accepted.deposit_percent.normalize():f}"
    told = _("Deposit of %(percent)s %% on quote %(quote)s: %(title)s")
    description = told % {"percent": percent, "quote": accepted, "title": accepted.title}
    draft = drafts.create_draft(
        client=accepted.client,
        kind=InvoiceKind.DEPOSIT,
        lines=[NewLine(description, part.amount, part.vat_rate) for part in parts],
        project=accepted.project,
        language=accepted.language,
        price_mode=accepted.price_mode,
        purchase_order=accepted.purchase_order,
        actor=actor,
        now=now,
    )
    accepted.deposit_invoice = draft
    accepted.save(update_fields=["deposit_invoice"])
    issued = issuing.issue_invoice(invoice=draft, actor=actor, now=now)
    changes: dict[str, tuple[object, object]] = {"deposit_invoice": (None, issued.invoice_number)}
    audit.record(verb="invoice", subject=accepted, actor=actor, now=now, changes=changes)
    return issued


def try_to_ask_deposit(*, quote: Quote, actor: User | None, now: datetime) -> None:
    """Ask the deposit where one is to be asked; what stands in its way never stands in the way of an acceptance.

    Where it could not be asked, the page of the quote goes on to offer it.
    """
    if not quote.deposit_percent:
        return
    with suppress(DomainError), refusing():
        quote.deposit_invoice = ask_deposit(quote=quote, actor=actor, now=now)


def _locked_accepted(quote: Quote) -> Quote:
    accepted = quote_states.locked_quote(quote)
    if accepted.status != QuoteStatus.ACCEPTED:
        told = _("%(quote)s is %(status)s: only what a client has accepted becomes a project or an invoice.")
        raise NotAccepted(told % {"quote": accepted, "status": accepted.get_status_display()})
    return accepted


def _told(item: QuoteItem) -> str:
    return f"- {item.quantity.normalize():f} x {item.description}"


def _line(item: QuoteItem) -> NewLine:
    held = item.session
    charges: list[Charged] = [item] if held is None or held.status in GONE else [item, held]
    return NewLine(
        description=item.description,
        unit_price=item.unit_price,
        vat_rate=item.vat_rate,
        quantity=item.quantity,
        unit=item.unit,
        discount=item.discount,
        service=item.service,
        charges=charges,
    )


def _is_charged(item: QuoteItem) -> bool:
    """Return whether a line, or the session that it held, is on an invoice."""
    mine = Q(quote_item=item) | Q(session__isnull=False, session=item.session_id)
    return InvoiceSource.objects.filter(mine, released_at__isnull=True).exists()


def _can_be_deducted(deposit: Invoice) -> bool:
    is_taken = deposit.deducted_on.filter(released_at__isnull=True).exists()
    is_left = any(any(part) for part in per_rate_left(deposit).values())
    return deposit.status != InvoiceStatus.DRAFT and is_left and not is_taken
