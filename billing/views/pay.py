"""The page under which a client sees what is due, pays it at Stripe and comes back, without an account."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from billing.gateways import stripe_gateway
from billing.gateways.facts import Busy, NotSetUp, Refused
from billing.models import AttemptState, Document, Invoice, PaymentAttempt
from billing.selectors import pay_links, pay_pages
from billing.selectors.papers import paper_of
from billing.selectors.signed_links import LinkExpired
from billing.services import connecting, converging, document_mails, paying, stored_papers
from billing.services.converging import NotOurs
from billing.views.private import keep_private
from studio.accounts.requests import is_within
from studio.crypto import digest
from studio.db import TryAgain
from studio.errors import DomainError
from studio.mail.selectors.house import current_house
from studio.office import serving
from studio.office.selectors.profile import current_profile
from studio.page_policies import PUBLIC_CSP, leading_to

# Per address: guessing signatures, reading. Per client: asking Stripe for a page; per document: asking how it stands.
LOOK_RATES = "120/m/ip"
PAY_RATES = "19/10m/key,60/10m/ip"
BACK_RATES = "20/m/key"
TRY_AGAIN_SECONDS = 60

type View = Callable[..., HttpResponseBase]


def behind_a_pay_link(view: View) -> View:
    """Give a view the document of the token in its address; refuse what nobody here has signed, or long ago."""

    @wraps(view)
    def find(request: HttpRequest, token: str, **more: str) -> HttpResponseBase:
        try:
            if not is_within(LOOK_RATES, request, action="pay_look", key=digest(token)):
                return keep_private(render(request, "429.html", status=429))
            invoice = pay_links.invoice_behind(token, today=timezone.localdate())
        except LinkExpired as expired:
            told = {"expired": expired, "studio": current_profile()}
            return keep_private(render(request, "billing/pay_unknown.html", told, status=expired.status_code))
        if invoice is None:
            return keep_private(render(request, "billing/pay_unknown.html", status=404))
        return keep_private(view(request, invoice, token, **more))

    return find


leading_to_stripe = leading_to(stripe_gateway.checkout_origin, usual=PUBLIC_CSP)


@require_http_methods(["GET", "HEAD", "POST"])
@behind_a_pay_link
@leading_to_stripe
def pay_page(request: HttpRequest, invoice: Invoice, token: str) -> HttpResponse:
    """Show what is due; asked by a form, lead on to Stripe."""
    if request.method == "POST":
        return _begin(request, invoice, token)
    return _page(request, invoice, token)


@require_safe
@behind_a_pay_link
@leading_to_stripe
def pay_back(request: HttpRequest, invoice: Invoice, token: str) -> HttpResponse:
    """Show what became of a payment to somebody who comes back from Stripe, whether the news of it was here first."""
    if not is_within(BACK_RATES, request, action="pay_back", key=invoice.public_id.hex):
        return render(request, "429.html", status=429)
    attempt, refusal = pay_pages.last_attempt(invoice), None
    if attempt is not None and attempt.is_living:
        try:
            attempt = converging.look_again(attempt=attempt, now=timezone.now())
        except DomainError as error:
            attempt.refresh_from_db()  # the news of it may have been dealt with while this was waiting
            refusal = _while_noted(error) if attempt.is_living else None
    invoice.refresh_from_db()
    return _page(request, invoice, token, came_back=attempt, refusal=refusal, is_unknown=refusal is not None)


@require_GET
@behind_a_pay_link
def pay_pdf(request: HttpRequest, invoice: Invoice, _token: str) -> HttpResponseBase:
    """Answer the document as a file to save."""
    return _file(request, invoice)


@require_GET
@behind_a_pay_link
def pay_receipt(request: HttpRequest, invoice: Invoice, _token: str, key: str) -> HttpResponseBase:
    """Answer the receipt of money that was put against the document, as a file to save."""
    payment = pay_pages.payment_behind(invoice, key)
    if payment is None or not hasattr(payment, "printed_receipt"):
        return render(request, "billing/pay_unknown.html", status=404)
    return _file(request, payment.printed_receipt)


def _begin(request: HttpRequest, invoice: Invoice, token: str) -> HttpResponse:
    """Lead to the payment that was asked for; clicked again it is the same one."""
    if not is_within(PAY_RATES, request, action="pay_begin", key=str(invoice.client_id)):
        return render(request, "429.html", status=429)
    offers = pay_pages.page_of(invoice, now=timezone.now()).offers
    offer = next((each for each in offers if each.key == request.POST.get("offer")), None)
    if offer is None:
        changed = paying.NothingDue(_("What is to be paid has changed meanwhile. This is how it stands now."))
        return _page(request, invoice, token, refusal=changed)
    try:
        attempt = paying.begin_payment(
            invoice=invoice,
            page_address=f"{current_house().origin}{pay_links.path_behind(token)}",
            purpose=offer.purpose,
            actor=None,
            now=timezone.now(),
        )
    except DomainError as refusal:
        invoice.refresh_from_db()
        if invoice.remaining_balance == 0:  # paid in another window, which Stripe has told only now
            return redirect("billing:pay-page", token=token)
        return _page(request, invoice, token, refusal=refusal)
    return HttpResponse(status=HTTPStatus.SEE_OTHER, headers={"Location": attempt.url})


def _page(
    request: HttpRequest,
    invoice: Invoice,
    token: str,
    *,
    came_back: PaymentAttempt | None = None,
    refusal: DomainError | None = None,
    is_unknown: bool = False,
) -> HttpResponse:
    """Answer the page; what is no longer asked for, and what was refused, by their own status."""
    page, is_ready = pay_pages.page_of(invoice, now=timezone.now()), connecting.takes_payments()
    context = {
        "invoice": invoice,
        "token": token,
        "page": page,
        "takes_payments": is_ready and not is_unknown,
        "is_set_up": is_ready,
        "has_come": (has_come := came_back is not None and came_back.state == AttemptState.SUCCEEDED),
        "receipt_comes": has_come and bool(document_mails.usual_recipient(invoice)),
        "came_back": came_back,
        "refusal": _told(refusal) if refusal else "",
        "is_unknown": is_unknown,
    }
    status = refusal.status_code if refusal else 410 if page.state in pay_pages.OVER else 200
    response = render(request, "billing/pay_page.html", context, status=status)
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = str(refusal.seconds if isinstance(refusal, Busy) else TRY_AGAIN_SECONDS)
    return response


def _while_noted(refusal: DomainError) -> DomainError:
    """Return what somebody is told who comes back while a worker has the same payment: nobody else is there."""
    if isinstance(refusal, TryAgain):
        return TryAgain(_("Your payment is just being looked at."))
    return refusal


def _told(refusal: DomainError) -> str:
    """Return what a client is told: a sentence about what they can do, never about the studio's account."""
    if isinstance(refusal, NotSetUp):
        return _("Paying online is not set up here.")
    if isinstance(refusal, NotOurs):
        return _(
            "This payment needs a look by the studio. Please do not pay again: they can see it, and will settle it."
        )
    if isinstance(refusal, Refused):
        return _("Stripe did not accept the payment. Nothing was taken. Please tell the studio, or pay another way.")
    return str(refusal)


def _file(request: HttpRequest, document: Document) -> HttpResponseBase:
    try:
        file = stored_papers.read(paper=paper_of(document), now=timezone.now())
    except DomainError as refusal:
        return render(request, "billing/paper_refused.html", {"refusal": refusal}, status=refusal.status_code)
    return serving.bytes_response(data=file.data, name=file.name, digest=file.digest, content_type="application/pdf")
