"""Contracts: drafted, sent, signed and ended."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDateWidget,
    UnfoldAdminEmailInputWidget,
    UnfoldAdminFileFieldWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from billing.admin.quote_parts import in_groups
from billing.models import Contract, ContractStatus
from billing.services import contracts
from billing.services.contract_letters import usual_address
from billing.services.contracts import ARROWS
from sessions_app.admin.served import ServedAdmin, actor_of
from sessions_app.admin.waiting_pages import WhyForm
from studio.admin_sites import MenuEntry, MenuGroup, studio_site
from studio.admin_tools import ActionForm, ActionPage, LineTextarea
from studio.admin_tools.model_admin import StudioModelForm
from studio.office import serving
from studio.showing import NOTHING, badge, day, days, money

TONES = {
    ContractStatus.DRAFT: "muted",
    ContractStatus.SENT: "info",
    ContractStatus.SIGNED: "success",
    ContractStatus.TERMINATED: "warning",
    ContractStatus.CANCELLED: "neutral",
}


class ContractForm(StudioModelForm):
    """The facts of a draft."""

    class Meta:
        model = Contract
        fields = "__all__"
        widgets = {
            "terms": UnfoldAdminTextareaWidget(attrs={"rows": 16}),
            "description": LineTextarea,
            "notes": LineTextarea,
        }


class OfContract(ActionPage):
    """An arrow of a contract, offered where it can be gone."""

    to: ContractStatus

    def is_offered(self, obj: Contract) -> bool:
        """Offer it from the states it starts in."""
        return obj.status in ARROWS[self.to]


class SendForm(ActionForm):
    """Where it goes."""

    address = forms.EmailField(
        label=_("Mail it to"),
        required=False,
        widget=UnfoldAdminEmailInputWidget,
        help_text=_("The whole text goes out in a mail. Empty: nobody gets one, and you hand it over."),
    )


class SendPage(OfContract):
    """Gives a contract its number, and mails it."""

    name = "send"
    label = _("Send for signature")
    icon = "send"
    to = ContractStatus.SENT
    question = _("The contract gets its number, and its text stays as it is.")
    form_class = SendForm

    def initial(self, request: HttpRequest, obj: Contract) -> dict[str, Any]:
        """Propose the client's address."""
        return {"address": usual_address(obj.client)}

    def act(self, request: HttpRequest, obj: Contract, form: ActionForm) -> str:
        """Send it."""
        address = form.cleaned_data["address"]
        sent = contracts.send_contract(contract=obj, address=address, actor=actor_of(request), now=timezone.now())
        if address:
            told = gettext("%(contract)s is sent to %(address)s and waits for its signature.")
            return told % {"contract": sent, "address": address}
        return gettext("%(contract)s waits for its signature.") % {"contract": sent}


class SignForm(ActionForm):
    """Who signed, when, and the signed copy."""

    signer_name = forms.CharField(label=_("Signed by"), max_length=255, widget=UnfoldAdminTextInputWidget)
    signed_on = forms.DateField(label=_("Signed on"), widget=UnfoldAdminDateWidget)
    signed_copy = forms.FileField(label=_("Signed copy"), required=False, widget=UnfoldAdminFileFieldWidget)


class SignPage(OfContract):
    """Takes the signature down."""

    name = "sign"
    label = _("Signed")
    submit = _("Write the signature down")
    icon = "signature"
    to = ContractStatus.SIGNED
    form_class = SignForm

    def form(self, request: HttpRequest, obj: Contract) -> ActionForm:
        """Return the form, with the file that comes along."""
        if request.method == "POST":
            return SignForm(request.POST, request.FILES)
        return SignForm(None, initial={"signer_name": obj.client.name, "signed_on": timezone.localdate()})

    template = "billing/admin/with_file.html"

    def act(self, request: HttpRequest, obj: Contract, form: ActionForm) -> str:
        """Take it down."""
        given = form.cleaned_data
        signed = contracts.sign_contract(
            contract=obj,
            signer_name=given["signer_name"],
            signed_on=given["signed_on"],
            signed_copy=given["signed_copy"],
            actor=actor_of(request),
            now=timezone.now(),
        )
        return gettext("%(contract)s is signed.") % {"contract": signed}


class TakeBackPage(OfContract):
    """Makes an unsigned contract a draft again."""

    name = "take-back"
    label = _("Take back and change")
    icon = "edit_note"
    to = ContractStatus.DRAFT

    def act(self, request: HttpRequest, obj: Contract, form: ActionForm) -> str:
        """Take it back."""
        draft = contracts.take_back(contract=obj, actor=actor_of(request), now=timezone.now())
        return gettext("%(contract)s is a draft again.") % {"contract": draft}


class EndForm(ActionForm):
    """When, and why."""

    on = forms.DateField(label=_("Ends on"), widget=UnfoldAdminDateWidget)
    reason = forms.CharField(label=_("Reason"), max_length=500, widget=UnfoldAdminTextInputWidget)


class EndPage(OfContract):
    """Terminates a signed contract."""

    name = "end"
    label = _("Terminate")
    icon = "event_busy"
    is_dangerous = True
    to = ContractStatus.TERMINATED
    form_class = EndForm

    def initial(self, request: HttpRequest, obj: Contract) -> dict[str, Any]:
        """Propose today."""
        return {"on": timezone.localdate()}

    def act(self, request: HttpRequest, obj: Contract, form: ActionForm) -> str:
        """Terminate it."""
        given = form.cleaned_data
        ended = contracts.end_contract(
            contract=obj, on=given["on"], reason=given["reason"], actor=actor_of(request), now=timezone.now()
        )
        return gettext("%(contract)s is terminated.") % {"contract": ended}


