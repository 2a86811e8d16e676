"""Certificates of trainers, and what trainers have earned."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sessions_app.admin.served import WorkAdmin, actor_of, sees_every_row
from studio.admin_sites import TRAINING, DashboardPanel, MenuEntry, MenuGroup, studio_site
from studio.admin_tools import ReadOnlyAdmin
from studio.showing import badge, money
from studio.showing import day as day_text
from training.models import WARN_AHEAD, PayKind, TrainerCertificate, TrainerPay
from training.services import certificates

MOST_ON_PANEL = 10
CERTIFICATE, SEE_CERTIFICATES = "training.trainercertificate", "training.view_trainercertificate"
ONE, MINUTES_OF_AN_HOUR = Decimal(1), 60


def certificate_state(certificate: TrainerCertificate) -> str:
    """Return whether a certificate is valid, in colour."""
    last, today = certificate.expires_on, timezone.localdate()
    if last is None:
        return badge(_("for ever"), "success")
    if last < today:
        return badge(_("ended"), "danger")
    return badge(_("ends soon"), "warning") if last <= today + WARN_AHEAD else badge(_("valid"), "success")


class EndingFilter(SimpleListFilter):
    """Which certificates somebody should renew."""

    title = _("validity")
    parameter_name = "validity"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the question."""
        return [("ending", _("ended or ends within 30 days"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep those."""
        ending = TrainerCertificate.objects.ending(timezone.localdate()).values("pk")
        return queryset.filter(pk__in=ending) if self.value() == "ending" else queryset


@admin.register(TrainerCertificate, site=studio_site)
class TrainerCertificateAdmin(WorkAdmin):
    """Certificates."""

    menu = MenuEntry(MenuGroup.TRAINING, "workspace_premium", 80, kinds=TRAINING)
    list_display = ("name", "trainer", "issuer", "last_day", "state")
    list_select_related = ("trainer",)
    list_filter = (EndingFilter,)
    linked_lookups = ("trainer__id__exact",)
    search_fields = ("name", "trainer__last_name", "trainer__first_name")
    autocomplete_fields = ("trainer",)
    ordering = ("expires_on", "pk")
    fieldsets = ((None, {"fields": ("trainer", "name", ("issuer", "number"), ("issued_on", "expires_on"))}),)

    def own_rows(self, rows: QuerySet[Any], request: HttpRequest) -> QuerySet[Any]:
        """Return the person's own."""
        return rows.filter(trainer__user=actor_of(request))

    def get_readonly_fields(self, request: HttpRequest, obj: TrainerCertificate | None = None) -> tuple[str, ...]:
        """Keep a certificate with its trainer."""
        return ("trainer",) if obj else ()

    @admin.display(description=_("last day"), ordering="expires_on")
    def last_day(self, certificate: TrainerCertificate) -> str:
        """Show until when it is valid."""
        return day_text(certificate.expires_on) if certificate.expires_on else "-"

    @admin.display(description=_("state"), ordering="expires_on")
    def state(self, certificate: TrainerCertificate) -> str:
        """Show whether it is valid."""
        return certificate_state(certificate)

    def create(self, request: HttpRequest, given: dict[str, Any], now: datetime) -> TrainerCertificate:
        """Write a certificate down."""
        return certificates.add_certificate(actor=actor_of(request), now=now, **given)

    def change(self, request: HttpRequest, obj: TrainerCertificate, given: dict[str, Any], now: datetime) -> None:
        """Change a certificate."""
        certificates.change_certificate(certificate=obj, actor=actor_of(request), now=now, **given)

    def remove(self, request: HttpRequest, obj: TrainerCertificate, now: datetime) -> None:
        """Strike a certificate."""
        certificates.remove_certificate(certificate=obj, actor=actor_of(request), now=now)


@admin.register(TrainerPay, site=studio_site)
class TrainerPayAdmin(ReadOnlyAdmin, WorkAdmin):
    """What trainers have earned, line by line; a trainer sees their own."""

    menu = MenuEntry(MenuGroup.MONEY, "payments", 80, kinds=TRAINING, title=_("Trainers' pay"))
    list_display = ("earned_on", "trainer_label", "session_label", "kind", "quantity_shown", "amount_shown", "standing")
    list_filter = ("kind", "trainer")
    linked_lookups = ("trainer__id__exact",)
    search_fields = ("trainer_label",)
    date_hierarchy = "earned_on"
    ordering = ("-earned_on", "-pk")
    list_select_related = ("reversed_by",)
    fields = (
        ("trainer_label", "session_label"),
        ("earned_on", "kind", "quantity_shown", "amount_shown"),
        ("standing", "reason", "actor_label"),
    )
    readonly_fields = ("quantity_shown", "amount_shown", "standing")

    def own_rows(self, rows: QuerySet[Any], request: HttpRequest) -> QuerySet[Any]:
        """Return the person's own."""
        return rows.filter(trainer__user=actor_of(request))

    @admin.display(description=_("how many at what rate"))
    def quantity_shown(self, line: TrainerPay) -> str:
        """Show quantity and rate; of hours the minutes, which make the amount to the cent."""
        rate = money(line.rate, line.currency)
        if line.kind == PayKind.HOURS:
            minutes = (line.quantity * MINUTES_OF_AN_HOUR).quantize(ONE)
            return gettext("%(minutes)s min at %(rate)s an hour") % {"minutes": minutes, "rate": rate}
        return f"{line.quantity.quantize(ONE)} x {rate}"

    @admin.display(description=_("amount"), ordering="amount")
    def amount_shown(self, line: TrainerPay) -> str:
        """Show the amount."""
        return money(line.amount, line.currency)

    @admin.display(description=_("state"))
    def standing(self, line: TrainerPay) -> str:
        """Show whether it is paid."""
        if line.reversal_of_id is not None:
            return badge(_("takes back"), "muted")
        return badge(_("taken back"), "muted") if getattr(line, "reversed_by", None) else badge(_("earned"), "success")


def ending_for(request: HttpRequest, on: date) -> QuerySet[TrainerCertificate]:
    """Return the certificates to renew, as they stand on a day, that the person may see: a trainer their own."""
    if not request.user.has_perm(SEE_CERTIFICATES):
        return TrainerCertificate.objects.none()
    rows = TrainerCertificate.objects.ending(on).select_related("trainer").order_by("expires_on", "pk")
    return rows if sees_every_row(request, CERTIFICATE) else rows.filter(trainer__user=actor_of(request))


def ending_panel(request: HttpRequest) -> dict[str, Any]:
    """Return the certificates that somebody should renew."""
    today = timezone.localdate()
    return {"certificates": list(ending_for(request, today)[:MOST_ON_PANEL]), "today": today}


studio_site.register_panel(
    DashboardPanel(
        "training/admin/certificates_panel.html",
        ending_panel,
        SEE_CERTIFICATES,
        order=60,
        kinds=TRAINING,
    )
)
