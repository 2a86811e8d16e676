"""What was sent and paused of reminders, and what the studio has settled about them."""

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from billing.documents.figures import LOCALES
from billing.models import ReminderLetter, ReminderLevel, ReminderPause, ReminderPolicy, ReminderText
from billing.models.reminder_policy import POLICY_ID
from billing.services import reminder_pauses
from billing.services.reminder_letters import usual_opening
from sessions_app.admin.served import actor_of
from studio.admin_sites import MenuEntry, MenuGroup, studio_site
from studio.admin_tools import ActionForm, ActionPage, ReadOnlyAdmin, StudioModelAdmin
from studio.mail.models import EmailState
from studio.showing import NOTHING, badge, day, money

SEND, SETTLE = "billing.send_reminderletter", "billing.change_reminderpolicy"
TONES = {ReminderLevel.POLITE: "info", ReminderLevel.FIRM: "warning", ReminderLevel.FINAL: "danger"}
MAIL_TONES = {
    EmailState.QUEUED: "muted",
    EmailState.SENT: "success",
    EmailState.FAILED: "danger",
    EmailState.BOUNCED: "danger",
}
LANGUAGE_NAMES = {"en": "English", "fr": "Fran\u00e7ais"}


def level_badge(level: int) -> SafeString:
    """Return a step of the ladder, as a badge."""
    known = ReminderLevel(level)
    return badge(known.label, TONES[known])


def mail_badge(letter: ReminderLetter) -> SafeString | str:
    """Return how far the mail of a letter is, as a badge."""
    if letter.email is None:
        return NOTHING
    state = EmailState(letter.email.state)
    return badge(state.label, MAIL_TONES[state])


