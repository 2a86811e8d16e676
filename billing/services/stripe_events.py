"""Events of Stripe: kept when they come, dealt with after; each is a hint at what is to be read."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from billing.gateways import stripe_gateway
from billing.gateways.facts import Busy, EventFacts, NotSetUp, Refused, Unreachable
from billing.gateways.stripe_readings import from_minor
from billing.models import EventState, PaymentAttempt, StripeEvent
from billing.services import converging
from billing.services.converging import NotOurs
from studio.accounts.models import NotificationKind, User
from studio.accounts.services import audit, notifications
from studio.db import taking_turns
from studio.errors import DomainError
from studio.tenancy.jobs import defer, withdraw
from studio.tenancy.services import payment_events, stray_events

APPLY = "billing.apply_event"
HANDLED = frozenset(
    {
        *(f"checkout.session.{what}" for what in ("completed", "expired")),
        *(f"checkout.session.async_payment_{what}" for what in ("succeeded", "failed")),
        *(f"payment_intent.{what}" for what in ("succeeded", "payment_failed", "processing", "canceled")),
        *("charge.refunded", "charge.updated", "charge.refund.updated"),
        *(f"refund.{what}" for what in ("created", "updated", "failed")),
        *(f"charge.dispute.{what}" for what in ("created", "updated", "closed")),
        *(f"charge.dispute.funds_{what}" for what in ("withdrawn", "reinstated")),
    }
)
NOBODY_ASKED = (Busy, NotSetUp, Unreachable)
MOST_TRIES = 50  # then a person has a look, and has it dealt with again
UNKNOWN = "resource_missing"
SESSION, INTENT, CHARGE = "checkout.session", "payment_intent", "charge"
# Of which kind of object -> where its amount stands, where it is all of the payment.
AMOUNTS = {SESSION: "amount_total", INTENT: "amount", CHARGE: "amount"}


class CannotReplay(DomainError):
    """The event is being dealt with already."""


def take_event(*, facts: EventFacts, now: datetime) -> str:
    """Keep an event in the inbox of the studio that it is about, once, with the job that deals with it.

    On the platform.
    returns: the studio's schema; "" for what nobody here asks for, and for what is nobody's, which is kept apart
    raises: studio.db.TryAgain
    queries: 1, and 1 for what is nobody's
    """
    if facts.type not in HANDLED:
        return ""
    try:
        return payment_events.hand_over(
            account=facts.account,
            attempt=_kept(facts.about, "attempt"),
            told=_row_of(facts, now),
            task=APPLY,
            arguments={"event_id": facts.id},
            queueing_lock=lock_of(facts.id),
            now=now,
        )
    except payment_events.OfNobody as refusal:
        stray_events.keep_stray(
            event_id=facts.id,
            kind=facts.type,
            account=facts.account,
            payload=facts.payload,
            problem=str(refusal),
            now=now,
        )
        return ""


def lock_of(event_id: str) -> str:
    """Return the lock under which the job that deals with an event waits once."""
    return f"stripe:{event_id}"


def _row_of(facts: EventFacts, now: datetime) -> dict[str, object]:
    """Return what `keep_told_event` of the studio's schema is given."""
    return {
        "event_id": facts.id,
        "type": facts.type,
        "provider_account": facts.account,
        "is_live": facts.is_live,
        "object_id": str(facts.about.get("id", ""))[:255],
        "payload": facts.payload,
        "received_at": now.isoformat(),
    }


def apply_event(*, event: StripeEvent, now: datetime) -> StripeEvent:
    """Read what an event hints at, have the books say what Stripe says now, and return the event. In no transaction.

    What else waits of the same payment is dealt with by the same look, where it says nothing else.
    raises: what is worth another try: billing.gateways.facts.GatewayError, studio.db.TryAgain, and other refusals
    """
    if event.state in {EventState.APPLIED, EventState.IGNORED}:
        return event
    attempt = _attempt_of(event)
    if attempt is None and not _kept(_about(event), "attempt"):
        return _settle(event=event, state=EventState.IGNORED, problem=_("No payment that was begun here."), now=now)
    settle = partial(_settle, event=event, attempt=attempt, now=now)
    try:
        _look(event, attempt, partial(settle, state=EventState.APPLIED, problem=""), now)
    except NotOurs as refusal:
        return settle(state=EventState.QUARANTINED, problem=str(refusal))
    except Exception as failure:
        told = str(failure) if isinstance(failure, DomainError) else _("A fault of the program: its log says more.")
        settle(state=EventState.FAILED, problem=told, is_try=not isinstance(failure, NOBODY_ASKED))
        raise
    event.refresh_from_db()
    return event


