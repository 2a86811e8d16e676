"""Taking in lists of clients: send, name the columns, look, import, undo."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.defaultfilters import filesizeformat
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminSelectWidget

from sessions_app.admin.client_export import EXPORT
from sessions_app.admin.served import actor_of
from sessions_app.forms import key_of
from sessions_app.models import ClientImport, ClientImportRow, ImportStatus, RowChoice, RowOutcome
from sessions_app.selectors import import_preview
from sessions_app.selectors.import_columns import LABELS, NOT_TAKEN
from sessions_app.services import client_imports
from studio import sheets
from studio.accounts.taking_along import table_file
from studio.admin_sites import MenuEntry, MenuGroup, studio_site
from studio.admin_tools import ActionForm, ActionPage, ReadOnlyAdmin, StudioModelAdmin, badge, when
from studio.showing import zone_label

TONES = {
    ImportStatus.MAPPING: "warning",
    ImportStatus.PREVIEW: "warning",
    ImportStatus.RUNNING: "info",
    ImportStatus.DONE: "success",
    ImportStatus.UNDONE: "muted",
}
ADD, CHANGE, DELETE = (f"sessions_app.{verb}_clientimport" for verb in ("add", "change", "delete"))
PREVIEW = "admin:sessions_app_clientimport_preview"


class ListForm(ActionForm):
    """A list to take in."""

    file = forms.FileField(
        label=_("List"),
        max_length=255,
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".csv,.xlsx,.txt"}),
        help_text=_("CSV or XLSX, up to 5 MB and 10,000 rows. The first row has the heads of the columns."),
    )

    def clean_file(self) -> Any:
        """Refuse what is too large before it is read."""
        upload = self.cleaned_data["file"]
        if upload.size > sheets.MOST_BYTES:
            told = gettext("A list may have %(limit)d MB at most.")
            raise forms.ValidationError(told % {"limit": sheets.MOST_BYTES // sheets.MEBIBYTE})
        return upload


class ImportPage(ActionPage):
    """An act on an import, with a right of its own: the rows are otherwise only looked at."""

    right = ADD
    steps: tuple[ImportStatus, ...] = ()

    def may(self, request: HttpRequest, obj: Any) -> bool:
        """Ask for the act's right."""
        return request.user.has_perm(self.right)

    def is_offered(self, obj: ClientImport) -> bool:
        """Offer it at its steps."""
        return obj.status in self.steps


class SendPage(ImportPage):
    """Sending a list; it stands where other models have their form for a new row."""

    name = "add"
    label = _("Import clients")
    icon = "upload_file"
    question = _("Nobody becomes a client yet: first you say what the columns hold, then you see what each row is.")
    form_class = ListForm
    template = "office/upload.html"
    made: ClientImport | None = None

    def form(self, request: HttpRequest, obj: Any) -> ActionForm:
        """Return the form, with the file on a POST."""
        is_sent = request.method == "POST"
        return ListForm(request.POST if is_sent else None, request.FILES if is_sent else None)

    def act(self, request: HttpRequest, obj: Any, form: ActionForm) -> str:
        """Read the list."""
        upload = form.cleaned_data["file"]
        self.made = client_imports.start_import(
            name=upload.name or "", data=upload.read(), actor=actor_of(request), now=timezone.now()
        )
        counted = ngettext("%(count)d row was read.", "%(count)d rows were read.", self.made.row_count)
        return counted % {"count": self.made.row_count}

    def back(self, obj: Any) -> str:
        """Go to the columns of the list, or back to the imports."""
        if self.made is None:
            return reverse(f"admin:{self._url_name('changelist')}")
        return self._address(ColumnsPage.name, self.made)


class ColumnsForm(ActionForm):
    """What each column holds."""

    def __init__(self, data: Any, *, client_import: ClientImport) -> None:
        super().__init__(data)
        choices = [(NOT_TAKEN, _("Not taken")), *LABELS.items()]
        said = import_preview.samples(client_import)
        for position, column in enumerate(client_import.columns):
            example = "; ".join(said[position])
            self.fields[f"column-{position}"] = forms.ChoiceField(
                label=column["head"] or gettext("Column %(number)d") % {"number": position + 1},
                choices=choices,
                required=False,
                initial=column["field"],
                widget=UnfoldAdminSelectWidget,
                help_text=gettext("E.g. %(example)s") % {"example": example} if example else "",
            )

    def named(self) -> list[str]:
        """Return what was said, column by column."""
        return [self.cleaned_data[name] for name in self.fields]


