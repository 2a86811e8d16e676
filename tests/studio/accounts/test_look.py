"""The look: colours that can be read, and error pages that tell nobody anything."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.test import Client

CSS = settings.BASE_DIR / "studio" / "static" / "css"
TEXT = ["ink", "ink-soft", "accent", "danger", "good", "warning"]
GROUNDS = ["surface", "surface-raised", "surface-sunken"]
SCHEMES = ["light", "dark"]
ERRORS = ["400.html", "403.html", "404.html", "429.html", "500.html", "503.html"]


def tokens(scheme: str) -> dict[str, str]:
    light, dark = (CSS / "tokens.css").read_text().split("@media (prefers-color-scheme: dark)")
    found = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", light))
    return found | (dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", dark)) if scheme == "dark" else {})


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def unreadable(colours: dict[str, str]) -> set[tuple[str, str]]:
    """Return the pairs below WCAG 2.2 AA: 4.5 for text, 3 for the edges of fields and the focus ring."""
    text = {(t, g) for t in TEXT for g in GROUNDS if contrast(colours[t], colours[g]) < 4.5}
    text |= {(f"{n}-ink", n) for n in ("accent", "danger") if contrast(colours[f"{n}-ink"], colours[n]) < 4.5}
    return text | {(e, g) for e in ("line", "focus") for g in GROUNDS[:2] if contrast(colours[e], colours[g]) < 3}


def test_contrast_of_black_and_white():
    assert round(contrast("#000000", "#ffffff"), 1) == 21.0


@pytest.mark.parametrize("scheme", SCHEMES)
def test_colours_can_be_read(scheme):
    colours = tokens(scheme)

    assert unreadable(colours) == set()
    assert unreadable(colours | {"ink-soft": colours["surface"]}) == {("ink-soft", ground) for ground in GROUNDS}


def test_styles_keep_to_the_layers():
    for file in CSS.rglob("*.css"):
        assert re.match(r"@layer (tokens|base|components|pages)", file.read_text()), file
        assert "!important" not in file.read_text(), file


@pytest.mark.parametrize("name", ERRORS)
def test_error_pages_need_nothing_and_name_nobody(name):
    page = render_to_string(name)

    assert name[:3] in page
    assert not re.search(r"<script|\sstyle=|https?://", page)
    for style in re.findall(r'href="/static/([^"]+)"', page):
        assert (settings.BASE_DIR / "studio" / "static" / style).is_file()


@pytest.mark.django_db
def test_an_unknown_host_is_told_nothing(studio):
    answer = Client(headers={"host": "nobody.example"}).get("/")

    assert answer.status_code == 404
    assert studio.name not in answer.content.decode()
    assert answer.content.decode() == render_to_string("404.html")


def test_templates_hold_no_inline_style_or_script():
    """Mails are read by programs that know nothing else; pages are under a strict policy."""
    inline = re.compile(r"<script(?![^>]*\bsrc=)|\sstyle=\"|\son(click|load|submit|change)=")

    folders = ("account", "allauth", "components", "mfa")
    files = [*Path(settings.BASE_DIR / "templates").glob("*.html")]
    files += [file for folder in folders for file in (settings.BASE_DIR / "templates" / folder).rglob("*.html")]

    assert {str(file) for file in files if inline.search(file.read_text())} == set()
    assert inline.search('<p style="x">')