def _look(
    event: StripeEvent, attempt: PaymentAttempt | None, mark_applied: Callable[[], object], now: datetime
) -> None:
    """Read the payment that an event is about; then, in one transaction, have the books say it and mark the event."""
    if attempt is None:
        raise NotOurs(_("It names a payment of which nothing is known here."))
    require_plausible(event, attempt)
    others = [*attempt.events.waiting().exclude(pk=event.pk).values_list("pk", flat=True)]  # before Stripe is read

    def mark() -> None:
        mark_applied()
        if others:
            _settle_others(others, attempt, now)

    about = _about(event)
    page = event.object_id if about.get("object") == SESSION else ""
    try:
        converging.look_again(attempt=attempt, now=now, checkout_id=page, intent_id=_intent_of(about), also=mark)
    except Refused as refusal:
        if refusal.code == UNKNOWN:
            raise NotOurs(str(refusal)) from refusal
        raise


def _settle_others(others: list[int], attempt: PaymentAttempt, now: datetime) -> None:
    """Mark the events that the books say now as well, and take their jobs back. In the transaction of the look.

    others: of this payment, kept before it was read
    What names, or says of the payment, anything else is left to its own job: it may have to be put aside.
    """
    known = PaymentAttempt.objects.get(pk=attempt.pk)
    alike = [each for each in StripeEvent.objects.waiting().filter(pk__in=others).locked() if _is_said(each, known)]
    if not alike:
        return
    StripeEvent.objects.filter(pk__in=[each.pk for each in alike]).update(
        state=EventState.APPLIED, problem="", tries=F("tries") + 1, settled_at=now, updated_at=now
    )
    withdraw([lock_of(each.event_id) for each in alike])


def _is_said(event: StripeEvent, attempt: PaymentAttempt) -> bool:
    """Return whether an event hints at nothing but what was read of its payment: by itself it would lead there too."""
    try:
        require_plausible(event, attempt)
    except NotOurs:
        return False
    about = _about(event)
    if about.get("object") == SESSION and event.object_id != attempt.checkout_session_id:
        return False
    return _kept(about, "attempt") == str(attempt.public_id) and _intent_of(about) in {"", attempt.payment_intent_id}


def require_plausible(event: StripeEvent, attempt: PaymentAttempt) -> None:
    """Pass when everything that an event says of a payment is so, as far as it was settled when it was begun.

    raises: NotOurs
    """
    about = _about(event)
    kind = str(about.get("object", ""))
    told = [
        (event.provider_account, attempt.provider_account, _("account")),
        (event.is_live, attempt.is_live, _("mode")),
        (event.is_live, stripe_gateway.is_live(), _("mode")),
        (str(about.get("currency", "")).upper(), attempt.currency, _("currency")),
        (about.get("livemode", event.is_live), attempt.is_live, _("mode")),
    ]
    if (number := _intent_of(about)) and attempt.payment_intent_id:
        told.append((number, attempt.payment_intent_id, _("number")))
    if kind == SESSION and attempt.checkout_session_id:
        told.append((event.object_id, attempt.checkout_session_id, _("number")))
    if kind in AMOUNTS:
        amount = about.get(AMOUNTS[kind])
        said = from_minor(amount, attempt.currency) if isinstance(amount, int) else amount
        told.append((said, attempt.amount, _("amount")))
        told.append((_kept(about, "studio"), attempt.schema_name, _("studio")))
        told.append((_kept(about, "attempt"), str(attempt.public_id), _("payment")))
    for said, ours, what in told:
        if said != ours:
            sentence = _("It tells of another %(what)s than that of the payment begun here: %(told)s, not %(ours)s.")
            raise NotOurs(sentence % {"what": what, "told": str(said)[:100], "ours": ours})


