"""What every page behind a signed link has in common: who has the address is let in, so it goes nowhere else."""

from django.http import HttpResponseBase


def keep_private(response: HttpResponseBase) -> HttpResponseBase:
    """Keep an answer out of caches and of what robots read, and its address from other sites; return it."""
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    # Other sites get none. "no-referrer" would hide our own forms from our own check, too.
    response.headers["Referrer-Policy"] = "same-origin"
    return response
