"""Mails to clients: what was told of which session, and the studio's own words."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import CharField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Concat
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from sessions_app.admin.served import actor_of
from sessions_app.forms import key_of
from sessions_app.models import NoticeKind, NoticeOutcome, NoticeText, SessionNotice
from sessions_app.selectors.notice_words import PLACEHOLDERS, usual_words
from sessions_app.selectors.told import TONES
from sessions_app.services import letters, notice_texts
from studio.admin_sites import MenuEntry, MenuGroup, studio_site
from studio.admin_tools import ActionForm, ActionPage, ReadOnlyAdmin, StudioModelAdmin, badge, when
from studio.mail.models import EmailMessage, EmailState


@admin.register(SessionNotice, site=studio_site)
class SessionNoticeAdmin(ReadOnlyAdmin, StudioModelAdmin):
    """What was told, and how far the mail has come."""

    menu = MenuEntry(MenuGroup.RECORDS, "mark_email_read", order=29)
    list_display = ("told", "kind", "linked_session", "was_for", "state")
    list_select_related = ("session",)
    list_filter = ("kind", "outcome")
    linked_lookups = ("session__id__exact",)
    ordering = ("-told_at", "-pk")
    fields = ("told", "kind", "linked_session", "was_for", "state")

    def get_queryset(self, request: HttpRequest) -> QuerySet[SessionNotice]:
        """Return what was told, each with how far the first of its mails has come."""
        mails = EmailMessage.objects.filter(
            about=Concat(Value("sessions_app.letter:"), OuterRef("letter"), output_field=CharField())
        )
        rows: QuerySet[SessionNotice] = super().get_queryset(request)
        return rows.annotate(mail_state=Subquery(mails.order_by("pk").values("state")[:1]))

    @admin.display(description=_("told"), ordering="told_at")
    def told(self, notice: SessionNotice) -> str:
        """Return when it was told."""
        return when(notice.told_at)

    @admin.display(description=_("session"))
    def linked_session(self, notice: SessionNotice) -> SafeString:
        """Return the session's title as a way there."""
        link = reverse("admin:sessions_app_studiosession_change", args=[notice.session_id])
        return format_html('<a class="panel-link" href="{}">{}</a>', link, notice.session.title)

    @admin.display(description=_("was for"), ordering="starts_at")
    def was_for(self, notice: SessionNotice) -> str:
        """Return the time that it told."""
        return when(notice.starts_at, notice.ends_at)

    @admin.display(description=_("mail"))
    def state(self, notice: SessionNotice) -> SafeString:
        """Return how far the mail has come, or why there is none."""
        if notice.outcome != NoticeOutcome.WRITTEN:
            return badge(notice.get_outcome_display(), "muted")
        if not (found := getattr(notice, "mail_state", None)):
            return badge(notice.get_outcome_display())
        return badge(EmailState(found).label, TONES[EmailState(found)])


class WordsForm(ActionForm):
    """The words of one kind of mail."""

    is_enabled = forms.BooleanField(
        label=_("Send mails of this kind"), required=False, widget=UnfoldBooleanSwitchWidget()
    )
    subject = forms.CharField(
        label=_("Subject"),
        max_length=200,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Empty: the usual subject."),
    )
    opening = forms.CharField(
        label=_("What it says before the facts"),
        max_length=4000,
        required=False,
        widget=UnfoldAdminTextareaWidget({"rows": 8}),
        help_text=_("Empty: the usual sentences. Plain text; the facts of the session follow by themselves."),
    )


class WordsPage(ActionPage):
    """Settles one kind of mail, beside what it looks like."""

    name = "change"
    label = _("Words")
    form_class = WordsForm
    template = "sessions_app/admin/notice_words.html"

    def initial(self, request: HttpRequest, obj: NoticeText) -> dict[str, Any]:
        """Begin with what is settled."""
        return {"is_enabled": obj.is_enabled, "subject": obj.subject, "opening": obj.opening}

    def answer(self, request: HttpRequest, obj: NoticeText) -> HttpResponse:
        """Answer the page; to look at what was typed is not to save it."""
        if request.method == "POST" and "preview" in request.POST and self.may(request, obj):
            return self.render(request, obj, self.form(request, obj), None)
        return super().answer(request, obj)

    def context(self, request: HttpRequest, obj: NoticeText, form: ActionForm) -> dict[str, Any]:
        """Return what the mail looks like, and what may stand in braces."""
        kind = NoticeKind(obj.kind)
        typed = form.cleaned_data if form.is_bound and form.is_valid() else self.initial(request, obj)
        sample = letters.sample_letter(
            kind=kind, subject=typed.get("subject", ""), opening=typed.get("opening", ""), now=timezone.now()
        )
        return {
            "title": capfirst(obj.get_kind_display()),
            "usual": usual_words(kind),
            "letter": sample,
            "placeholders": [(f"{{{name}}}", meaning) for name, meaning in PLACEHOLDERS.items()],
        }

    def act(self, request: HttpRequest, obj: NoticeText, form: ActionForm) -> str:
        """Settle the words."""
        notice_texts.settle_words(
            kind=NoticeKind(obj.kind), actor=actor_of(request), now=timezone.now(), **form.cleaned_data
        )
        return gettext("The words of this mail are saved.")

    def back(self, obj: Any) -> str:
        """Return the list's address."""
        return reverse("admin:sessions_app_noticetext_changelist")


@admin.register(NoticeText, site=studio_site)
class NoticeTextAdmin(ReadOnlyAdmin, StudioModelAdmin):
    """One line for each kind of mail, whether anything is settled about it or not."""

    menu = MenuEntry(MenuGroup.HOUSE, "edit_note", order=45, title=_("What mails say"))
    list_display = ("kind",)
    ordering = ("kind", "pk")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the person may settle what mails say."""
        return request.user.has_perm("sessions_app.change_noticetext")

    def object_title(self, obj: NoticeText) -> str:
        """Return the kind of mail."""
        return str(capfirst(obj.get_kind_display()))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show every kind with what is settled."""
        if not self.has_view_permission(request):
            return super().changelist_view(request, extra_context)
        settled = {text.kind: text for text in NoticeText.objects.order_by("pk")}
        context = {
            **self.admin_site.each_context(request),
            "title": capfirst(self.list_title),
            "page_parts": self.page_parts(),
            "opts": self.opts,
            "texts": [self._line(kind, settled.get(kind)) for kind in NoticeKind],
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "sessions_app/admin/notice_texts.html", context)

    @staticmethod
    def _line(kind: NoticeKind, text: NoticeText | None) -> dict[str, Any]:
        usual = usual_words(kind)
        return {
            "kind": kind,
            "label": capfirst(kind.label),
            "is_enabled": text is None or text.is_enabled,
            "has_own_words": bool(text and (text.subject or text.opening)),
            "subject": (text and text.subject) or usual.subject,
            "link": reverse("admin:sessions_app_noticetext_change", args=[kind.value]),
        }

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Answer the page on which a kind of mail is settled.

        object_id: the kind, or the key of its row
        """
        text = NoticeText.objects.filter(pk=key_of(object_id) or 0).first()
        if text is None and object_id in NoticeKind.values:
            text = NoticeText.objects.filter(kind=object_id).first() or NoticeText(kind=object_id)
        if text is None:
            raise Http404
        return WordsPage(self).answer(request, text)
