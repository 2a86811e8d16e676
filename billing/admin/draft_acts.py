"""What is done to a draft as a whole: beginning it, its facts, deposits, issuing it, throwing it away."""

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing.admin.draft_forms import WORK, DeductForm, DepositForm, FactsForm, IssueForm, NewDraftForm
from billing.models import Invoice, InvoiceKind, InvoiceStatus
from billing.selectors import invoice_page
from billing.selectors.credit import credit_of
from billing.selectors.draft_sums import sums_with
from billing.selectors.issue_preview import missing_facts, preview_of
from billing.selectors.looked_at import mark_of_draft
from billing.services import deposit_drafts, deposits, drafts, issuing, work_lines
from sessions_app.admin.served import actor_of
from sessions_app.forms import key_of
from sessions_app.models import Client, Project, StudioSession
from studio.admin_tools import ActionForm, ActionPage
from studio.office.selectors.profile import current_profile
from studio.showing import day, money

DRAFT, ISSUE = "billing.add_invoice", "billing.issue_invoice"
NOTHING = Decimal(0)


class DraftPage(ActionPage):
    """An act on a draft."""

    def may(self, request: HttpRequest, obj: Invoice | None) -> bool:
        """Ask for the right to write drafts."""
        return request.user.has_perm(DRAFT)

    def is_offered(self, obj: Invoice) -> bool:
        """Offer it for a draft."""
        return obj.status == InvoiceStatus.DRAFT

    def answer(self, request: HttpRequest, obj: Invoice | None) -> HttpResponse:
        """Answer the page; what is issued already is shown as it is, with what can be done about it."""
        if obj is None or obj.status == InvoiceStatus.DRAFT or not self.may(request, obj):
            return super().answer(request, obj)
        messages.warning(request, str(drafts.NotADraft(obj)))
        return HttpResponseRedirect(self._address("change", obj))


class NewDraftPage(DraftPage):
    """Begins a document; from a client, a project or a session what is known is filled in."""

    name = "new"
    label = _("New invoice")
    icon = "note_add"
    submit = _("Begin the draft")
    form_class = NewDraftForm
    begun: Invoice | None = None
    then = ""

    def form(self, request: HttpRequest, obj: Invoice | None) -> ActionForm:
        """Return the form; of a session it asks no more than needed, for its lines are known."""
        form = super().form(request, obj)
        if _session(form.data.get("session") or form.initial.get("session")):
            for name in ("client", "project", "then", "kind", "is_test"):
                form.fields.pop(name)
        return form

    def initial(self, request: HttpRequest, obj: Invoice | None) -> dict[str, Any]:
        """Begin with what the link names."""
        session = _session(request.GET.get("session"))
        named = Project.objects.filter(pk=key_of(request.GET.get("project")) or 0).first()
        project = session.project if session else named
        client = Client.objects.filter(pk=key_of(request.GET.get("client")) or 0).first()
        whose = session.client if session else project.client if project else client
        kind = request.GET.get("kind")
        return {
            "client": whose.pk if whose else None,
            "project": project.pk if project else None,
            "session": session.pk if session else "",
            "kind": kind if kind == InvoiceKind.DEPOSIT else InvoiceKind.INVOICE,
            "then": "lines" if kind == InvoiceKind.DEPOSIT or not whose else WORK,
        }

    def context(self, request: HttpRequest, obj: Invoice | None, form: ActionForm) -> dict[str, Any]:
        """Name the session that the lines are about."""
        session = _session(form.data.get("session") or form.initial.get("session"))
        told = gettext("The lines are written for what %(session)s owes: its price, extras and fees.")
        return {"question": told % {"session": session.title}} if session else {}

    def act(self, request: HttpRequest, obj: Invoice | None, form: ActionForm) -> str:
        """Begin it, with the lines of the session where there is one."""
        given, actor, now = form.cleaned_data, actor_of(request), timezone.now()
        order = {"purchase_order": given["purchase_order"]} if given["purchase_order"] else {}
        if session := _session(given["session"]):
            self.begun = work_lines.draft_of_session(session=session, actor=actor, now=now, **order)
        else:
            self.then = given["then"]
            self.begun = drafts.create_draft(
                client=given["client"],
                project=given["project"],
                kind=InvoiceKind(given["kind"]),
                is_test=given["is_test"],
                actor=actor,
                now=now,
                **order,
            )
        told = gettext("The draft for %(client)s is begun. It has no number before it is issued.")
        return told % {"client": self.begun.client}

    def back(self, obj: Invoice | None) -> str:
        """Go to the draft, or to the choice of sessions and hours."""
        if self.begun is None:
            return reverse("admin:billing_invoice_changelist")
        return self._address("work" if self.then == WORK else "change", self.begun)


