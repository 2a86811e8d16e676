"""What the booking and the move form would cost, live beside the answer "free, or why not"."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from sessions_app.admin.fee_parts import sees_money
from sessions_app.forms import PeriodForm, key_of
from sessions_app.models import BookingType, Client, Room, SessionKind, StudioSession
from sessions_app.selectors.prices import deposit_of, price_of
from studio.office.selectors.profile import current_profile

PRICED = (
    "room",
    "day",
    "start",
    "end",
    "last_day",
    "start_which",
    "end_which",
    "kind",
    "booking_type",
    "client",
    "moving",
)


def price_view(request: HttpRequest, model_admin: Any) -> HttpResponse:
    """Answer what stands in the form costs, as a fragment: what the save will agree on."""
    if not sees_money(request):
        raise PermissionDenied
    form = PeriodForm(request.GET)
    context = _priced(request, form, model_admin) if form.is_valid() else {}
    return TemplateResponse(request, "sessions_app/admin/_price.html", context)


def _priced(request: HttpRequest, form: PeriodForm, model_admin: Any) -> dict[str, Any]:
    asked = request.GET
    room = Room.objects.filter(pk=key_of(asked.get("room")) or 0).first()
    key = key_of(asked.get("moving"))
    moving = model_admin.get_queryset(request).select_related("client").filter(pk=key).first() if key else None
    client: Client | None = (
        moving.client if moving else Client.objects.filter(pk=key_of(asked.get("client")) or 0).first()
    )
    currency = moving.currency if moving else client.currency if client else current_profile().currency
    booked = moving or StudioSession(
        booking_type=asked.get("booking_type", BookingType.HOURLY), kind=asked.get("kind", SessionKind.STUDIO)
    )
    quote = price_of(
        room=room,
        starts_at=form.cleaned_data["starts_at"],
        ends_at=form.cleaned_data["ends_at"],
        booking_type=booked.booking_type,
        currency=currency,
        kind=booked.kind,
    )
    return {
        "quote": quote,
        "deposit": deposit_of(quote.total, client=client, currency=currency),
        "is_in_house": client is None,
        "moving": moving,
    }
