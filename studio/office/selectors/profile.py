"""The one row of settings."""

from studio.office.models import PROFILE_ID, StudioProfile


def current_profile() -> StudioProfile:
    """Return the profile of the studio the code is in.

    queries: 1
    """
    return StudioProfile.objects.get(pk=PROFILE_ID)
