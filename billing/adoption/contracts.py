"""Former contracts, with their text, how far they were, and where their files are."""

from datetime import date

from django.utils.translation import gettext as _

from billing.adoption.reading import client_of, project_of, told_apart
from billing.models import Contract, ContractKind, ContractStatus, SeriesKind
from studio.clock import local_day
from studio.tenancy.adoption.adopters import Run
from studio.tenancy.adoption.rows import FormerRow, SetAside

KINDS = {kind.value: kind.value for kind in ContractKind}
# Whether a signed one still holds, its dates say here.
STATUSES = {status.value: status.value for status in ContractStatus} | {
    "pending_signature": ContractStatus.SENT.value,
    "active": ContractStatus.SIGNED.value,
    "expired": ContractStatus.SIGNED.value,
}
LONGEST_TEXT = 500


def adopt_contract(row: FormerRow, run: Run) -> Contract:
    """Return the contract that a row of `contracts` becomes, under its number."""
    client = client_of(row, run)
    project = project_of(row, run, client)
    status = row.choice("status", STATUSES, default=ContractStatus.DRAFT)
    number, title = row.text("contract_number", longest=100), row.text("title", longest=255)
    if not number and status != ContractStatus.DRAFT:
        raise SetAside(_("It has no number."))
    is_over = status == ContractStatus.TERMINATED
    starts_on, ends_on = _days(row)
    return Contract.objects.create(
        **row.made_at(),
        former_series=_series(number, row) if number else "",
        contract_number=number,
        client=client,
        project=project,
        project_label=project.name if project else "",
        kind=row.choice("type", KINDS, default=ContractKind.OTHER),
        title=title or number or _("Untitled"),
        description=row.raw_text("description"),
        terms=row.raw_text("terms"),
        starts_on=starts_on,
        ends_on=ends_on,
        currency=client.currency,
        value=row.amount("value"),
        status=status,
        signed_on=row.day("signed_at"),
        signer_name=row.text("signed_by", longest=255),
        ended_on=ends_on or local_day(run.now, run.zone) if is_over else None,
        end_reason=_("Terminated in the former system.") if is_over else "",
        signature_request_id=row.text("signature_request_id", longest=255),
        former_document=row.text("document_url", longest=LONGEST_TEXT),
        former_signed_document=row.text("signed_document_url", longest=LONGEST_TEXT),
        notes=row.raw_text("notes"),
    )


def _days(row: FormerRow) -> tuple[date | None, date | None]:
    starts_on, ends_on = row.day("start_date"), row.day("end_date")
    if starts_on and ends_on and ends_on < starts_on:
        row.keep("end_date", _("It ended before it began; its last day is left empty."))
        return starts_on, None
    return starts_on, ends_on


def _series(number: str, row: FormerRow) -> str:
    taken = Contract.objects.filter(contract_number=number).values_list("former_series", flat=True)
    return told_apart(SeriesKind.CONTRACT, number, taken, row)