class WithdrawPage(OfContract):
    """Withdraws an unsigned contract."""

    name = "withdraw"
    label = _("Withdraw")
    icon = "block"
    is_dangerous = True
    to = ContractStatus.CANCELLED
    form_class = WhyForm

    def act(self, request: HttpRequest, obj: Contract, form: ActionForm) -> str:
        """Withdraw it."""
        reason = form.cleaned_data["reason"]
        gone = contracts.withdraw_contract(contract=obj, reason=reason, actor=actor_of(request), now=timezone.now())
        return gettext("%(contract)s is withdrawn.") % {"contract": gone}


def _facts(value: str) -> tuple[Any, ...]:
    return (("title", "kind"), ("client", "project"), ("starts_on", "ends_on", value), "description", "terms", "notes")


@admin.register(Contract, site=studio_site)
class ContractAdmin(ServedAdmin):
    """What was agreed with clients in words."""

    menu = MenuEntry(MenuGroup.MONEY, "contract", 55)
    form = ContractForm
    list_display = ("named", "client", "title", "kind", "lasts", "value_shown", "state")
    list_select_related = ("client",)
    list_filter = ("status", "kind", "starts_on")
    search_fields = ("contract_number", "title", "client__name")
    ordering = ("-pk",)
    autocomplete_fields = ("client", "project")
    action_pages = (SendPage, SignPage, EndPage, TakeBackPage, WithdrawPage)
    linked_lookups = ("client__id__exact",)
    fieldsets = ((None, {"fields": _facts("value")}),)
    shown = ("sent_at", "signed_by", "copy", "fingerprint", "ended")

    @admin.display(description=_("number"), ordering="contract_number")
    def named(self, contract: Contract) -> str:
        """Show the number, or that it has none yet."""
        return contract.contract_number or str(_("draft"))

    @admin.display(description=_("holds"), ordering="starts_on")
    def lasts(self, contract: Contract) -> str:
        """Show from when to when."""
        if contract.starts_on and contract.ends_on:
            return days(contract.starts_on, contract.ends_on)
        if contract.starts_on:
            return gettext("from %(day)s") % {"day": day(contract.starts_on)}
        return gettext("until %(day)s") % {"day": day(contract.ends_on)} if contract.ends_on else NOTHING

    @admin.display(description=_("value"), ordering="value")
    def value_shown(self, contract: Contract) -> str:
        """Show what it is worth."""
        return money(contract.value, contract.currency)

    @admin.display(description=_("status"), ordering="status")
    def state(self, contract: Contract) -> str:
        """Show how far it is; one that is signed and over says so."""
        status = ContractStatus(contract.status)
        is_over = contract.ends_on is not None and contract.ends_on < timezone.localdate()
        if status == ContractStatus.SIGNED and is_over:
            return badge(_("over"), "muted")
        return badge(status.label, TONES[status])

    @admin.display(description=_("signed by"))
    def signed_by(self, contract: Contract) -> str:
        """Show who signed, and when."""
        return ", ".join([contract.signer_name, day(contract.signed_on)]) if contract.signed_on else NOTHING

    @admin.display(description=_("signed copy"))
    def copy(self, contract: Contract) -> str:
        """Link to the signed copy."""
        if contract.signed_file is None:
            return NOTHING
        address = reverse("admin:billing_contract_signed", args=[contract.pk])
        return format_html('<a href="{}">{}</a>', address, contract.signed_file.name)

    @admin.display(description=_("fingerprint"))
    def fingerprint(self, contract: Contract) -> str:
        """Show what was signed, in groups that fit on a telephone."""
        return in_groups(contract.content_hash)

    @admin.display(description=_("terminated"))
    def ended(self, contract: Contract) -> str:
        """Show when it was terminated, and why."""
        return f"{day(contract.ended_on)}: {contract.end_reason}" if contract.ended_on else NOTHING

    def get_fieldsets(self, request: HttpRequest, obj: Contract | None = None) -> Any:
        """Say of one that is there how far it is, and of one that was sent what became of it."""
        if obj is None:
            return self.fieldsets
        if obj.status == ContractStatus.DRAFT:
            return ((None, {"fields": ("state", *_facts("value"))}),)
        facts = {"fields": ("state", *_facts("value_shown"))}
        return ((None, facts), (_("Signature"), {"fields": self.shown}))

    def get_readonly_fields(self, request: HttpRequest, obj: Contract | None = None) -> Any:
        """Keep the client, and of one that was sent everything but the notes."""
        if obj is None:
            return ()
        if obj.status == ContractStatus.DRAFT:
            return ("client", "state")
        said = ("title", "kind", "client", "project", "starts_on", "ends_on", "value_shown", "description", "terms")
        return (*said, "state", *self.shown)

    def has_delete_permission(self, request: HttpRequest, obj: Contract | None = None) -> bool:
        """Refuse: it is withdrawn, and stays on record."""
        return False

    def get_urls(self) -> list[Any]:
        """Add the signed copy's bytes."""
        view = self.admin_site.file_view(self.signed_view)
        return [path("<path:object_id>/signed/", view, name="billing_contract_signed"), *super().get_urls()]

    def signed_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Answer the signed copy of a contract that the person may see."""
        contract = self.get_object(request, object_id) if self.has_view_permission(request) else None
        if contract is None or contract.signed_file is None:
            raise Http404
        return serving.file_response(request, contract.signed_file, as_download=True)

    def create(self, request: HttpRequest, given: dict[str, Any], now: datetime) -> Contract:
        """Begin a contract."""
        return contracts.create_contract(actor=actor_of(request), now=now, **given)

    def change(self, request: HttpRequest, obj: Contract, given: dict[str, Any], now: datetime) -> None:
        """Change a contract."""
        contracts.change_contract(contract=obj, actor=actor_of(request), now=now, **given)
