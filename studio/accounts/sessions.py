"""The session engine: Django's own table, kept in step with the login sessions.

Django's table holds what a browser has been told, signed in or not. Who is signed in stands in
login_sessions only. When the key in the cookie changes, is dropped or gets another password's hash,
both change together.
"""

from typing import Any

from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.backends import db
from django.db import transaction
from django.utils import timezone

from studio.accounts.services import login_keys, login_sessions


class SessionStore(db.SessionStore):
    """A browser's state; ending or renaming it ends or renames the sign-in."""

    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key)
        self.is_new = False
        self._is_rotating = False
        self._has_other_hash = False

    @classmethod
    def get_model_class(cls) -> Any:
        """Return Django's own model."""
        return db.SessionStore.get_model_class()

    @property
    def key_salt(self) -> str:
        """Sign as Django's engine does, so its tools read what this one wrote."""
        return "django.contrib.sessions.SessionStore"

    def __setitem__(self, key: str, value: Any) -> None:
        super().__setitem__(key, value)
        if key == HASH_SESSION_KEY:
            self._has_other_hash = True

    def create(self) -> None:
        """Begin under a fresh key."""
        super().create()
        self.is_new = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, and tell the sign-in when its user has another password."""
        super().save(*args, **kwargs)
        if self._has_other_hash and self.session_key:
            self._has_other_hash = False
            if hashed := self.get(HASH_SESSION_KEY):
                login_keys.rehash_login_session(
                    session_key=self.session_key, hash_of_password=hashed, now=timezone.now()
                )

    def cycle_key(self) -> None:
        """Go on under another key; the sign-in goes along."""
        old_key = self.session_key
        with transaction.atomic():
            self._is_rotating = True
            try:
                super().cycle_key()
            finally:
                self._is_rotating = False
            if old_key and self.session_key:
                login_keys.rotate_login_session(old_key=old_key, new_key=self.session_key, now=timezone.now())

    def delete(self, session_key: str | None = None) -> None:
        """Forget the browser, and sign it out."""
        key = session_key or self.session_key
        super().delete(session_key)
        if key and not self._is_rotating:
            login_sessions.sign_out(session_key=key, now=timezone.now())
