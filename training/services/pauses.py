"""Freezing subscriptions: the days of a pause are added to the term, exactly."""

from datetime import date, datetime

from django.utils.translation import gettext as _

from sessions_app.services import facts
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.clock import local_day
from studio.db import taking_turns
from studio.office.selectors.profile import current_profile
from training.models import Subscription, SubscriptionPause, SubscriptionStatus
from training.services import booked_ahead, ledger, term_moves
from training.services.booked_ahead import Settlement
from training.services.subscriptions import WrongStatus, WrongTerm


@taking_turns()
def pause_subscription(
    *,
    subscription: Subscription,
    reason: str,
    actor: User | None,
    now: datetime,
    resumes_on: date | None = None,
    booked: Settlement | None = None,
) -> SubscriptionPause:
    """Freeze an active subscription from today on, and return the pause; nothing can be booked on it meanwhile.

    resumes_on: the day it goes on by itself; None until somebody resumes it
    booked: what becomes of the sessions within the pause that it pays for; None where there are none
    raises: WrongStatus, WrongTerm, facts.NoReason, facts.BadFacts, booked_ahead.StillBooked, studio.db.TryAgain
    """
    paused, ahead = booked_ahead.locked(subscription, now=now)
    zone = current_profile().zone
    today = local_day(now, zone)
    if not paused.runs_on(today):
        raise WrongStatus(_("Only an active subscription can be paused."))
    if not reason.strip():
        raise facts.NoReason(_("Say why the subscription is paused."))
    if resumes_on is not None and resumes_on <= today:
        raise WrongTerm(_("The pause begins today, so it ends tomorrow at the earliest."))
    pause = SubscriptionPause(subscription=paused, paused_by=actor, paused_by_label=actor.label if actor else "")
    facts.set_facts(pause, {"starts_on": today, "resumes_on": resumes_on, "reason": reason.strip()})
    within = [each for each in ahead if resumes_on is None or local_day(each.scheduled_start, zone) < resumes_on]
    booked_ahead.settle(sessions=within, by=booked, because=pause.reason, actor=actor, now=now)
    paused.status = SubscriptionStatus.PAUSED
    with facts.saving(pause):
        pause.save(force_insert=True)
    paused.save(update_fields=["status"])
    changes: facts.Changes = {"status": (SubscriptionStatus.ACTIVE, paused.status), "resumes_on": (None, resumes_on)}
    changes |= {"booked": (len(within), booked)} if within else {}
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
    pause.resumed_on = pause.ends_on(today)
    pause.save(update_fields=["resumed_on"])
    by = pause.resumed_on - pause.starts_on
    changes: facts.Changes = {"status": (SubscriptionStatus.PAUSED, SubscriptionStatus.ACTIVE)}
    changes |= term_moves.shift(resumed, term_moves.END, by)
    resumed.status = SubscriptionStatus.ACTIVE
    resumed.save(update_fields=["status", *term_moves.END])
    audit.record(verb="unpause", subject=resumed, actor=actor, now=now, changes=changes)
    waiting = Subscription.objects.locked().filter(member=resumed.member_id, status=SubscriptionStatus.SCHEDULED)
    because = _("%(plan)s, which comes before it, was paused.") % {"plan": resumed.plan_name}
    term_moves.move_terms(subscriptions=waiting, by=by, because=because, actor=actor, now=now)
    term_moves.recharge_strays(member=resumed.member, actor=actor, now=now)
    return resumed
