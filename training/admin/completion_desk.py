"""The completion desk: what is over and nobody has said how it was, and tomorrow's without a trainer."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import IntegrityError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from sessions_app.admin.served import actor_of
from sessions_app.forms import current_zone, uuid_of
from studio.accounts.models import User
from studio.accounts.roles import Scope, Verb, scope_of
from studio.admin_sites import (
    RECORDING,
    TRAINING,
    AdminPage,
    DashboardPanel,
    MenuEntry,
    MenuGroup,
    kind_of,
    studio_site,
)
from studio.admin_tools.refusing import refusal_behind
from studio.clock import local_day
from studio.errors import DomainError
from studio.showing import zone_name
from training.admin.completion_form import NO_SHOW, CompletionForm, DeskAssignForm, choices_ahead, choices_of
from training.admin.member_rights import SEE_PLANS
from training.admin.trainer_choice import warn_of_full
from training.models import SAID, Trainer, TrainingSession
from training.selectors.completion_queue import desk, left_out, over, waiting_counts
from training.services import bookings, completion

COMPLETE = "training.add_sessionoutcome"
ASSIGN = "training.change_trainingsession"
REOPEN = "training.reopen_sessionoutcome"


def whose(request: HttpRequest) -> User | None:
    """Return whose sessions the person may complete: their own as a trainer, or None for everybody's."""
    actor = actor_of(request)
    own = scope_of(actor.role_names, "training.sessionoutcome", Verb.ADD) == Scope.OWN
    return actor if own else None


def desk_view(request: HttpRequest) -> HttpResponse:
    """Show the desk."""
    return _page(request)


def _page(
    request: HttpRequest, refused: CompletionForm | DeskAssignForm | None = None, status: int = 200
) -> HttpResponse:
    """Return the desk; the form that was refused says why and keeps what was typed, wherever its session is now."""
    now, zone = timezone.now(), current_zone()
    found = desk(now=now, zone=zone, only=whose(request))
    trainers = trainers_for(request)
    everybody = choices_of(trainers)
    days = [
        (each.day, [CompletionForm(None, session=one, trainers=trainers, choices=everybody) for one in each.sessions])
        for each in found.days
    ]
    present = choices_ahead(trainers)
    untrained = [DeskAssignForm(None, session=one, choices=present) for one in found.untrained]
    lists: list[list[Any]] = [untrained, *(forms for _day, forms in days)]
    is_shown = [_put_in(forms, refused) for forms in lists]
    context = {
        **studio_site.each_context(request),
        "title": _("Completion desk"),
        "desk": found,
        "days": days,
        "untrained": untrained,
        "refused": None if any(is_shown) else refused,
        "completes": isinstance(refused, CompletionForm),
        "today": local_day(now, zone),
        "zone": zone_name(),
        "may_assign": request.user.has_perm(ASSIGN),
        "may_reopen": request.user.has_perm(REOPEN),
    }
    request.current_app = studio_site.name
    return TemplateResponse(request, "training/admin/completion_desk.html", context, status=status)


def _put_in(forms: list[Any], refused: CompletionForm | DeskAssignForm | None) -> bool:
    """Put a refused form in the place of the one it began as, and return whether that is among these."""
    for index, form in enumerate(forms):
        if refused and type(form) is type(refused) and form.session == refused.session:
            forms[index] = refused
            return True
    return False


def trainers_for(request: HttpRequest) -> Any:
    """Return who may be named as the trainer: somebody who completes their own sessions names only themselves."""
    found = Trainer.objects.order_by("last_name", "first_name", "pk")
    own = whose(request)
    return found if own is None else found.filter(user=own)


