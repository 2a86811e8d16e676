"""Trainers."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from studio.admin_sites import TRAINING, MenuEntry, MenuGroup, studio_site
from studio.admin_tools import LinesField, StudioModelAdmin
from studio.admin_tools.model_admin import StudioModelForm
from training.models import Trainer


class TrainerForm(StudioModelForm):
    """A trainer's facts."""

    languages = LinesField(label=_("Languages"), required=False, help_text=_("One a line."))

    class Meta:
        model = Trainer
        fields = "__all__"


@admin.register(Trainer, site=studio_site)
class TrainerAdmin(StudioModelAdmin):
    """Trainers; a deleted one leaves sessions without a trainer, and with the name."""

    menu = MenuEntry(MenuGroup.TRAINING, "sports", 40, kinds=TRAINING)
    form = TrainerForm
    list_display = ("name", "email")
    search_fields = ("first_name", "last_name", "email")
    autocomplete_fields = ("user",)
    ordering = ("last_name", "first_name", "pk")
    fieldsets = ((None, {"fields": (("first_name", "last_name"), ("email", "user"), "languages")}),)
