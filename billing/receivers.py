"""News this app takes from below.

A new studio gets its VAT rates, what is owed follows a client's currency, a session that no plan pays for is charged, a
document whose mail was taken has left.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.dispatch import receiver

from billing.adoption import closing
from billing.gateways import stand_in as stand_ins
from billing.services import (
    book_checks,
    demonstration_quotes,
    desk_demonstration,
    document_mails,
    invoice_demonstration,
    online_demonstration,
    paying,
    postings,
    project_costs,
    session_lines,
    vat_rates,
)
from sessions_app.models import Client, Project
from sessions_app.signals import client_changed, demonstration_made, demonstration_wanted
from studio.accounts.models import User
from studio.mail.models import EmailMessage
from studio.mail.signals import email_accepted
from studio.office.models import AdoptionSource
from studio.office.selectors.profile import current_profile
from studio.tenancy.adoption.report import Report
from studio.tenancy.jobs import defer
from studio.tenancy.models import Studio, StudioKind
from studio.tenancy.signals import mails_let_go, source_adopted, studio_provisioned, studio_restored
from training.models import TrainingSession
from training.signals import session_reopened, session_said


@receiver(studio_provisioned, dispatch_uid="billing.seed")
def seed_billing(**_kwargs: Any) -> None:
    """Seed the rates; nothing that is there already is touched."""
    vat_rates.seed_rates(country=current_profile().country)


@receiver(studio_restored, dispatch_uid="billing.prove_books")
def prove_books(*, findings: list[str], **_kwargs: Any) -> None:
    """Have the books that came out of a backup proven."""
    findings += [f"{finding.rule} {finding.says}" for finding in book_checks.verify()]


@receiver(mails_let_go, dispatch_uid="billing.route_payments")
def route_payments(**_kwargs: Any) -> None:
    """Have what is told of payments reach a studio that came out of a backup, once it does things by itself."""
    paying.route_all()


@receiver(demonstration_wanted, dispatch_uid="billing.demonstration")
def fill_demonstration(*, studio: Studio, now: datetime, say: Callable[[str], None], **_kwargs: Any) -> None:
    """Let the demonstration have money that came in, at the desk or by invoice, and a recording studio offers."""
    is_recording = studio.kind == StudioKind.RECORDING
    fill = invoice_demonstration.fill_books if is_recording else desk_demonstration.fill_till
    if told := fill(now=now):
        say(f"  {studio.name}: {told}")
    if is_recording and (address := invoice_demonstration.address_to_pay(now=now)):
        say(f"  {studio.name}: an invoice to pay online: {address}")
    if studio.kind != StudioKind.TRAINING and (told := demonstration_quotes.fill_studio(now=now)):
        say(f"  {studio.name}: {told}")


@receiver(demonstration_made, dispatch_uid="billing.pay_in_demonstration")
def pay_in_demonstration(
    *, studio: Studio, stand_in: str, clock: Callable[[], datetime], say: Callable[[str], None], **_kwargs: Any
) -> None:
    """Let clients of the demonstration's recording studio pay online, where something stands in for Stripe."""
    if not stand_in or studio.kind != StudioKind.RECORDING:
        return
    there = stand_ins.at(stand_in, secret=settings.STRIPE_WEBHOOK_SECRETS[0])
    if told := online_demonstration.pay_online(stand_in=there, clock=clock):
        say(f"  {studio.name}: {told}")


@receiver(client_changed, dispatch_uid="billing.owed_in_currency")
def owe_in_currency(*, client: Client, changes: dict[str, tuple[Any, Any]], **_kwargs: Any) -> None:
    """Say what a client owes in the currency they have from now on, out of the documents that are in it."""
    if "currency" in changes:
        postings.owe_anew(client=client)
        project_costs.refresh(Project.objects.filter(client=client).values_list("pk", flat=True))


@receiver(session_said, dispatch_uid="billing.charge_session")
def charge_session(
    *, session: TrainingSession, billable: bool, actor: User | None, now: datetime, **_kwargs: Any
) -> None:
    """Put a session that no plan pays for on the draft of its member, where it has a price."""
    if billable:
        session_lines.charge_session(session=session, actor=actor, now=now)


@receiver(session_reopened, dispatch_uid="billing.let_session_go")
def let_session_go(*, session: TrainingSession, actor: User | None, now: datetime, **_kwargs: Any) -> None:
    """Take a session of which nothing is said any more off its draft."""
    session_lines.let_go(session=session, actor=actor, now=now)


@receiver(source_adopted, dispatch_uid="billing.tell_of_adopted")
def tell_of_adopted(*, source: AdoptionSource, report: Report, **_kwargs: Any) -> None:
    """Let the report of an adoption say what contradicts the money that came with it."""
    report.notes += closing.told(source)


@receiver(email_accepted, dispatch_uid="billing.document_accepted")
def note_accepted(*, message: EmailMessage, **_kwargs: Any) -> None:
    """Have it written down that a document was handed over."""
    if message.kind == document_mails.KIND:
        defer("billing.note_accepted", queueing_lock=f"accepted:{message.pk}", email_id=message.pk)
