"""How the studio's account at Stripe stands, and the way to Stripe's pages that set it up."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from billing.admin.online import mode_badge
from billing.gateways import stripe_gateway
from billing.models import PaymentAttempt
from billing.selectors.account_words import wanted_words
from billing.services import connecting
from billing.services.connecting import Standing
from sessions_app.admin.served import actor_of
from studio.admin_sites import AdminPage, MenuEntry, MenuGroup, studio_site
from studio.errors import DomainError
from studio.page_policies import leading_to
from studio.showing import badge

SEE, CONNECT = "billing.view_paymentattempt", "billing.connect_paymentattempt"
NAME = "admin:billing-online-account"
# Of each standing: its badge, its tone, what it means.
SAID = {
    Standing.NO_KEY: (
        _("not set up"),
        "muted",
        _("Whoever runs this system has given it no key of Stripe. Until then clients pay by transfer or at the desk."),
    ),
    Standing.NONE: (
        _("not set up"),
        "warning",
        _("The studio has no account at Stripe yet. Setting it up takes ten minutes, on Stripe's own pages."),
    ),
    Standing.PLATFORM: (
        _("takes payments"),
        "success",
        _("Payments go to the account of whoever runs this system, which was given to this studio."),
    ),
    Standing.UNFINISHED: (
        _("to be finished at Stripe"),
        "warning",
        _("The account is there, and Stripe has more questions. Until they are answered nobody can pay online."),
    ),
    Standing.IN_REVIEW: (
        _("looked at by Stripe"),
        "info",
        _("Stripe has all it asked for and looks at it, which may take a day or two. There is nothing to do."),
    ),
    Standing.RESTRICTED: (
        _("restricted"),
        "danger",
        _("Stripe takes no payments for the studio until it has what it asks for."),
    ),
    Standing.READY: (_("takes payments"), "success", _("Clients can pay invoices and deposits online.")),
}
BEGIN, GO_ON = _("Set up online payments"), _("Go on at Stripe")
BUTTONS = {
    Standing.NONE: BEGIN,
    Standing.UNFINISHED: GO_ON,
    Standing.RESTRICTED: _("Answer Stripe's questions"),
}


@leading_to(stripe_gateway.connect_origin)
@require_http_methods(["GET", "HEAD", "POST"])
def account_view(request: HttpRequest) -> HttpResponse:
    """Show how the account stands, as Stripe says now; asked by a form, lead on to Stripe."""
    if request.method == "POST":
        return _lead_on(request)
    look = connecting.look_at_account()
    label, tone, sentence = SAID[look.standing]
    context: dict[str, Any] = {
        **studio_site.each_context(request),
        "title": gettext("Online payments"),
        "look": look,
        "state": badge(label, tone),
        "sentence": sentence,
        "button": BUTTONS.get(look.standing, ""),
        "may_connect": request.user.has_perm(CONNECT),
        "wants": wanted_words(look.wants),
        "mode": mode_badge(is_live=stripe_gateway.is_live()) if stripe_gateway.is_set_up() else "",
        "came_back": "back" in request.GET,
        "link_was_old": "again" in request.GET,
        "has_attempts": PaymentAttempt.objects.exists(),
    }
    request.current_app = studio_site.name
    return TemplateResponse(request, "billing/admin/online_account.html", context)


def _lead_on(request: HttpRequest) -> HttpResponse:
    """Send to Stripe's page about the account, which is made where there is none; back here in any other case."""
    if not request.user.has_perm(CONNECT):
        raise PermissionDenied
    here = request.build_absolute_uri(reverse(NAME))
    try:
        address = connecting.begin_onboarding(
            return_url=f"{here}?back=1", refresh_url=f"{here}?again=1", actor=actor_of(request)
        )
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return HttpResponseRedirect(reverse(NAME))
    return HttpResponseRedirect(address)


studio_site.register_page(
    AdminPage(
        "billing/online-account/",
        "billing-online-account",
        account_view,
        SEE,
        MenuEntry(MenuGroup.MONEY, "account_balance_wallet", 21, title=_("Online payments")),
    )
)