@taking_turns()
def replay_event(*, event: StripeEvent, actor: User | None, now: datetime) -> StripeEvent:
    """Have an event dealt with again, whatever became of it, and return it.

    raises: CannotReplay
    """
    held = StripeEvent.objects.locked().get(pk=event.pk)
    if held.state == EventState.RECEIVED and held.tries == 0:
        raise CannotReplay(_("This event is waiting to be dealt with already."))
    before, held.state, held.settled_at = held.state, EventState.RECEIVED, None
    held.save(update_fields=["state", "settled_at"])
    defer(APPLY, queueing_lock=lock_of(held.event_id), event_id=held.event_id)
    changes: dict[str, tuple[object, object]] = {"state": (before, held.state)}
    audit.record(verb="replay", subject=held, actor=actor, now=now, changes=changes)
    return held


def waiting_events(*, before: datetime) -> list[StripeEvent]:
    """Return the events that nobody has dealt with although they came before a moment, the oldest first."""
    undone = Q(state__in=[EventState.RECEIVED, EventState.FAILED], received_at__lt=before, tries__lt=MOST_TRIES)
    return list(StripeEvent.objects.filter(undone).order_by("received_at", "pk")[:500])


@taking_turns()
def _settle(
    *,
    event: StripeEvent,
    state: EventState,
    problem: str,
    now: datetime,
    attempt: PaymentAttempt | None = None,
    is_try: bool = True,
) -> StripeEvent:
    """Write down what became of an event, and tell who is in charge where it is for them to settle; return it.

    is_try: somebody was asked
    """
    held = StripeEvent.objects.locked().get(pk=event.pk)
    if held.state not in {EventState.APPLIED, EventState.IGNORED}:
        if state == EventState.QUARANTINED and held.state != state:
            _tell(held, _("An event of Stripe was put aside, and nothing done: %(event)s. %(why)s"), problem)
        held.state, held.problem, held.tries = state, problem[:500], held.tries + is_try
        if state == EventState.FAILED and is_try and held.tries == MOST_TRIES:
            _tell(held, _("An event of Stripe is given up after many tries: %(event)s. %(why)s"), problem)
        held.settled_at = now if state in {EventState.APPLIED, EventState.IGNORED} else None
        held.attempt_id = held.attempt_id or (attempt.pk if attempt else None)
        held.save(update_fields=["state", "problem", "tries", "settled_at", "attempt"])
    return held


def _tell(event: StripeEvent, told: str, why: str) -> None:
    link = reverse("admin:billing_stripeevent_change", "studio.urls", args=[event.pk])
    text = told % {"event": event, "why": why}
    notifications.notify_roles(roles=notifications.KEEPERS_OF_BOOKS, kind=NotificationKind.MONEY, text=text, link=link)


def _attempt_of(event: StripeEvent) -> PaymentAttempt | None:
    """Return the payment that an event is about: the one whose key it carries, else the one whose number it names."""
    about = _about(event)
    rows = PaymentAttempt.objects.select_related("invoice")
    if key := _kept(about, "attempt"):
        try:
            return rows.filter(public_id=UUID(key)).first()
        except ValueError:
            return None
    intent = _intent_of(about)
    by_page = Q(checkout_session_id=event.object_id) if about.get("object") == SESSION else Q()
    by_number = Q(payment_intent_id=intent) if intent else Q()
    return rows.filter(by_page | by_number).first() if by_page | by_number else None


def _about(event: StripeEvent) -> dict[str, object]:
    about: dict[str, object] = event.payload["data"]["object"]
    return about


def _kept(about: dict[str, object], name: str) -> str:
    """Return what we had Stripe keep with a payment; refunds carry words of their own."""
    metadata = about.get("metadata")
    found = metadata.get(name, "") if isinstance(metadata, dict) else ""
    return found if isinstance(found, str) else "?"


def _intent_of(about: dict[str, object]) -> str:
    """Return the number of the payment that an object is, or is about."""
    found = about.get("id") if about.get("object") == INTENT else about.get("payment_intent")
    return found if isinstance(found, str) else ""
