"""The base of every admin class: fast lists, audited saves, refusals as sentences."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, ClassVar, cast

from django import forms
from django.contrib import messages
from django.contrib.admin import ShowFacets
from django.contrib.admin.filters import SimpleListFilter
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import FieldDoesNotExist, PermissionDenied
from django.db import IntegrityError, models, transaction
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext
from unfold.admin import ModelAdmin

from studio.admin_sites import MenuEntry
from studio.admin_tools.action_pages import ActionPage, Offered
from studio.admin_tools.numbers import NUMBER_BOXES
from studio.admin_tools.paging import CappedChangeList, CappedPaginator
from studio.admin_tools.refusing import refusal_behind
from studio.admin_tools.searching import SearchBoxes
from studio.errors import DomainError
from studio.object_parts import has_links, links_of, parts_of
from studio.showing import zone_name
from studio.signals import facts_saved
from studio.trail import trail_of

type Changes = Mapping[str, tuple[object, object]]

# What a link of the list's own filters asks for; anything else would be a question about hidden columns.
FILTER_SUFFIXES = ("", "__exact", "__isnull", "__in", "__gte", "__lt", "__id__exact", "__id__in", "__isempty")


class NotingRequest(HttpRequest):
    """What is noted on a request while it is answered.

    refusal: why the first try to save was undone
    said: the sentence for the next page
    """

    refusal: DomainError
    said: str


def _noting(request: HttpRequest) -> NotingRequest:
    return cast("NotingRequest", request)


class StudioModelForm(forms.ModelForm[models.Model]):
    """A form that can be shown again with what a rule or the database said on saving it."""

    refusal: ClassVar[DomainError | None] = None

    def full_clean(self) -> None:
        """Clean, and add the refusal of the first try."""
        super().full_clean()
        if self.refusal is not None and self.is_bound:
            self.add_error(None, str(self.refusal))


def changes_of(form: Any, *, is_new: bool) -> dict[str, tuple[object, object]]:
    """Return each field that a form changed, with its old and its new value."""
    if is_new:
        return {
            name: (None, value)
            for name, value in form.cleaned_data.items()
            if value is not False and value not in form.fields[name].empty_values
        }
    return {name: (form.initial.get(name), form.cleaned_data.get(name)) for name in form.changed_data}


class StudioModelAdmin(SearchBoxes, ModelAdmin):
    """Edits facts; what changes a state is an action page or a confirmed action."""

    form = StudioModelForm
    menu: MenuEntry | None = None
    action_pages: Sequence[type[ActionPage]] = ()
    # Names in a query string that other pages' links use, beside those of the list's filters.
    linked_lookups: Sequence[str] = ()

    formfield_overrides = NUMBER_BOXES
    list_per_page = 50
    list_max_show_all = 50
    list_select_related: Any = ()
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    paginator = CappedPaginator
    compressed_fields = False
    list_fullwidth = True
    view_on_site = False
    change_form_template = "admin/studio_change_form.html"
    object_history_template = "admin/studio_history.html"

    @property
    def request(self) -> HttpRequest:
        """Nothing: the theme would keep the last request here, for the next studio's to find."""
        raise AttributeError("request")

    @request.setter
    def request(self, request: HttpRequest) -> None:
        """Forget what the theme hands over."""

    # Where somebody is --------------------------------------------------------------------------

    def object_title(self, obj: Any) -> str:
        """Return what an object is called at the top of its page."""
        return str(obj)

    @property
    def list_title(self) -> Any:
        """What the list is called: as the menu calls it."""
        return (self.menu and self.menu.title) or self.opts.verbose_name_plural

    def page_parts(self, obj: Any = None, last: Any = "") -> list[tuple[Any, str]]:
        """Return the way to a page: its list, its object, itself; each with its address."""
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}"
        parts: list[tuple[Any, str]] = [(self.list_title, reverse(f"{name}_changelist"))]
        if obj is not None and obj.pk is not None:
            parts.append((self.object_title(obj), reverse(f"{name}_change", args=[quote(obj.pk)])))
        return [*parts, (last, "")] if last else parts

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the list, or act on the rows chosen; a refusal undoes the act and is said above the list."""
        context = {"title": capfirst(self.list_title), "page_parts": self.page_parts(), **(extra_context or {})}
        try:
            return super().changelist_view(request, context)
        except (DomainError, IntegrityError) as exc:
            refusal = refusal_behind(exc, self.model)
        messages.error(request, str(refusal))
        return HttpResponseRedirect(request.get_full_path())

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Say where the form stands."""
        obj = context.get("original")
        last = "" if obj else gettext("New")
        return super().render_change_form(
            request, {"page_parts": self.page_parts(obj, last), **context}, *args, **kwargs
        )

    # Lists --------------------------------------------------------------------------------------

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[CappedChangeList]:
        """Return the list that counts to 10,000."""
        return CappedChangeList

    def get_list_select_related(self, request: HttpRequest) -> Any:
        """Return what is joined: the named relations, never all."""
        return self.list_select_related or False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Allow what the list's own filters and the named links ask, and nothing else.

        Django allows any lookup on the model's own columns, so a list would answer guesses about
        columns that it does not show.
        """
        names = {self._parameter(each) for each in self.get_list_filter(request)}
        return lookup in self.linked_lookups or any(
            lookup == f"{name}{suffix}" for name in names for suffix in FILTER_SUFFIXES
        )

    @staticmethod
    def _parameter(each: Any) -> str:
        if isinstance(each, type) and issubclass(each, SimpleListFilter):
            return str(each.parameter_name)
        return str(each[0] if isinstance(each, list | tuple) else each)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find rows by their own columns or a related row's, each part by its own trigram index.

        An OR over two tables would read both from end to end.
        """
        fields = self.get_search_fields(request)
        if not any("__" in field for field in fields):
            return super().get_search_results(request, queryset, search_term)
        # The longest word is the rarest, as a rule: it finds the rows, the others are asked of what it found.
        for number, word in enumerate(sorted(search_term.split(), key=len, reverse=True)):
            holds = Q(*[(f"{field}__icontains", word) for field in fields], _connector=Q.OR)
            queryset = queryset.filter(holds if number else Q(pk__in=self._keys_found(fields, word)))
        return queryset, False

    def _keys_found(self, fields: Sequence[str], word: str) -> QuerySet[Any]:
        rows: QuerySet[Any] = QuerySet(self.model)
        own = Q(*[(f"{field}__icontains", word) for field in fields if "__" not in field], _connector=Q.OR)
        parts = [rows.filter(own).values("pk")] if own else []
        for field in (field for field in fields if "__" in field):
            relation, _separator, column = field.partition("__")
            related: QuerySet[Any] = QuerySet(self.model._meta.get_field(relation).related_model)
            found = related.filter(**{f"{column}__icontains": word})
            parts.append(rows.filter(**{f"{relation}__in": found.values("pk")}).values("pk"))
        return parts[0].union(*parts[1:]) if len(parts) > 1 else parts[0]

    # Forms --------------------------------------------------------------------------------------

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Return the form's class, with the refusal of the first try when there was one."""
        form = super().get_form(request, obj, change, **kwargs)
        form.refusal = getattr(request, "refusal", None)
        return form

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Name the zone below every box for an instant."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and isinstance(db_field, models.DateTimeField):
            zone = gettext("Time zone: %(zone)s.") % {"zone": zone_name()}
            field.help_text = f"{field.help_text} {zone}".strip()
        return field

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the form, or save it; a refusal undoes all and shows the form again with its sentence."""
        find = partial(self.get_object, request, object_id)
        context = {
            "offered_actions": self.offered_actions(request, object_id),
            "object_parts": parts_of(request, self.opts.label_lower, find) if object_id else [],
            **(extra_context or {}),
        }
        try:
            return super().changeform_view(request, object_id, form_url, context)
        except (DomainError, IntegrityError) as exc:
            refusal = refusal_behind(exc, self.model)
        _noting(request).refusal = refusal
        response: HttpResponse = super().changeform_view(request, object_id, form_url, context)
        response.status_code = refusal.status_code
        return response

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Ask, then delete; a refusal is shown above the question."""
        try:
            return super().delete_view(request, object_id, extra_context)
        except (DomainError, IntegrityError) as exc:
            refusal = refusal_behind(exc, self.model)
        messages.error(request, str(refusal))
        request.method, request.POST = "GET", QueryDict()  # Django looks at the body, whatever the method
        response: HttpResponse = super().delete_view(request, object_id, extra_context)
        response.status_code = refusal.status_code
        return response

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show what the audit trail holds on the row."""
        obj = self.get_object(request, unquote(object_id))
        if not self.has_view_or_change_permission(request, obj):
            raise PermissionDenied
        if obj is None:
            raise Http404
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("History"),
            "subtitle": self.object_title(obj),
            "page_parts": self.page_parts(obj, gettext("History")),
            "lines": trail_of(obj),
            "opts": self.opts,
            "object": obj,
            "zone": zone_name(),
            **(extra_context or {}),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, self.object_history_template, context)

    # Saving -------------------------------------------------------------------------------------

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save a new row, or the fields that the form changed: what others changed meanwhile stays."""
        if not change:
            super().save_model(request, obj, form, change)
            return
        columns = {field.name for field in self.opts.concrete_fields}
        if changed := [name for name in form.changed_data if name in columns]:
            obj.save(update_fields=changed)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Save the parts, and tell each that is new, changed or gone."""
        formset.save(commit=False)
        for gone in formset.deleted_objects:
            self.tell(request, gone, "delete")
        super().save_formset(request, form, formset, change)
        by_instance = {id(part.instance): part for part in formset.forms}
        for made in formset.new_objects:
            self.tell(request, made, "create", changes_of(by_instance[id(made)], is_new=True))
        for changed, _fields in formset.changed_objects:
            self.tell(request, changed, "change", changes_of(by_instance[id(changed)], is_new=False))

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        """Return what the form changed, for the audit trail."""
        return changes_of(form, is_new=add)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """Tell the audit trail of a new row."""
        self.tell(request, obj, "create", message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """Tell the audit trail of a changed row; nothing changed is nothing told."""
        if message:
            self.tell(request, obj, "change", message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None:
        """Tell the audit trail of rows that are about to go."""
        for obj in queryset:
            self.tell(request, obj, "delete")

    # What is said afterwards --------------------------------------------------------------------

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """Say what is there now, and go on."""
        _noting(request).said = gettext("%(title)s is saved.") % {"title": self.object_title(obj)}
        return super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """Say what is true now, and go on."""
        _noting(request).said = gettext("%(title)s is saved.") % {"title": self.object_title(obj)}
        return super().response_change(request, obj)

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: Any) -> HttpResponse:
        """Say what is gone, and go on."""
        _noting(request).said = gettext("%(title)s is deleted.") % {"title": obj_display}
        return super().response_delete(request, obj_display, obj_id)

    def message_user(self, request: HttpRequest, message: Any, *args: Any, **kwargs: Any) -> None:
        """Leave a message for the next page: our own sentence where there is one."""
        super().message_user(request, getattr(request, "said", message), *args, **kwargs)

    # The trail ----------------------------------------------------------------------------------

    def tell(self, request: HttpRequest, obj: Any, verb: str, changes: Changes | None = None) -> None:
        """Send the news of a plain save, inside its transaction."""
        with transaction.atomic():
            facts_saved.send(
                sender=type(obj),
                subject=obj,
                verb=verb,
                changes={name: parts for name, parts in (changes or {}).items() if not self.is_secret(obj, name)},
                actor=request.user,
                now=timezone.now(),
            )

    @staticmethod
    def is_secret(obj: Any, name: str) -> bool:
        """Return whether a field's value is kept out of the trail: passwords, and what is no column."""
        with suppress(FieldDoesNotExist):
            return obj._meta.get_field(name).name in {"password", "secret", "token"}
        return True

    # Action pages -------------------------------------------------------------------------------

    def offered_actions(self, request: HttpRequest, object_id: str | None) -> list[Offered]:
        """Return the buttons of an object's page: what makes sense now and this person may do, here and above."""
        if object_id is None or not (self.action_pages or has_links(self.opts.label_lower)):
            return []
        obj = self.get_object(request, object_id)
        if obj is None:
            return []
        pages = [page(self) for page in self.action_pages]
        buttons = [page.button(obj) for page in pages if page.may(request, obj) and page.is_offered(obj)]
        above = [Offered(link.label, link.icon, url, is_dangerous=False) for link, url in links_of(request, obj)]
        return [*buttons, *above]

    def get_urls(self) -> list[Any]:
        """Return the model's URLs, the action pages' first."""
        return [*[page(self).url() for page in self.action_pages], *super().get_urls()]


class ReadOnlyAdmin:
    """Mixed in before `StudioModelAdmin`: rows are looked at, never written by hand."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False
