"""Opening, moving and ending the credentials of signed-in browsers."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from studio.accounts.models import AccountSession, EndReason, LoginSession, User
from studio.accounts.services import audit
from studio.accounts.tokens import auth_hash, session_id
from studio.errors import DomainError

AGENT_LENGTH = 255


class NotYours(DomainError):
    """People end their own sign-ins; somebody else's are a matter of rights."""

    status_code = 403


@transaction.atomic
def open_login_session(*, user: User, session_key: str, address: str | None, agent: str, now: datetime) -> LoginSession:
    """Sign a browser in, and begin the record of it.

    session_key: as it stands in the cookie
    address: the network address; None when it is not known
    A key that is signed in already is kept, with a new end.
    """
    key, until = session_id(session_key), now + timedelta(seconds=settings.SESSION_COOKIE_AGE)
    hashed = auth_hash(user.get_session_auth_hash())
    current = LoginSession.objects.filter(pk=key, user=user).first()
    if current is not None:
        current.expires_at, current.last_seen_at, current.auth_hash = until, now, hashed
        current.save(update_fields=["expires_at", "last_seen_at", "auth_hash"])
        return current
    record = AccountSession.objects.create(
        account=user,
        account_label=user.label,
        started_at=now,
        address=address,
        agent=agent[:AGENT_LENGTH],
    )
    return LoginSession.objects.create(
        id=key,
        user=user,
        account_session=record,
        auth_hash=hashed,
        expires_at=until,
        last_seen_at=now,
        address=address,
        agent=agent[:AGENT_LENGTH],
    )


@transaction.atomic
def end_login_sessions(*, ids: list[str], reason: EndReason, now: datetime) -> int:
    """Sign browsers out, close their records, and return how many there were.

    ids: of login sessions; unknown ones are left out of the count
    """
    rows = LoginSession.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk")
    found = list(rows.values_list("pk", "account_session_id"))
    LoginSession.objects.filter(pk__in=[pk for pk, _record in found]).delete()
    # Clocks of two machines differ a little: nobody stays signed in because of that.
    ended_at = Greatest(Value(now), F("started_at"))
    AccountSession.objects.filter(pk__in=[record for _pk, record in found], ended_at__isnull=True).update(
        ended_at=ended_at, end_reason=reason, updated_at=now
    )
    return len(found)


def sign_out(*, session_key: str, now: datetime) -> None:
    """Sign one browser out by the key in its cookie."""
    end_login_sessions(ids=[session_id(session_key)], reason=EndReason.SIGNED_OUT, now=now)


@transaction.atomic
def revoke_login_session(*, login_session: LoginSession, actor: User, now: datetime) -> None:
    """End one of the actor's own sign-ins on another device.

    raises: NotYours
    """
    if login_session.user_id != actor.pk:
        raise NotYours(_("This is not a device of yours."))
    audit.record(verb="revoke", subject=login_session.account_session, actor=actor, now=now)
    end_login_sessions(ids=[login_session.pk], reason=EndReason.REVOKED, now=now)


def end_all_of(*, user: User, reason: EndReason, now: datetime, keep_key: str | None = None) -> int:
    """Sign an account out everywhere, but for the browser with the key given.

    keep_key: as it stands in the cookie
    """
    mine = LoginSession.objects.filter(user=user)
    if keep_key:
        mine = mine.exclude(pk=session_id(keep_key))
    return end_login_sessions(ids=list(mine.values_list("pk", flat=True)), reason=reason, now=now)


def purge_expired_login_sessions(*, now: datetime) -> int:
    """Remove the credentials that have run out, close their records, and return how many there were."""
    expired = list(LoginSession.objects.expired(now).values_list("pk", flat=True))
    return end_login_sessions(ids=expired, reason=EndReason.EXPIRED, now=now)
