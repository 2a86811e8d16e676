"""The product's settings with five things of their own: hasher, mail, files, static files and places."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

os.environ.setdefault("SECRET_KEY", "only-for-tests")
os.environ.setdefault("HTTPS", "0")  # the test client speaks plain HTTP
os.environ.setdefault("PLATFORM_HOST", "localhost")

from studio.settings import *  # noqa: F403 -- the environment comes first, and everything is meant

# Argon2 costs what it should: 50 ms for each of hundreds of sign-ins.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
MEDIA_ROOT = Path(tempfile.mkdtemp(prefix="studio-media-"))
atexit.register(shutil.rmtree, MEDIA_ROOT, ignore_errors=True)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # The hashed names of the product need a `collectstatic` first.
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Whoever is killed while asking Stripe keeps a place for a while; tests that count places say how many there are.
STRIPE_PLACES = {"pages": 30, "jobs": 30}
WHITENOISE_AUTOREFRESH = True  # no walk over all static files at the start of each test process
