"""The waitlist: who waits, what they were offered, and their answers."""

from abc import abstractmethod
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sessions_app.admin.served import ServedAdmin, actor_of
from sessions_app.models import (
    OfferState,
    WaitlistEntry,
    WaitlistOffer,
    WaitlistState,
)
from sessions_app.services import states, waitlist
from studio.accounts.models import User
from studio.admin_sites import RECORDING, MenuEntry, MenuGroup, studio_site
from studio.admin_tools import ActionForm, ActionPage, LineTextarea, ReadOnlyAdmin
from studio.admin_tools.inlines import StudioTabularInline
from studio.admin_tools.model_admin import StudioModelForm
from studio.showing import badge, when, zone_label

WAIT_TONES = {WaitlistState.WAITING: "warning", WaitlistState.BOOKED: "success", WaitlistState.WITHDRAWN: "muted"}
OFFER_TONES = {
    OfferState.OPEN: "warning",
    OfferState.ACCEPTED: "success",
    OfferState.DECLINED: "muted",
    OfferState.EXPIRED: "muted",
}


class WithdrawPage(ActionPage):
    """Takes an entry off the waitlist."""

    name = "withdraw"
    label = _("Withdraw")
    icon = "person_remove"
    is_dangerous = True
    question = _("The client no longer waits. A slot that is held for them goes to the next.")

    def is_offered(self, obj: WaitlistEntry) -> bool:
        """Offer it while they wait."""
        return obj.state == WaitlistState.WAITING

    def act(self, request: HttpRequest, obj: WaitlistEntry, form: ActionForm) -> str:
        """Withdraw the entry."""
        waitlist.withdraw_entry(entry=obj, actor=actor_of(request), now=timezone.now())
        return gettext("%(client)s no longer waits.") % {"client": obj.client}


class OfOffer(ActionPage):
    """An answer to the slot that is held for an entry."""

    @staticmethod
    def open_offer(obj: WaitlistEntry) -> WaitlistOffer | None:
        """Return the offer that awaits its answer."""
        return obj.offers.filter(state=OfferState.OPEN).select_related("session__room").first()

    def is_offered(self, obj: WaitlistEntry) -> bool:
        """Offer it while a slot is held."""
        return self.open_offer(obj) is not None

    def context(self, request: HttpRequest, obj: WaitlistEntry, form: ActionForm) -> dict[str, Any]:
        """Name the slot."""
        offer = self.open_offer(obj)
        if offer is None:
            return {}
        held = offer.session
        slot = f"{held.room}, {when(held.starts_at, held.ends_at)}"
        return {"question": gettext("Held for %(client)s: %(slot)s.") % {"client": obj.client, "slot": slot}}

    def act(self, request: HttpRequest, obj: WaitlistEntry, form: ActionForm) -> str:
        """Answer for the client."""
        offer = self.open_offer(obj)
        if offer is None:
            raise states.WrongState(gettext("This offer is over."))
        return self.answer_offer(offer, actor_of(request), timezone.now())

    @abstractmethod
    def answer_offer(self, offer: WaitlistOffer, actor: User, now: datetime) -> str:
        """Give the answer, and return what is now true."""


class AcceptPage(OfOffer):
    """Books the slot that is held."""

    name = "accept"
    label = _("Book the offered slot")
    icon = "check_circle"

    def answer_offer(self, offer: WaitlistOffer, actor: User, now: datetime) -> str:
        """Accept."""
        booked = waitlist.accept_offer(offer=offer, actor=actor, now=now)
        return gettext("The session is booked: %(when)s.") % {"when": when(booked.starts_at, booked.ends_at)}


class DeclineOfferPage(OfOffer):
    """Lets the slot that is held go to the next."""

    name = "decline"
    label = _("Decline the offer")
    icon = "thumb_down"
    is_dangerous = True

    def answer_offer(self, offer: WaitlistOffer, actor: User, now: datetime) -> str:
        """Decline."""
        waitlist.decline_offer(offer=offer, actor=actor, now=now)
        return gettext("The offer is declined; the client waits for another slot.")


class WaitlistForm(StudioModelForm):
    """A wish."""

    class Meta:
        model = WaitlistEntry
        fields = "__all__"
        widgets = {"notes": LineTextarea}