class FactsPage(DraftPage):
    """Changes what a draft says beside its lines."""

    name = "facts"
    label = _("Facts")
    icon = "edit_note"
    submit = _("Save the facts")

    def form(self, request: HttpRequest, obj: Invoice) -> ActionForm:
        """Return the form, with the projects of the client."""
        data = request.POST if request.method == "POST" else None
        said = {name: getattr(obj, name) for name in FactsForm.base_fields if name != "project"}
        return FactsForm(data, draft=obj, initial=said | {"project": obj.project_id})

    def act(self, request: HttpRequest, obj: Invoice, form: ActionForm) -> str:
        """Change them."""
        given: Any = form.cleaned_data
        drafts.change_draft(invoice=obj, actor=actor_of(request), now=timezone.now(), **given)
        return gettext("The facts of the draft are changed.")


class DepositPage(DraftPage):
    """Asks a part of a draft first, by a deposit invoice of its own."""

    name = "deposit"
    label = _("Ask a deposit")
    icon = "savings"
    form_class = DepositForm
    template = "billing/admin/deposit.html"
    asked: Invoice | None = None

    def is_offered(self, obj: Invoice) -> bool:
        """Offer it for a draft of an invoice that comes to something."""
        return super().is_offered(obj) and obj.kind == InvoiceKind.INVOICE and obj.payable > 0

    def initial(self, request: HttpRequest, obj: Invoice) -> dict[str, Any]:
        """Begin with what the client, or the studio, usually asks."""
        usual = obj.client.default_deposit_percent
        return {"percent": current_profile().deposit_percent if usual is None else usual}

    def form(self, request: HttpRequest, obj: Invoice) -> ActionForm:
        """Return the form; of deposits before it asks where there are some."""
        form = super().form(request, obj)
        if not invoice_page.deposits_asked(obj.client, obj.currency):
            form.fields.pop("is_beside")
        return form

    def context(self, request: HttpRequest, obj: Invoice, form: ActionForm) -> dict[str, Any]:
        """Say what becomes of it, and what was asked before."""
        asked = invoice_page.deposits_asked(obj.client, obj.currency)
        told = gettext(
            "A deposit invoice over a part of %(payable)s is begun, at the same rates of VAT. Once it is issued, this"
            " draft can take it off."
        )
        return {
            "question": told % {"payable": money(obj.payable, obj.currency)},
            "asked": [(deposit, money(sum_, obj.currency)) for deposit, sum_ in asked.items()],
            "together": money(sum(asked.values(), NOTHING), obj.currency),
        }

    def act(self, request: HttpRequest, obj: Invoice, form: ActionForm) -> str:
        """Begin the deposit invoice."""
        given = form.cleaned_data
        acting: Any = {"is_beside": given.get("is_beside", False), "actor": actor_of(request), "now": timezone.now()}
        if given["percent"]:
            self.asked = deposit_drafts.ask_percent(invoice=obj, percent=given["percent"], **acting)
        else:
            self.asked = deposit_drafts.ask_amount(invoice=obj, amount=given["amount"], **acting)
        told = gettext("The draft of a deposit invoice over %(amount)s is begun.")
        return told % {"amount": money(self.asked.payable, self.asked.currency)}

    def back(self, obj: Invoice) -> str:
        """Go to the deposit invoice."""
        return super().back(self.asked or obj)


