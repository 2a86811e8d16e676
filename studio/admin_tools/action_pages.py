"""A page for one act on one object: a form, then one service, then back to the object."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from unfold.forms import AdminForm

from studio.admin_tools.refusing import refusal_behind
from studio.errors import DomainError


class ActionForm(forms.Form):
    """What an act asks for; without fields it asks only whether."""

    def fieldsets(self) -> Sequence[tuple[Any, dict[str, Any]]]:
        """Return the fields in the order in which they stand on the page; hidden ones stand nowhere."""
        return [(None, {"fields": [field.name for field in self.visible_fields()]})]

    def suit(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        """Leave what this person may choose for the rows that an action is about to hit."""


@dataclass(frozen=True, slots=True)
class Offered:
    """A button on an object's page."""

    label: Any
    icon: str
    url: str
    is_dangerous: bool


class ActionPage(ABC):
    """One act on an object: GET shows what will happen, POST calls one service.

    name: of the URL and in it, e.g. "move"
    permission: of the model admin, asked with the object
    question: a sentence above the form
    submit: what the button says; empty for the label
    """

    name: str
    label: Any
    icon: str = "bolt"
    permission: str = "change"
    question: Any = ""
    submit: Any = ""
    is_dangerous = False
    form_class: type[ActionForm] = ActionForm
    template = "admin/action_page.html"

    def __init__(self, model_admin: Any) -> None:
        self.model_admin = model_admin

    # What a subclass says -----------------------------------------------------------------------

    def is_offered(self, obj: Any) -> bool:
        """Return whether the act makes sense in the object's state; the service has the last word."""
        return True

    def form(self, request: HttpRequest, obj: Any) -> ActionForm:
        """Return the form, bound on a POST."""
        return self.form_class(request.POST if request.method == "POST" else None, initial=self.initial(request, obj))

    def initial(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        """Return what the form says at first."""
        return {}

    def context(self, request: HttpRequest, obj: Any, form: ActionForm) -> dict[str, Any]:
        """Return what the page shows beside the form."""
        return {}

    @abstractmethod
    def act(self, request: HttpRequest, obj: Any, form: ActionForm) -> str:
        """Call the service and return what is now true, as a sentence."""

    def back(self, obj: Any) -> str:
        """Return the address to go to afterwards."""
        return self._address("change", obj)

    def alternatives(self, refusal: DomainError) -> Any:
        """Return what the page offers instead of what was refused."""
        return getattr(refusal, "alternatives", ())

    def sentences(self, refusal: DomainError) -> list[str]:
        """Return what the page says of a refusal."""
        return [str(refusal)]

    def rows_behind(self, refusal: DomainError) -> Sequence[tuple[str, str]]:
        """Return the rows that a refusal is about, each as its text and its address."""
        return ()

    # How it is done -----------------------------------------------------------------------------

    def url(self) -> URLPattern:
        """Return the page's URL, below the object's."""
        view = self.model_admin.admin_site.admin_view(self._answer_afresh)
        return path(f"<path:object_id>/{self.name}/", view, name=self._url_name(self.name))

    def _answer_afresh(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Answer by a page of this request alone: what an act notes on itself is nobody else's."""
        return type(self)(self.model_admin).view(request, object_id)

    def button(self, obj: Any) -> Offered:
        """Return the button that leads here."""
        return Offered(self.label, self.icon, self._address(self.name, obj), self.is_dangerous)

    def may(self, request: HttpRequest, obj: Any) -> bool:
        """Return whether the person may do it to the object."""
        return bool(getattr(self.model_admin, f"has_{self.permission}_permission")(request, obj))

    def view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Answer the page."""
        obj = self.model_admin.get_object(request, unquote(object_id))
        if obj is None:
            if not self.model_admin.has_view_permission(request):
                raise PermissionDenied  # who may see none of these is not told which exist
            raise Http404
        return self.answer(request, obj)

    def answer(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """Answer the page for an object, or for none where the act makes one."""
        if not self.may(request, obj):
            raise PermissionDenied
        form, refusal = self.form(request, obj), None
        if request.method == "POST" and form.is_valid():
            try:
                told = self.act(request, obj, form)
            except (DomainError, IntegrityError) as exc:
                refusal = refusal_behind(exc, self.model_admin.model)
                for sentence in self.sentences(refusal):
                    form.add_error(None, sentence)
            else:
                return self.done(request, obj, told)
        return self.render(request, obj, form, refusal)

    def done(self, request: HttpRequest, obj: Any, told: str) -> HttpResponse:
        """Return what follows the act: where the person came from, with what is now true."""
        messages.success(request, told)
        return HttpResponseRedirect(self.back(obj))

    def render(self, request: HttpRequest, obj: Any, form: ActionForm, refusal: DomainError | None) -> HttpResponse:
        """Return the page, with the status of the refusal when there is one."""
        status = refusal.status_code if refusal else 400 if form.errors else 200
        context = {
            **self.model_admin.admin_site.each_context(request),
            "title": self.label,
            "subtitle": self.model_admin.object_title(obj) if obj is not None else None,
            "page_parts": self.model_admin.page_parts(obj, self.label),
            "question": self.question,
            "opts": self.model_admin.opts,
            "original": obj,
            "object": obj,
            "page": self,
            "form": form,
            "adminform": AdminForm(form, form.fieldsets(), {}, model_admin=self.model_admin),
            "media": self.model_admin.media + form.media,
            "rows_behind": self.rows_behind(refusal) if refusal else (),
            "alternatives": self.alternatives(refusal) if refusal else (),
            "back_url": self.back(obj),
            **self.context(request, obj, form),
        }
        request.current_app = self.model_admin.admin_site.name
        return TemplateResponse(request, self.template, context, status=status)

    def _url_name(self, name: str) -> str:
        opts = self.model_admin.opts
        return f"{opts.app_label}_{opts.model_name}_{name}"

    def _address(self, name: str, obj: Any) -> str:
        return reverse(f"admin:{self._url_name(name)}", args=[quote(obj.pk)])
