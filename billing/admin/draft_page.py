"""The page of a draft: its lines, written one at a time, and what they come to while somebody types."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from billing.admin.line_form import LineForm
from billing.admin.page_parts import base_context, page_of
from billing.models import Invoice, InvoiceItem, Service
from billing.selectors import invoice_page
from billing.selectors.draft_sums import sums_with
from billing.services import drafts, line_order, work_lines
from sessions_app.admin.served import actor_of
from sessions_app.forms import key_of
from studio.errors import DomainError
from studio.showing import money

type Act = Callable[[HttpRequest, InvoiceItem], str]
LINES = "#lines"


def draft_view(model_admin: Any, request: HttpRequest, draft: Invoice) -> HttpResponse:
    """Show a draft, or do one thing to its lines."""
    if request.method == "POST":
        if not model_admin.has_change_permission(request, draft):
            raise PermissionDenied
        return _answer(model_admin, request, draft)
    item = _item(draft, request.GET.get("line"))
    form = LineForm(draft, item=item, service=_service(request))
    return _page(model_admin, request, draft, form=form, item=item)


def sum_view(request: HttpRequest, draft: Invoice) -> HttpResponse:
    """Answer what a draft comes to with the line that is being typed, as a fragment; nothing is written."""
    item = _item(draft, request.GET.get("item"))
    form = LineForm(draft, request.GET, item=item)
    typed = form.typed() if form.is_valid() else None
    context = {"invoice": draft, "sums": sums_with(draft, typed, instead_of=item), "is_typed": typed is not None}
    return TemplateResponse(request, "billing/admin/_draft_sums.html", context)


def fill_view(request: HttpRequest, draft: Invoice) -> HttpResponse:
    """Answer the boxes of a line with what the catalogue says of a service, as a fragment."""
    form = LineForm(draft, service=_service(request), item=_item(draft, request.GET.get("item")))
    return TemplateResponse(request, "billing/admin/_line_boxes.html", {"form": form, "invoice": draft})


def _answer(model_admin: Any, request: HttpRequest, draft: Invoice) -> HttpResponse:
    item = _item(draft, request.POST.get("item"))
    if act := ACTS.get(request.POST.get("act", "")):
        return _act(request, draft, item, act)
    form, status = LineForm(draft, request.POST, item=item), 400
    if form.is_valid():
        try:
            told = _write(request, draft, item, form)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status_code
        else:
            messages.success(request, told)
            return HttpResponseRedirect(f"{address(draft)}{LINES if item else '?again=1#line'}")
    return _page(model_admin, request, draft, form=form, item=item, status=status)


def _act(request: HttpRequest, draft: Invoice, item: InvoiceItem | None, act: Act) -> HttpResponse:
    if item is None:
        raise Http404
    try:
        messages.success(request, act(request, item))
    except DomainError as refusal:
        messages.error(request, str(refusal))
    page = page_of(request)
    return HttpResponseRedirect(f"{address(draft)}{f'?page={page}' if page > 1 else ''}{LINES}")


def _write(request: HttpRequest, draft: Invoice, item: InvoiceItem | None, form: LineForm) -> str:
    actor, now = actor_of(request), timezone.now()
    if item is None:
        written = drafts.add_lines(invoice=draft, lines=[form.line()], actor=actor, now=now)
        return _("The line is added: %(total)s in all.") % {"total": money(written.payable, written.currency)}
    written = drafts.replace_line(item=item, line=form.line(), actor=actor, now=now)
    return _("The line is changed: %(total)s in all.") % {"total": money(written.payable, written.currency)}


def _remove(request: HttpRequest, item: InvoiceItem) -> str:
    left = drafts.remove_line(item=item, actor=actor_of(request), now=timezone.now())
    return _("The line is gone: %(total)s in all.") % {"total": money(left.payable, left.currency)}


def _up(request: HttpRequest, item: InvoiceItem) -> str:
    line_order.move_line(item=item, up=True, actor=actor_of(request), now=timezone.now())
    return _("The line is moved up.")


def _down(request: HttpRequest, item: InvoiceItem) -> str:
    line_order.move_line(item=item, up=False, actor=actor_of(request), now=timezone.now())
    return _("The line is moved down.")


def _write_anew(request: HttpRequest, item: InvoiceItem) -> str:
    work_lines.write_anew(item=item, actor=actor_of(request), now=timezone.now())
    return _("The line says what the work costs now.")


def _keep(request: HttpRequest, item: InvoiceItem) -> str:
    work_lines.keep_price(item=item, actor=actor_of(request), now=timezone.now())
    return _("The line stays as it is.")


ACTS: dict[str, Act] = {"remove": _remove, "up": _up, "down": _down, "anew": _write_anew, "keep": _keep}


def address(draft: Invoice) -> str:
    """Return where a document is shown."""
    return reverse("admin:billing_invoice_change", args=[draft.pk])


def _page(
    model_admin: Any,
    request: HttpRequest,
    draft: Invoice,
    *,
    form: LineForm,
    item: InvoiceItem | None,
    status: int = 200,
) -> HttpResponse:
    lines = invoice_page.lines_of(draft, page_of(request))
    if item is not None or "again" in request.GET:
        form.fields["description"].widget.attrs["autofocus"] = True
    context = {
        **base_context(model_admin, request, draft),
        "lines": lines,
        "stale": [line for line in lines if line.is_stale],
        "form": form,
        "editing": item,
        "may_write": model_admin.has_change_permission(request, draft),
        "sums": sums_with(draft, None),
        "deposits": invoice_page.forgotten_deposits(draft),
    }
    return TemplateResponse(request, "billing/admin/draft.html", context, status=status)


def _item(draft: Invoice, typed: str | None) -> InvoiceItem | None:
    """Return the line that an address or a form names.

    raises: Http404
    """
    if not typed:
        return None
    found = InvoiceItem.objects.filter(invoice=draft, pk=key_of(typed) or 0).select_related("invoice__client").first()
    if found is None:
        raise Http404
    return found


def _service(request: HttpRequest) -> Service | None:
    key = key_of(request.GET.get("service"))
    return Service.objects.on_sale().filter(pk=key).select_related("vat_rate").first() if key else None
