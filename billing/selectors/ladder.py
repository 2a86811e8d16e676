"""Who is reminded of what, and what holds a reminder back: by the documents, the ledger and what was sent before."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from django.db.models import F, Q, QuerySet, Sum

from billing.models import (
    BillingDetails,
    Invoice,
    InvoiceReminder,
    LedgerAccount,
    LedgerEntry,
    ReminderLevel,
    ReminderPause,
    ReminderPolicy,
)
from billing.selectors.being_paid import being_paid
from billing.selectors.disputes import disputed
from billing.selectors.instalments import schedules
from billing.selectors.paying import given_away
from billing.selectors.reminder_rules import Coming, Taken, current_policy, next_step
from sessions_app.models import Client
from studio.mail.models import EmailState
from studio.office.selectors.profile import current_profile

NOTHING = Decimal(0)
NOT_ARRIVED = (EmailState.FAILED, EmailState.BOUNCED)


class Hold(StrEnum):
    """Why nothing is said of a document that is overdue."""

    GIVEN_AWAY = "given_away"
    COVERED = "covered"
    BEING_PAID = "being_paid"
    DISPUTED = "disputed"
    PAUSED = "paused"
    EARLIER = "earlier"
    NOT_DELIVERED = "not_delivered"


# Whoever sends a reminder by hand has seen these; the others hold everybody.
HOLDS_WHAT_LEAVES_BY_ITSELF = (Hold.EARLIER, Hold.NOT_DELIVERED)


@dataclass(frozen=True, slots=True)
class Late:
    """A document that is overdue, as the ladder has it.

    due_on, asked: of the document, or of its parts that are late: the first day, and what they come to
    covered: how much of that is there already, as credit of the client
    coming: the step that is next; None after the last one
    hold: why nothing is said of it now; pause says more
    """

    invoice: Invoice
    due_on: date
    asked: Decimal
    covered: Decimal = NOTHING
    taken: Taken | None = None
    coming: Coming | None = None
    hold: Hold | None = None
    pause: ReminderPause | None = None

    def is_due(self, today: date) -> bool:
        """Whether its next step is to be taken on a day."""
        return self.hold is None and self.coming is not None and self.coming.on <= today


@dataclass(frozen=True, slots=True)
class Ladder:
    """One client, and all of theirs that is overdue, the oldest first.

    recipient: "" where nobody knows where to write
    """

    client: Client
    recipient: str
    language: str
    lates: Sequence[Late]

    @property
    def said(self) -> Sequence[Late]:
        """What a letter that leaves now would name."""
        return [late for late in self.lates if late.hold is None]

    @property
    def leaves_on(self) -> date | None:
        """The first day on which something is to be said; None where nothing is."""
        return min((late.coming.on for late in self.said if late.coming), default=None)

    def due(self, today: date) -> Sequence[Late]:
        """Return the documents whose next step is to be taken on a day."""
        return [late for late in self.lates if late.is_due(today)]

    def by_hand(self, today: date) -> "Ladder":
        """Return it for somebody who sends a letter now: days need not have come, and what only waits for a person
        is let go.
        """
        return replace(self, lates=[_let_go(late, today) for late in self.lates])


def ladders(today: date, *, client: Client | None = None) -> Sequence[Ladder]:
    """Return every client, or one, of whom something is overdue, in the order of the oldest of it.

    queries: 12, however many documents
    """
    policy, found = current_policy(), _overdue(today, client)
    agreed = {row.client_id: row for row in BillingDetails.objects.filter(client__in={each.client for each in found})}
    lates = _covered(_held(_climbed(_late(found, today), policy, today), policy, agreed, today))
    theirs: dict[int, list[Late]] = defaultdict(list)
    for late in lates:
        theirs[late.invoice.client_id].append(late)
    usual = current_profile().language if theirs else ""
    return [
        Ladder(
            client=(payer := mine[0].invoice.client),
            recipient=_address(payer, agreed.get(key)),
            language=(agreed[key].language if key in agreed else "") or usual,
            lates=mine,
        )
        for key, mine in theirs.items()
    ]


def ladder_of(client: Client, today: date) -> Ladder | None:
    """Return one client's; None where nothing of theirs is overdue.

    queries: 12
    """
    return next(iter(ladders(today, client=client)), None)


def _overdue(today: date, client: Client | None) -> Sequence[Invoice]:
    in_parts = Invoice.objects.filter(instalments__due_on__lt=today).values("pk")
    rows: QuerySet[Invoice] = Invoice.objects.unpaid().filter(Q(due_on__lt=today) | Q(pk__in=in_parts))
    if client is not None:
        rows = rows.filter(client=client)
    return list(rows.select_related("client").defer("snapshot"))


def _late(documents: Sequence[Invoice], today: date) -> Sequence[Late]:
    """Return what is late of each document: its late parts, or all that is open of it; the oldest first."""
    parts, found = schedules(documents, today), []
    for document in documents:
        late = [part for part in parts.get(document.pk, ()) if part.is_late]
        if late:
            found.append(Late(document, late[0].due_on, sum((part.open for part in late), NOTHING)))
        elif document.due_on and document.due_on < today and document.pk not in parts:
            found.append(Late(document, document.due_on, document.remaining_balance))
    return sorted(found, key=lambda late: (late.due_on, late.invoice.pk))


def _climbed(lates: Sequence[Late], policy: ReminderPolicy, today: date) -> Sequence[Late]:
    """Return the documents with the step that each had last, and the one that is next."""
    said = InvoiceReminder.objects.filter(invoice__in=[late.invoice for late in lates], withdrawn_at__isnull=True)
    arrived = said.exclude(letter__email__state__in=NOT_ARRIVED).order_by("pk")
    last = {
        (invoice, due_on): Taken(ReminderLevel(level), on)
        for invoice, due_on, level, on in arrived.values_list("invoice", "due_on", "level", "sent_on")
    }
    climbed = []
    for late in lates:
        taken = last.get((late.invoice.pk, late.due_on))
        coming = next_step(policy.steps, due_on=late.due_on, taken=taken, today=today)
        climbed.append(replace(late, taken=taken, coming=coming))
    return climbed


def _held(
    lates: Sequence[Late], policy: ReminderPolicy, agreed: Mapping[int, BillingDetails], today: date
) -> Sequence[Late]:
    """Return the documents with what holds each of them back, the weightiest reason first."""
    keys = [late.invoice.pk for late in lates]
    paying, argued, failed, gone = being_paid(keys), disputed(keys), _not_arrived(keys), given_away(keys)
    pauses = _pauses({late.invoice.client_id for late in lates}, today)
    held = []
    for late in lates:
        key, client = late.invoice.pk, late.invoice.client
        living = [pause for pause in (pauses.get((client.pk, None)), pauses.get((client.pk, key))) if pause]
        pause, hold = max(living, key=lambda one: one.until_on, default=None), None
        if key in gone:
            hold = Hold.GIVEN_AWAY
        elif key in paying:
            hold = Hold.BEING_PAID
        elif key in argued:
            hold = Hold.DISPUTED
        elif pause:
            hold = Hold.PAUSED
        elif failed.get(key) == _address(client, agreed.get(client.pk)):
            hold = Hold.NOT_DELIVERED
        elif late.taken is None and not policy.reaches(late.due_on):
            hold = Hold.EARLIER
        held.append(replace(late, hold=hold, pause=pause))
    return held


def _covered(lates: Sequence[Late]) -> Sequence[Late]:
    """Return the documents with what is there of each as credit, which is put to the oldest first that is owed."""
    credit, found = _credit({late.invoice.client_id for late in lates}), []
    for late in lates:
        if late.hold == Hold.GIVEN_AWAY:
            found.append(late)
            continue
        purse = (late.invoice.client_id, late.invoice.currency)
        there = credit.get(purse, NOTHING)
        covered = max(min(late.asked, there), NOTHING)
        credit[purse] = there - covered
        # Until it is decided, what a bank took back stands as the client's credit.
        hold = Hold.COVERED if covered == late.asked and late.hold != Hold.DISPUTED else late.hold
        found.append(replace(late, covered=covered, hold=hold))
    return found


def _credit(clients: Collection[int]) -> dict[tuple[int, str], Decimal]:
    """Return what came in of clients and stands on no document, by currency, as the ledger has it."""
    theirs = LedgerEntry.objects.filter(
        transaction__client__in=clients, transaction__is_test=False, ledger_account=LedgerAccount.CLIENT_CREDIT
    )
    rows = theirs.values_list("transaction__client", "transaction__currency")
    return {(client, currency): sum_ for client, currency, sum_ in rows.annotate(sum=Sum(F("credit") - F("debit")))}


def _not_arrived(keys: Iterable[int]) -> Mapping[int, str]:
    """Return the documents whose last reminder was refused for good, with the address that it went to."""
    rows = InvoiceReminder.objects.filter(invoice__in=keys, withdrawn_at__isnull=True).order_by("pk")
    last = {key: (address, state) for key, address, state in rows.values_list(*LAST)}
    return {key: address for key, (address, state) in last.items() if state in NOT_ARRIVED}


LAST = ("invoice", "letter__recipient", "letter__email__state")


def _pauses(clients: Collection[int], today: date) -> Mapping[tuple[int, int | None], ReminderPause]:
    """Return what pauses a client, or one document of theirs, the longest of each."""
    rows = ReminderPause.objects.living(today).filter(client__in=clients).order_by("until_on", "pk")
    return {(pause.client_id, pause.invoice_id): pause for pause in rows}


def _address(client: Client, agreed: BillingDetails | None) -> str:
    return ((agreed.email if agreed else "") or client.email).strip().lower()


def _let_go(late: Late, today: date) -> Late:
    hold = None if late.hold in HOLDS_WHAT_LEAVES_BY_ITSELF else late.hold
    is_today = late.taken is not None and late.taken.on == today
    coming = replace(late.coming, on=today) if late.coming and not is_today else None
    return replace(late, hold=hold, coming=coming)
