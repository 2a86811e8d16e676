"""Typed, loud readers of environment variables."""

import os
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off"})


def env_str(name: str, default: str = "") -> str:
    """Return the variable, or what the file named by `<name>_FILE` holds, or the default."""
    file = os.environ.get(f"{name}_FILE")
    if file:
        try:
            return Path(file).read_text(encoding="utf-8").strip()
        except OSError as exc:
            raise ImproperlyConfigured(f"{name}_FILE cannot be read: {exc.strerror}.") from exc
    return os.environ.get(name, default)


def env_bool(name: str, *, default: bool) -> bool:
    """Return a yes or no; anything but 1/0, true/false, yes/no, on/off is refused."""
    value = env_str(name).strip().lower()
    if not value:
        return default
    if value in TRUE:
        return True
    if value in FALSE:
        return False
    raise ImproperlyConfigured(f"{name} must be one of 1, 0, true, false, yes, no, on, off.")


def env_int(name: str, *, default: int) -> int:
    """Return a whole number."""
    value = env_str(name).strip()
    if not value:
        return default
    try:
        return int(value)
    except ValueError as exc:
        raise ImproperlyConfigured(f"{name} must be a whole number.") from exc


def env_secret(name: str, *, debug_default: str | None = None) -> str:
    """Return a secret; there is no default outside DEBUG.

    debug_default: used only while DEBUG is on
    """
    value = env_str(name)
    if value:
        return value
    if debug_default is not None and env_bool("DEBUG", default=False):
        return debug_default
    raise ImproperlyConfigured(f"{name} is not set. Give it, or {name}_FILE with a path to it.")


def env_database(name: str) -> dict[str, Any] | None:
    """Return Django's NAME, USER, PASSWORD, HOST, PORT and OPTIONS from a PostgreSQL address.

    name: a variable holding postgresql://user:password@host:port/database
    returns: None when the variable is empty
    raises: ImproperlyConfigured naming the variable; the value, which holds a password, is not shown
    """
    value = env_str(name)
    if not value:
        return None
    try:
        parts = dict(conninfo_to_dict(value))
    except ProgrammingError as exc:
        message = f"{name} is not a PostgreSQL address (postgresql://user:password@host:port/database)."
        raise ImproperlyConfigured(message) from exc
    if not parts.get("dbname"):
        raise ImproperlyConfigured(f"{name} names no database.")
    return {
        "NAME": parts.pop("dbname"),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": str(parts.pop("port", "")),
        "OPTIONS": {"connect_timeout": env_int("DATABASE_CONNECT_SECONDS", default=4)} | parts,
    }


def env_storage() -> tuple[dict[str, Any], str]:
    """Return Django's default storage, and the origin to which browsers send and from which they play files.

    Without S3_BUCKET files are in MEDIA_ROOT and go through us: the origin is empty.
    """
    bucket = env_str("S3_BUCKET")
    if not bucket:
        return {"BACKEND": "django.core.files.storage.FileSystemStorage"}, ""
    endpoint, region = env_str("S3_ENDPOINT_URL").rstrip("/"), env_str("S3_REGION", "us-east-1")
    options = {
        "bucket_name": bucket,
        "access_key": env_secret("S3_ACCESS_KEY"),
        "secret_key": env_secret("S3_SECRET_KEY"),
        "region_name": region,
        "endpoint_url": endpoint or None,
        "addressing_style": "path" if endpoint else "virtual",
        "signature_version": "s3v4",
        "file_overwrite": False,
    }
    origin = endpoint or f"https://{bucket}.s3.{region}.amazonaws.com"
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}, origin
