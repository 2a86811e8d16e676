"""What operators do to studios; each act is on record in the platform's own trail."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from studio.accounts.acting import acting, acting_for
from studio.accounts.models import Invitation, User
from studio.accounts.services import addresses, audit, invitations
from studio.tenancy.context import inside
from studio.tenancy.models import Studio, StudioStatus
from studio.tenancy.services import standing
from studio.tenancy.services import studios as registry


@transaction.atomic
def open_studio(
    *,
    name: str,
    kind: str,
    owner_email: str,
    actor: User,
    now: datetime,
    slug: str = "",
    time_zone: str = "Europe/Paris",
    language: str = "en",
    country: str = "FR",
    currency: str = "EUR",
) -> Studio:
    """Register a studio, queue the job that sets it up, and return it.

    slug: empty: made from the name
    owner_email: is invited by mail, from inside the studio, once it is set up
    raises: names.BadStudioName, names.NameTaken, UnknownKind, addresses.EmailInvalid
    """
    studio = registry.register_studio(
        name=name,
        kind=kind,
        slug=slug,
        owner_email=addresses.clean_email(owner_email),
        time_zone=time_zone,
        language=language,
        country=country,
        currency=currency,
        now=now,
    )
    audit.record(verb="open", subject=studio, actor=actor, now=now)
    return standing.queue_provisioning(studio=studio)


@transaction.atomic
def resume_provisioning(*, studio: Studio, actor: User, now: datetime) -> Studio:
    """Queue the setting up of a studio again, from the step it reached, and return the studio.

    raises: standing.NotInThatState
    """
    row = standing.queue_provisioning(studio=studio)
    audit.record(verb="resume", subject=row, actor=actor, now=now)
    return row


@transaction.atomic
def suspend_studio(*, studio: Studio, actor: User, now: datetime, reason: str) -> Studio:
    """Close a studio's pages for the time being and return the studio.

    raises: standing.NotInThatState
    """
    row = standing.suspend(studio=studio)
    _record_move(row, before=studio.status, verb="suspend", actor=actor, now=now, reason=reason)
    return row


@transaction.atomic
def reactivate_studio(*, studio: Studio, actor: User, now: datetime, reason: str) -> Studio:
    """Open a suspended studio's pages again and return the studio.

    raises: standing.NotInThatState
    """
    row = standing.reactivate(studio=studio)
    _record_move(row, before=studio.status, verb="reactivate", actor=actor, now=now, reason=reason)
    return row


def _record_move(row: Studio, *, before: str, verb: str, actor: User, now: datetime, reason: str) -> None:
    changes = {"status": (before, row.status)}
    audit.record(verb=verb, subject=row, actor=actor, now=now, changes=changes, reason=reason)


@transaction.atomic
def check_schema(*, studio: Studio, actor: User, now: datetime) -> None:
    """Queue the comparison of a studio's schema with what the migrations make.

    raises: standing.NotInThatState
    """
    standing.queue_schema_check(studio=studio)
    audit.record(verb="check", subject=studio, actor=actor, now=now)


@transaction.atomic
def invite_owner(*, studio: Studio, email: str, actor: User, now: datetime) -> Invitation:
    """Invite the owner of a studio that has none, by a mail of that studio, and return the invitation.

    Links sent before stop working. Inside the studio nobody did it: the operator's sign-in is the platform's,
    and is on record there.
    raises: standing.NotInThatState, invitations.HasOwner, addresses.EmailInvalid, invitations.AlreadyHere
    """
    row = Studio.objects.select_for_update(of=("self",)).get(pk=studio.pk)
    if row.status != StudioStatus.ACTIVE:
        raise standing.NotInThatState(_("Only an active studio's owner can be invited."))
    before, row.owner_email = row.owner_email, addresses.clean_email(email)
    row.save(update_fields=["owner_email"])
    changes = {"owner_email": (before, row.owner_email)} if before != row.owner_email else None
    audit.record(verb="invite", subject=row, actor=actor, now=now, changes=changes)
    with inside(row), acting_for(acting().request_id):
        return invitations.invite_owner_again(email=row.owner_email, now=now)
