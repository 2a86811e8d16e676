"""A row of each model that a studio's back office shows, for tests that open every page."""

from datetime import timedelta
from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from billing.models import (
    AccountNumber,
    BillingDetails,
    PaymentAttempt,
    ReminderPolicy,
    ReminderText,
    SessionDeposit,
    StripeEvent,
)
from billing.selectors.papers import paper_of
from billing.services import (
    contracts,
    document_mails,
    expenses,
    payments,
    printed,
    receipts,
    reminder_pauses,
    reminders,
    tills,
)
from sessions_app.services import absences, feeds, maintenance, notice_texts
from studio.accounts.services import invitations
from studio.office.models import Closure
from studio.office.services import files, leftovers, uploads
from tests.billing_factories import (
    ContractFactory,
    ExpenseFactory,
    PackageFactory,
    QuoteFactory,
    RecurringFactory,
    ServiceFactory,
    issued,
    line,
    paid,
    put_in,
    sent,
)
from tests.factories import (
    NOW,
    ChallengeFactory,
    ClientFactory,
    ClosedPeriodFactory,
    EquipmentFactory,
    ImportFactory,
    MergeFactory,
    MusicianFactory,
    ProjectFactory,
    RequestFactory,
    SeriesFactory,
    SessionFactory,
    ShareLinkFactory,
    TimeEntryFactory,
    TrackCommentFactory,
    TrackCreditFactory,
    WaitlistFactory,
)
from tests.membership_factories import CertificateFactory, PayFactory, SubscriptionFactory
from tests.price_factories import ExtraFactory, FeeFactory, PolicyFactory, PriceRuleFactory
from tests.staff import account
from tests.training_factories import (
    CheckupFactory,
    CommentFactory,
    DormantRunFactory,
    OutageFactory,
    TrainerFactory,
    TrainingSessionFactory,
)
from training.services import completion


def make_outcome():
    """Complete a session of nobody's plan."""
    over = TrainingSessionFactory()
    times = {"actual_start": over.scheduled_start, "actual_end": over.scheduled_end, "now": over.scheduled_end}
    completion.complete_session(session=over, trainer=None, actor=None, **times)


def scan(name):
    return SimpleUploadedFile(name, b"%PDF-1.7", content_type="application/pdf")


def make_signed_contract():
    sent = contracts.send_contract(contract=ContractFactory(), actor=None, now=NOW)
    contracts.sign_contract(
        contract=sent,
        signer_name="Ada",
        signed_on=timezone.localdate(NOW),
        signed_copy=scan("signed.pdf"),
        actor=None,
        now=NOW,
    )


def make_documents(client):
    """Make one of each kind that is handed out as a file, with its file."""
    BillingDetails.objects.create(client=client)
    AccountNumber.objects.create(ledger_account="bank", number="512100", name="Bank")
    invoice = issued(lines=[line(service=ServiceFactory())])
    receipt = receipts.issue_receipt(payment=paid(invoice), actor=None, now=NOW)
    for document in (invoice, receipt, sent()):
        now = timezone.now()
        pdf = leftovers.write_ahead(data=b"%PDF-1.7", name="paper.pdf", purpose="print", now=now)
        printed._keep(paper_of(document), pdf, now)
    document_mails.send_document(document=invoice, recipient="a@sweep.example", actor=None, now=timezone.now())


def make_money_at_stripe(client):
    """Make a payment that a client was sent to Stripe for, money on its way back, and an event."""
    invoice = issued(client=client)
    PaymentAttempt.objects.create(invoice=invoice, amount=120, currency="EUR", asked_at=NOW, expires_at=NOW)
    came = paid(invoice, "130", provider="stripe", provider_id="pi_sweep")
    payments.refund_payment(payment=came, amount=Decimal(10), reason="Twice", method=came.method, actor=None, now=NOW)
    SessionDeposit.objects.create(session_label="Drums", invoice=invoice)
    StripeEvent.objects.create(event_id="evt_sweep", type="refund.updated", payload={}, received_at=NOW)


def make_reminders():
    """Remind a client of a document, settle how, and pause."""
    ReminderPolicy.objects.create()
    ReminderText.objects.create(opening="Please pay.")
    client = issued(client=ClientFactory(email="late@sweep.example")).client
    later = NOW + timedelta(days=40)
    reminders.remind_now(client=client, actor=None, now=later)
    reminder_pauses.pause_client(client=client, until_on=later.date(), reason="Away", actor=None, now=NOW)


def make_one_of_each():
    """Make what a new studio has not from the start."""
    project = ProjectFactory(name="First album")
    microphone = EquipmentFactory()
    session = SessionFactory(title="Drums", client=project.client, project=project, equipment=[microphone])
    maintenance.send_to_maintenance(
        equipment=microphone, starts_at=NOW - timedelta(days=2), ends_at=NOW - timedelta(days=1), actor=None, now=NOW
    )
    absences.add_absence(person=MusicianFactory(), starts_at=NOW, ends_at=NOW + timedelta(days=1), actor=None, now=NOW)
    SeriesFactory()
    ChallengeFactory()
    RequestFactory()
    WaitlistFactory()
    PriceRuleFactory()
    PolicyFactory()
    ExtraFactory(session=session)
    FeeFactory(session=session)
    MergeFactory()
    ImportFactory()
    feeds.make_feed(name="Door", scope="house", detail="busy", actor=None, now=timezone.now())
    TimeEntryFactory()
    TrackCommentFactory()
    TrackCreditFactory()
    ShareLinkFactory()
    ClosedPeriodFactory()
    QuoteFactory()
    make_documents(project.client)
    make_money_at_stripe(project.client)
    make_reminders()
    put_in("10")
    tills.close_till(currency="EUR", seen=Decimal(10), counted=Decimal(10), actor=None, now=NOW)
    PackageFactory()
    expenses.attach_receipt(expense=ExpenseFactory(project=project), upload=scan("receipt.pdf"), actor=None, now=NOW)
    make_signed_contract()
    RecurringFactory()
    TrainingSessionFactory(trainer=TrainerFactory())
    make_outcome()
    OutageFactory(machine=TrainingSessionFactory(scheduled_start=NOW + timedelta(days=3)).machine, now=NOW)
    SubscriptionFactory()
    CertificateFactory()
    PayFactory()
    CommentFactory()
    CheckupFactory()
    DormantRunFactory()
    notice_texts.settle_words(
        kind="reminder", is_enabled=True, subject="Soon", opening="", actor=None, now=timezone.now()
    )
    account("engineer", "somebody@sweep.example")
    invitations.invite(email="new@sweep.example", role="engineer", actor=None, now=timezone.now())
    files.store_file(data=b"text", name="text.txt", actor=None, now=timezone.now())
    uploads.begin_upload(name="mix.wav", size=1, purpose="sweep", now=timezone.now())
    Closure.objects.create(starts_on="2026-12-24", ends_on="2026-12-26")
