import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.conf import settings
from django.contrib.auth.hashers import MD5PasswordHasher
from django.test import Client

from studio.accounts.models import LoginSession, User
from studio.accounts.services import addresses
from studio.mail.models import EmailMessage
from studio.tenancy.context import as_owner, inside
from studio.tenancy.models import Domain
from tests.studio.accounts.conftest import PASSWORD, made_account

pytestmark = pytest.mark.django_db

LOGIN = "/accounts/login/"
RESET = "/accounts/password/reset/"


def post_login(web, email, password=PASSWORD):
    return web.post(LOGIN, {"login": email, "password": password})


def text_of(answer) -> str:
    """Return a page without what differs on every request."""
    return re.sub(r'value="[A-Za-z0-9]{64}"', "", answer.content.decode())


def test_the_page_signs_in(web, owner):
    assert web.get(LOGIN).status_code == 200

    answer = post_login(web, "Owner@Studio.example")

    assert (answer.status_code, answer.url) == (302, "/")
    page = web.get("/").content.decode()
    assert "Hello, Owner" in page
    assert 'href="/admin/"' in page


def test_somebody_without_a_role_is_not_sent_to_the_desk(web, stranger):
    post_login(web, stranger.email)

    assert 'href="/admin/"' not in web.get("/").content.decode()


def test_known_and_unknown_addresses_get_the_same_answer(web, owner):
    known = post_login(web, owner.email, "wrong")
    unknown = post_login(web, "nobody@studio.example", "wrong")

    assert known.status_code == unknown.status_code == 200
    assert text_of(known).replace(owner.email, "") == text_of(unknown).replace("nobody@studio.example", "")
    assert not LoginSession.objects.exists()


class CountingHasher(MD5PasswordHasher):
    """Counts how often a password is hashed: that is where the time of a sign-in goes."""

    hashed = 0

    def encode(self, password, salt, **kwargs):
        type(self).hashed += 1
        return super().encode(password, salt, **kwargs)


def test_known_and_unknown_addresses_cost_one_hash_each(web, owner, settings):
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    spent = {}

    for email in (owner.email, "nobody@studio.example"):
        before = CountingHasher.hashed
        post_login(web, email, "wrong")
        spent[email] = CountingHasher.hashed - before

    assert spent == {owner.email: 1, "nobody@studio.example": 1}


def test_a_reset_answers_equally_and_writes_only_to_those_it_knows(web, owner):
    known = web.post(RESET, {"email": owner.email})
    unknown = web.post(RESET, {"email": "nobody@studio.example"})

    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)
    assert [message.recipient for message in EmailMessage.objects.all()] == [owner.email]


def reset_link(message: EmailMessage) -> str:
    link = next(line for line in message.text.splitlines() if "/password/reset/key/" in line)
    return "/" + link.split("/", 3)[3]


def test_the_reset_link_sets_a_password_once(web, owner):
    web.post(RESET, {"email": owner.email})
    link = reset_link(EmailMessage.objects.get())

    form = web.get(link, follow=True)
    (path, _status) = form.redirect_chain[-1]
    answer = web.post(path, {"password1": "another-passphrase-2", "password2": "another-passphrase-2"})

    assert answer.status_code == 302
    assert User.objects.get(pk=owner.pk).check_password("another-passphrase-2")
    again = Client(headers={"host": web.defaults["HTTP_HOST"]}).get(link, follow=True)
    assert "invalid" in again.content.decode()


def test_looking_at_the_reset_link_changes_nothing(web, owner):
    web.post(RESET, {"email": owner.email})
    link = reset_link(EmailMessage.objects.get())
    before = User.objects.values().get(pk=owner.pk)

    for _time in range(20):
        web.get(link, follow=True)

    assert User.objects.values().get(pk=owner.pk) == before


def test_the_eleventh_failure_is_answered_429(web, owner, stranger):
    answers = [post_login(web, owner.email, "wrong").status_code for _try in range(11)]

    assert answers == [200] * 10 + [429]
    assert post_login(web, owner.email).status_code == 429
    assert post_login(web, stranger.email).status_code == 302


def test_failures_in_one_studio_do_not_lock_anybody_out_of_another(web, owner, other_studio):
    for _try in range(11):
        post_login(web, owner.email, "wrong")
    with as_owner():
        host = Domain.objects.get(studio=other_studio, is_primary=True).domain
    with inside(other_studio):
        made_account("owner", "owner")

    assert post_login(Client(headers={"host": host}), owner.email).status_code == 302


def test_nobody_signs_up(web):
    page = web.get("/accounts/signup/")
    answer = web.post("/accounts/signup/", {"email": "eve@studio.example", "password1": PASSWORD})

    assert "by invitation" in page.content.decode()
    assert (answer.status_code, User.objects.count()) == (200, 0)


def code_of(secret: str) -> str:
    counter = next(iter(yield_hotp_counters_from_time()))
    return format_hotp_value(hotp_value(secret, counter))


def with_totp(user) -> str:
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


def test_a_second_factor_is_asked_before_anybody_is_signed_in(web, owner):
    secret = with_totp(owner)

    answer = post_login(web, owner.email)

    assert (answer.status_code, answer.url) == (302, "/accounts/2fa/authenticate/")
    assert not LoginSession.objects.exists()
    assert web.get("/").status_code == 302
    assert web.post("/accounts/2fa/authenticate/", {"code": "000000"}).status_code == 200
    assert not LoginSession.objects.exists()
    web.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})
    assert web.get("/").status_code == 200


