"""The account of a client over some days: as a page, as a file, and by mail."""

from calendar import monthrange
from contextlib import suppress
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminEmailInputWidget

from billing.admin.invoice_filters import today
from billing.admin.money_forms import OnceForm
from billing.selectors.statements import Statement, currencies_of, statement_of
from billing.selectors.terms import details_of
from billing.services import statements
from sessions_app.admin.pages import FIRST_YEAR, LAST_YEAR
from sessions_app.admin.served import actor_of
from sessions_app.models import Client
from studio.admin_sites import AdminPage, studio_site
from studio.admin_tools import ActionForm, ActionPage
from studio.errors import DomainError
from studio.object_parts import ObjectLink, register_link
from studio.office import serving
from studio.showing import days

SEE, SEND = "billing.view_payment", "billing.send_invoice"
MONTHS_BACK = 2  # and this one, where nobody says otherwise


def statement_view(request: HttpRequest, client: int) -> HttpResponse:
    """Show the account."""
    found = _asked(request, get_object_or_404(Client, pk=client))
    context: dict[str, Any] = {
        **studio_site.each_context(request),
        "title": gettext("Statement of account"),
        "statement": found,
        "currencies": currencies_of(found.client),
        "days": days(found.first, found.last),
        "asked": _query(found),
        "may_send": request.user.has_perm(SEND),
    }
    request.current_app = studio_site.name
    return TemplateResponse(request, "billing/admin/statement.html", context)


def pdf_view(request: HttpRequest, client: int) -> HttpResponseBase:
    """Answer the account as a PDF, or say why there is none."""
    found = _asked(request, get_object_or_404(Client, pk=client))
    try:
        file = statements.file_of(found)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return HttpResponseRedirect(_page(found))
    return serving.bytes_response(data=file.content, name=file.name, digest="", content_type=file.content_type)


class SendForm(OnceForm):
    """Where the account goes."""

    recipient = forms.EmailField(
        label=_("Recipient"),
        max_length=254,
        widget=UnfoldAdminEmailInputWidget,
        help_text=_("The PDF goes along."),
    )


class SendStatement(ActionPage):
    """Sends the account of the days that the address names."""

    name = "statement"
    label = _("Send the statement")
    submit = _("Send")
    icon = "send"
    form_class = SendForm

    def __init__(self, model_admin: Any, statement: Statement) -> None:
        super().__init__(model_admin)
        self.statement = statement

    def may(self, request: HttpRequest, obj: Client) -> bool:
        """Ask for the right to send documents."""
        return request.user.has_perm(SEND)

    def initial(self, request: HttpRequest, obj: Client) -> dict[str, Any]:
        """Return where this client's documents go."""
        return {"recipient": (details_of(obj).email or obj.email).strip().lower()}

    def context(self, request: HttpRequest, obj: Client, form: ActionForm) -> dict[str, Any]:
        """Say which days it is about."""
        told = gettext("The account of %(days)s goes out by mail, as a PDF.")
        return {"question": told % {"days": days(self.statement.first, self.statement.last)}}

    def act(self, request: HttpRequest, obj: Client, form: ActionForm) -> str:
        """Send it."""
        given, about = form.cleaned_data, self.statement
        mail = statements.send_statement(
            client=obj,
            currency=about.currency,
            first=about.first,
            last=about.last,
            recipient=given["recipient"],
            form_key=given["form_key"],
            actor=actor_of(request),
            now=timezone.now(),
        )
        return gettext("The statement goes to %(recipient)s.") % {"recipient": mail.recipient}

    def back(self, obj: Client) -> str:
        """Go to the account."""
        return _page(self.statement)


def send_view(request: HttpRequest, client: int) -> HttpResponse:
    """Ask where the account goes, or send it."""
    found = _asked(request, get_object_or_404(Client, pk=client))
    return SendStatement(studio_site.get_model_admin(Client), found).answer(request, found.client)


def _asked(request: HttpRequest, client: Client) -> Statement:
    """Return the account of the days that the address names; of this month and the two before otherwise."""
    on, currencies = today(), currencies_of(client)
    months = on.year * 12 + on.month - 1 - MONTHS_BACK
    found = {
        "first": date(months // 12, months % 12 + 1, 1),
        "last": on.replace(day=monthrange(on.year, on.month)[1]),
    }
    for name in found:
        with suppress(ValueError):
            day = parse_date(request.GET.get(name, ""))
            if day is not None and FIRST_YEAR <= day.year <= LAST_YEAR:
                found[name] = day
    asked = request.GET.get("currency", "")
    currency = asked if asked in currencies else client.currency
    return statement_of(client, currency=currency, first=min(found.values()), last=max(found.values()))


def _query(statement: Statement) -> str:
    named = {"first": statement.first.isoformat(), "last": statement.last.isoformat()}
    return urlencode(named | {"currency": statement.currency})


def _page(statement: Statement) -> str:
    return f"{reverse('admin:billing-statement', args=[statement.client.pk])}?{_query(statement)}"


def _of_client(client: Client) -> str:
    return "" if client.merged_into_id else reverse("admin:billing-statement", args=[client.pk])


studio_site.register_page(AdminPage("billing/statements/<int:client>/", "billing-statement", statement_view, SEE))
studio_site.register_page(AdminPage("billing/statements/<int:client>/pdf/", "billing-statement-pdf", pdf_view, SEE))
studio_site.register_page(AdminPage("billing/statements/<int:client>/send/", "billing-statement-send", send_view, SEND))
register_link(ObjectLink(Client._meta.label_lower, _("Statement of account"), "account_balance", _of_client, SEE))
