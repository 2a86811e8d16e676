"""Keeping a sign-in in step with the browser it belongs to."""

from datetime import datetime, timedelta

from studio.accounts.models import LoginSession
from studio.accounts.tokens import auth_hash, session_id

SEEN_EVERY = timedelta(minutes=5)


def rotate_login_session(*, old_key: str, new_key: str, now: datetime) -> bool:
    """Let another key stand for a signed-in browser, and return whether it was one."""
    moved = LoginSession.objects.filter(pk=session_id(old_key)).update(id=session_id(new_key), updated_at=now)
    return bool(moved)


def rehash_login_session(*, session_key: str, hash_of_password: str, now: datetime) -> None:
    """Keep a browser signed in whose user has just changed the password in it."""
    row = LoginSession.objects.filter(pk=session_id(session_key))
    row.update(auth_hash=auth_hash(hash_of_password), updated_at=now)


def touch_login_session(*, login_session: LoginSession, now: datetime) -> None:
    """Note that a browser was seen, at most every few minutes."""
    if now - login_session.last_seen_at >= SEEN_EVERY:
        LoginSession.objects.filter(pk=login_session.pk).update(last_seen_at=now, updated_at=now)
