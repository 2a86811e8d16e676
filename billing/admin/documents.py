"""Documents of money: the list, and the doors to their pages."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing.admin.credit_page import CreditPage
from billing.admin.draft_acts import DRAFT, DeductPage, DepositPage, DiscardPage, FactsPage, IssuePage, NewDraftPage
from billing.admin.draft_page import draft_view, fill_view, sum_view
from billing.admin.invoice_filters import IssuedFilter, OpenFilter, today
from billing.admin.issued_page import issued_view
from billing.admin.package_pages import DrawPage
from billing.admin.page_parts import kind_badge, state_badge
from billing.admin.pay_link_page import PayLinkPage
from billing.admin.printed import PaperPages, PrintAgain, SendDocument
from billing.admin.refund_part import RefundPartPage
from billing.admin.use_credit import UseCreditPage
from billing.admin.work_page import WorkPage
from billing.models import Invoice, InvoiceStatus
from billing.selectors import invoice_export
from billing.selectors.ageing import age_of, sums_of, with_next_due
from billing.services import drafts
from studio.accounts.taking_along import KINDS, table_file
from studio.admin_sites import MenuEntry, MenuGroup, studio_site
from studio.showing import NOTHING, badge, day, money

EXPORT = "billing.export_invoice"
MOST_EXPORTED = 100_000


@admin.register(Invoice, site=studio_site)
class InvoiceAdmin(PaperPages):
    """Every document of money; what is issued stays as it is."""

    menu = MenuEntry(MenuGroup.MONEY, "receipt_long", 10)
    list_display = ("number_shown", "kind_shown", "client", "dated", "state", "sum_shown", "open_shown")
    list_filter = (OpenFilter, "kind", "status", IssuedFilter, "is_test")
    linked_lookups = ("client__id__exact", "project__id__exact")
    search_fields = ("invoice_number", "purchase_order", "client__name")
    search_help_text = _("Numbers, order numbers and clients.")
    ordering = ("-issued_on", "-pk")
    list_before_template = "billing/admin/list_tools.html"
    send_right = "billing.send_invoice"
    action_pages = (
        *(IssuePage, WorkPage, DrawPage, DeductPage, DepositPage, FactsPage),
        *(UseCreditPage, SendDocument, PayLinkPage, PrintAgain, RefundPartPage, CreditPage, DiscardPage),
    )

    class Media:
        css = {"all": ("admin_theme/invoices.css", "admin_theme/money_lists.css")}

    # Columns ------------------------------------------------------------------------------------

    @admin.display(description=_("number"), ordering="invoice_number")
    def number_shown(self, invoice: Invoice) -> str:
        """Show the number, and whether it is one of a test."""
        return format_html("{} {}", invoice, badge(_("test"), "muted")) if invoice.is_test else str(invoice)

    @admin.display(description=_("kind"), ordering="kind")
    def kind_shown(self, invoice: Invoice) -> str:
        """Show what it is."""
        return kind_badge(invoice)

    @admin.display(description=_("date"), ordering="issued_on")
    def dated(self, invoice: Invoice) -> str:
        """Show the day of the issue."""
        return day(invoice.issued_on) if invoice.issued_on else NOTHING

    @admin.display(description=_("status"), ordering="status")
    def state(self, invoice: Invoice) -> str:
        """Show how far it is."""
        return state_badge(invoice)

    @admin.display(description=_("payable"), ordering="payable")
    def sum_shown(self, invoice: Invoice) -> str:
        """Show what it comes to; what a credit note takes back is below zero."""
        return money(invoice.signed(invoice.payable), invoice.currency)

    @admin.display(description=_("to pay"), ordering="remaining_balance")
    def open_shown(self, invoice: Invoice) -> str:
        """Show what is still to pay, and how late it is."""
        age = age_of(invoice, today())
        if age is None:
            return NOTHING
        return format_html("{} {}", money(invoice.remaining_balance, invoice.currency), badge(age.text, age.tone))

    # Rights -------------------------------------------------------------------------------------

    def has_delete_permission(self, request: HttpRequest, obj: Invoice | None = None) -> bool:
        """Refuse: a draft is thrown away by an act, and what is issued stays."""
        return False

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Return whether the person may take the list along."""
        return request.user.has_perm(EXPORT)

    # Pages --------------------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[Invoice]:
        """Return the documents with their clients, as drafts are called by them, and without what was printed."""
        return with_next_due(super().get_queryset(request).select_related("client").defer("snapshot"))

    def object_title(self, obj: Invoice) -> str:
        """Return the number; of a draft for whom it is."""
        if obj.status == InvoiceStatus.DRAFT:
            return gettext("Draft for %(client)s") % {"client": obj.client}
        return obj.invoice_number

    def get_urls(self) -> list[Any]:
        """Return the URLs, those of the fragments and the file first."""
        wrap = self.admin_site.admin_view
        return [
            path("export/<slug:kind>/", wrap(self.export_view), name="billing_invoice_export"),
            path("<path:object_id>/sum/", wrap(partial(self.fragment, view=sum_view)), name="billing_invoice_sum"),
            path("<path:object_id>/fill/", wrap(partial(self.fragment, view=fill_view)), name="billing_invoice_fill"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the list, and above it what its filters leave comes to."""
        response = super().changelist_view(request, extra_context)
        shown: Any = getattr(response, "context_data", None)
        if shown and "cl" in shown:
            shown["sums"] = sums_of(shown["cl"].queryset, today())
            shown["may_export"] = self.has_export_permission(request)
        return response

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show a draft where it is written, and what is issued as it stays."""
        invoice = self._invoice(request, object_id)
        if invoice.status == InvoiceStatus.DRAFT:
            return draft_view(self, request, invoice)
        if request.method == "POST":
            messages.error(request, str(drafts.NotADraft(invoice)))
            return HttpResponseRedirect(request.path)
        return issued_view(self, request, invoice)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Begin a draft: for whom, and what it is."""
        return NewDraftPage(self).answer(request, None)

    def fragment(
        self, request: HttpRequest, object_id: str, view: Callable[[HttpRequest, Invoice], HttpResponse]
    ) -> HttpResponse:
        """Answer a part of the page of a draft to whoever may write it."""
        invoice = self._invoice(request, object_id)
        if not request.user.has_perm(DRAFT):
            raise PermissionDenied
        return view(request, invoice)

    def export_view(self, request: HttpRequest, kind: str) -> HttpResponseBase:
        """Answer the list with its filters, its search and its order as a file."""
        if not self.has_export_permission(request):
            raise PermissionDenied
        if kind not in KINDS:
            raise Http404
        rows = self.get_changelist_instance(request).get_queryset(request)
        if (found := rows.count()) > MOST_EXPORTED:
            told = gettext("A file holds %(most)d documents at most; these are %(found)d. Choose fewer by the filters.")
            messages.error(request, told % {"most": MOST_EXPORTED, "found": found})
            return HttpResponseRedirect(f"{reverse('admin:billing_invoice_changelist')}?{request.GET.urlencode()}")
        name = f"invoices-{today():%Y-%m-%d}"
        lines = invoice_export.exported(rows)
        return table_file(request, name=name, kind=kind, head=invoice_export.heads(), rows=lines, of=Invoice)

    def _invoice(self, request: HttpRequest, object_id: str) -> Invoice:
        if not self.has_view_permission(request):
            raise PermissionDenied
        found = self.get_object(request, unquote(object_id))
        if found is None:
            raise Http404
        return found
