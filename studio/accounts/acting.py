"""Which sign-in and which request the running code acts for; set at the edge, read by the audit trail."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(slots=True)
class Acting:
    """The request being answered.

    account_session_id: None until somebody is known to be signed in
    """

    request_id: str = ""
    account_session_id: int | None = None


_acting: ContextVar[Acting | None] = ContextVar("acting", default=None)


def acting() -> Acting:
    """Return what is being acted for; empty outside a request."""
    return _acting.get() or Acting()


@contextmanager
def acting_for(request_id: str, account_session_id: int | None = None) -> Iterator[Acting]:
    """Run the block for one request; the sign-in may be filled in once it is known."""
    token = _acting.set(Acting(request_id, account_session_id))
    try:
        yield acting()
    finally:
        _acting.reset(token)
