"""The lists of extras and fees over all sessions, and the ways to take one back."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from sessions_app.admin.served import actor_of
from sessions_app.models import SessionExtra, SessionFee
from sessions_app.services import extras, fees
from studio.admin_sites import RECORDING, MenuEntry, MenuGroup, studio_site
from studio.admin_tools import ActionForm, ActionPage, ReadOnlyAdmin, StudioModelAdmin
from studio.showing import badge, money, when


class WaiveForm(ActionForm):
    """Why a fee is waived."""

    because = forms.CharField(label=_("Reason"), max_length=500, widget=UnfoldAdminTextInputWidget)


class _OfSessionPage(ActionPage):
    """An act on a part of a session, which leads back to the session."""

    right: str

    def may(self, request: HttpRequest, obj: Any) -> bool:
        """Ask for the named right."""
        return request.user.has_perm(self.right)

    def back(self, obj: Any) -> str:
        """Return the session's address."""
        return reverse("admin:sessions_app_studiosession_change", args=[obj.session_id])


class WaivePage(_OfSessionPage):
    """Lets the client off a fee."""

    name = "waive"
    label = _("Waive the fee")
    icon = "volunteer_activism"
    right = "sessions_app.waive_sessionfee"
    form_class = WaiveForm
    question = _("The fee stays on record and is no longer owed.")

    def is_offered(self, obj: SessionFee) -> bool:
        """Offer it while the fee is owed."""
        return obj.waived_at is None

    def act(self, request: HttpRequest, obj: SessionFee, form: ActionForm) -> str:
        """Waive it."""
        fees.waive_fee(fee=obj, because=form.cleaned_data["because"], actor=actor_of(request), now=timezone.now())
        return gettext("The fee is waived.")


class TakeBackPage(_OfSessionPage):
    """Takes back an extra."""

    name = "take-back"
    label = _("Take the extra back")
    icon = "remove_shopping_cart"
    right = "sessions_app.delete_sessionextra"
    is_dangerous = True
    question = _("It is no longer charged. The trail of the session keeps what it was.")

    def act(self, request: HttpRequest, obj: SessionExtra, form: ActionForm) -> str:
        """Take it back."""
        extras.remove_extra(extra=obj, actor=actor_of(request), now=timezone.now())
        return gettext("%(what)s is no longer charged.") % {"what": obj.description}


class _OfSessionAdmin(ReadOnlyAdmin, StudioModelAdmin):
    list_select_related = ("session",)
    search_fields: tuple[str, ...] = ("session__title",)

    @admin.display(description=_("session"), ordering="session__starts_at")
    def of_session(self, row: Any) -> SafeString:
        """Show the session, with its link."""
        link = reverse("admin:sessions_app_studiosession_change", args=[row.session_id])
        text = f"{row.session.title}, {when(row.session.starts_at)}"
        return format_html('<a class="panel-link" href="{}">{}</a>', link, text)

    @admin.display(description=_("amount"), ordering="amount")
    def shown_amount(self, row: Any) -> str:
        """Show the amount in the session's currency."""
        return money(row.amount, row.session.currency)


@admin.register(SessionExtra, site=studio_site)
class SessionExtraAdmin(_OfSessionAdmin):
    """What was charged beside the price; it is added on the session's page."""

    menu = MenuEntry(MenuGroup.MONEY, "add_shopping_cart", 60, kinds=RECORDING)
    list_display = ("description", "of_session", "kind", "quantity", "shown_amount", "added_by_label", "added_at")
    list_filter = ("kind",)
    search_fields = ("description", "session__title")
    ordering = ("-added_at", "-pk")
    fields = (
        "description",
        "of_session",
        "kind",
        ("quantity", "unit_price", "shown_amount"),
        ("added_by_label", "added_at"),
    )
    readonly_fields = ("of_session", "shown_amount")
    action_pages = (TakeBackPage,)


@admin.register(SessionFee, site=studio_site)
class SessionFeeAdmin(_OfSessionAdmin):
    """Fees that clients owe, and those they were let off."""

    menu = MenuEntry(MenuGroup.MONEY, "gavel", 70, kinds=RECORDING)
    list_display = ("kind", "of_session", "shown_amount", "state", "decided_at", "waived_because")
    list_filter = ("kind", ("waived_at", admin.EmptyFieldListFilter))
    ordering = ("-decided_at", "-pk")
    fields = (
        "kind",
        "of_session",
        "shown_amount",
        "explanation",
        "decided_at",
        "state",
        "waived_because",
        "waived_by_label",
    )
    readonly_fields = ("of_session", "shown_amount", "state")
    action_pages = (WaivePage,)

    @admin.display(description=_("state"), ordering="waived_at")
    def state(self, fee: SessionFee) -> SafeString:
        """Show whether it is owed."""
        return badge(_("waived"), "muted") if fee.waived_at else badge(_("owed"), "warning")
