"""Logging: one line an event, with the studio it happened in and without anything secret."""

import re
from collections.abc import MutableMapping
from typing import Any

import structlog
from django.db import DEFAULT_DB_ALIAS, connections
from structlog.typing import Processor

HIDDEN = "[hidden]"
SECRET_NAMES = re.compile(
    r"pass(word|wd)?|secret|token|api_?key|authorization|cookie|csrf|session_?key|dsn|database_url|card", re.IGNORECASE
)
# A value that is secret by its own shape, wherever it stands.
SECRET_VALUES = re.compile(
    r"(?P<scheme>[a-z]+://[^\s:/@]+:)[^\s@]+(?=@)"  # the password in an address
    r"|(?:sk|rk|pk|whsec)_[A-Za-z0-9_]{8,}"  # a payment provider's keys
    r"|(?P<door>/(?:feeds|listen|files|invitations|quotes|pay|late)/)[\w:.~-]{16,}"  # a token that opens
    r"|(?:Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}"
    r"|(?P<named>\b(?:password|passwd|secret|token|api_?key|session_?key)\s*[=:]\s*)\S+",
    re.IGNORECASE,
)

type Event = MutableMapping[str, Any]


def scrub(text: str) -> str:
    """Return the text with passwords, tokens and keys replaced."""
    return SECRET_VALUES.sub(lambda found: (found["scheme"] or found["door"] or found["named"] or "") + HIDDEN, text)


def _scrubbed(value: Any) -> Any:
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, dict):
        return {key: HIDDEN if SECRET_NAMES.search(str(key)) else _scrubbed(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_scrubbed(item) for item in value]
    return value


def hide_secrets(_logger: Any, _method: str, event: Event) -> Event:
    """Replace what is secret by its name or by its shape, at every depth."""
    return {
        key: HIDDEN if key != "event" and SECRET_NAMES.search(key) else _scrubbed(value) for key, value in event.items()
    }


def add_studio(_logger: Any, _method: str, event: Event) -> Event:
    """Name the schema the connection stands in."""
    place = getattr(connections[DEFAULT_DB_ALIAS], "place", None)
    event["schema"] = place.schema if place else None
    return event


SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    add_studio,
]


class LineFormatter(structlog.stdlib.ProcessorFormatter):
    """One JSON object a line, for events of this product and of every library."""

    def __init__(self) -> None:
        super().__init__(
            foreign_pre_chain=[*SHARED, structlog.stdlib.ExtraAdder(allow=["status_code"])],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                hide_secrets,
                structlog.processors.JSONRenderer(),
            ],
        )


def logging_settings(level: str) -> dict[str, Any]:
    """Return Django's LOGGING: everything to the error stream.

    level: of this product and of the root, e.g. INFO
    """
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": "studio.logs.LineFormatter"}},
        "handlers": {"stream": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stream"], "level": level},
        "loggers": {
            # Django would mail errors to administrators; here every line goes one way.
            "django": {"handlers": [], "level": level, "propagate": True},
            "procrastinate": {"level": "WARNING"},
            "stripe": {"level": "WARNING"},  # it would write the address of every call
            "weasyprint.progress": {"level": "WARNING"},  # it tells of each step of each document
        },
    }


structlog.configure(
    processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """Return the logger of a module."""
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(name)
    return logger


__all__ = ["get_logger", "logging_settings", "scrub"]
