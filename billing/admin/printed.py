"""The file of a document in the back office: saved, sent, made again after it could not be, or was lost."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminEmailInputWidget

from billing.models import DocumentMail
from billing.selectors.papers import paper_of
from billing.selectors.print_state import FileState, file_state, print_state
from billing.services import document_mails, printed, stored_papers
from studio.accounts.models import User
from studio.admin_sites import studio_site
from studio.admin_tools import ActionForm, ActionPage, ReadOnlyAdmin, StudioModelAdmin
from studio.errors import DomainError
from studio.office import serving
from studio.showing import when

FRAGMENT, ABOVE = "billing/admin/_printed.html", "billing/admin/printed_above.html"
REFUSED = "billing/paper_refused.html"
PDF = "application/pdf"


class RecipientForm(ActionForm):
    """Where a document goes."""

    recipient = forms.EmailField(
        label=_("Recipient"),
        max_length=254,
        widget=UnfoldAdminEmailInputWidget,
        help_text=_("The PDF goes along."),
    )


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
            document=obj,
            recipient=form.cleaned_data["recipient"],
            actor=cast("User", request.user),
            now=timezone.now(),
        )
        return gettext("%(document)s goes to %(recipient)s.") % {"document": obj, "recipient": mail.recipient}


class PrintAgain(ActionPage):
    """Making the file after it could not be made, or is not in the store any more as it was."""

    name = "print"
    label = _("Make the PDF again")
    icon = "print"
    permission = "send"
    question = _(
        "The PDF is made from what was written down of the document. One that was made before and is lost stays named "
        "by its fingerprint; the new one stands beside it."
    )

    def is_offered(self, obj: Any) -> bool:
        """Return whether it failed."""
        return file_state(obj) == FileState.FAILED

    def act(self, request: HttpRequest, obj: Any, form: ActionForm) -> str:
        """Queue it."""
        printed.print_again(document=obj, actor=cast("User", request.user), now=timezone.now())
        return gettext("The PDF of %(document)s is being made.") % {"document": obj}


class PaperPages(StudioModelAdmin):
    """What the admin of documents gains: the file's address, its state above the facts, and both acts on it.

    send_right: of whoever sends them and has lost files made again
    """

    send_right: str
    action_pages: Sequence[type[ActionPage]] = (SendDocument, PrintAgain)
    change_form_outer_before_template = ABOVE

    def has_send_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the person may send documents."""
        return request.user.has_perm(self.send_right)

    def get_urls(self) -> list[Any]:
        """Return the URLs, the file's and its state's first."""
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        state_view = self.admin_site.admin_view(self.printed_view)
        return [
            path("<path:object_id>/pdf/", studio_site.file_view(self.pdf_view), name=f"{name}_pdf"),
            path("<path:object_id>/printed/", state_view, name=f"{name}_printed"),
            *super().get_urls(),
        ]

    def pdf_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Answer the bytes that were made, the same each time, to whoever may see the document."""
        document = self._seen(request, object_id)
        try:
            file = stored_papers.read(paper=paper_of(document), now=timezone.now())
        except stored_papers.NotMade as exc:
            raise Http404 from exc
        except DomainError as refusal:
            return render(request, REFUSED, {"refusal": refusal}, status=refusal.status_code)
        return serving.bytes_response(data=file.data, name=file.name, digest=file.digest, content_type=PDF)

    def printed_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Answer the state of the file alone, which a page asks for while something is under way."""
        document = self._seen(request, object_id)
        return render(request, FRAGMENT, {"printed": print_state(document)})

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Show the state of the file above the facts."""
        if document := context.get("original"):
            context |= {"printed": print_state(document)}
        return super().render_change_form(request, context, *args, **kwargs)

    def _seen(self, request: HttpRequest, object_id: str) -> Any:
        if not self.has_view_permission(request):
            raise PermissionDenied
        document = self.get_object(request, unquote(object_id))
        if document is None:
            raise Http404
        return document


@admin.register(DocumentMail, site=studio_site)
class DocumentMailAdmin(ReadOnlyAdmin, StudioModelAdmin):
    """Documents that went out by mail."""

    list_display = ("document_shown", "recipient", "asked", "actor_label", "email")
    list_select_related = ("invoice", "version__quote", "receipt", "email")
    list_filter = ("asked_at",)
    search_fields = (
        *("recipient", "invoice__invoice_number"),
        *("version__quote__quote_number", "receipt__receipt_number"),
    )
    ordering = ("-pk",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[DocumentMail]:
        """Return the mails without what was printed of their documents."""
        rows: QuerySet[DocumentMail] = super().get_queryset(request)
        return rows.defer("invoice__snapshot", "version__snapshot", "receipt__snapshot")

    @admin.display(description=_("document"))
    def document_shown(self, mail: DocumentMail) -> str:
        """Show what was sent."""
        return str(mail.document)

    @admin.display(description=_("asked at"), ordering="asked_at")
    def asked(self, mail: DocumentMail) -> str:
        """Show when somebody sent it."""
        return when(mail.asked_at)
