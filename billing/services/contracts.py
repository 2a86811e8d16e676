"""Contracts: drafted, sent with a number and a fingerprint, signed, terminated."""

from datetime import date, datetime
from decimal import Decimal
from typing import TypedDict, Unpack

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from billing.models import Contract, ContractStatus, SeriesKind
from billing.selectors.contract_words import fingerprint_of
from billing.services import contract_letters, numbering
from sessions_app.models import Client, Project
from sessions_app.services import facts, linked_clients
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.clock import local_day
from studio.db import taking_turns
from studio.errors import DomainError
from studio.office.selectors.profile import current_profile
from studio.office.services import files

# to -> from. What is not written here does not happen.
ARROWS = {
    ContractStatus.SENT: (ContractStatus.DRAFT,),
    ContractStatus.DRAFT: (ContractStatus.SENT, ContractStatus.CANCELLED),
    ContractStatus.SIGNED: (ContractStatus.SENT,),
    ContractStatus.TERMINATED: (ContractStatus.SIGNED,),
    ContractStatus.CANCELLED: (ContractStatus.DRAFT, ContractStatus.SENT),
}
RIGHT = "billing.view_contract"


class WrongState(DomainError):
    """The contract is not in a state from which this may happen."""


class NoText(DomainError):
    """There is nothing to sign."""

    status_code = 400


class OtherProject(DomainError):
    """The project is of another client."""

    status_code = 400


class ContractFacts(TypedDict, total=False):
    """Facts of a draft; what is left out is not changed."""

    project: Project | None
    kind: str
    title: str
    description: str
    terms: str
    starts_on: date | None
    ends_on: date | None
    value: Decimal | None
    notes: str


@taking_turns()
def create_contract(*, client: Client, actor: User | None, now: datetime, **given: Unpack[ContractFacts]) -> Contract:
    """Begin a contract with a client, and return it.

    raises: facts.BadFacts, OtherProject, linked_clients.MergedAway
    """
    contract = Contract(client=client, currency=client.currency)
    changes = facts.set_facts(contract, {"title": "", **given})
    _settle_project(contract)
    with facts.saving(contract):
        contract.save(force_insert=True)
    linked_clients.require_unmerged(client)
    audit.record(verb="create", subject=contract, actor=actor, now=now, changes=changes)
    return contract


@taking_turns()
def change_contract(
    *, contract: Contract, actor: User | None, now: datetime, **given: Unpack[ContractFacts]
) -> Contract:
    """Change facts of a contract, and return it: all of a draft, notes alone of what was sent.

    raises: WrongState, facts.BadFacts, OtherProject
    """
    changed = _locked(contract)
    changes = facts.set_facts(changed, given)
    if changed.status != ContractStatus.DRAFT and changes.keys() - {"notes"}:
        raise WrongState(_("This contract was sent: it stays as it is. Take it back to change it."))
    if changes:
        _settle_project(changed)
        with facts.saving(changed):
            changed.save(update_fields=[*changes, "project_label"])
        audit.record(verb="change", subject=changed, actor=actor, now=now, changes=changes)
    return changed


@taking_turns()
def send_contract(*, contract: Contract, actor: User | None, now: datetime, address: str = "") -> Contract:
    """Give a draft its number and its fingerprint, and return it; its text stays as it is from then on.

    address: where the text goes by mail; "" where it is handed over otherwise
    raises: WrongState, NoText
    """
    sent = _arrow(contract, ContractStatus.SENT)
    if not sent.terms.strip():
        raise NoText(_("Write the text of the contract first."))
    sent.sent_at, sent.client_label = now, sent.client.name
    if not sent.contract_number:
        on = local_day(now, current_profile().zone)
        number = numbering.next_number(kind=SeriesKind.CONTRACT, on=on, now=now)
        sent.series, sent.number, sent.contract_number = number.series, number.value, number.text
        sent.content_hash = fingerprint_of(sent)
        numbering.take(number=number, fingerprint=sent.content_hash)
    sent.content_hash = fingerprint_of(sent)
    saved = ("series", "number", "contract_number", "sent_at", "client_label", "content_hash")
    _become(sent, ContractStatus.SENT, *saved, verb="send_out", actor=actor, now=now)
    if address:
        contract_letters.queue_letter(contract=sent, address=address, now=now)
    return sent


