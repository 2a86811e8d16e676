from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from studio.accounts.models import AccountSession, EndReason, LoginSession
from studio.accounts.services import login_sessions, users
from studio.accounts.tokens import session_id
from studio.crypto import digest
from studio.tenancy.context import as_owner, inside
from studio.tenancy.models import Domain
from tests.studio.accounts.conftest import PASSWORD

pytestmark = pytest.mark.django_db

LOGIN = "/accounts/login/"


def is_signed_in(web) -> bool:
    return web.get("/").status_code == 200


def sign_in(web, user) -> None:
    answer = web.post(LOGIN, {"login": user.email, "password": PASSWORD})
    assert answer.status_code == 302, answer.content


def cookie(web) -> str:
    return web.cookies[settings.SESSION_COOKIE_NAME].value


def another_browser(web) -> Client:
    return Client(headers={"host": web.defaults["HTTP_HOST"]})


def test_nobody_is_signed_in_without_a_row(web, owner):
    sign_in(web, owner)
    assert is_signed_in(web)

    LoginSession.objects.all().delete()

    assert not is_signed_in(web)


def test_signing_in_writes_the_credential_and_its_record(web, owner):
    sign_in(web, owner)

    row = LoginSession.objects.get()
    assert row.pk == digest(cookie(web))
    assert (row.user, row.address) == (owner, "127.0.0.1")
    assert row.expires_at - row.last_seen_at == timedelta(seconds=settings.SESSION_COOKIE_AGE)
    record = AccountSession.objects.get()
    assert (record.account, record.account_label) == (owner, "Owner <owner@studio.example>")
    assert (record.ended_at, record.end_reason) == (None, "")


def test_the_key_changes_at_sign_in(web, owner):
    session = web.session
    session["seen"] = "before"
    session.save()
    before = cookie(web)

    sign_in(web, owner)

    assert cookie(web) != before
    assert not LoginSession.objects.filter(pk=session_id(before)).exists()
    assert web.session["seen"] == "before"


def test_the_row_goes_along_when_the_key_cycles(web, owner):
    sign_in(web, owner)
    before = LoginSession.objects.get()
    session = web.session

    session.cycle_key()

    after = LoginSession.objects.get()
    assert after.pk == session_id(session.session_key) != before.pk
    assert after.account_session_id == before.account_session_id


def test_signing_out_ends_credential_and_record(web, owner):
    sign_in(web, owner)
    old = cookie(web)

    web.post("/accounts/logout/")

    assert not LoginSession.objects.exists()
    assert AccountSession.objects.get().end_reason == EndReason.SIGNED_OUT
    web.cookies[settings.SESSION_COOKIE_NAME] = old
    assert not is_signed_in(web)


def test_deleting_the_account_ends_access_at_the_next_request(web, owner, stranger, now):
    sign_in(web, stranger)
    assert is_signed_in(web)

    users.delete_account(user=stranger, actor=owner, now=now)

    assert LoginSession.objects.count() == 0
    assert not is_signed_in(web)


def test_closing_the_account_ends_access_at_the_next_request(web, owner, stranger):
    sign_in(web, stranger)

    type(stranger).objects.filter(pk=stranger.pk).update(is_active=False)

    assert not is_signed_in(web)


def test_an_expired_row_opens_nothing_and_is_purged(web, owner):
    sign_in(web, owner)
    now = timezone.now()
    LoginSession.objects.update(expires_at=now)

    answer = web.get("/")

    assert (answer.status_code, answer.url) == (302, f"{LOGIN}?next=/")
    other = another_browser(web)
    sign_in(other, owner)
    LoginSession.objects.create(
        id="a" * 64,
        user=owner,
        account_session=AccountSession.objects.create(account=owner, account_label="x", started_at=now),
        auth_hash="",
        expires_at=now,
        last_seen_at=now,
    )
    assert login_sessions.purge_expired_login_sessions(now=now) == 1
    assert [row.pk for row in LoginSession.objects.all()] == [digest(cookie(other))]
    assert AccountSession.objects.get(account_label="x").end_reason == EndReason.EXPIRED


def test_revoking_a_device_ends_access_at_the_next_request_and_for_good(web, owner):
    sign_in(web, owner)
    lost = another_browser(web)
    sign_in(lost, owner)
    number = LoginSession.objects.get(pk=digest(cookie(lost))).account_session_id
    lost_cookie = cookie(lost)

    web.post(f"/accounts/devices/{number}/sign-out/")

    assert (is_signed_in(web), is_signed_in(lost)) == (True, False)
    assert AccountSession.objects.get(pk=number).end_reason == EndReason.REVOKED
    lost.cookies[settings.SESSION_COOKIE_NAME] = lost_cookie
    assert not is_signed_in(lost)
    assert not Session.objects.filter(session_key=lost_cookie).exists()


