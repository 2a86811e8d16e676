"""Writing rows under a client while somebody may be merging that client into another."""

from django.utils.translation import gettext as _

from sessions_app.models import Client
from studio.errors import DomainError


class MergedAway(DomainError):
    """The client has been merged into another, under whom everything is kept."""


def require_unmerged(client: Client | None) -> None:
    """Pass when a client under whom a row has just been written stands for itself; the row goes back otherwise.

    Called after the write: its key has waited for a merge under way, and keeps the next out until the transaction ends.
    raises: MergedAway
    """
    if client is None:
        return
    key = Client.objects.filter(pk=client.pk).values_list("merged_into", flat=True).first()
    if key is not None:
        into = Client.objects.get(pk=key)
        sentence = _("%(client)s has been merged into %(into)s. Choose that client instead.")
        raise MergedAway(sentence % {"client": client, "into": into})
