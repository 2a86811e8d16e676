"""What every page is given."""

from django.conf import settings
from django.http import HttpRequest


def house(request: HttpRequest) -> dict[str, str]:
    """Return the name that stands at the top of the page: the studio's, or the platform's."""
    studio = getattr(request, "studio", None)
    return {"house_name": studio.name if studio else settings.PLATFORM_NAME}