class ColumnsPage(ImportPage):
    """Says what the columns of a list hold."""

    name = "columns"
    label = _("Columns")
    icon = "view_column"
    steps = (ImportStatus.MAPPING, ImportStatus.PREVIEW)
    question = _("What does each column hold? What could be guessed from its head is chosen already.")

    def form(self, request: HttpRequest, obj: ClientImport) -> ActionForm:
        """Return a choice for each column."""
        return ColumnsForm(request.POST if request.method == "POST" else None, client_import=obj)

    def act(self, request: HttpRequest, obj: ClientImport, form: Any) -> str:
        """Name the columns, and look at every row."""
        client_imports.name_columns(client_import=obj, fields=form.named(), actor=actor_of(request), now=timezone.now())
        obj.refresh_from_db()
        return gettext("Every row has been looked at.")

    def back(self, obj: ClientImport) -> str:
        """Go on to the preview."""
        return self._address(PreviewPage.name, obj) if obj.status == ImportStatus.PREVIEW else super().back(obj)


class PreviewPage(ImportPage):
    """Shows what each row is, takes choices, and imports."""

    name = "preview"
    label = _("Look and import")
    icon = "checklist"
    steps = (ImportStatus.PREVIEW,)
    template = "sessions_app/admin/import_preview.html"
    stays_at = ""

    def context(self, request: HttpRequest, obj: ClientImport, form: ActionForm) -> dict[str, Any]:
        """Show a page of the rows."""
        outcome = request.GET.get("outcome", "")
        outcome = outcome if outcome in RowOutcome.values else ""
        shown = import_preview.preview(obj, outcome=outcome, page=key_of(request.GET.get("page")) or 1)
        before = ClientImport.objects.filter(sha256=obj.sha256, status=ImportStatus.DONE).exclude(pk=obj.pk)
        return {
            "preview": shown,
            "outcome": outcome,
            "choices": RowChoice.choices,
            "duplicates": next((each.number for each in shown.counted if each.outcome == RowOutcome.DUPLICATE), 0),
            "same_before": before.order_by("-pk").first(),
            "question": "" if obj.status == ImportStatus.PREVIEW else _("This list is not waiting to be imported."),
        }

    def act(self, request: HttpRequest, obj: ClientImport, form: ActionForm) -> str:
        """Keep the choices of the page, then do what the button says."""
        actor, now = actor_of(request), timezone.now()
        for choice in RowChoice.values:
            numbers = [key_of(name.removeprefix("choice-")) for name, said in request.POST.items() if said == choice]
            if found := [number for number in numbers if number is not None]:
                client_imports.choose(client_import=obj, choice=choice, numbers=found, actor=actor, now=now)
        if (for_all := request.POST.get("for_all", "")) in RowChoice.values:
            client_imports.choose(client_import=obj, choice=for_all, numbers=None, actor=actor, now=now)
        if "keep" in request.POST or "go" in request.POST:
            shown = request.GET.copy()
            if page := key_of(request.POST.get("go")):
                shown["page"] = str(page)
            self.stays_at = f"{self._address(self.name, obj)}?{shown.urlencode()}"
            return gettext("The choices are kept.")
        done = client_imports.begin_import(client_import=obj, actor=actor, now=now)
        if done.status == ImportStatus.RUNNING:
            return gettext("The import is under way; this page follows it.")
        return gettext("The list is imported. What became of each row is below.")

    def back(self, obj: ClientImport) -> str:
        """Stay on the page of rows as long as only choices are kept."""
        return self.stays_at or super().back(obj)


class GoOnPage(ImportPage):
    """Gives an import that stands still to a worker again."""

    name = "go-on"
    label = _("Go on with the import")
    icon = "play_arrow"
    steps = (ImportStatus.RUNNING,)
    question = _("Does nothing happen any more? Then a worker takes the list up again, where it stopped.")

    def act(self, request: HttpRequest, obj: ClientImport, form: ActionForm) -> str:
        """Queue the import again."""
        client_imports.begin_import(client_import=obj, actor=actor_of(request), now=timezone.now())
        return gettext("The import goes on; this page follows it.")


class UndoImport(ImportPage):
    """Takes an import back."""

    name = "undo"
    label = _("Undo the import")
    icon = "undo"
    right = CHANGE
    steps = (ImportStatus.DONE,)
    is_dangerous = True
    question = _(
        "Whom it created is deleted, what it filled in is emptied. It is refused once a session, a note or anything "
        "else depends on one of them, or one of them has been changed."
    )

    def act(self, request: HttpRequest, obj: ClientImport, form: ActionForm) -> str:
        """Undo the import."""
        client_imports.undo_import(client_import=obj, actor=actor_of(request), now=timezone.now())
        return gettext("The import is undone.")


