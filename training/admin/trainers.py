"""Trainers: facts, certificates, a day's schedule, and what the last months came to."""

from datetime import datetime
from functools import partial
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sessions_app.admin.hidden_money import HiddenMoneyAdmin
from sessions_app.admin.pages import asked_day
from sessions_app.admin.served import actor_of, sees_every_row
from sessions_app.forms import current_zone
from studio.admin_sites import TRAINING, MenuEntry, MenuGroup, studio_site
from studio.admin_tools import LinesField, LineTextarea, StudioTabularInline
from studio.admin_tools.model_admin import StudioModelForm
from studio.office.selectors.profile import current_profile
from studio.showing import badge, zone_name
from studio.showing import day as day_text
from training.admin.certificates import CERTIFICATE, certificate_state, ending_for
from training.models import RATES, Trainer, TrainerCertificate
from training.selectors.dates import ONE_DAY
from training.selectors.trainer_work import day_schedule, statistics
from training.services import trainers

PRIVATE = ("born_on", "background_checked_on", "notes", "insurance_number", "insurance_expires_on")


def sees_pay(request: HttpRequest) -> bool:
    """Return whether the person may see what all trainers earn; a trainer sees their own lines only."""
    return sees_every_row(request, "training.trainerpay")


class TrainerForm(StudioModelForm):
    """A trainer's facts."""

    languages = LinesField(label=_("Languages"), required=False, help_text=_("One a line."))
    specialisations = LinesField(label=_("Specialisations"), required=False, help_text=_("One a line."))

    class Meta:
        model = Trainer
        fields = "__all__"
        widgets = {"biography": LineTextarea, "notes": LineTextarea}
        help_texts = {
            "is_accepting_members": _(
                "Stands beside the name where a trainer is chosen; whoever gets them somebody new is told."
            )
        }


class CertificateInline(StudioTabularInline):
    """The trainer's certificates; each is changed on its own page."""

    model = TrainerCertificate
    fields = ("name", "issuer", "number", "issued_on", "expires_on", "state")
    readonly_fields = fields
    ordering = ("expires_on", "pk")
    can_delete = False

    @admin.display(description=_("state"))
    def state(self, certificate: TrainerCertificate) -> str:
        """Show whether it is valid."""
        return certificate_state(certificate)

    def has_view_permission(self, request: HttpRequest, obj: Trainer | None = None) -> bool:
        """Ask for the right to certificates; whoever sees their own sees nobody else's."""
        is_theirs = obj is None or obj.user_id == actor_of(request).pk
        sees_them = is_theirs or sees_every_row(request, CERTIFICATE)
        return super().has_view_permission(request, obj) and sees_them

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: certificates are added on a page of their own."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False


