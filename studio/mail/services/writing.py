"""Turning a template into a letter."""

from dataclasses import dataclass

from django.template.loader import render_to_string

from studio.mail.selectors.house import House


@dataclass(frozen=True, slots=True)
class Letter:
    """What one mail says.

    html: the same, as a page
    """

    subject: str
    text: str
    html: str


def write(name: str, *, house: House, **facts: object) -> Letter:
    """Return the letter of a name, from `templates/emails/<name>_subject.txt`, `.txt` and `.html`.

    house: whose name and address it carries
    facts: what the templates show; in the page they are escaped
    Written in the language that is active.
    """
    context = {"house": house, **facts}
    subject = " ".join(render_to_string(f"emails/{name}_subject.txt", context).split())
    page = {**context, "subject": subject}
    text = render_to_string(f"emails/{name}.txt", page).strip() + "\n"
    return Letter(subject, text, render_to_string(f"emails/{name}.html", page))
