"""The one row of settings."""

from studio.office.models import PROFILE_ID, StudioProfile


def current_profile() -> StudioProfile:
    """Return the profile of the studio the code is in.

    queries: 1
    """
    return StudioProfile.objects.get(pk=PROFILE_ID)


def current_currency() -> str:
    """Return the currency of the studio the code is in.

    queries: 1, of one column: the row is wide
    """
    return str(StudioProfile.objects.values_list("currency", flat=True).get(pk=PROFILE_ID))
