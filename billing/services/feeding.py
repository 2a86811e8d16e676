"""What documents charge for learns what became of them: sessions whether they are paid, plans how much of them is."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from django.db.models import QuerySet

from billing.models import Invoice, InvoiceKind, InvoiceSource, InvoiceStatus, SessionDeposit
from sessions_app.models import PaymentStatus, SessionStatus, StudioSession
from sessions_app.services import billed
from sessions_app.services.billed import Paid
from studio.accounts.models import User
from training.models import Subscription
from training.services import paying

NOTHING = Decimal(0)


def feed(*, invoice: Invoice, actor: User | None, now: datetime) -> None:
    """Tell what an issued document charges for what is paid of it. The caller holds its client and its row."""
    if invoice.is_test:
        return
    sources = list(
        InvoiceSource.objects.filter(item__invoice=invoice)
        .select_related("item", "session", "extra__session", "fee__session", "subscription")
        .order_by("item__position", "pk")
    )
    sessions = {session.pk: session for source in sources if (session := _session_of(source))}
    sessions |= _let_go_deposit(invoice, now)
    if sessions:
        billed.say_paid(told=_told(sessions), actor=actor, now=now)
    _feed_subscriptions(invoice, sources, actor=actor, now=now)


def _let_go_deposit(invoice: Invoice, now: datetime) -> Mapping[int, StudioSession]:
    """Return the session whose deposit a document is, by its key; once it is credited, another may be asked."""
    if invoice.kind != InvoiceKind.DEPOSIT:
        return {}
    asked = SessionDeposit.objects.select_related("session").filter(invoice=invoice).first()
    if asked is None or asked.session is None:
        return {}
    if invoice.status == InvoiceStatus.CREDITED and asked.released_at is None:
        asked.released_at = now
        asked.save(update_fields=["released_at"])
    return {asked.session.pk: asked.session}


def _session_of(source: InvoiceSource) -> StudioSession | None:
    of_part = source.extra or source.fee
    return source.session or (of_part.session if of_part else None)


def _told(sessions: Mapping[int, StudioSession]) -> Mapping[int, Paid]:
    """Return how much of each session is paid, by its key.

    queries: 5, or 6 where a session is on no document any more
    """
    standing = InvoiceSource.objects.filter(released_at__isnull=True)
    on: dict[int, set[int]] = {key: set() for key in sessions}
    for path in ("session", "extra__session", "fee__session"):
        for key, document in standing.filter(**{f"{path}__in": sessions}).values_list(path, "item__invoice"):
            on[key].add(document)
    documents = Invoice.objects.issued().in_bulk({key for keys in on.values() for key in keys})
    found = {key: [documents[each] for each in sorted(keys) if each in documents] for key, keys in on.items()}
    deposits = {row.session_id: row for row in _deposits_of(sessions) if row.session_id is not None}
    asked = {key for key, row in deposits.items() if row.released_at is None}
    for key in asked:
        found[key].append(deposits[key].invoice)
    paid_before = _paid_before([key for key, theirs in found.items() if not theirs])
    return {
        key: Paid(
            _status_of(sessions[key], theirs, was_paid=key in paid_before),
            _is_deposit_paid([deposits[key].invoice] if key in deposits else theirs),
            key in asked,
        )
        for key, theirs in found.items()
    }


def _deposits_of(sessions: Iterable[int]) -> QuerySet[SessionDeposit]:
    """Return what was asked as deposits of sessions, the last one last."""
    issued = SessionDeposit.objects.exclude(invoice__status=InvoiceStatus.DRAFT)
    return issued.filter(session__in=list(sessions)).select_related("invoice").order_by("pk")


def _status_of(session: StudioSession, documents: Sequence[Invoice], *, was_paid: bool) -> PaymentStatus:
    """Return how much of a session is paid: all of it when all of it is invoiced, and nothing is open."""
    if not documents:
        return PaymentStatus.REFUNDED if was_paid else PaymentStatus.UNPAID
    is_whole = session.invoiced_at is not None or session.status == SessionStatus.CANCELLED
    if is_whole and not any(document.remaining_balance for document in documents):
        return PaymentStatus.PAID
    return PaymentStatus.PARTIAL if any(document.paid_total for document in documents) else PaymentStatus.UNPAID


def _paid_before(sessions: Sequence[int]) -> set[int | None]:
    """Return the sessions of which something was paid by documents that are credited by now."""
    if not sessions:
        return set()
    gone = InvoiceSource.objects.filter(session__in=sessions, released_at__isnull=False)
    paid = gone.filter(item__invoice__allocations__amount__gt=0)
    return set(paid.values_list("session", flat=True))


def _is_deposit_paid(documents: Sequence[Invoice]) -> bool | None:
    """Return whether the deposit of a session is paid; None where no document says."""
    if not documents:
        return None
    return all(each.deposit_paid_at or _is_settled_by_money(each) for each in documents)


def _is_settled_by_money(document: Invoice) -> bool:
    return not document.remaining_balance and document.status != InvoiceStatus.CREDITED


def _feed_subscriptions(
    invoice: Invoice, sources: Sequence[InvoiceSource], *, actor: User | None, now: datetime
) -> None:
    """Tell plans what is paid of them, and what was credited; what is paid goes to the plans of a document first."""
    paid, credited = invoice.paid_total, invoice.credited_total
    for source in sources:
        plan = source.subscription
        if plan is None or (source.released_at and _is_charged_anew(plan)):
            continue
        # What an upgrade takes off stands on the line as its discount.
        price = Decimal(plan.price) - source.item.discount
        is_gone = source.released_at is not None and not _is_settled(plan)
        off = NOTHING if is_gone else price if source.released_at else min(price, credited)
        share = NOTHING if is_gone else min(price - off + plan.signup_fee, paid)
        paid, credited = paid - share, credited - off
        paying.say_paid(subscription=plan, paid=share, taken_off=source.item.discount + off, actor=actor, now=now)


def _is_settled(plan: Subscription) -> bool:
    """Return whether nothing is charged for a plan's sessions: all of them were left, and unpaid, at its upgrade."""
    return plan.upgraded_to_id is not None and plan.credited_amount == plan.price


def _is_charged_anew(plan: Subscription) -> bool:
    """Return whether a plan that was credited is on another document by now, which says what is paid of it."""
    return InvoiceSource.objects.filter(subscription=plan, released_at__isnull=True).exists()
