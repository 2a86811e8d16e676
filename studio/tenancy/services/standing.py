"""Where a studio stands: queued to be set up, open, suspended."""

from django.db import transaction
from django.utils.translation import gettext as _

from studio.errors import DomainError
from studio.tenancy import jobs
from studio.tenancy.models import Studio, StudioStatus
from studio.tenancy.selectors import registry


class NotInThatState(DomainError):
    """The studio is not where this step begins."""


def _locked(studio: Studio) -> Studio:
    return Studio.objects.select_for_update(of=("self",)).get(pk=studio.pk)


@transaction.atomic
def queue_provisioning(*, studio: Studio) -> Studio:
    """Queue the job that sets a registered studio up, from the step it reached, and return the studio.

    Queued once however often it is asked for; the error of the last try is forgotten.
    raises: NotInThatState for a studio that is set up
    """
    row = _locked(studio)
    if row.status != StudioStatus.PROVISIONING:
        raise NotInThatState(_("This studio is set up already."))
    if row.restored_from:
        raise NotInThatState(_("This studio is being restored: run the command that restores it again."))
    row.provisioning_error = ""
    row.save(update_fields=["provisioning_error"])
    jobs.defer("tenancy.provision_studio", queueing_lock=f"provision:{row.pk}", studio_id=row.pk)
    return row


@transaction.atomic
def queue_schema_check(*, studio: Studio) -> None:
    """Queue the job that compares a studio's schema with what the migrations make.

    raises: NotInThatState for a studio that is not set up yet
    """
    row = _locked(studio)
    if row.status == StudioStatus.PROVISIONING:
        raise NotInThatState(_("This studio is still being set up."))
    jobs.defer("tenancy.check_schema", queueing_lock=f"check:{row.pk}", studio_id=row.pk)


@transaction.atomic
def suspend(*, studio: Studio) -> Studio:
    """Close a studio's pages for the time being and return the studio; its data stays, its jobs are refused.

    raises: NotInThatState
    """
    return _move(studio, StudioStatus.ACTIVE, StudioStatus.SUSPENDED, _("Only an active studio can be suspended."))


@transaction.atomic
def reactivate(*, studio: Studio) -> Studio:
    """Open a suspended studio's pages again and return the studio.

    raises: NotInThatState
    """
    return _move(studio, StudioStatus.SUSPENDED, StudioStatus.ACTIVE, _("Only a suspended studio can be reactivated."))


def _move(studio: Studio, before: StudioStatus, after: StudioStatus, refusal: str) -> Studio:
    row = _locked(studio)
    if row.status != before:
        raise NotInThatState(refusal)
    row.status = after
    row.save(update_fields=["status"])
    transaction.on_commit(registry.forget_hosts)
    return row
