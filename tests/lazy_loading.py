"""An N+1 fails the test: a page may not fetch row by row what one query could have brought."""

import pytest
from django.core.exceptions import FieldFetchBlocked
from django.core.signals import request_finished, request_started
from django.db.models import query
from django.db.models.fetch_modes import FetchMode
from django.test.client import ClientHandler


class RefuseForMany(FetchMode):
    """Fetches what a lone row lacks; refuses when the rows beside it, of the same query, lack it too."""

    __slots__ = ()
    track_peers = True

    def fetch(self, fetcher, instance):
        alive = [peer for reference in instance._state.peers if (peer := reference()) is not None]
        if len(alive) > 1:
            name = f"{type(instance).__qualname__}.{fetcher.field.name}"
            message = (
                f"{name} is fetched for one of {len(alive)} rows: join it with select_related or prefetch_related."
            )
            raise FieldFetchBlocked(message)
        fetcher.fetch_one(instance)

    def __reduce__(self):
        return "REFUSE_FOR_MANY"


REFUSE_FOR_MANY = RefuseForMany()


@pytest.fixture
def no_lazy_loading(monkeypatch):
    """Refuse an N+1 everywhere in this test: for selectors and querysets that feed a list."""
    monkeypatch.setattr(query, "DEFAULT_FETCH_MODE", REFUSE_FOR_MANY)


@pytest.fixture(autouse=True)
def _no_lazy_loading_in_pages():
    """Refuse an N+1 in every page that a test gets by the client; an action on many rows may go row by row."""
    usual = query.DEFAULT_FETCH_MODE

    def begin(environ, **kwargs):
        query.DEFAULT_FETCH_MODE = REFUSE_FOR_MANY if environ["REQUEST_METHOD"] == "GET" else usual

    def end(**kwargs):
        query.DEFAULT_FETCH_MODE = usual

    request_started.connect(begin, sender=ClientHandler, weak=False)
    request_finished.connect(end, weak=False)  # the test client's responses name no sender
    yield
    request_started.disconnect(begin, sender=ClientHandler)
    request_finished.disconnect(end)
    query.DEFAULT_FETCH_MODE = usual
