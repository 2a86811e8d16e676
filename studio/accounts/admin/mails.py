"""The outbox: what was written to whom, and whether the mail server took it."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from studio.accounts.requests import actor_of
from studio.accounts.services import mails
from studio.admin_sites import MenuEntry, MenuGroup, platform_site, studio_site
from studio.admin_tools import ReadOnlyAdmin, StudioModelAdmin, badge, confirmed_action, when
from studio.errors import DomainError
from studio.mail.models import EmailMessage, EmailState

TONES = {
    EmailState.QUEUED: "info",
    EmailState.SENT: "success",
    EmailState.FAILED: "danger",
    EmailState.BOUNCED: "warning",
}


class EmailMessageAdmin(ReadOnlyAdmin, StudioModelAdmin):
    """Mails without their texts: these hold links that open accounts, which nobody but the recipient may read."""

    menu = MenuEntry(MenuGroup.RECORDS, "outbox", order=30)
    list_display = ("subject", "recipient", "state_shown", "tries", "last_error", "created", "accepted")
    list_filter = ("state", "kind")
    search_fields = ("recipient", "subject")
    ordering = ("-created_at", "-pk")
    fields = (
        "subject",
        "recipient",
        "kind",
        "state_shown",
        "tries",
        "last_error",
        "created",
        "next_try",
        "accepted",
        "message_id",
    )
    actions = ("retry",)

    def has_act_permission(self, request: HttpRequest) -> bool:
        """Return whether the person may have mails sent again."""
        return request.user.has_perm("mail.change_emailmessage")

    @confirmed_action(description=_("Send again"), permissions=["act"])
    def retry(self, request: HttpRequest, queryset: QuerySet[EmailMessage]) -> None:
        """Queue the chosen mails again."""
        queued = 0
        for message in queryset.order_by("pk"):
            try:
                mails.retry_email(message=message, actor=actor_of(request), now=timezone.now())
                queued += 1
            except DomainError as refusal:
                self.message_user(request, f"{message}: {refusal}", messages.ERROR)
        if queued:
            told = ngettext("%(n)d mail is queued again.", "%(n)d mails are queued again.", queued) % {"n": queued}
            self.message_user(request, told, messages.SUCCESS)

    @admin.display(description=_("state"), ordering="state")
    def state_shown(self, message: EmailMessage) -> SafeString:
        """Return how far it has come."""
        return badge(message.get_state_display(), TONES[EmailState(message.state)])

    @admin.display(description=_("written"), ordering="created_at")
    def created(self, message: EmailMessage) -> str:
        """Return when it was written."""
        return when(message.created_at)

    @admin.display(description=_("next try"))
    def next_try(self, message: EmailMessage) -> str:
        """Return when it is tried again; nothing for one that is done."""
        return when(message.next_try_at) if message.state == EmailState.QUEUED else "-"

    @admin.display(description=_("accepted"), ordering="sent_at")
    def accepted(self, message: EmailMessage) -> str:
        """Return when the mail server took it."""
        return when(message.sent_at) if message.sent_at else "-"


for site in (studio_site, platform_site):
    site.register(EmailMessage, EmailMessageAdmin)