@admin.register(ReminderLetter, site=studio_site)
class ReminderLetterAdmin(ReadOnlyAdmin, StudioModelAdmin):
    """The letters that went out."""

    list_display = ("dated", "client", "level_shown", "documents", "recipient", "mail_shown", "actor_label")
    list_select_related = ("client", "email")
    list_filter = ("level", "sent_on")
    linked_lookups = ("client__id__exact",)
    search_fields = ("client__name", "recipient", "reminders__invoice__invoice_number")
    ordering = ("-sent_on", "-pk")
    fields = (("dated", "client_shown"), ("level_shown", "recipient"), "documents_shown", ("mail_shown", "actor_label"))

    class Media:
        css = {"all": ("admin_theme/money_lists.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReminderLetter]:
        """Return the letters with the documents that each reminded of."""
        rows: Any = super().get_queryset(request)
        letters: QuerySet[ReminderLetter] = rows.with_documents()
        return letters

    def object_title(self, obj: ReminderLetter) -> str:
        """Return in which tone, to whom, and when."""
        return f"{ReminderLevel(obj.level).label.capitalize()}, {obj.client}, {day(obj.sent_on)}"

    def get_readonly_fields(self, request: HttpRequest, obj: ReminderLetter | None = None) -> list[str]:
        """Return everything: a letter stays as it was sent."""
        return [name for row in self.fields for name in ((row,) if isinstance(row, str) else row)]

    @admin.display(description=_("day"), ordering="sent_on")
    def dated(self, letter: ReminderLetter) -> str:
        """Show the day."""
        return day(letter.sent_on)

    @admin.display(description=_("client"))
    def client_shown(self, letter: ReminderLetter) -> SafeString:
        """Show to whom, with the link."""
        link = reverse("admin:sessions_app_client_change", args=[letter.client_id])
        return format_html('<a class="panel-link" href="{}">{}</a>', link, letter.client)

    @admin.display(description=_("step"), ordering="level")
    def level_shown(self, letter: ReminderLetter) -> SafeString:
        """Show in which tone."""
        return level_badge(letter.level)

    @admin.display(description=_("documents"))
    def documents(self, letter: ReminderLetter) -> str:
        """Show of what."""
        return ", ".join(str(each.invoice) for each in letter.reminders.all())

    @admin.display(description=_("documents"))
    def documents_shown(self, letter: ReminderLetter) -> SafeString:
        """Show of what, each with its link and what was to be paid of it then."""
        rows = (
            (
                reverse("admin:billing_invoice_change", args=[each.invoice_id]),
                each.invoice,
                money(each.remaining, each.invoice.currency),
                level_badge(each.level),
                badge(_("withdrawn"), "muted") if each.withdrawn_at else "",
            )
            for each in letter.reminders.all()
        )
        return format_html_join("", '<div><a class="panel-link" href="{}">{}</a> {} {} {}</div>', rows)

    @admin.display(description=_("mail"))
    def mail_shown(self, letter: ReminderLetter) -> SafeString | str:
        """Show what became of it, with the link."""
        if letter.email_id is None:
            return NOTHING
        link = reverse("admin:mail_emailmessage_change", args=[letter.email_id])
        return format_html('<a class="panel-link" href="{}">{}</a>', link, mail_badge(letter))


class EndPause(ActionPage):
    """Ends a pause before its last day."""

    name = "end"
    label = _("End the pause")
    icon = "play_arrow"
    question = _("Reminders leave again, from the step that fits by now.")

    def may(self, request: HttpRequest, obj: ReminderPause) -> bool:
        """Ask for the right to send reminders."""
        return request.user.has_perm(SEND)

    def is_offered(self, obj: ReminderPause) -> bool:
        """Offer it while it lasts."""
        return obj.ended_at is None and obj.until_on >= timezone.localdate()

    def act(self, request: HttpRequest, obj: ReminderPause, form: ActionForm) -> str:
        """End it."""
        reminder_pauses.end_pause(pause=obj, actor=actor_of(request), now=timezone.now())
        return gettext("The pause is over.")


@admin.register(ReminderPause, site=studio_site)
class ReminderPauseAdmin(ReadOnlyAdmin, StudioModelAdmin):
    """Who is not reminded until when, and why."""

    list_display = ("client", "document", "until", "reason", "actor_label", "state")
    list_select_related = ("client", "invoice")
    list_filter = ("until_on",)
    linked_lookups = ("client__id__exact",)
    search_fields = ("client__name", "reason", "invoice__invoice_number")
    ordering = ("-until_on", "-pk")
    action_pages = (EndPause,)
    fields = (("client", "document"), ("until", "state"), "reason", "actor_label")

    class Media:
        css = {"all": ("admin_theme/money_lists.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReminderPause]:
        """Return the pauses without what was printed of their documents."""
        rows: QuerySet[ReminderPause] = super().get_queryset(request)
        return rows.defer("invoice__snapshot")

    def get_readonly_fields(self, request: HttpRequest, obj: ReminderPause | None = None) -> list[str]:
        """Return everything: a pause is ended by an act."""
        return [name for row in self.fields for name in ((row,) if isinstance(row, str) else row)]

    def object_title(self, obj: ReminderPause) -> str:
        """Say of whom, and until when."""
        return gettext("%(client)s, until %(day)s") % {"client": obj.client, "day": day(obj.until_on)}

    @admin.display(description=_("document"))
    def document(self, pause: ReminderPause) -> str:
        """Show which."""
        return str(pause.invoice) if pause.invoice else gettext("everything")

    @admin.display(description=_("until"), ordering="until_on")
    def until(self, pause: ReminderPause) -> str:
        """Show its last day."""
        return day(pause.until_on)

    @admin.display(description=_("state"))
    def state(self, pause: ReminderPause) -> SafeString:
        """Show whether it lasts."""
        if pause.ended_at is not None:
            return badge(_("ended"), "muted")
        return badge(_("over"), "muted") if pause.until_on < timezone.localdate() else badge(_("lasts"), "warning")


@admin.register(ReminderPolicy, site=studio_site)
class ReminderPolicyAdmin(StudioModelAdmin):
    """The one row of what is settled; it is there once somebody has settled something."""

    list_display = ("is_active",)
    ordering = ("pk",)
    fieldsets = (
        (
            None,
            {"fields": (("is_active", "hour"), ("polite_days", "firm_days", "final_days"), "since_on", "states_law")},
        ),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return whether the person may settle it, and nobody has."""
        return request.user.has_perm(SETTLE) and not ReminderPolicy.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: they are switched off, not deleted."""
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send to the one row, or to where it is made."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        if ReminderPolicy.objects.exists():
            return HttpResponseRedirect(reverse("admin:billing_reminderpolicy_change", args=[POLICY_ID]))
        page = "reminderpolicy_add" if self.has_add_permission(request) else None
        return HttpResponseRedirect(reverse(f"admin:billing_{page}" if page else "admin:billing-reminders"))


def _usual_words(told: object) -> SafeString:
    """Return what is said of the opening, and below it what is said where nobody wrote another."""
    rows = [(level.label, usual_opening(level)) for level in ReminderLevel]
    return format_html("{}<br>{}{}", told, _("The usual words:"), format_html_join("", "<br><b>{}</b> {}", rows))


@admin.register(ReminderText, site=studio_site)
class ReminderTextAdmin(StudioModelAdmin):
    """The studio's own words, by step and language."""

    menu = MenuEntry(MenuGroup.HOUSE, "edit_notifications", order=46, title=_("What reminders say"))
    list_display = ("level", "language_shown", "subject")
    list_filter = ("level",)
    search_fields = ("subject", "opening")
    ordering = ("level", "language", "pk")
    fields = (("level", "language"), "subject", "opening")

    def formfield_for_dbfield(
        self, db_field: models.Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        """Return the field of a form; languages are those that letters are written in."""
        if db_field.name == "language":
            choices = [(code, LANGUAGE_NAMES[code]) for code in LOCALES]
            return forms.ChoiceField(label=_("Language"), choices=choices, widget=UnfoldAdminSelectWidget)
        if db_field.name == "opening":
            kwargs["help_text"] = _usual_words(db_field.help_text)
        return cast("forms.Field | None", super().formfield_for_dbfield(db_field, request, **kwargs))

    @admin.display(description=_("language"), ordering="language")
    def language_shown(self, text: ReminderText) -> str:
        """Show the language by its name."""
        return LANGUAGE_NAMES.get(text.language, text.language)
