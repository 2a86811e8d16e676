"""The page under which a client reads a quote and answers it, without an account."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from billing.forms import AcceptForm, AnswerForm, DeclineForm
from billing.models import QuoteVersion
from billing.selectors import quote_links, quote_pages
from billing.selectors.papers import paper_of
from billing.services import quote_answers, stored_papers
from billing.services.quote_answers import Signer
from billing.views.private import keep_private
from studio.accounts.requests import agent_of, is_within, usable_address_of
from studio.crypto import digest
from studio.errors import DomainError
from studio.office import serving

# Per address: guessing signatures, reading; answering.
LOOK_RATES = "120/m/ip"
SAY_RATES = "10/m/ip"

type View = Callable[..., HttpResponseBase]


def behind_a_signature(view: View) -> View:
    """Give a view the version of the token in its address; refuse what nobody here has signed."""

    @wraps(view)
    def find(request: HttpRequest, token: str) -> HttpResponseBase:
        response: HttpResponseBase
        if not is_within(LOOK_RATES, request, action="quote_look", key=digest(token)):
            response = render(request, "429.html", status=429)
        elif (version := quote_links.version_behind(token)) is None:
            response = render(request, "billing/quote_unknown.html", status=404)
        else:
            response = view(request, version, token)
        return keep_private(response)

    return find


@require_GET
@behind_a_signature
def quote_page(request: HttpRequest, version: QuoteVersion, token: str) -> HttpResponse:
    """Show a version and what became of it; reading changes nothing."""
    return _page(request, version, token)


@require_GET
@behind_a_signature
def quote_pdf(request: HttpRequest, version: QuoteVersion, _token: str) -> HttpResponseBase:
    """Answer a version as it was sent, as a file to save; the same bytes each time."""
    try:
        file = stored_papers.read(paper=paper_of(version), now=timezone.now())
    except DomainError as refusal:
        return render(request, "billing/paper_refused.html", {"refusal": refusal}, status=refusal.status_code)
    return serving.bytes_response(data=file.data, name=file.name, digest=file.digest, content_type="application/pdf")


@require_POST
@behind_a_signature
def quote_accept(request: HttpRequest, version: QuoteVersion, token: str) -> HttpResponse:
    """Accept a version."""
    form = AcceptForm(request.POST)

    def accept(signer: Signer, remark: str) -> str:
        quote_answers.accept_quote(
            version=version,
            fingerprint=form.cleaned_data["fingerprint"],
            signer=signer,
            remark=remark,
            actor=None,
            now=timezone.now(),
        )
        return _("Thank you: the quote is accepted.")

    return _done(request, version, token, form, accept)


@require_POST
@behind_a_signature
def quote_decline(request: HttpRequest, version: QuoteVersion, token: str) -> HttpResponse:
    """Decline a version."""

    def decline(signer: Signer, remark: str) -> str:
        quote_answers.reject_quote(version=version, signer=signer, remark=remark, actor=None, now=timezone.now())
        return _("The quote is declined. Thank you for telling us.")

    return _done(request, version, token, DeclineForm(request.POST), decline)


def _done(
    request: HttpRequest, version: QuoteVersion, token: str, form: AnswerForm, act: Callable[[Signer, str], str]
) -> HttpResponse:
    """Do what a form asks and go back to the page; what was refused stays in the form."""
    if not is_within(SAY_RATES, request, action="quote_say", key=digest(token)):
        return render(request, "429.html", status=429)
    status = 400
    if form.is_valid():
        signer = Signer(form.cleaned_data["name"], usable_address_of(request), agent_of(request))
        try:
            told = act(signer, form.cleaned_data["remark"])
        except DomainError as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status_code
        else:
            messages.success(request, told)
            return redirect("billing:quote-page", token=token)
    version.refresh_from_db()
    return _page(request, version, token, form, status=status)


def _page(
    request: HttpRequest, version: QuoteVersion, token: str, refused: AnswerForm | None = None, *, status: int = 200
) -> HttpResponse:
    asked: dict[str, Any] = {"fingerprint": version.content_hash}
    context = {
        "version": version,
        "quote": version.quote,
        "token": token,
        "page": quote_pages.page_of(version, now=timezone.now()),
        "accept": refused if isinstance(refused, AcceptForm) else AcceptForm(initial=asked),
        "decline": refused if isinstance(refused, DeclineForm) else DeclineForm(),
        "refused": refused,
    }
    return render(request, "billing/quote_page.html", context, status=status)
