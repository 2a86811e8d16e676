"""The letter with which a contract goes to its client to be signed."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import override

from billing.models import Contract
from billing.selectors.terms import details_of, usual_terms
from sessions_app.models import Client
from studio.mail.models import EmailMessage
from studio.mail.selectors.house import current_house
from studio.mail.services import outbox, writing
from studio.office.selectors.profile import current_profile
from studio.showing import days

KIND = "contract"


def usual_address(client: Client) -> str:
    """Return where a client's contracts go, or nothing."""
    return (details_of(client).email or client.email).strip().lower()


def queue_letter(*, contract: Contract, address: str, now: datetime) -> EmailMessage:
    """Queue the whole text of a contract that was just sent, with its fingerprint, and return the mail."""
    profile = current_profile()
    with override(str(usual_terms(contract.client)["language"])), timezone.override(profile.zone):
        lasts = days(contract.starts_on, contract.ends_on) if contract.starts_on and contract.ends_on else ""
        letter = writing.write(
            KIND,
            house=current_house(),
            studio=profile,
            contract=contract,
            lasts=lasts,
            fingerprint=contract.content_hash,
        )
    return outbox.queue_email(
        kind=KIND,
        about=f"billing.contract:{contract.pk}:{contract.content_hash[:16]}",
        recipient=address,
        letter=letter,
        reply_to=profile.reply_address,
        now=now,
    )
