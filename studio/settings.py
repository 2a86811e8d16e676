"""The one settings module; everything that differs between installations comes from the environment."""

from pathlib import Path

import django_stubs_ext
from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP

from studio.env import env_bool, env_database, env_int, env_secret, env_storage, env_str
from studio.logs import logging_settings

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
DEBUG = env_bool("DEBUG", default=False)

# Security ---------------------------------------------------------------------------------------
SECRET_KEY = env_secret("SECRET_KEY", debug_default="only-for-a-demonstration-on-one-machine")
PLATFORM_NAME = env_str("PLATFORM_NAME", "Studios")
PLATFORM_HOST = env_str("PLATFORM_HOST", "localhost")  # studios live at <slug>.<this>
PUBLIC_PORT = env_str("PUBLIC_PORT")  # shown in addresses when it is not the scheme's own
ALLOWED_HOSTS = ["*"]  # the host rule is the studio look-up: an unknown host is answered 404
HTTPS = env_bool("HTTPS", default=True)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 14 * 24 * 3600
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
if env_bool("BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
FILE_STORAGE, FILE_ORIGIN = env_storage()
FILES_FROM = [CSP.SELF, FILE_ORIGIN] if FILE_ORIGIN else [CSP.SELF]
SECURE_CSP = {
    "default-src": [CSP.SELF],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "media-src": FILES_FROM,
    "connect-src": FILES_FROM,
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
}
# The admin theme's script library evaluates its own attributes and sets styles; pages for clients never do.
ADMIN_CSP = SECURE_CSP | {
    "script-src": [CSP.SELF, CSP.UNSAFE_EVAL],
    "style-src": [CSP.SELF, CSP.UNSAFE_INLINE],
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

# Apps -------------------------------------------------------------------------------------------
# Without tables, for every host. unfold and studio.tenancy stand before django_tenants, which overrides
# admin templates and the migrate command.
PLAIN_APPS = [
    "unfold.apps.BasicAppConfig",  # leaves Django's default admin site alone: neither of our sites is it
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django_htmx",
]
# Operators and a studio's staff are different people in different tables of the same shape.
BOTH_APPS = [
    "studio.accounts",
    "studio.mail",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.admin.apps.SimpleAdminConfig",
    "allauth",
    "allauth.account",
    "allauth.mfa",
]
SHARED_APPS = ["studio.tenancy", "django_tenants", "studio.platform", "procrastinate.contrib.django", *BOTH_APPS]
TENANT_APPS = [*BOTH_APPS, "studio.office", "sessions_app", "training", "billing"]
INSTALLED_APPS = list(dict.fromkeys(["studio", *PLAIN_APPS, *SHARED_APPS, *TENANT_APPS]))

# Tenancy ----------------------------------------------------------------------------------------
TENANT_MODEL = "tenancy.Studio"
TENANT_DOMAIN_MODEL = "tenancy.Domain"
TENANT_LIMIT_SET_CALLS = True
DATABASE_ROUTERS = ["studio.tenancy.router.SchemaRouter"]
TENANT_SYNC_ROUTER = DATABASE_ROUTERS[0]
EXTENSIONS_SCHEMA = "extensions"
HOST_CACHE_SECONDS = env_int("HOST_CACHE_SECONDS", default=5)
CONNECTION_MAX_STUDIOS = env_int("CONNECTION_MAX_STUDIOS", default=150)

# Middleware, templates --------------------------------------------------------------------------
ROOT_URLCONF = "studio.urls"
PLATFORM_URLCONF = "studio.urls_platform"
WSGI_APPLICATION = "studio.wsgi.application"
MIDDLEWARE = [
    "studio.tenancy.middleware.ProbeMiddleware",
    "studio.accounts.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "studio.tenancy.middleware.StudioMiddleware",
    "studio.tenancy.middleware.WebhookMiddleware",
    "studio.readable.ReadableMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "studio.accounts.middleware.LoginSessionMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "studio.accounts.middleware.SecondFactorMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "studio.accounts.context_processors.house",
            ],
        },
    },
]

# Database ---------------------------------------------------------------------------------------
# DATABASE_URL is the owner's login: it migrates and provisions. DATABASE_WEB_URL is the web login, which owns
# nothing; a process that has only that one cannot change a schema.
_owner, _web = env_database("DATABASE_URL"), env_database("DATABASE_WEB_URL")
DATABASE_LOGIN = env_str("DATABASE_LOGIN", "owner" if _owner else "web")
_database = _owner if DATABASE_LOGIN == "owner" else _web
if _database is None:
    _name = "DATABASE_URL" if DATABASE_LOGIN == "owner" else "DATABASE_WEB_URL"
    raise ImproperlyConfigured(
        f"{_name} is not set: give the PostgreSQL address, or start by ./dev, which has its own."
    )
DATABASE_WEB_ROLE = _web["USER"] if _web and _web["USER"] else "studio_web"
DATABASES = {
    "default": {
        "ENGINE": "studio.tenancy.backend",
        "CONN_MAX_AGE": env_int("CONN_MAX_AGE", default=600),
        "CONN_HEALTH_CHECKS": True,
        **_database,
    }
}
# Rules of deletion live in the database for some tables and in Python for others, on purpose; studio.E010 checks
# for the one mixture that would skip something.
SILENCED_SYSTEM_CHECKS = ["models.E050", "fields.E323"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# One table of each schema, so a studio's counters (failed sign-ins, sent links) are shared by all processes
# and by no other studio.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache_entries",
        "KEY_FUNCTION": "studio.tenancy.context.cache_key",
    }
}