def test_a_recovery_code_works_once(web, owner):
    with_totp(owner)
    RecoveryCodes.activate(owner)
    code = RecoveryCodes(Authenticator.objects.get(user=owner, type="recovery_codes")).get_unused_codes()[0]

    post_login(web, owner.email)
    web.post("/accounts/2fa/authenticate/", {"code": code})
    assert web.get("/").status_code == 200

    again = Client(headers={"host": web.defaults["HTTP_HOST"]})
    post_login(again, owner.email)
    assert again.post("/accounts/2fa/authenticate/", {"code": code}).status_code == 200
    assert again.get("/").status_code == 302


def test_the_page_sets_up_a_second_factor(web, owner, django_capture_on_commit_callbacks):
    post_login(web, owner.email)
    web.post("/accounts/reauthenticate/", {"password": PASSWORD})
    page = web.get("/accounts/2fa/totp/activate/")
    secret = re.search(r'value="([A-Z2-7]{16,})"', page.content.decode()).group(1)
    assert "data:image/svg+xml" in page.content.decode()

    with django_capture_on_commit_callbacks(execute=True):
        answer = web.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)})

    assert answer.status_code == 302, answer.content
    assert Authenticator.objects.filter(user=owner, type="totp").count() == 1
    assert web.get("/accounts/2fa/recovery-codes/").status_code == 200
    assert "authenticator app was added" in EmailMessage.objects.get(kind="totp_activated").text


def test_owners_set_one_up_first_where_it_is_demanded(web, owner, desk, settings):
    settings.SECOND_FACTOR_ROLES = ["owner"]
    colleague = Client(headers={"host": web.defaults["HTTP_HOST"]})
    post_login(web, owner.email)
    post_login(colleague, desk.email)

    answer = web.get("/")

    assert (answer.status_code, answer.url) == (302, "/accounts/2fa/totp/activate/")
    assert colleague.get("/").status_code == 200
    with_totp(owner)
    assert web.get("/").status_code == 200


def test_email_verified_agrees_with_the_confirmed_address(web, owner):
    post_login(web, owner.email)
    web.post("/accounts/reauthenticate/", {"password": PASSWORD})
    web.post("/accounts/email/", {"email": "new@studio.example", "action_add": ""})
    message = EmailMessage.objects.get(kind="email_confirmation")
    link = next(line for line in message.text.splitlines() if "/confirm-email/" in line)
    path = "/" + link.split("/", 3)[3]
    assert message.recipient == "new@studio.example"
    web.get(path)
    assert User.objects.get(pk=owner.pk).email == "owner@studio.example"

    web.post(path)

    after = User.objects.get(pk=owner.pk)
    assert (after.email, after.email_verified) == ("new@studio.example", True)
    assert [a.email for a in EmailAddress.objects.filter(user=owner)] == ["new@studio.example"]


def test_note_address_state_follows_the_address_both_ways(owner):
    EmailAddress.objects.filter(user=owner).update(verified=False)
    addresses.note_address_state(user=owner)
    assert User.objects.get(pk=owner.pk).email_verified is False

    EmailAddress.objects.filter(user=owner).update(verified=True)
    addresses.note_address_state(user=owner)
    assert User.objects.get(pk=owner.pk).email_verified is True


def test_an_account_made_without_an_address_row_can_sign_in_and_gets_one(web, studio):
    plain = User.objects.create_user(PASSWORD, email="plain@studio.example")

    assert post_login(web, plain.email).status_code == 302
    assert EmailAddress.objects.get(user=plain).email == "plain@studio.example"


def test_forms_cannot_make_anybody_more_than_they_are(web, desk):
    post_login(web, desk.email)
    before = (User.objects.values().get(pk=desk.pk), set(desk.role_names))
    extra = {"is_superuser": "1", "is_staff": "1", "groups": "1", "user_permissions": "1", "role": "owner"}

    web.post("/accounts/password/change/", extra | {"oldpassword": "wrong", "password1": "x", "password2": "x"})
    web.post("/accounts/notifications/read/", extra)
    web.post("/accounts/2fa/totp/activate/", extra)

    fresh = User.objects.get(pk=desk.pk)
    assert (User.objects.values().get(pk=desk.pk), set(fresh.role_names)) == before


def test_cookies_and_headers_are_strict(web, owner):
    answer = post_login(web, owner.email)

    session = answer.cookies[settings.SESSION_COOKIE_NAME]
    assert (session["httponly"], session["samesite"], session["domain"]) == (True, "Lax", "")
    page = web.get("/")
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert not re.search(r"<script(?![^>]*\bsrc=)|\sstyle=|\son\w+=", page.content.decode())


def test_odd_input_is_refused_in_a_sentence(web, owner):
    assert web.post(LOGIN, {"login": "a\x00b@studio.example", "password": "x\x00"}).status_code == 400
    web.cookies[settings.SESSION_COOKIE_NAME] = "stale-or-foreign"
    assert web.get("/").status_code == 302
    assert web.get("/accounts/invitations/never-was-one/").status_code == 410
