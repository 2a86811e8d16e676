"""The platforms on which music is heard, and what an address there looks like."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

LONGEST_ADDRESS = 500


class Platform(models.TextChoices):
    """Where a client's music, or the client, is found."""

    SPOTIFY = "spotify", "Spotify"
    APPLE_MUSIC = "apple_music", "Apple Music"
    YOUTUBE = "youtube", "YouTube"
    SOUNDCLOUD = "soundcloud", "SoundCloud"
    BANDCAMP = "bandcamp", "Bandcamp"
    DEEZER = "deezer", "Deezer"
    TIDAL = "tidal", "Tidal"
    AMAZON_MUSIC = "amazon_music", "Amazon Music"
    AUDIOMACK = "audiomack", "Audiomack"
    BEATPORT = "beatport", "Beatport"
    INSTAGRAM = "instagram", "Instagram"
    WEBSITE = "website", gettext_lazy("Web site")


# The domains under which a platform's pages are; a web site may be anywhere.
DOMAINS: Mapping[str, tuple[str, ...]] = {
    Platform.SPOTIFY: ("spotify.com", "spotify.link"),
    Platform.APPLE_MUSIC: ("music.apple.com", "itunes.apple.com"),
    Platform.YOUTUBE: ("youtube.com", "youtu.be"),
    Platform.SOUNDCLOUD: ("soundcloud.com",),
    Platform.BANDCAMP: ("bandcamp.com",),
    Platform.DEEZER: ("deezer.com", "deezer.page.link"),
    Platform.TIDAL: ("tidal.com",),
    Platform.AMAZON_MUSIC: tuple(f"amazon.{end}" for end in ("com", "fr", "de", "co.uk", "es", "it", "co.jp", "ca")),
    Platform.AUDIOMACK: ("audiomack.com",),
    Platform.BEATPORT: ("beatport.com",),
    Platform.INSTAGRAM: ("instagram.com",),
}
_is_address = URLValidator(schemes=["https"])


def platform_addresses(links: Mapping[str, str]) -> None:
    """Pass when every name is a platform's and every address one of its pages, by https.

    raises: ValidationError
    """
    if not isinstance(links, Mapping):
        raise ValidationError(_("Give an address for each platform."), "shape")
    for platform, address in links.items():
        _insist(platform, address)


def _insist(platform: str, address: str) -> None:
    if platform not in Platform.values:
        raise ValidationError(_('"%(platform)s" is no known platform.') % {"platform": platform[:80]}, "platform")
    label = Platform(platform).label
    try:
        _is_address(address)
    except ValidationError as error:
        sentence = _("%(platform)s: write the whole address, beginning with https://.") % {"platform": label}
        raise ValidationError(sentence, "address") from error
    if len(address) > LONGEST_ADDRESS:
        raise ValidationError(_("%(platform)s: the address is too long.") % {"platform": label}, "long")
    host = f".{urlsplit(address).hostname or ''}"
    domains = DOMAINS.get(platform, ())
    if domains and not any(host.endswith(f".{domain}") for domain in domains):
        facts = {"platform": label, "domains": ", ".join(domains[:2])}
        raise ValidationError(_("%(platform)s: an address there is at %(domains)s.") % facts, "domain")
