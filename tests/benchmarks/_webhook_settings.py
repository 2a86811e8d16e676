"""The product's settings, with static files as they lie there: the hashed names need a `collectstatic` first."""

from studio.settings import *  # noqa: F403 -- everything else is the same

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
