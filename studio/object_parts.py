"""What apps above add to the pages of rows of apps below: buttons, and parts above the facts.

An app's `admin` module registers them; the pages of the rows know nothing of who did.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from studio.admin_sites import Permission, may


@dataclass(frozen=True, slots=True)
class ObjectLink:
    """A button.

    model: of the rows, `app_label.model`
    url: from the row, of the page that the button leads to; "" for a row for which there is none
    """

    model: str
    label: Any
    icon: str
    url: Callable[[Any], str]
    permission: Permission


@dataclass(frozen=True, slots=True)
class ObjectPart:
    """A part of the page.

    model: of the rows, `app_label.model`
    template: gets the context as `part`
    context: what it needs, from the request and the row
    style: the static file that comes with it
    """

    model: str
    template: str
    context: Callable[[HttpRequest, Any], dict[str, Any]]
    permission: Permission
    style: str


_links: list[ObjectLink] = []
_parts: list[ObjectPart] = []


def register_link(link: ObjectLink) -> None:
    """Add a button to the pages of a model's rows."""
    _links.append(link)


def register_part(part: ObjectPart) -> None:
    """Add a part to the pages of a model's rows."""
    _parts.append(part)


def has_links(model: str) -> bool:
    """Return whether the rows of a model have buttons from above."""
    return any(link.model == model for link in _links)


def links_of(request: HttpRequest, obj: Any) -> list[tuple[ObjectLink, str]]:
    """Return the buttons that a person gets on the page of a row, each with its address."""
    model = obj._meta.label_lower
    mine = [link for link in _links if link.model == model and may(request, link.permission)]
    return [(link, url) for link in mine if (url := link.url(obj))]


def parts_of(request: HttpRequest, model: str, find: Callable[[], Any]) -> list[dict[str, Any]]:
    """Return what a person sees of the apps above on the page of a row.

    find: the row, asked for only where there is something to show
    """
    mine = [part for part in _parts if part.model == model and may(request, part.permission)]
    obj = find() if mine else None
    if obj is None:
        return []
    return [{"template": part.template, "style": part.style, **part.context(request, obj)} for part in mine]
