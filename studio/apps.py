"""The project's foundation: it holds no table of its own."""

from django.apps import AppConfig


class StudioConfig(AppConfig):
    """Static files, template tags and translations that all apps share."""

    name = "studio"
    label = "studio"