def test_a_revoked_key_is_not_revived_by_signing_in_again_with_it(web, owner):
    sign_in(web, owner)
    stolen = cookie(web)
    LoginSession.objects.all().delete()

    sign_in(web, owner)

    assert cookie(web) != stolen
    thief = another_browser(web)
    thief.cookies[settings.SESSION_COOKIE_NAME] = stolen
    assert (is_signed_in(web), is_signed_in(thief)) == (True, False)


def test_saving_the_state_of_a_revoked_browser_does_not_revive_it(web, owner):
    sign_in(web, owner)
    session = web.session
    LoginSession.objects.all().delete()

    session["_auth_user_hash"] = owner.get_session_auth_hash()
    session.save()

    assert not LoginSession.objects.exists()


def test_nobody_ends_a_device_of_somebody_else(web, owner, stranger):
    sign_in(web, owner)
    other = another_browser(web)
    sign_in(other, stranger)
    number = LoginSession.objects.get(user=owner).account_session_id

    assert other.post(f"/accounts/devices/{number}/sign-out/").status_code == 404
    with pytest.raises(login_sessions.NotYours, match="not a device of yours"):
        login_sessions.revoke_login_session(
            login_session=LoginSession.objects.get(user=owner), actor=stranger, now=timezone.now()
        )
    assert is_signed_in(web)


def test_changing_the_password_keeps_this_browser_and_ends_the_others(web, owner):
    sign_in(web, owner)
    other = another_browser(web)
    sign_in(other, owner)

    answer = web.post(
        "/accounts/password/change/",
        {"oldpassword": PASSWORD, "password1": "another-passphrase-2", "password2": "another-passphrase-2"},
    )

    assert answer.status_code == 302, answer.content
    assert (is_signed_in(web), is_signed_in(other)) == (True, False)
    assert list(AccountSession.objects.order_by("pk").values_list("end_reason", flat=True)) == [
        "",
        EndReason.PASSWORD_CHANGED,
    ]


def test_a_password_set_elsewhere_ends_every_browser(web, owner):
    sign_in(web, owner)

    owner.set_password("written-by-a-command-3")
    owner.save(update_fields=["password"])

    assert not is_signed_in(web)


def host_of(studio) -> str:
    with as_owner():
        return Domain.objects.get(studio=studio, is_primary=True).domain


def test_the_cookie_of_one_studio_opens_nothing_in_another(web, owner, other_studio):
    sign_in(web, owner)
    foreign = Client(headers={"host": host_of(other_studio)})
    foreign.cookies[settings.SESSION_COOKIE_NAME] = cookie(web)

    assert (is_signed_in(web), is_signed_in(foreign)) == (True, False)


def test_a_whole_copy_of_the_rows_opens_nothing_in_another_studio(web, owner, other_studio):
    """User, password hash, browser state and credential copied: the credential names its studio in what is hashed."""
    sign_in(web, owner)
    row, state = LoginSession.objects.get(), Session.objects.get(session_key=cookie(web))
    with inside(other_studio):
        type(owner).objects.create(id=owner.pk, email=owner.email, password=owner.password)
        record = AccountSession.objects.create(account_label="copied", started_at=row.last_seen_at)
        Session.objects.create(
            session_key=state.session_key, session_data=state.session_data, expire_date=state.expire_date
        )
        LoginSession.objects.create(
            id=row.pk,
            user_id=owner.pk,
            account_session=record,
            auth_hash=row.auth_hash,
            expires_at=row.expires_at,
            last_seen_at=row.last_seen_at,
        )
    foreign = Client(headers={"host": host_of(other_studio)})
    foreign.cookies[settings.SESSION_COOKIE_NAME] = cookie(web)

    assert (is_signed_in(web), is_signed_in(foreign)) == (True, False)


def test_last_seen_moves_at_most_every_few_minutes(web, owner):
    sign_in(web, owner)
    seen = LoginSession.objects.get().last_seen_at
    is_signed_in(web)
    assert LoginSession.objects.get().last_seen_at == seen

    earlier = seen - timedelta(minutes=6)
    LoginSession.objects.update(last_seen_at=earlier)
    is_signed_in(web)

    assert LoginSession.objects.get().last_seen_at > seen


def test_who_asks_costs_one_query(web, owner, django_assert_num_queries):
    sign_in(web, owner)

    with django_assert_num_queries(2):  # who asks, with roles; the news of the page
        web.get("/")


def test_force_login_of_the_test_client_is_a_sign_in_like_any_other(web, owner):
    web.force_login(owner)

    assert is_signed_in(web)
    assert LoginSession.objects.get().pk == digest(cookie(web))


def test_the_answer_depends_on_the_cookie(web, owner):
    sign_in(web, owner)

    assert "Cookie" in web.get("/").headers["Vary"]