@taking_turns()
def take_back(*, contract: Contract, actor: User | None, now: datetime) -> Contract:
    """Make a contract that nobody has signed a draft again, and return it.

    raises: WrongState
    """
    draft = _arrow(contract, ContractStatus.DRAFT)
    draft.sent_at, draft.content_hash = None, ""
    return _become(draft, ContractStatus.DRAFT, "sent_at", "content_hash", verb="reopen", actor=actor, now=now)


@taking_turns()
def sign_contract(
    *,
    contract: Contract,
    signer_name: str,
    signed_on: date,
    signed_copy: UploadedFile[bytes] | None,
    actor: User | None,
    now: datetime,
) -> Contract:
    """Write down who signed a contract, when, and keep the signed copy where there is one; return the contract.

    raises: WrongState, facts.BadFacts, files.EmptyFile, files.FileTooLarge, quota.StorageFull
    """
    signed = _arrow(contract, ContractStatus.SIGNED)
    facts.set_facts(signed, {"signer_name": " ".join(signer_name.split()), "signed_on": signed_on})
    if signed_copy is not None:
        signed.signed_file = files.store_upload(upload=signed_copy, right=RIGHT, actor=actor, now=now)
    saved = ("signer_name", "signed_on", "signed_file")
    return _become(signed, ContractStatus.SIGNED, *saved, verb="sign", actor=actor, now=now)


@taking_turns()
def end_contract(*, contract: Contract, on: date, reason: str, actor: User | None, now: datetime) -> Contract:
    """Terminate a signed contract on a day, for a reason, and return it.

    raises: WrongState, facts.BadFacts
    """
    ended = _arrow(contract, ContractStatus.TERMINATED)
    facts.set_facts(ended, {"ended_on": on, "end_reason": reason.strip()})
    saved = ("ended_on", "end_reason")
    return _become(ended, ContractStatus.TERMINATED, *saved, verb="end", actor=actor, now=now, reason=reason)


@taking_turns()
def withdraw_contract(*, contract: Contract, reason: str, actor: User | None, now: datetime) -> Contract:
    """Withdraw a contract that nobody has signed, and return it; a number that it has stays its own.

    raises: WrongState
    """
    gone = _arrow(contract, ContractStatus.CANCELLED)
    return _become(gone, ContractStatus.CANCELLED, verb="cancel", actor=actor, now=now, reason=reason)


def _arrow(contract: Contract, to: ContractStatus) -> Contract:
    changed = _locked(contract)
    if changed.status == to:
        raise WrongState(_("%(contract)s is %(status)s already.") % {"contract": changed, "status": to.label})
    if changed.status not in ARROWS[to]:
        told = _("%(contract)s is %(status)s, so it cannot become: %(to)s.")
        raise WrongState(told % {"contract": changed, "status": changed.get_status_display(), "to": to.label})
    return changed


def _become(
    contract: Contract,
    to: ContractStatus,
    *saved: str,
    verb: str,
    actor: User | None,
    now: datetime,
    reason: str = "",
) -> Contract:
    before, contract.status = contract.status, to
    with facts.saving(contract):
        contract.save(update_fields=["status", *saved])
    changes: facts.Changes = {"status": (before, to)} | {name: (None, getattr(contract, name)) for name in saved}
    audit.record(verb=verb, subject=contract, actor=actor, now=now, changes=changes, reason=reason)
    return contract


def _locked(contract: Contract) -> Contract:
    return Contract.objects.locked().select_related("client", "project", "series").get(pk=contract.pk)


def _settle_project(contract: Contract) -> None:
    if contract.project is not None and contract.project.client_id != contract.client_id:
        raise OtherProject(_("This project is of another client."))
    if contract.project is not None:
        contract.project_label = contract.project.name
