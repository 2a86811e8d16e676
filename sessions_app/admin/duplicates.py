"""Finding clients who are one, putting them together, and taking them apart again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AutocompleteSelect
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sessions_app.admin.served import actor_of
from sessions_app.forms import key_of
from sessions_app.models import Client, ClientMerge, Project
from sessions_app.selectors import duplicates, merge_sides
from sessions_app.selectors.merge_sides import Side
from sessions_app.services import client_relations, merging
from studio.admin_sites import AdminPage, MenuEntry, MenuGroup, studio_site
from studio.admin_tools import ActionForm, ActionPage, ReadOnlyAdmin, StudioModelAdmin
from studio.errors import DomainError
from studio.showing import badge, when, zone_label

MERGE = "sessions_app.change_clientmerge"
SIDE_LABELS = {Side.KEPT: _("of the one kept"), Side.OTHER: _("of the other"), Side.BOTH: _("both")}


def duplicates_view(request: HttpRequest) -> HttpResponse:
    """Show who may be one; a POST says of a pair that they are two."""
    if request.method == "POST":
        return _told_apart(request)
    found = duplicates.proposals(before=key_of(request.GET.get("before")))
    context = {
        **studio_site.each_context(request),
        "title": gettext("Find duplicates"),
        "found": found,
        "is_first": not request.GET.get("before"),
        "window": duplicates.WINDOW,
    }
    request.current_app = studio_site.name
    return TemplateResponse(request, "sessions_app/admin/duplicates.html", context)


def _told_apart(request: HttpRequest) -> HttpResponse:
    keys = [key_of(request.POST.get(name)) for name in ("one", "other")]
    pair = Client.objects.in_bulk([key for key in keys if key is not None])
    try:
        one, other = (pair[key or 0] for key in keys)
        merging.tell_apart(one=one, other=other, actor=actor_of(request), now=timezone.now())
    except KeyError:
        messages.error(request, gettext("One of the two clients is no longer there."))
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        told = gettext("%(one)s and %(other)s are two; they are not proposed again.")
        messages.success(request, told % {"one": one, "other": other})
    return HttpResponseRedirect(request.get_full_path())


class OtherForm(ActionForm):
    """Whom to merge with."""

    other = forms.ModelChoiceField(
        Client.objects.present(),
        label=_("The other client"),
        widget=AutocompleteSelect(Project._meta.get_field("client"), studio_site),
        help_text=_("Both are shown side by side before anything happens."),
    )


class MergeForm(ActionForm):
    """Which of the two is kept, and whose facts."""

    def __init__(self, data: Any, *, lines: Sequence[merge_sides.Line], initial: dict[str, Any]) -> None:
        super().__init__(data, initial=initial)
        self.lines = lines
        self.fields["other"] = forms.IntegerField(widget=forms.HiddenInput)
        self.fields["confirmed"] = forms.CharField(initial="yes", widget=forms.HiddenInput)
        for line in lines:
            if line.sides:
                choices = [(side.value, SIDE_LABELS[side]) for side in line.sides]
                self.fields[line.name] = forms.ChoiceField(
                    label=line.label, choices=choices, initial=line.proposed.value, widget=forms.RadioSelect
                )

    def fieldsets(self) -> Sequence[tuple[Any, dict[str, Any]]]:
        """Return nothing: the page lays the fields out itself."""
        return []

    def rows(self) -> list[tuple[merge_sides.Line, Any]]:
        """Return each line with its field, None where both say the same."""
        return [(line, self[line.name] if line.sides else None) for line in self.lines]


class MergePage(ActionPage):
    """Puts another client into this one: choose it, look at both, then merge."""

    name = "merge"
    label = _("Merge with another")
    icon = "merge"
    template = "sessions_app/admin/merge.html"
    record: ClientMerge | None = None

    def may(self, request: HttpRequest, obj: Client) -> bool:
        """Ask for the right to merge."""
        return request.user.has_perm(MERGE)

    def is_offered(self, obj: Client) -> bool:
        """Offer it for clients that are not merged."""
        return obj.merged_into_id is None

    def _other(self, request: HttpRequest, obj: Client) -> Client | None:
        key = key_of(request.POST.get("other") or request.GET.get("other"))
        return Client.objects.present().exclude(pk=obj.pk).filter(pk=key).first() if key else None

    def form(self, request: HttpRequest, obj: Client) -> ActionForm:
        """Return the choice of the other, or both side by side."""
        other = self._other(request, obj)
        if other is None:
            named = key_of(request.POST.get("other"))  # the box looks up whatever is named, and it may be anything
            return OtherForm({"other": named or ""} if request.method == "POST" else None)
        sent = request.POST if request.POST.get("confirmed") else None  # the choice of the other leads here, too
        return MergeForm(sent, lines=merge_sides.side_by_side(obj, other), initial={"other": other.pk})

    def context(self, request: HttpRequest, obj: Client, form: ActionForm) -> dict[str, Any]:
        """Show both, and what follows."""
        other = self._other(request, obj)
        if other is None:
            return {"question": _("Whom does this client double?")}
        swapped = f"{reverse('admin:sessions_app_client_merge', args=[other.pk])}?other={obj.pk}"
        return {
            "other": other,
            "swapped_url": swapped,
            "follows": client_relations.kept_under(other),
            "stays": client_relations.kept_under(obj),
        }

    def act(self, request: HttpRequest, obj: Client, form: ActionForm) -> str:
        """Merge the two."""
        other = self._other(request, obj)
        if other is None or not isinstance(form, MergeForm):
            raise merging.NotMergeable(gettext("Choose two different clients."))
        given: Any = merge_sides.facts_of_both(obj, other, form.cleaned_data)
        self.record = merging.merge_clients(
            survivor=obj, merged=other, actor=actor_of(request), now=timezone.now(), **given
        )
        return gettext("%(merged)s is now part of %(kept)s. This can be undone.") % {
            "merged": self.record.merged_label,
            "kept": self.record.survivor_label,
        }

    def back(self, obj: Client) -> str:
        """Go to the record of the merge, where it can be undone; without one back to the client."""
        if self.record is not None:
            return reverse("admin:sessions_app_clientmerge_change", args=[self.record.pk])
        return super().back(obj)


class UndoMerge(ActionPage):
    """Takes two clients apart again."""

    name = "undo"
    label = _("Undo the merge")
    icon = "undo"
    question = _("Everything that followed goes back, and both clients are as they were before.")

    def may(self, request: HttpRequest, obj: ClientMerge) -> bool:
        """Ask for the right to change merges."""
        return request.user.has_perm(MERGE)

    def is_offered(self, obj: ClientMerge) -> bool:
        """Offer it once."""
        return obj.undone_at is None

    def act(self, request: HttpRequest, obj: ClientMerge, form: ActionForm) -> str:
        """Undo the merge."""
        merging.undo_merge(merge=obj, actor=actor_of(request), now=timezone.now())
        return gettext("The merge is undone; both clients are as they were.")


@admin.register(ClientMerge, site=studio_site)
class ClientMergeAdmin(ReadOnlyAdmin, StudioModelAdmin):
    """Merges, with the way back."""

    menu = MenuEntry(MenuGroup.RECORDS, "merge", order=40)
    list_display = ("merged_label", "survivor_label", "moved_count", "done", "done_by_label", "state")
    list_filter = (("undone_at", admin.EmptyFieldListFilter),)
    search_fields = ("merged_label", "survivor_label")
    ordering = ("-done_at", "-pk")
    action_pages = (UndoMerge,)
    fields = ("merged_shown", "survivor_shown", "moved_shown", "changes_shown", "done", "done_by_label", "state")

    def _client(self, client: Client | None, label: str) -> str:
        if client is None:
            return label
        return format_html(
            '<a class="panel-link" href="{}">{}</a>',
            reverse("admin:sessions_app_client_change", args=[client.pk]),
            label,
        )

    @admin.display(description=_("merged"))
    def merged_shown(self, merge: ClientMerge) -> str:
        """Show the duplicate, as a link."""
        return self._client(merge.merged, merge.merged_label)

    @admin.display(description=_("kept"))
    def survivor_shown(self, merge: ClientMerge) -> str:
        """Show the client that was kept, as a link."""
        return self._client(merge.survivor, merge.survivor_label)

    @admin.display(description=_("what followed"))
    def moved_shown(self, merge: ClientMerge) -> str:
        """Show how many rows of what followed."""
        names = {relation.model._meta.label_lower: relation.model for relation in client_relations.registered()}
        counted = [
            f"{len(each['rows'])} {names[each['model']]._meta.verbose_name_plural}"
            for each in merge.moved
            if each["model"] in names
        ]
        return ", ".join(counted) or "-"

    @admin.display(description=_("facts taken over"))
    def changes_shown(self, merge: ClientMerge) -> str:
        """Show which facts of the kept client changed."""
        named = [getattr(Client._meta.get_field(name), "verbose_name", name) for name in merge.survivor_changes]
        return ", ".join(str(name) for name in named) or "-"

    @admin.display(description=zone_label(_("merged at")), ordering="done_at")
    def done(self, merge: ClientMerge) -> str:
        """Show when it was done."""
        return when(merge.done_at)

    @admin.display(description=_("state"), ordering="undone_at")
    def state(self, merge: ClientMerge) -> str:
        """Show whether it holds."""
        if merge.undone_at is None:
            return badge(_("merged"), "success")
        return format_html("{} {}", badge(_("undone"), "muted"), _undone(merge.undone_at, merge.undone_by_label))


def _undone(at: datetime, label: str) -> str:
    return f"{when(at)} {label}".strip()


studio_site.register_page(
    AdminPage(
        "clients/duplicates/",
        "client_duplicates",
        duplicates_view,
        MERGE,
        MenuEntry(MenuGroup.PEOPLE, "join_inner", 15, title=_("Duplicates")),
    )
)
