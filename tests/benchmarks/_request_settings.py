"""The same pages under this product's middleware and backend, bare Django's, or the stock library's."""

import os

from studio.settings import *  # noqa: F403 -- everything else is the same
from studio.settings import DATABASES

DEBUG = False
DEBUG_PROPAGATE_EXCEPTIONS = True
HTTPS = SECURE_SSL_REDIRECT = False
ROOT_URLCONF = "tests.benchmarks._request_urls"
SCHEMA = os.environ["BENCH_SCHEMA"]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
match os.environ["BENCH_CONTESTANT"]:
    case "product":
        MIDDLEWARE = ["studio.tenancy.middleware.StudioMiddleware", *MIDDLEWARE]
    case "stock":
        MIDDLEWARE = ["tests.benchmarks._stock_middleware.StockMiddleware", *MIDDLEWARE]
        DATABASES["default"]["ENGINE"] = "django_tenants.postgresql_backend"
        DATABASE_ROUTERS = [TENANT_SYNC_ROUTER := "django_tenants.routers.TenantSyncRouter"]
        PG_EXTRA_SEARCH_PATHS = ["extensions"]
        TENANT_LIMIT_SET_CALLS = False
        PUBLIC_SCHEMA_URLCONF = ROOT_URLCONF
    case _:
        DATABASES["default"]["ENGINE"] = "django.db.backends.postgresql"
        DATABASES["default"]["OPTIONS"]["options"] = f"-c search_path={SCHEMA},extensions"
