"""The address at which Stripe tells what happened, on the platform's host: signed, kept, and dealt with after."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from billing.gateways import signatures
from billing.gateways.facts import BadEvent
from billing.services import stripe_events
from studio.db import TryAgain


@csrf_exempt
@require_POST
def stripe_webhook(request: HttpRequest) -> HttpResponse:
    """Keep an event that is signed rightly; 400 for anything else, 503 for what is to be sent again."""
    now = timezone.now()
    try:
        facts = signatures.read_event(
            body=_body(request),
            signature=request.headers.get("Stripe-Signature", ""),
            secrets=settings.STRIPE_WEBHOOK_SECRETS,
            now=now,
        )
        stripe_events.take_event(facts=facts, now=now)
    except (BadEvent, TryAgain) as refusal:
        return HttpResponse(str(refusal), status=refusal.status_code, content_type="text/plain; charset=utf-8")
    return HttpResponse(status=200)


def _body(request: HttpRequest) -> bytes:
    """Return the raw body; what says that it is larger than any event is not read."""
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError as error:
        raise BadEvent("The body is no event.") from error
    if not 0 <= length <= signatures.MOST_BYTES:
        raise BadEvent("The body is no event.")
    return request.body
