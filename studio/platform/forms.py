"""What operators type about a studio."""

from functools import cache
from typing import Any
from zoneinfo import available_timezones

from babel import Locale, numbers
from django import forms
from django.conf import settings
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminEmailInputWidget,
    UnfoldAdminSelect2Widget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from studio.admin_tools import ActionForm
from studio.tenancy.models import StudioKind
from studio.tenancy.services.names import NAME_LENGTH, SLUG_LENGTH

DEFAULT_ZONE, DEFAULT_COUNTRY, DEFAULT_CURRENCY = "Europe/Paris", "FR", "EUR"
LETTERS = 2


@cache
def zone_choices() -> list[tuple[str, str]]:
    """Return the time zones that name a place, in order."""
    places = (name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/")))
    return [("UTC", "UTC"), *((name, name.replace("_", " ")) for name in sorted(places))]


def country_choices() -> list[tuple[str, str]]:
    """Return the countries by code, under their names in the language of the page."""
    territories = Locale.parse(to_locale(get_language() or "en")).territories
    countries = [(code, name) for code, name in territories.items() if len(code) == LETTERS and code not in NO_COUNTRY]
    return sorted(countries, key=lambda pair: pair[1])


# Codes of unions, of the unknown, and of test locales.
NO_COUNTRY = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})


def currency_of(country: str) -> str:
    """Return the currency that is used in a country."""
    return next(iter(numbers.get_territory_currencies(country)), DEFAULT_CURRENCY)


class OpenStudioForm(ActionForm):
    """What is known of a studio before it exists."""

    name = forms.CharField(label=_("Name"), max_length=NAME_LENGTH, widget=UnfoldAdminTextInputWidget())
    kind = forms.ChoiceField(label=_("Kind"), choices=StudioKind, widget=UnfoldAdminSelectWidget())
    slug = forms.CharField(
        label=_("Address"),
        max_length=SLUG_LENGTH,
        required=False,
        widget=UnfoldAdminTextInputWidget(),
    )
    owner_email = forms.EmailField(
        label=_("Owner's e-mail"),
        help_text=_("Is invited by mail as soon as the studio is set up."),
        widget=UnfoldAdminEmailInputWidget(),
    )
    country = forms.ChoiceField(
        label=_("Country"),
        choices=country_choices,
        help_text=_("Its currency and its taxes are the studio's."),
        widget=UnfoldAdminSelect2Widget(),
    )
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=zone_choices, widget=UnfoldAdminSelect2Widget())
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES, widget=UnfoldAdminSelectWidget())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["slug"].help_text = _("The part before .%(host)s; empty: made from the name.") % {
            "host": settings.PLATFORM_HOST
        }

    def fieldsets(self) -> list[tuple[Any, dict[str, Any]]]:
        """Return who it is, then where."""
        return [
            (None, {"fields": ["name", "kind", "slug", "owner_email"]}),
            (_("Place"), {"fields": ["country", "time_zone", "language"]}),
        ]

    def clean_slug(self) -> str:
        """Return the address part in lower case."""
        return str(self.cleaned_data["slug"]).strip().lower()


class ReasonForm(ActionForm):
    """Why something is done."""

    reason = forms.CharField(label=_("Reason"), max_length=500, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}))


class OwnerForm(ActionForm):
    """Who is to own a studio."""

    email = forms.EmailField(label=_("E-mail"), widget=UnfoldAdminEmailInputWidget())