class OfferInline(ReadOnlyAdmin, StudioTabularInline):
    """What was offered, newest first."""

    model = WaitlistOffer
    fields = ("slot", "until", "how")
    readonly_fields = fields
    ordering = ("-created_at", "-pk")
    verbose_name_plural = _("Offers")
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[WaitlistOffer]:
        """Return the offers with their slots."""
        return super().get_queryset(request).select_related("session__room")

    @admin.display(description=zone_label(_("slot")))
    def slot(self, offer: WaitlistOffer) -> str:
        """Show room and time."""
        return f"{offer.session.room}: {when(offer.session.starts_at, offer.session.ends_at)}"

    @admin.display(description=_("held until"))
    def until(self, offer: WaitlistOffer) -> str:
        """Show how long there is to answer."""
        at = offer.session.hold_expires_at
        return when(at) if at and offer.state == OfferState.OPEN else "-"

    @admin.display(description=_("state"))
    def how(self, offer: WaitlistOffer) -> str:
        """Show what became of it."""
        return badge(offer.get_state_display(), OFFER_TONES[OfferState(offer.state)])


@admin.register(WaitlistEntry, site=studio_site)
class WaitlistEntryAdmin(ServedAdmin):
    """Who waits for a slot; an entry is withdrawn and made anew rather than changed."""

    menu = MenuEntry(MenuGroup.WORK, "hourglass_top", 25, kinds=RECORDING)
    form = WaitlistForm
    list_display = ("title", "client", "window", "where", "length", "group_size", "standing")
    list_select_related = ("client", "room")
    list_filter = ("state", "room")
    search_fields = ("title", "client__name")
    ordering = ("state", "created_at", "pk")
    autocomplete_fields = ("client",)
    inlines = (OfferInline,)
    action_pages = (AcceptPage, DeclineOfferPage, WithdrawPage)
    fieldsets = (
        (None, {"fields": ("title", ("client", "group_size"), "notes")}),
        (
            _("Which slot"),
            {"fields": (("wanted_from", "wanted_to"), ("length_minutes", "kind"), ("room", "room_kind"))},
        ),
    )

    @admin.display(description=zone_label(_("window")), ordering="wanted_from")
    def window(self, entry: WaitlistEntry) -> str:
        """Show between when the slot may lie."""
        return when(entry.wanted_from, entry.wanted_to)

    @admin.display(description=_("room"), ordering="room")
    def where(self, entry: WaitlistEntry) -> str:
        """Show the room, the kind of room, or that any will do."""
        return str(entry.room or entry.get_room_kind_display() or gettext("any"))

    @admin.display(description=_("length"), ordering="length_minutes")
    def length(self, entry: WaitlistEntry) -> str:
        """Show how long the slot has to be."""
        return gettext("%(count)d min") % {"count": entry.length_minutes}

    @admin.display(description=_("state"), ordering="state")
    def standing(self, entry: WaitlistEntry) -> str:
        """Show whether they wait, and whether a slot is held for them."""
        if getattr(entry, "is_offered", False):
            return badge(gettext("slot offered"), "info")
        return badge(entry.get_state_display(), WAIT_TONES[WaitlistState(entry.state)])

    def get_queryset(self, request: HttpRequest) -> QuerySet[WaitlistEntry]:
        """Return the entries, each with whether a slot is held for it."""
        held = WaitlistOffer.objects.filter(entry=OuterRef("pk"), state=OfferState.OPEN)
        rows: QuerySet[WaitlistEntry] = super().get_queryset(request)
        return rows.annotate(is_offered=Exists(held))

    def get_fieldsets(self, request: HttpRequest, obj: WaitlistEntry | None = None) -> Any:
        """Return the rows of the form, with where an entry stands."""
        if obj is None:
            return self.fieldsets
        return (*self.fieldsets, (_("Where it stands"), {"fields": ("standing",)}))

    def get_readonly_fields(self, request: HttpRequest, obj: WaitlistEntry | None = None) -> Any:
        """Return nothing while the entry is made, and everything afterwards."""
        if obj is None:
            return ()
        rows = [field for _name, part in self.fieldsets for field in part["fields"]]
        return ("standing", *[name for row in rows for name in ((row,) if isinstance(row, str) else row)])

    def has_delete_permission(self, request: HttpRequest, obj: WaitlistEntry | None = None) -> bool:
        """Refuse: an entry is withdrawn, and stays in the records."""
        return False

    def get_inlines(self, request: HttpRequest, obj: WaitlistEntry | None) -> Any:
        """Return the offers of an entry that is there."""
        return self.inlines if obj else ()

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Offer to save while the entry is made only."""
        if context.get("original"):
            hidden = ("show_save", "show_save_and_continue", "show_save_and_add_another")
            context = {**context, **dict.fromkeys(hidden, False)}
        return super().render_change_form(request, context, *args, **kwargs)

    def create(self, request: HttpRequest, given: dict[str, Any], now: datetime) -> WaitlistEntry:
        """Put a client on the waitlist."""
        given.pop("state", None)
        return waitlist.add_entry(actor=actor_of(request), now=now, **given)