class DiscardImport(ImportPage):
    """Forgets a list."""

    name = "discard"
    label = _("Forget the list")
    icon = "delete"
    right = DELETE
    steps = (ImportStatus.MAPPING, ImportStatus.PREVIEW, ImportStatus.UNDONE)
    is_dangerous = True
    question = _("The list and all it says is deleted. No client is touched.")

    def act(self, request: HttpRequest, obj: ClientImport, form: ActionForm) -> str:
        """Forget the list."""
        client_imports.discard_import(client_import=obj, actor=actor_of(request), now=timezone.now())
        return gettext("The list is forgotten.")

    def back(self, obj: ClientImport) -> str:
        """Go to the imports once the list is gone."""
        if ClientImport.objects.filter(pk=obj.pk).exists():
            return super().back(obj)
        return reverse(f"admin:{self._url_name('changelist')}")


@admin.register(ClientImport, site=studio_site)
class ClientImportAdmin(ReadOnlyAdmin, StudioModelAdmin):
    """Lists of clients that were sent, and what became of them."""

    menu = MenuEntry(MenuGroup.PEOPLE, "upload_file", order=16, title=_("Imports"))
    list_display = ("name", "row_count", "state", "sent", "sent_by_label")
    list_filter = ("status",)
    search_fields = ("name",)
    ordering = ("-created_at", "-pk")
    fields = ("name", "row_count", "size_shown", "state", "sent", "sent_by_label", "finished")
    action_pages: Sequence[type[ActionPage]] = (ColumnsPage, PreviewPage, GoOnPage, UndoImport, DiscardImport)
    change_form_outer_before_template = "sessions_app/admin/_import_progress.html"
    change_form_outer_after_template = "sessions_app/admin/import_rows.html"

    class Media:
        css = {"all": ("admin_theme/clients.css",)}

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the person may send lists."""
        return request.user.has_perm(ADD)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Answer the page on which a list is sent."""
        return SendPage(self).answer(request, None)

    def get_urls(self) -> list[Any]:
        """Return the URLs, the report's and the progress's first."""
        return [
            path(
                f"<path:object_id>/{name}/",
                self.admin_site.admin_view(view),
                name=f"sessions_app_clientimport_{name}",
            )
            for name, view in (("report", self.report_view), ("progress", self.progress_view))
        ] + super().get_urls()

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Show the rows below."""
        if found := context.get("original"):
            page = key_of(request.GET.get("page")) or 1
            context |= {"preview": import_preview.preview(found, page=page), "client_import": found}
        return super().render_change_form(request, context, *args, **kwargs)

    def _seen(self, request: HttpRequest, object_id: str) -> ClientImport:
        found = self.get_object(request, unquote(object_id))
        if found is None:
            raise Http404
        if not self.has_view_permission(request, found):
            raise PermissionDenied
        return found

    def report_view(self, request: HttpRequest, object_id: str) -> FileResponse:
        """Answer what became of each row, as a file."""
        found = self._seen(request, object_id)
        if not request.user.has_perm(EXPORT):
            raise PermissionDenied  # it holds every cell of the list
        heads = [gettext("Row"), gettext("Outcome"), gettext("Why"), gettext("Client's number"), gettext("Client")]
        return table_file(
            request,
            name=f"import-{found.pk}",
            kind="csv",
            head=[*heads, *[column["head"] for column in found.columns]],
            rows=import_preview.report(found),
            of=ClientImportRow,
            subject=found,
        )

    def progress_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Answer the fragment that the page asks for while a list is imported; then the page loads again."""
        found = self._seen(request, object_id)
        context = {"client_import": found, "preview": {"counted": import_preview.counted_rows(found)}}
        response = render(request, "sessions_app/admin/_import_progress.html", context)
        if found.status != ImportStatus.RUNNING:
            response["HX-Refresh"] = "true"
        return response

    @admin.display(description=_("status"), ordering="status")
    def state(self, client_import: ClientImport) -> str:
        """Show how far it has come."""
        return badge(client_import.get_status_display(), TONES[ImportStatus(client_import.status)])

    @admin.display(description=_("size"), ordering="size")
    def size_shown(self, client_import: ClientImport) -> str:
        """Show the size of the file."""
        return str(filesizeformat(client_import.size))

    @admin.display(description=zone_label(_("sent")), ordering="created_at")
    def sent(self, client_import: ClientImport) -> str:
        """Show when it was sent."""
        return when(client_import.created_at)

    @admin.display(description=zone_label(_("finished")), ordering="finished_at")
    def finished(self, client_import: ClientImport) -> str:
        """Show when it was done."""
        return when(client_import.finished_at) if client_import.finished_at else "-"