class DeductPage(DraftPage):
    """Takes deposits off that were invoiced before."""

    name = "deduct"
    label = _("Take deposits off")
    icon = "playlist_remove"
    template = "billing/admin/deduct.html"
    question = _("What is ticked is taken off this invoice, each with its own VAT. Each is taken off once.")

    def is_offered(self, obj: Invoice) -> bool:
        """Offer it where there are some."""
        return super().is_offered(obj) and bool(invoice_page.open_deposits(obj))

    def form(self, request: HttpRequest, obj: Invoice) -> ActionForm:
        """Return the choice among what can be taken off."""
        offered = invoice_page.open_deposits(obj)
        ticked = [deposit.pk for deposit in invoice_page.deducted_by(obj)] or [deposit.pk for deposit in offered]
        form = DeductForm(request.POST if request.method == "POST" else None, initial={"deposits": ticked})
        choice: Any = form.fields["deposits"]
        choice.queryset = Invoice.objects.filter(pk__in=[deposit.pk for deposit in offered]).order_by("issued_on", "pk")
        choice.label_from_instance = _deposit_words
        return form

    def act(self, request: HttpRequest, obj: Invoice, form: ActionForm) -> str:
        """Take them off."""
        chosen = list(form.cleaned_data["deposits"])
        draft = deposits.deduct_deposits(invoice=obj, deposits=chosen, actor=actor_of(request), now=timezone.now())
        told = gettext("%(deducted)s are taken off; %(payable)s are to pay.")
        sums = {"deducted": draft.deducted_total, "payable": draft.payable}
        return told % {name: money(amount, draft.currency) for name, amount in sums.items()}


class IssuePage(DraftPage):
    """Gives a draft its number, after a look at what that means."""

    name = "issue"
    label = _("Issue")
    icon = "verified"
    template = "billing/admin/issue.html"
    form_class = IssueForm

    def may(self, request: HttpRequest, obj: Invoice | None) -> bool:
        """Ask for the right to issue."""
        return request.user.has_perm(ISSUE)

    def initial(self, request: HttpRequest, obj: Invoice) -> dict[str, Any]:
        """Remember what is shown."""
        return {"seen": mark_of_draft(obj)}

    def form(self, request: HttpRequest, obj: Invoice) -> ActionForm:
        """Return the form; a draft that has changed since it was shown is shown again."""
        form = super().form(request, obj)
        if form.is_bound and form.data.get("seen") != (mark := mark_of_draft(obj)):
            form.data = {"seen": mark}
            form.add_error(None, gettext("The draft has changed since you looked. This is what it comes to now."))
        return form

    def context(self, request: HttpRequest, obj: Invoice, form: ActionForm) -> dict[str, Any]:
        """Show number, sums and due day, and what stays as it is from then on."""
        lines, profile = invoice_page.lines_of(obj, 1), current_profile()
        return {
            "invoice": obj,
            "preview": preview_of(obj, profile, timezone.now()),
            "forgotten": [_deposit_words(deposit) for deposit in invoice_page.forgotten_deposits(obj)],
            "missing": missing_facts(obj, profile),
            "sums": sums_with(obj, None),
            "count": obj.items.count(),
            "stale": [line for line in lines if line.is_stale],
            "credit": NOTHING if obj.is_test else credit_of(obj.client, obj.currency),
        }

    def act(self, request: HttpRequest, obj: Invoice, form: ActionForm) -> str:
        """Issue it."""
        issued = issuing.issue_invoice(invoice=obj, actor=actor_of(request), now=timezone.now())
        told = gettext("%(number)s is issued: %(payable)s, due on %(day)s.")
        due = day(issued.due_on) if issued.due_on else "-"
        sums = {"payable": money(issued.remaining_balance, issued.currency), "day": due}
        return told % {"number": issued.invoice_number, **sums}


class DiscardPage(DraftPage):
    """Throws a draft away."""

    name = "discard"
    label = _("Discard the draft")
    icon = "delete"
    is_dangerous = True
    question = _(
        "The draft and its lines go for good. It never had a number, so none will be missing; what it charges for can"
        " be charged elsewhere."
    )

    def act(self, request: HttpRequest, obj: Invoice, form: ActionForm) -> str:
        """Throw it away."""
        drafts.delete_draft(invoice=obj, actor=actor_of(request), now=timezone.now())
        return gettext("The draft is gone; what it charged for can be charged elsewhere.")

    def back(self, obj: Invoice) -> str:
        """Go to the list once it is gone."""
        if Invoice.objects.filter(pk=obj.pk).exists():
            return super().back(obj)
        return reverse("admin:billing_invoice_changelist")


def _session(typed: object) -> StudioSession | None:
    key = key_of(str(typed)) if typed else None
    return StudioSession.objects.filter(pk=key).select_related("client", "project__client").first() if key else None


def _deposit_words(deposit: Invoice) -> str:
    amount = money(deposit.payable - deposit.credited_total, deposit.currency)
    paid = money(deposit.paid_total, deposit.currency)
    told = gettext("%(number)s: %(amount)s, of which %(paid)s are paid")
    return told % {"number": deposit.invoice_number, "amount": amount, "paid": paid}
