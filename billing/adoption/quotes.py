"""Former quotes: they keep their numbers and how far they were; what was sent is a version that can be answered."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from django.utils.translation import gettext as _

from billing.adoption.lines import FormerLine, lines_of, note_made
from billing.adoption.reading import (
    NOTHING,
    Stated,
    checked_together,
    client_of,
    currency_of,
    stated_in,
    told_apart,
)
from billing.models import (
    LONGEST_VALIDITY,
    Quote,
    QuoteItem,
    QuoteStatus,
    QuoteVersion,
    SeriesKind,
    VersionOutcome,
)
from billing.selectors import quote_snapshots, snapshots, terms
from sessions_app.models import Client, Project
from studio.tenancy.adoption.adopters import Run
from studio.tenancy.adoption.rows import FormerRow, SetAside

USUAL_VALIDITY = 30
MADE_OF_QUOTE, QUOTE_LETTERS = "INV", "QT"
CONVERTED = "converted_to_project"
STATUSES = {status.value: status.value for status in QuoteStatus} | {CONVERTED: QuoteStatus.ACCEPTED.value}
ANSWERED = (QuoteStatus.ACCEPTED, QuoteStatus.REJECTED)
ENDED_FIELDS = ("outcome", "ended_at", "signer_name")
SENT_FIELDS = ("status", "version", "sent_at", "expires_at")
ANSWER_FIELDS = ("status", "responded_at", "converted_to_project", "converted_at")


@dataclass(frozen=True, slots=True)
class _Course:
    """What happened to a quote, and when."""

    status: QuoteStatus
    sent_at: datetime
    expires_at: datetime
    responded_at: datetime | None


def adopt_quote(row: FormerRow, run: Run) -> Quote:
    """Return the quote that a row of `quotes` becomes.

    One that was sent and whose time is not up waits for its answer; one whose time is up has expired.
    """
    client = client_of(row, run)
    status = QuoteStatus(row.choice("status", STATUSES, default=QuoteStatus.DRAFT))
    number = row.text("quote_number", longest=100)
    stated = stated_in(row, net="subtotal", tax="tax_amount", total="total", percent="tax_rate")
    _tell_misfit(stated, row)
    if not number and status != QuoteStatus.DRAFT:
        raise SetAside(_("It has no number."))
    validity = row.whole("validity_days", least=1, most=LONGEST_VALIDITY, default=USUAL_VALIDITY) or USUAL_VALIDITY
    quote = Quote(
        former_series=_series(number, row) if number else "",
        quote_number=number,
        client=client,
        title=row.text("title", longest=255) or number or _("Untitled"),
        currency=currency_of(row, client.currency),
        language=str(terms.usual_terms(client)["language"]),
        validity_days=validity,
        terms=row.raw_text("terms"),
        notes=row.raw_text("notes"),
        internal_notes=row.raw_text("internal_notes"),
        subtotal=stated.subtotal,
        tax_amount=stated.tax_amount,
        total=stated.total,
    )
    for name, made_at in row.made_at().items():
        setattr(quote, name, made_at)
    with checked_together():
        quote.save(force_insert=True)
        _write_lines(quote, stated, row, run)
        if status == QuoteStatus.CANCELLED:
            quote.status = status
            quote.save(update_fields=["status"])
        elif status != QuoteStatus.DRAFT:
            _go_its_way(quote, _course(row, run, status, validity), row, run)
    return quote


def quoted(lines: Sequence[FormerLine], number: str, client: Client) -> Sequence[FormerLine]:
    """Return the lines of an invoice with those of the quote that it was made of, where it was made of one.

    The former system said so by its number alone: that of the quote, with other letters before it.
    """
    if not number.startswith(MADE_OF_QUOTE):
        return lines
    named = QUOTE_LETTERS + number.removeprefix(MADE_OF_QUOTE)
    quote = Quote.objects.filter(client=client, quote_number=named, status=QuoteStatus.ACCEPTED).first()
    items = list(quote.items.select_related("quote").order_by("position")) if quote else []
    if [(item.description, item.amount) for item in items] != [(line.description, line.amount) for line in lines]:
        return lines
    return [replace(line, quote_item=item) for line, item in zip(lines, items, strict=True)]


def _tell_misfit(stated: Stated, row: FormerRow) -> None:
    made = stated.subtotal + stated.tax_amount
    if made != stated.total:
        told = _("The total stated is %(stated)s; net and VAT make %(made)s.")
        row.notes.append(told % {"stated": stated.total, "made": made})


def _write_lines(quote: Quote, stated: Stated, row: FormerRow, run: Run) -> None:
    rows = run.belonging_to(row, "quote_items", "quote_id")
    lines = lines_of(rows, run, of="quote_id", usual=partial(stated.rate, now=run.now), currency=quote.currency)
    items = QuoteItem.objects.bulk_create(
        QuoteItem(quote=quote, **line.facts(position)) for position, line in enumerate(lines, 1)
    )
    note_made(run, lines, items)
    made = sum((line.amount for line in lines), NOTHING)
    if made != stated.subtotal:
        told = _("The net sum stated is %(stated)s; its lines make %(made)s.")
        row.notes.append(told % {"stated": stated.subtotal, "made": made})


def _course(row: FormerRow, run: Run, status: QuoteStatus, validity: int) -> _Course:
    sent_at = row.instant("sent_at") or row.instant("created_at") or run.now
    expires_at = row.instant("expires_at") or sent_at + timedelta(days=validity)
    if expires_at <= sent_at:
        row.keep("expires_at", _("It expired before it was sent; its days are counted from then."))
        expires_at = sent_at + timedelta(days=validity)
    if status == QuoteStatus.SENT and expires_at <= run.now:
        row.notes.append(_("It was sent, and its time is up."))
        status = QuoteStatus.EXPIRED
    answered = (row.instant("responded_at") or row.instant("converted_at") or sent_at) if status in ANSWERED else None
    return _Course(status, sent_at, expires_at, answered)


def _go_its_way(quote: Quote, course: _Course, row: FormerRow, run: Run) -> None:
    """Send it, and let it be answered, as each quote is: what was sent stays, and its answer with it."""
    quote.version, quote.status = 1, QuoteStatus.SENT
    quote.sent_at, quote.expires_at = course.sent_at, course.expires_at
    items = list(quote.items.select_related("vat_rate", "session").order_by("position"))
    snapshot = quote_snapshots.snapshot_of(quote, items)
    version = QuoteVersion.objects.create(
        quote=quote,
        number=1,
        snapshot=snapshot,
        content_hash=snapshots.fingerprint(snapshot, ""),
        currency=quote.currency,
        total=quote.total,
        sent_at=course.sent_at,
        expires_at=course.expires_at,
    )
    quote.save(update_fields=SENT_FIELDS)
    if course.status == QuoteStatus.SENT:
        return
    version.outcome = VersionOutcome(course.status.value)
    version.ended_at = course.responded_at or course.expires_at
    if course.status in ANSWERED:
        version.signer_name = _("not known: in the former system")
    version.save(update_fields=ENDED_FIELDS)
    quote.status, quote.responded_at = course.status, course.responded_at
    quote.converted_to_project = _project(row, run)
    if quote.converted_to_project is not None:
        quote.converted_at = row.instant("converted_at") or course.responded_at
    quote.save(update_fields=ANSWER_FIELDS)


def _project(row: FormerRow, run: Run) -> Project | None:
    """Return the project that it became; of two that name one project, the first did."""
    key = run.linked(row, "converted_to_project_id", "projects")
    if key is None:
        return None
    if Quote.objects.filter(converted_to_project_id=int(key)).exists():
        row.keep("converted_to_project_id", _("Another quote has become this project; left empty."))
        return None
    return Project.objects.get(pk=key)


def _series(number: str, row: FormerRow) -> str:
    taken = Quote.objects.filter(quote_number=number).values_list("former_series", flat=True)
    return told_apart(SeriesKind.QUOTE, number, taken, row)
