"""What lines charge for learns that it is invoiced, and is let go again when the document is credited."""

from collections.abc import Iterable
from datetime import datetime

from billing.models import Invoice, InvoiceItem, InvoiceSource
from sessions_app.services import billed, time_entries
from studio.accounts.models import User


def take_up(*, invoice: Invoice, actor: User | None, now: datetime) -> None:
    """Tell sessions and hours that a document which is being issued charges for them.

    raises: sessions_app.services.timesheet.EntryLocked
    """
    sources = _sources(invoice.items.all())
    hours = [source.time_entry for source in sources if source.time_entry]
    if hours:
        time_entries.lock_for_invoice(entries=hours, actor=actor, now=now)
    sessions = [source.session for source in sources if source.session]
    if sessions:
        billed.mark_invoiced(sessions=sessions, actor=actor, now=now)


def let_go(*, items: Iterable[InvoiceItem], actor: User | None, now: datetime) -> None:
    """Let go of what lines charged for, now that they are credited: it can be charged again."""
    sources = _sources(items)
    hours = [source.time_entry for source in sources if source.time_entry]
    if hours:
        time_entries.release_from_invoice(entries=hours, actor=actor, now=now)
    sessions = [source.session for source in sources if source.session]
    if sessions:
        billed.mark_not_invoiced(sessions=sessions, actor=actor, now=now)
    InvoiceSource.objects.filter(pk__in=[source.pk for source in sources]).update(released_at=now)


def _sources(items: Iterable[InvoiceItem]) -> list[InvoiceSource]:
    return list(
        InvoiceSource.objects.filter(item__in=items, released_at__isnull=True)
        .select_related("session", "time_entry")
        .order_by("pk")
    )