@admin.register(Trainer, site=studio_site)
class TrainerAdmin(HiddenMoneyAdmin):
    """Trainers; a deleted one leaves sessions without a trainer, and with the name."""

    menu = MenuEntry(MenuGroup.TRAINING, "sports", 40, kinds=TRAINING)
    form = TrainerForm
    money_fields = frozenset({*RATES, "bonus_after", *PRIVATE})
    list_display = ("name", "email", "phone", "languages_shown", "state", "papers")
    list_filter = ("is_active", "is_accepting_members")
    search_fields = ("first_name", "last_name", "email")
    autocomplete_fields = ("user",)
    ordering = ("-is_active", "last_name", "first_name", "pk")
    inlines = (CertificateInline,)
    change_form_outer_before_template = "training/admin/trainer_links.html"
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("first_name", "last_name"),
                    ("email", "phone", "user"),
                    ("is_active", "is_accepting_members"),
                    ("languages", "specialisations"),
                    ("hired_on", "years_experience"),
                    "biography",
                )
            },
        ),
        (
            _("Rates"),
            {
                "fields": (
                    ("session_rate", "hourly_rate"),
                    ("head_rate", "no_show_rate"),
                    ("bonus_rate", "bonus_after"),
                ),
                "description": _("Used when a session is completed; what was earned before stays."),
            },
        ),
        (_("In an emergency"), {"fields": (("emergency_name", "emergency_phone"),)}),
        (
            _("Papers"),
            {"fields": (("insurance_number", "insurance_expires_on"), ("born_on", "background_checked_on"), "notes")},
        ),
    )

    def shows_money(self, request: HttpRequest) -> bool:
        """Return whether the person may see rates and papers."""
        return sees_pay(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Trainer]:
        """Return the trainers, each with the last day of the certificate that ends first of those to renew."""
        ending = TrainerCertificate.objects.ending(timezone.localdate()).filter(trainer=OuterRef("pk"))
        first = ending.order_by("expires_on").values("expires_on")[:1]
        return super().get_queryset(request).annotate(ends_first=Subquery(first))

    def get_list_display(self, request: HttpRequest) -> Any:
        """Return the columns; what is known of others' certificates only for whom they are shown."""
        shown = super().get_list_display(request)
        return shown if sees_every_row(request, CERTIFICATE) else tuple(name for name in shown if name != "papers")

    def get_inlines(self, request: HttpRequest, obj: Trainer | None) -> Any:
        """Return the certificates of a trainer who is there."""
        return self.inlines if obj else ()

    @admin.display(description=_("languages"))
    def languages_shown(self, trainer: Trainer) -> str:
        """Show what they speak."""
        return ", ".join(trainer.languages) or "-"

    @admin.display(description=_("state"), ordering="is_active")
    def state(self, trainer: Trainer) -> str:
        """Show whether they work here, and take new members."""
        if not trainer.is_active:
            return badge(_("left"), "muted")
        return badge(_("takes members"), "success") if trainer.is_accepting_members else badge(_("full"), "warning")

    @admin.display(description=_("papers"))
    def papers(self, trainer: Any) -> str:
        """Show whether a certificate has to be renewed, or has ended."""
        if trainer.ends_first is None:
            return "-"
        told = {"day": day_text(trainer.ends_first)}
        if trainer.ends_first < timezone.localdate():
            return badge(gettext("ended on %(day)s") % told, "danger")
        return badge(gettext("ends on %(day)s") % told, "warning")

    def get_urls(self) -> list[Any]:
        """Return the URLs, those of the two pages first."""
        wrap = self.admin_site.admin_view
        return [
            path("<path:object_id>/day/", wrap(partial(day_view, self)), name="training_trainer_day"),
            path(
                "<path:object_id>/statistics/",
                wrap(partial(statistics_view, self)),
                name="training_trainer_statistics",
            ),
            *super().get_urls(),
        ]

    def create(self, request: HttpRequest, given: dict[str, Any], now: datetime) -> Trainer:
        """Write a trainer down."""
        return trainers.create_trainer(actor=actor_of(request), now=now, **given)

    def change(self, request: HttpRequest, obj: Trainer, given: dict[str, Any], now: datetime) -> None:
        """Change a trainer."""
        trainers.change_trainer(trainer=obj, actor=actor_of(request), now=now, **given)

    def remove(self, request: HttpRequest, obj: Trainer, now: datetime) -> None:
        """Delete a trainer."""
        trainers.delete_trainer(trainer=obj, actor=actor_of(request), now=now)


def _page(model_admin: TrainerAdmin, request: HttpRequest, template: str, title: str, **shown: Any) -> HttpResponse:
    trainer = shown.pop("trainer")
    context = {
        **model_admin.admin_site.each_context(request),
        "title": title,
        "page_parts": model_admin.page_parts(trainer, title),
        "trainer": trainer,
        "zone": zone_name(),
        **shown,
    }
    request.current_app = model_admin.admin_site.name
    return TemplateResponse(request, template, context)


def _trainer(model_admin: TrainerAdmin, request: HttpRequest, object_id: str) -> Trainer:
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    found: Trainer | None = model_admin.get_object(request, unquote(object_id))
    if found is None:
        raise Http404
    return found


def day_view(model_admin: TrainerAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
    """Show a trainer's day in order, to be printed."""
    trainer, day = _trainer(model_admin, request, object_id), asked_day(request)
    return _page(
        model_admin,
        request,
        "training/admin/trainer_day.html",
        gettext("Day"),
        trainer=trainer,
        sessions=day_schedule(trainer, day=day, zone=current_zone()),
        certificates=ending_for(request, day).filter(trainer=trainer),
        day=day,
        today=timezone.localdate(),
        before=day - ONE_DAY,
        after=day + ONE_DAY,
    )


def statistics_view(model_admin: TrainerAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
    """Show a trainer's last twelve months."""
    trainer, with_pay = _trainer(model_admin, request, object_id), sees_pay(request)
    return _page(
        model_admin,
        request,
        "training/admin/trainer_statistics.html",
        gettext("Statistics"),
        trainer=trainer,
        shown=statistics(trainer, zone=current_zone(), now=timezone.now(), with_pay=with_pay),
        with_pay=with_pay,
        currency=current_profile().currency,
    )