# People -----------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
SESSION_ENGINE = "studio.accounts.sessions"
PASSWORD_RESET_TIMEOUT = 4 * 3600
# Whose holders cannot go on without a second factor.
SECOND_FACTOR_ROLES = ["owner", "operator"] if env_bool("REQUIRE_SECOND_FACTOR", default=False) else []
ACCOUNT_ADAPTER = "studio.accounts.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]  # nobody signs up; its check wants to know
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_VERIFICATION = "none"  # an invitation has proved the address
ACCOUNT_EMAIL_CONFIRMATION_HMAC = False  # its keys are numbers of rows: they would fit every studio
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # strangers do not make us write to strangers
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "studio.accounts.tokens.ResetTokens"  # noqa: S105 -- a path
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = {"login": "60/m/ip", "login_failed": "30/15m/ip,10/15m/key"}
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if env_bool("BEHIND_PROXY", default=False) else 0
MFA_ADAPTER = "studio.accounts.adapters.SecondFactorAdapter"
MFA_TOTP_TOLERANCE = 1

# Language and time ------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]  # French joins with its catalogue: half a translation is worse than none
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "studio.formats"
USE_I18N = USE_TZ = True
TIME_ZONE = "UTC"

# Files ------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = Path(env_str("STATIC_ROOT", str(BASE_DIR / "var" / "static")))
STATICFILES_DIRS = [BASE_DIR / "studio" / "static"]
MEDIA_ROOT = Path(env_str("MEDIA_ROOT", str(BASE_DIR / "var" / "media")))
UPLOAD_MAX_MB = env_int("UPLOAD_MAX_MB", default=1024)  # of one file
STORAGE_QUOTA_MB = env_int("STORAGE_QUOTA_MB", default=51200)  # of one studio
CAPSULE_DIR = Path(env_str("CAPSULE_DIR", str(BASE_DIR / "var" / "capsules")))  # backups of single studios
CAPSULES_KEPT = env_int("CAPSULES_KEPT", default=7)  # nightly ones of each studio; 0: none are made
STORAGES = {
    "default": FILE_STORAGE,
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG

# Mail -------------------------------------------------------------------------------------------
MAIL_HOST = env_str("MAIL_HOST")
MAIL_FROM = DEFAULT_FROM_EMAIL = env_str("MAIL_FROM", f"studio@{PLATFORM_HOST}")
MAILERS = {
    "default": {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {
            "host": MAIL_HOST or "localhost",
            "port": env_int("MAIL_PORT", default=25),
            "username": env_str("MAIL_USER"),
            "password": env_str("MAIL_PASSWORD"),
            "use_tls": env_bool("MAIL_TLS", default=False),
            "timeout": 10,
        },
    }
}

# Payments ---------------------------------------------------------------------------------------
# The platform's key, or the only studio's. Test keys move no money; without one nobody pays online.
STRIPE_SECRET_KEY = env_str("STRIPE_SECRET_KEY")
# Of the endpoint; two while one is exchanged for another, or where accounts of others have an endpoint of their own.
STRIPE_WEBHOOK_SECRETS = [each.strip() for each in env_str("STRIPE_WEBHOOK_SECRETS").split(",") if each.strip()]
# How many pages, and how many jobs, may wait for Stripe at once, in all processes: of the threads that answer pages a
# quarter, so that a slow Stripe slows nothing else. WEB_CONCURRENCY is gunicorn's own name for its workers.
_web_threads = env_int("WEB_CONCURRENCY", default=2) * env_int("WEB_THREADS", default=4)
STRIPE_PLACES = {
    "pages": env_int("STRIPE_PAGE_PLACES", default=max(_web_threads // 4, 1)),
    "jobs": env_int("STRIPE_JOB_PLACES", default=4),
}
STRIPE_API_BASE = env_str("STRIPE_API_BASE", "https://api.stripe.com").rstrip("/")

# Back offices -----------------------------------------------------------------------------------
UNFOLD = {
    "SITE_TITLE": "studio.admin_sites.title",
    "SITE_HEADER": "studio.admin_sites.title",
    "SITE_SUBHEADER": "studio.admin_sites.subtitle",
    "SITE_SYMBOL": "graphic_eq",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "studio.admin_sites.icon"}],
    "SITE_URL": None,
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": False,
    "BORDER_RADIUS": "6px",
    "STYLES": [f"studio.admin_sites.{name}_style" for name in ("office", "board", "rows", "acts", "session")],
    "SIDEBAR": {"show_search": True, "show_all_applications": False, "navigation": "studio.admin_sites.menu"},
    "ACCOUNT": {"navigation": "studio.admin_sites.account_links"},
    "COLORS": {
        "primary": {
            "50": "#eef8f8",
            "100": "#d5edee",
            "200": "#aedbde",
            "300": "#7bc2c7",
            "400": "#45a2a9",
            "500": "#3a9ca5",
            "600": "#1f6c75",
            "700": "#1d5860",
            "800": "#1d484f",
            "900": "#1b3d43",
            "950": "#0b252b",
        },
    },
}

# Logging ----------------------------------------------------------------------------------------
LOGGING = logging_settings(env_str("LOG_LEVEL", "INFO"))