@require_POST
def complete_view(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """Complete a session, or write down that nobody came."""
    session = TrainingSession.objects.select_related("machine", "member", "trainer", "session_type").filter(
        pk=session_id
    )
    if (own := whose(request)) is not None:
        session = session.filter(trainer__user=own)
    found = session.first()
    if found is None:
        raise Http404
    form = CompletionForm(request.POST, session=found, trainers=trainers_for(request))
    status = 400
    if form.is_valid():
        try:
            told = say(form, actor_of(request))
        except (DomainError, IntegrityError) as exc:
            refusal = refusal_behind(exc, TrainingSession)
            form.add_error(None, str(refusal))
            status = refusal.status_code
        else:
            messages.success(request, told)
            return HttpResponseRedirect(reverse("admin:training-completion"))
    return _page(request, form, status)


def say(form: CompletionForm, actor: User) -> str:
    """Call the service and return what is now true, as a sentence.

    raises: what the service raises; the form then knows who trains by now, so that it can be sent again
    """
    try:
        return _say(form, actor)
    except bookings.AssignedSince:
        form.show_again(form.session)
        raise


def _say(form: CompletionForm, actor: User) -> str:
    given, session, now = form.cleaned_data, form.session, timezone.now()
    who = {"trainer": given["trainer"], "seen": given["seen"]}
    if given["attendance"] == NO_SHOW:
        completion.record_no_show(session=session, actor=actor, now=now, **who)
        return _("%(who)s is written down as a no-show.") % {"who": session.attendee}
    times = {"actual_start": given["actual_start"], "actual_end": given["actual_end"]}
    completion.complete_session(session=session, actor=actor, now=now, **who, **times)
    return _("The session of %(who)s is completed.") % {"who": session.attendee}


@require_POST
def complete_day_view(request: HttpRequest) -> HttpResponse:
    """Ask, then complete what was shown of a day, as it was planned; what has ended since then waits to be seen."""
    shown = [key for text in request.POST.getlist("session") if (key := uuid_of(text))]
    if not shown:
        messages.error(request, _("Nothing was chosen, so nothing is completed."))
        return _page(request, status=400)
    now = timezone.now()
    waiting = over(now, only=whose(request)).filter(pk__in=shown).order_by("scheduled_start", "pk")
    if request.POST.get("confirmed") != "yes":
        return _ask_first(request, waiting, shown)
    swept = completion.complete_with_defaults(sessions=waiting, actor=actor_of(request), now=now)
    count = len(swept.completed)
    if count or not swept.left:
        sentence = ngettext("%(n)d session is completed as planned.", "%(n)d sessions are completed as planned.", count)
        messages.success(request, sentence % {"n": count})
    for session, why in swept.left:
        messages.error(request, f"{session.attendee}: {why}")
    return HttpResponseRedirect(reverse("admin:training-completion"))


def _ask_first(request: HttpRequest, waiting: QuerySet[TrainingSession], shown: Sequence[UUID]) -> HttpResponse:
    sessions = list(waiting)
    context = {
        **studio_site.each_context(request),
        "title": _("All came, as planned"),
        "page_parts": [(_("Completion desk"), reverse("admin:training-completion")), (_("All came, as planned"), "")],
        "sessions": sessions,
        "left_out": left_out(sessions, shown, zone=current_zone(), only=whose(request)),
        "zone": zone_name(),
    }
    request.current_app = studio_site.name
    return TemplateResponse(request, "training/admin/complete_day.html", context)


@require_POST
def assign_view(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """Say who trains a session that is to come."""
    found = TrainingSession.objects.select_related("machine", "member", "trainer", "session_type")
    session = found.filter(pk=session_id).exclude(status__in=SAID).first()
    if session is None:
        raise Http404
    form = DeskAssignForm(request.POST, session=session)
    status = 400
    if form.is_valid():
        trainer = form.cleaned_data["trainer"]
        try:
            assigned = form.assign(session, actor_of(request))
        except (DomainError, IntegrityError) as exc:
            refusal = refusal_behind(exc, TrainingSession)
            form.add_error(None, str(refusal))
            status = refusal.status_code
        else:
            told = _("%(who)s trains %(member)s.") % {"who": trainer.name, "member": session.attendee}
            messages.success(request, told)
            warn_of_full(request, assigned)
            return HttpResponseRedirect(reverse("admin:training-completion"))
    return _page(request, form, status)


def panel(request: HttpRequest) -> dict[str, Any]:
    """Return how much waits, for the first page."""
    now, own = timezone.now(), whose(request)
    waiting, untrained = waiting_counts(now=now, zone=current_zone(), only=own)
    sees_plans = own is None and request.user.has_perm(SEE_PLANS)
    uncovered = TrainingSession.objects.uncovered().upcoming(now).count() if sees_plans else 0
    has_rooms = kind_of(request) in RECORDING  # then the grid is not on the first page
    return {"waiting": waiting, "untrained": untrained, "uncovered": uncovered, "has_rooms": has_rooms}


studio_site.register_page(
    AdminPage(
        "training/completion/",
        "training-completion",
        desk_view,
        COMPLETE,
        MenuEntry(MenuGroup.TODAY, "task_alt", 20, kinds=TRAINING, title=gettext_lazy("Completion desk")),
    )
)
studio_site.register_page(AdminPage("training/completion/day/", "training-completion-day", complete_day_view, COMPLETE))
studio_site.register_page(
    AdminPage("training/completion/<uuid:session_id>/", "training-complete", complete_view, COMPLETE)
)
studio_site.register_page(
    AdminPage("training/completion/<uuid:session_id>/assign/", "training-assign", assign_view, ASSIGN)
)
studio_site.register_panel(DashboardPanel("training/admin/desk_panel.html", panel, COMPLETE, order=12, kinds=TRAINING))
