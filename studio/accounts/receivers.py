"""News that this app takes: sign-ins, confirmed addresses, other passwords, migrated and opened studios."""

from datetime import datetime
from typing import Any

from allauth.account import signals as allauth_signals
from django.apps import AppConfig, apps
from django.contrib.auth.signals import user_logged_in
from django.db.models import Model
from django.db.models.signals import post_migrate
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from studio.accounts.acting import acting
from studio.accounts.models import EndReason, User
from studio.accounts.requests import agent_of, session_of, usable_address_of
from studio.accounts.selectors.trail import trail_of
from studio.accounts.services import addresses, audit, invitations, login_sessions, role_groups, roles, users
from studio.signals import facts_saved
from studio.tenancy.adoption.report import Report
from studio.tenancy.models import Studio
from studio.tenancy.signals import source_adopted, studio_provisioned
from studio.trail import read_with


@receiver(user_logged_in, dispatch_uid="accounts.open_login_session")
def open_login_session(request: HttpRequest, user: User, **_kwargs: Any) -> None:
    """Give the browser its credential, always under a key that nobody has seen before."""
    session = session_of(request)
    if not session.is_new:
        session.cycle_key()
    addresses.ensure_address(user=user)
    opened = login_sessions.open_login_session(
        user=user,
        session_key=str(session.session_key),
        address=usable_address_of(request),
        agent=agent_of(request),
        now=timezone.now(),
    )
    acting().account_session_id = opened.account_session_id


@receiver(allauth_signals.password_changed, dispatch_uid="accounts.password_changed")
@receiver(allauth_signals.password_set, dispatch_uid="accounts.password_set")
@receiver(allauth_signals.password_reset, dispatch_uid="accounts.password_reset")
def sign_out_elsewhere(request: HttpRequest, user: User, **_kwargs: Any) -> None:
    """End every other sign-in of somebody whose password is another one now."""
    kept = session_of(request).session_key if request.user == user else None
    login_sessions.end_all_of(user=user, reason=EndReason.PASSWORD_CHANGED, now=timezone.now(), keep_key=kept)


@receiver(allauth_signals.email_confirmed, dispatch_uid="accounts.email_confirmed")
def note_confirmed_address(email_address: Any, **_kwargs: Any) -> None:
    """Keep `email_verified` true to the confirmed address."""
    addresses.note_address_state(user=email_address.user)


@receiver(allauth_signals.email_changed, dispatch_uid="accounts.email_changed")
def note_changed_address(user: User, **_kwargs: Any) -> None:
    """Keep `email_verified` and labels true to the new address."""
    addresses.note_address_state(user=user)
    users.relabel_account(user=user)


@receiver(post_migrate, dispatch_uid="accounts.write_roles")
def write_roles(sender: AppConfig, **_kwargs: Any) -> None:
    """Write the table of roles into the migrated schema, after the last app's permissions are there."""
    last = [config for config in apps.get_app_configs() if config.models_module][-1]
    if sender is last and role_groups.is_written():
        role_groups.write_roles()


@receiver(studio_provisioned, dispatch_uid="accounts.studio_provisioned")
def prepare_studio(studio: Studio, **_kwargs: Any) -> None:
    """Give a new studio its roles, and its owner an invitation."""
    role_groups.write_roles()
    if studio.owner_email and not roles.has_owner():
        invitations.invite_owner(email=studio.owner_email, now=timezone.now())


@receiver(source_adopted, dispatch_uid="accounts.source_adopted")
def record_adoption(source: Model, report: Report, now: datetime, **_kwargs: Any) -> None:
    """Write one line into the trail for all that came from a former database."""
    taken_over = {name: (0, table.created) for name, table in report.tables.items() if table.created}
    audit.record(verb="adopt", subject=source, actor=None, now=now, changes=taken_over)


@receiver(facts_saved, dispatch_uid="accounts.write_plain_save")
def write_plain_save(**news: Any) -> None:
    """Write a plain save in a back office into the trail."""
    audit.record(**{key: news[key] for key in ("subject", "verb", "changes", "actor", "now")})


read_with(trail_of)
