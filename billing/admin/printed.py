"""The file of a document in the back office: saved, sent, made again after it could not be."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing.models import DocumentMail, Invoice
from billing.selectors.print_state import FileState, file_state, print_state
from billing.services import document_mails, printed
from studio.accounts.models import User
from studio.admin_sites import studio_site
from studio.admin_tools import ActionForm, ActionPage, ReadOnlyAdmin, StudioModelAdmin
from studio.office import serving
from studio.office.models import StoredFile
from studio.showing import when

FRAGMENT = "billing/admin/_printed.html"
SEND = "billing.send_invoice"


class RecipientForm(ActionForm):
    """Where a document goes."""

    recipient = forms.EmailField(label=_("recipient"), max_length=254, help_text=_("The PDF goes along."))


class SendDocument(ActionPage):
    """Sending a document by mail, once more where it was sent before."""

    name = "send"
    label = _("Send")
    icon = "send"
    permission = "send"
    question = _("The document goes out by mail as a PDF. What became of it stands on its page.")
    form_class = RecipientForm

    def is_offered(self, obj: Any) -> bool:
        """Return whether there is, or will be, a file."""
        return file_state(obj) in {FileState.THERE, FileState.COMING}

    def initial(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        """Return where this client's documents go."""
        return {"recipient": document_mails.usual_recipient(obj)}

    def act(self, request: HttpRequest, obj: Any, form: ActionForm) -> str:
        """Send it."""
        mail = document_mails.send_document(
            invoice=obj,
            recipient=form.cleaned_data["recipient"],
            actor=cast("User", request.user),
            now=timezone.now(),
        )
        return gettext("%(document)s goes to %(recipient)s.") % {"document": obj, "recipient": mail.recipient}


class PrintAgain(ActionPage):
    """Making the file after it could not be made."""

    name = "print"
    label = _("Make the PDF again")
    icon = "print"
    permission = "send"
    question = _("The PDF could not be made. Try once more?")

    def is_offered(self, obj: Any) -> bool:
        """Return whether it failed."""
        return file_state(obj) == FileState.FAILED

    def act(self, request: HttpRequest, obj: Any, form: ActionForm) -> str:
        """Queue it."""
        printed.print_again(invoice=obj, actor=cast("User", request.user), now=timezone.now())
        return gettext("The PDF of %(document)s is being made.") % {"document": obj}


class PrintedPages(StudioModelAdmin):
    """What the admin of invoices gains: the file's address, its state above the facts, and both acts on it."""

    action_pages: Sequence[type[ActionPage]] = (SendDocument, PrintAgain)
    change_form_outer_before_template = FRAGMENT

    def has_send_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the person may send documents."""
        return request.user.has_perm(SEND)

    def get_urls(self) -> list[Any]:
        """Return the URLs, the file's and its state's first."""
        return [
            path("<path:object_id>/pdf/", studio_site.file_view(self.pdf_view), name="billing_invoice_pdf"),
            path(
                "<path:object_id>/printed/",
                self.admin_site.admin_view(self.printed_view),
                name="billing_invoice_printed",
            ),
            *super().get_urls(),
        ]

    def pdf_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Answer the bytes, the same each time, to whoever may see the document."""
        invoice = self._seen(request, object_id)
        stored = get_object_or_404(StoredFile, key=invoice.pdf_s3_key)
        return serving.file_response(request, stored, as_download=True)

    def printed_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Answer the state of the file alone, which a page asks for while something is under way."""
        invoice = self._seen(request, object_id)
        return render(request, FRAGMENT, {"printed": print_state(invoice)})

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Show the state of the file above the facts."""
        if invoice := context.get("original"):
            context |= {"printed": print_state(invoice)}
        return super().render_change_form(request, context, *args, **kwargs)

    def _seen(self, request: HttpRequest, object_id: str) -> Invoice:
        if not self.has_view_permission(request):
            raise PermissionDenied
        invoice = self.get_object(request, unquote(object_id))
        if invoice is None:
            raise Http404
        return cast("Invoice", invoice)


@admin.register(DocumentMail, site=studio_site)
class DocumentMailAdmin(ReadOnlyAdmin, StudioModelAdmin):
    """Documents that went out by mail."""

    list_display = ("invoice", "recipient", "asked", "actor_label", "email")
    list_select_related = ("invoice", "email")
    list_filter = ("asked_at",)
    search_fields = ("recipient", "invoice__invoice_number")
    ordering = ("-pk",)

    @admin.display(description=_("asked at"), ordering="asked_at")
    def asked(self, mail: DocumentMail) -> str:
        """Show when somebody sent it."""
        return when(mail.asked_at)
