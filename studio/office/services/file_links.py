"""Addresses of files that end by themselves: signed for one studio, one file and one moment."""

from datetime import datetime, timedelta

from django.core.signing import BadSignature, Signer
from django.urls import reverse
from django.utils.translation import gettext as _

from studio.errors import DomainError
from studio.office.models import StoredFile
from studio.tenancy.context import current_schema

LIFETIME = timedelta(seconds=60)  # whoever has it needs no account


class LinkBroken(DomainError):
    """Nobody of this studio signed the link, or the file is gone."""

    status_code = 404


class LinkExpired(DomainError):
    """The link was good, and its time is up."""

    status_code = 410


def link_to(*, stored: StoredFile, now: datetime, lasts: timedelta = LIFETIME, as_download: bool = False) -> str:
    """Return an address below the studio's host that gives the file's bytes until its time is up."""
    ends = int((now + lasts).timestamp())
    return reverse("office:file-open", args=[_signer().sign_object([stored.pk, ends, as_download])])


def opened_link(*, link: str, now: datetime) -> tuple[StoredFile, bool]:
    """Return the file of a link, and whether it is to be saved rather than played.

    raises: LinkBroken, LinkExpired
    """
    try:
        number, ends, as_download = _signer().unsign_object(link)
    except (BadSignature, ValueError) as exc:
        raise LinkBroken(_("This link is not one of ours.")) from exc
    if now.timestamp() >= ends:
        raise LinkExpired(_("This link has expired. Open the page again for a new one."))
    found = StoredFile.objects.filter(pk=number).first()
    if found is None:
        raise LinkBroken(_("This file is not here any more."))
    return found, as_download


def _signer() -> Signer:
    schema = current_schema()
    return Signer(salt=f"file link:{len(schema)}:{schema}")
