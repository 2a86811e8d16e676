"""Credits that the former system had taken when a session was booked: the sessions themselves say so here."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Case, IntegerField, Value, When
from django.utils.translation import gettext as _

from studio.clock import local_day
from studio.office.models import AdoptionLink, AdoptionSource
from training.models import UNSAID, CreditEntry, CreditKind, Subscription, TrainingSession
from training.services import ledger


def charge_former_sessions(*, source: AdoptionSource, zone: ZoneInfo, now: datetime) -> int:
    """Charge a source's sessions to the subscriptions of theirs that had counted them, and return how many were.

    Without it a booked session would take a second credit once it is completed, and give none back when it is
    cancelled. No more are charged than the former system had counted: those still to come first, then the newest. A
    subscription that something was charged to here is left as it is.
    """
    links = AdoptionLink.objects.filter(source=source)
    lots = Subscription.objects.filter(
        pk__in=[int(key) for key in links.filter(table_name="member_subscriptions").values_list("object_id", flat=True)]
    ).exclude(credit_entries__kind=CreditKind.USED)
    sessions = [UUID(key) for key in links.filter(table_name="training_sessions").values_list("object_id", flat=True)]
    return sum(_charge(lot, sessions, zone, now) for lot in lots.order_by("starts_on", "pk"))


def _charge(lot: Subscription, keys: list[UUID], zone: ZoneInfo, now: datetime) -> int:
    counted = CreditEntry.objects.filter(subscription=lot, kind=CreditKind.ADJUSTED, account=None)
    used = -sum(counted.values_list("quantity", flat=True))
    found = (
        TrainingSession.objects.occupying()
        .filter(pk__in=keys, member=lot.member_id, subscription=None, session_type__takes_credit=True)
        .annotate(rank=Case(When(status__in=UNSAID, then=Value(0)), default=1, output_field=IntegerField()))
        .order_by("rank", "-scheduled_start", "pk")
        .select_related("member", "session_type")
    )
    theirs = [each for each in found if lot.covers(local_day(each.scheduled_start, zone))]
    theirs = theirs[: max(used, 0)]
    if not theirs:
        return 0
    told = _("Counted by the sessions themselves.")
    ledger.enter(lot=lot, kind=CreditKind.ADJUSTED, quantity=len(theirs), actor=None, now=now, reason=told)
    for session in theirs:
        ledger.enter(lot=lot, kind=CreditKind.USED, quantity=-1, session=session, actor=None, now=now)
    # Not by saving: nobody changed these sessions today.
    TrainingSession.objects.filter(pk__in=[each.pk for each in theirs]).update(subscription=lot)
    return len(theirs)
