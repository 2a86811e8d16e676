"""The page under which a client says what becomes of money that came after its slot was gone, without an account."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from billing.models import PaymentAttempt
from billing.selectors import late_answers, late_links
from billing.selectors.signed_links import LinkExpired
from billing.services import late_offers
from billing.services.late_settlements import SettledAlready
from billing.views.private import keep_private
from studio.accounts.requests import is_within
from studio.crypto import digest
from studio.errors import DomainError
from studio.office.selectors.profile import current_profile

# Per address: guessing signatures, reading. Per payment: choosing.
LOOK_RATES = "120/m/ip"
SAY_RATES = "10/m/key,30/m/ip"
CREDIT, BACK, OFFER = "credit", "back", "offer-"

type View = Callable[..., HttpResponseBase]


def behind_a_late_link(view: View) -> View:
    """Give a view the payment of the token in its address; refuse what nobody here has signed, or long ago."""

    @wraps(view)
    def find(request: HttpRequest, token: str) -> HttpResponseBase:
        try:
            if not is_within(LOOK_RATES, request, action="late_look", key=digest(token)):
                return keep_private(render(request, "429.html", status=429))
            attempt = late_links.attempt_behind(token, today=timezone.localdate())
        except LinkExpired as expired:
            told = {"expired": expired, "studio": current_profile()}
            return keep_private(render(request, "billing/pay_unknown.html", told, status=expired.status_code))
        if attempt is None:
            return keep_private(render(request, "billing/pay_unknown.html", status=404))
        return keep_private(view(request, attempt, token))

    return find


@require_http_methods(["GET", "HEAD", "POST"])
@behind_a_late_link
def late_page(request: HttpRequest, attempt: PaymentAttempt, token: str) -> HttpResponse:
    """Show what came, what happened, and what can be chosen; do what was chosen. Reading changes nothing."""
    if request.method != "POST":
        return _page(request, attempt)
    if not is_within(SAY_RATES, request, action="late_say", key=attempt.public_id.hex):
        return render(request, "429.html", status=429)
    try:
        _do(attempt, request.POST.get("choice", ""))
    except SettledAlready:
        pass  # pressed twice, or by the studio meanwhile: the page says how it ended
    except DomainError as refusal:
        attempt.refresh_from_db()
        return _page(request, attempt, refusal)
    return redirect("billing:late-page", token=token)


def _do(attempt: PaymentAttempt, choice: str) -> None:
    """Do what was chosen.

    raises: late_offers.NothingOffered, and what the acts refuse
    """
    now = timezone.now()
    if choice == CREDIT:
        late_offers.keep_money(attempt=attempt, now=now)
    elif choice == BACK:
        late_offers.want_back(attempt=attempt, now=now)
    elif choice == f"{OFFER}{late_answers.OWN}":
        late_offers.take_own_time(attempt=attempt, now=now)
    elif offer := late_answers.offer_behind(attempt, choice.removeprefix(OFFER)):
        late_offers.take_time(offer=offer, now=now)
    else:
        raise late_offers.NothingOffered(_("This is not offered any more. This is how it stands now."))


def _page(request: HttpRequest, attempt: PaymentAttempt, refusal: DomainError | None = None) -> HttpResponse:
    context = {"page": late_answers.page_of(attempt, now=timezone.now()), "refusal": str(refusal) if refusal else ""}
    return render(request, "billing/late_page.html", context, status=refusal.status_code if refusal else 200)
