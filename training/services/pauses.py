"""Freezing subscriptions: the days of a pause are added to the term, exactly."""

from datetime import date, datetime, timedelta

from django.db.models import F
from django.utils.translation import gettext as _

from sessions_app.services import facts
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.clock import local_day
from studio.db import taking_turns
from studio.office.selectors.profile import current_profile
from training.models import Subscription, SubscriptionPause, SubscriptionStatus
from training.services import ledger
from training.services.subscriptions import WrongStatus, WrongTerm, move_term


@taking_turns()
def pause_subscription(
    *, subscription: Subscription, reason: str, actor: User | None, now: datetime, resumes_on: date | None = None
) -> SubscriptionPause:
    """Freeze an active subscription from today on, and return the pause; nothing can be booked on it meanwhile.

    resumes_on: the day it goes on by itself; None until somebody resumes it
    raises: WrongStatus, WrongTerm, facts.NoReason, facts.BadFacts, studio.db.TryAgain
    """
    paused = ledger.locked(subscription)
    today = local_day(now, current_profile().zone)
    if not paused.runs_on(today):
        raise WrongStatus(_("Only an active subscription can be paused."))
    if not reason.strip():
        raise facts.NoReason(_("Say why the subscription is paused."))
    if resumes_on is not None and resumes_on <= today:
        raise WrongTerm(_("The pause begins today, so it ends tomorrow at the earliest."))
    pause = SubscriptionPause(subscription=paused, paused_by=actor, paused_by_label=actor.label if actor else "")
    facts.set_facts(pause, {"starts_on": today, "resumes_on": resumes_on, "reason": reason.strip()})
    paused.status = SubscriptionStatus.PAUSED
    with facts.saving(pause):
        pause.save(force_insert=True)
    paused.save(update_fields=["status"])
    changes = {"status": (SubscriptionStatus.ACTIVE, paused.status), "resumes_on": (None, resumes_on)}
    audit.record(verb="pause", subject=paused, actor=actor, now=now, changes=changes, reason=pause.reason)
    return pause


@taking_turns()
def resume_subscription(*, subscription: Subscription, actor: User | None, now: datetime) -> Subscription:
    """Let a paused subscription go on, and return it: its last day and its billing day move by the days it was paused.

    A pause whose planned end is past ends on that day, whenever this is done. What is scheduled afterwards moves along.
    raises: WrongStatus, studio.db.TryAgain
    """
    resumed = ledger.locked(subscription)
    if resumed.status != SubscriptionStatus.PAUSED:
        raise WrongStatus(_("Only a paused subscription can be resumed."))
    today = local_day(now, current_profile().zone)
    pause = SubscriptionPause.objects.select_for_update(no_key=True).get(subscription=resumed, resumed_on__isnull=True)
    pause.resumed_on = today if pause.resumes_on is None else min(today, pause.resumes_on)
    pause.save(update_fields=["resumed_on"])
    before, resumed.status = resumed.ends_on, SubscriptionStatus.ACTIVE
    resumed.save(update_fields=["status"])
    _add_days(resumed, pause.resumed_on - pause.starts_on)
    changes: facts.Changes = {"status": (SubscriptionStatus.PAUSED, resumed.status)}
    changes |= {"ends_on": (before, resumed.ends_on)} if resumed.ends_on != before else {}
    audit.record(verb="unpause", subject=resumed, actor=actor, now=now, changes=changes)
    return resumed


def _add_days(resumed: Subscription, by: timedelta) -> None:
    """Move the end of a term, and what is scheduled after it."""
    Subscription.objects.filter(pk=resumed.pk).update(
        ends_on=F("ends_on") + by, next_billing_on=F("next_billing_on") + by
    )
    resumed.refresh_from_db(fields=["ends_on", "next_billing_on"])
    waiting = Subscription.objects.filter(member=resumed.member_id, status=SubscriptionStatus.SCHEDULED)
    move_term(waiting, by)
