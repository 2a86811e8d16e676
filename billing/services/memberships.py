"""Selling plans to members: the plan, its invoice and what is paid of it at once, in one act."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.models import Invoice, InvoiceSource, InvoiceStatus, Payment, PaymentMethod, PriceMode
from billing.selectors import terms
from billing.services import credit_notes, drafts, instalments, issuing, payments, settling
from billing.services.drafts import NewLine
from billing.services.payments import Receipt
from sessions_app.models import Client
from studio.accounts.models import User
from studio.clock import local_day
from studio.db import TryAgain, taking_turns
from studio.errors import DomainError
from studio.not_sent import NOT_SENT, Unsent
from studio.office.selectors.profile import current_profile
from studio.showing import days, money
from training.models import Member, Plan, Subscription, SubscriptionStatus
from training.services import ledger, subscriptions

NOTHING = Decimal(0)


class PaidOfADraft(DomainError):
    """Money is put against what is issued."""

    status_code = 400


class PaidTooMuch(DomainError):
    """More is paid than the plan costs."""

    status_code = 400


class UpgradedDraft(DomainError):
    """What is unpaid of the plan before stands on a draft, of which nothing can be taken back."""


class CancelledPlan(DomainError):
    """Nothing is asked for a plan that is cancelled; what was used of it is invoiced by hand."""


class PaidElsewhere(DomainError):
    """A part of the plan was paid where no document says so."""


class OtherCurrency(DomainError):
    """The member is billed in another currency than plans are sold in."""


@dataclass(frozen=True, slots=True)
class Checkout:
    """How a plan is paid for.

    is_issued: the invoice is issued at once; else it is a draft for somebody to look at
    paid: what is paid at once, all of it or a part
    form_key: of the form that somebody sent
    """

    is_issued: bool = False
    paid: Decimal = NOTHING
    method: str = PaymentMethod.CARD
    reference: str = ""
    form_key: UUID | None = None


@dataclass(frozen=True, slots=True)
class Sold:
    """What a sale made.

    invoice: None where there is nothing to pay
    """

    subscription: Subscription
    invoice: Invoice | None = None
    payment: Payment | None = None


@taking_turns()
def sell_plan(
    *,
    member: Member,
    plan: Plan,
    starts_on: date,
    checkout: Checkout,
    actor: User | None,
    now: datetime,
    signup_fee: Decimal | Unsent = NOT_SENT,
    notes: str = "",
) -> Sold:
    """Sell a member a plan from a day on, and return the subscription with its invoice and what was paid.

    raises: PaidOfADraft, PaidTooMuch, what `subscriptions.grant_subscription`, issuing and receiving raise
    """
    client = _lock(member)
    begun = subscriptions.grant_subscription(
        member=member, plan=plan, starts_on=starts_on, signup_fee=signup_fee, notes=notes, actor=actor, now=now
    )
    return _charge(begun, client, checkout, actor=actor, now=now)


@taking_turns()
def sell_renewal(
    *, subscription: Subscription, plan: Plan, checkout: Checkout, actor: User | None, now: datetime
) -> Sold:
    """Follow a subscription up with a new one, and return that with its invoice and what was paid.

    raises: PaidOfADraft, PaidTooMuch, what `subscriptions.renew_subscription`, issuing and receiving raise
    """
    client = _lock(subscription.member)
    begun = subscriptions.renew_subscription(subscription=subscription, plan=plan, actor=actor, now=now)
    return _charge(begun, client, checkout, actor=actor, now=now)


@taking_turns()
def sell_upgrade(
    *, subscription: Subscription, plan: Plan, checkout: Checkout, actor: User | None, now: datetime
) -> Sold:
    """Replace a subscription by another plan, and return that with its invoice and what was paid.

    What is left of the old one is taken back of its document as far as it is unpaid; the rest comes off the new price.
    raises: PaidOfADraft, PaidTooMuch, UpgradedDraft, what `subscriptions.upgrade_subscription`, crediting, issuing and
        receiving raise
    """
    client = _lock(subscription.member)
    taken_off = ledger.locked(subscription).credited_amount
    begun = subscriptions.upgrade_subscription(subscription=subscription, plan=plan, actor=actor, now=now)
    _take_back(Subscription.objects.get(pk=subscription.pk), taken_off, actor=actor, now=now)
    return _charge(begun, client, checkout, actor=actor, now=now)


@taking_turns()
def invoice_plan(*, subscription: Subscription, checkout: Checkout, actor: User | None, now: datetime) -> Sold:
    """Write the invoice of a plan that was given without one, and return it with what was paid.

    raises: drafts.ChargedAlready, CancelledPlan, PaidElsewhere, PaidOfADraft, PaidTooMuch, what issuing and receiving
        raise
    """
    client = _lock(subscription.member)
    given = ledger.locked(subscription)
    if given.status == SubscriptionStatus.CANCELLED:
        raise CancelledPlan(_("This plan is cancelled: write an invoice by hand for what was used of it."))
    is_charged = InvoiceSource.objects.filter(subscription=given, released_at__isnull=True).exists()
    if given.paid_amount and not is_charged:
        raise PaidElsewhere(
            _("A part of this plan was paid before there were invoices: write one by hand for the rest.")
        )
    return _charge(given, client, checkout, actor=actor, now=now)


def _lock(member: Member) -> Client:
    """Return the client of a member, both locked: the member first, as whoever changes one does."""
    ledger.lock_member(member)
    stored = Member.objects.select_related("client").get(pk=member.pk)
    client = settling.lock_client(stored.client)
    if client.merged_into_id is not None:
        raise TryAgain(_("The client has just been merged into another. Please try again."))
    return client


def _take_back(old: Subscription, taken_off: Decimal, *, actor: User | None, now: datetime) -> None:
    """Credit what an upgrade took off the old plan's price on the document that charges for that plan, if one does.

    taken_off: of its price before the upgrade
    """
    settled = old.credited_amount - taken_off
    charging = InvoiceSource.objects.filter(subscription=old, released_at__isnull=True)
    source = charging.select_related("item__invoice").first()
    if not settled or source is None:
        return
    invoice = source.item.invoice
    if invoice.status == InvoiceStatus.DRAFT:
        raise UpgradedDraft(_("The invoice of the plan before is a draft. Issue it or delete it, then upgrade."))
    part = credit_notes.Part(source.item, settled)
    credit_notes.credit_in_part(invoice=invoice, parts=[part], reason=old.cancellation_reason, actor=actor, now=now)


def _charge(begun: Subscription, client: Client, checkout: Checkout, *, actor: User | None, now: datetime) -> Sold:
    due = max(begun.price - begun.credited_amount + begun.signup_fee, NOTHING)
    _require_payable(checkout, due, begun.currency)
    if not due:
        return Sold(begun)
    if client.currency != begun.currency:
        told = _(
            "%(client)s is billed in %(theirs)s, and plans are sold in %(ours)s. Change the client's currency first."
        )
        raise OtherCurrency(told % {"client": client, "theirs": client.currency, "ours": begun.currency})
    today = local_day(now, current_profile().zone)
    count = begun.plan.instalments if begun.plan and checkout.is_issued else 1
    parts = instalments.parts_of(due, begun.currency, count=count, first=today)
    given: drafts.InvoiceFacts = {
        **instalments.terms_of(parts, today),
        "price_mode": PriceMode.GROSS_STATED,
        "supplied_from": begun.starts_on,
        "supplied_to": begun.ends_on,
    }
    draft = drafts.create_draft(client=client, lines=_lines(begun, client), actor=actor, now=now, **given)
    if not checkout.is_issued:
        return Sold(begun, draft)
    instalments.write(invoice=draft, parts=parts)
    invoice = issuing.issue_invoice(invoice=draft, actor=actor, now=now)
    paid = _pay(invoice, checkout, today, actor=actor, now=now) if checkout.paid else None
    begun.refresh_from_db()
    return Sold(begun, invoice, paid)


def _require_payable(checkout: Checkout, due: Decimal, currency: str) -> None:
    if checkout.paid > due:
        told = _("%(paid)s are more than the %(due)s that are to be paid. Receive what is paid ahead as a payment.")
        raise PaidTooMuch(told % {"paid": money(checkout.paid, currency), "due": money(due, currency)})
    if checkout.paid and not checkout.is_issued:
        raise PaidOfADraft(_("Money is put against an invoice that is issued: issue it, or leave the amount empty."))


def _pay(invoice: Invoice, checkout: Checkout, today: date, *, actor: User | None, now: datetime) -> Payment:
    paid = Receipt(
        amount=checkout.paid,
        currency=invoice.currency,
        received_on=today,
        method=checkout.method,
        reference=checkout.reference,
        form_key=checkout.form_key,
    )
    return payments.receive_payment(client=invoice.client, receipt=paid, against=[invoice], actor=actor, now=now)


def _lines(begun: Subscription, client: Client) -> list[NewLine]:
    """Return the lines of a plan as its document's reader reads them; the first is what is charged for."""
    rate = terms.usual_rate(client)
    with translation.override(str(terms.usual_terms(client)["language"])):
        sessions = ngettext("%(count)d session", "%(count)d sessions", begun.sessions_count)
        parts = (begun.plan_name, sessions % {"count": begun.sessions_count}, days(begun.starts_on, begun.ends_on))
        plan = ", ".join(parts)
        if begun.credited_amount:
            plan = _("%(plan)s (less what is left of the plan before)") % {"plan": plan}
        fee = _("Sign-up fee")
    lines = [NewLine(plan, begun.price, rate, discount=begun.credited_amount, charges=[begun])]
    return [*lines, NewLine(fee, begun.signup_fee, rate)] if begun.signup_fee else lines
