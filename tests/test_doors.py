"""Every address asks who is there: a stranger gets nowhere but where the list says so."""

from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client
from django.urls import Resolver404, URLPattern, get_resolver, resolve
from django.utils.regex_helper import normalize

from tests.source_tree import RANK

# View name -> why a stranger may open it.
PUBLIC = {
    "account_login": "where one signs in",
    "account_logout": "sends a stranger away",
    "account_inactive": "says that an account is closed",
    "account_signup": "says that accounts come by invitation",
    "account_email_verification_sent": "says that a mail is on its way",
    "account_confirm_email": "the link in that mail",
    "account_reset_password": "asks for the address; the answer is the same for known and unknown ones",
    "account_reset_password_done": "says that a mail is on its way",
    "account_reset_password_from_key": "the link in that mail",
    "account_reset_password_from_key_done": "says that the password is changed",
    "admin:logout": "sends a stranger away",
    "accounts:invitation-accept": "the link in an invitation",
    "billing_platform:stripe-webhook": "Stripe tells what happened, and signs it",
    "sessions_app:feed-read": "a calendar, by its token; an unknown one is 404",
    "sessions_app:share-page": "a share link; its secret is in the address",
    "sessions_app:share-comment": "the same, where the link lets one comment",
    "sessions_app:share-approve": "the same, where the link lets one approve",
    "sessions_app:share-audio": "the same, once its door is open",
}
SAMPLES = ("1", "a", "00000000-0000-0000-0000-000000000000", "a-a", "x/1", *RANK)  # the last for an app's index
REFUSED = {403, 404, 405}
HOSTS = {"studio": settings.ROOT_URLCONF, "platform": settings.PLATFORM_URLCONF}


def patterns(resolver, prefix=""):
    """(format with named gaps, names of the gaps, pattern) of each address below a resolver."""
    for pattern in resolver.url_patterns:
        form, names = normalize(pattern.pattern.regex.pattern)[0]
        if isinstance(pattern, URLPattern):
            yield prefix + form, names, pattern
        else:
            yield from patterns(pattern, prefix + form)


def addresses(urlconf):
    """View name -> an address that leads to it, for every view of a URLconf."""
    found = {}
    for form, names, pattern in patterns(get_resolver(urlconf)):
        for sample in SAMPLES:
            path = "/" + form % dict.fromkeys(names, sample)
            try:
                match = resolve(path, urlconf)
            except Resolver404:
                continue
            if match.func is not pattern.callback and not names:
                break  # an earlier pattern takes this very address, and is tried itself
            if match.func is pattern.callback:
                found[match.view_name or path] = path
                break
        else:
            found[f"unreachable: {form}"] = "/" + form
    return found


def is_refused(response):
    """Whether a stranger was turned away: by a status, or to where one signs in."""
    if response.status_code == 302:
        return "login" in urlsplit(response["Location"]).path
    return response.status_code in REFUSED


@pytest.fixture(params=HOSTS)
def place(request, web):
    """A stranger's browser at a studio, or at the platform, and the addresses there."""
    client = web if request.param == "studio" else Client(headers={"host": settings.PLATFORM_HOST})
    client.raise_request_exception = False  # an error is an answer, listed with its address
    return client, addresses(HOSTS[request.param])


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
def test_stranger_is_refused_everywhere_but_at_public_doors(place, method):
    client, found = place
    answers = {name: getattr(client, method)(path) for name, path in found.items()}

    opened = {
        name: answer.status_code for name, answer in answers.items() if name not in PUBLIC and not is_refused(answer)
    }
    assert opened == {}


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
def test_public_doors_answer_without_an_error(place, method):
    client, found = place

    assert {
        name: True for name in found.keys() & PUBLIC if getattr(client, method)(found[name]).status_code >= 500
    } == {}


def test_every_public_door_exists():
    everywhere = set().union(*(addresses(urlconf) for urlconf in HOSTS.values()))

    assert PUBLIC.keys() - everywhere == set()


def test_every_address_can_be_reached():
    assert [name for urlconf in HOSTS.values() for name in addresses(urlconf) if name.startswith("unreachable")] == []
