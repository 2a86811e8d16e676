"""Refusing text that no database column can hold, before any page sees it."""

from collections.abc import Callable, Iterable
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, QueryDict

type GetResponse = Callable[[HttpRequest], HttpResponse]

NUL = "\0"
SURROGATES = range(0xD800, 0xE000)  # halves of a character: UTF-8 has no form for one alone


def is_readable(text: str) -> bool:
    """Return whether PostgreSQL can store a text."""
    return NUL not in text and not any(ord(letter) in SURROGATES for letter in text)


def _texts(query: QueryDict) -> Iterable[str]:
    for name, values in query.lists():
        yield name
        yield from (str(value) for value in values)


class ReadableMiddleware:
    """Answers 400 when the address, a cookie or a form holds a NUL or half a character."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Look at the address and the cookies."""
        _insist([request.path, *_texts(request.GET), *request.COOKIES.values()])
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., Any], _args: Any, _kwargs: Any) -> None:
        """Look at the form; a view without CSRF protection reads its own body, e.g. a webhook."""
        if request.method == "POST" and not getattr(view, "csrf_exempt", False):
            _insist(_texts(request.POST))


def _insist(texts: Iterable[str]) -> None:
    if not all(map(is_readable, texts)):
        raise BadRequest
