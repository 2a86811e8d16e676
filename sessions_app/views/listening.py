"""The pages behind a share link: for people without an account, on the studio's own host."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sessions_app.models import ShareLink
from sessions_app.selectors import shared
from sessions_app.services import listening, share_links
from sessions_app.track_forms import ListenerApprovalForm, ListenerCommentForm
from studio.accounts.requests import is_within
from studio.crypto import digest
from studio.errors import DomainError
from studio.office import serving

# Per address: guessing secrets, listening once inside (players ask for parts of a file all the time), opening links,
# saying things.
LOOK_RATES = "120/m/ip"
INSIDE_RATES = "3000/m/ip"
OPEN_RATES = "20/m/ip,60/h/key"
SAY_RATES = "20/m/ip"
NAME = "listener"

type View = Callable[..., HttpResponseBase]


def behind_a_link(view: View) -> View:
    """Give a view the link of the secret in its address; refuse those that are not usable, and keep out robots.

    The secret stands in the address, so nothing of it goes to another site: not as a referrer, not into a cache.
    """

    @wraps(view)
    def find(request: HttpRequest, token: str, **given: Any) -> HttpResponseBase:
        rates, action = (INSIDE_RATES, "share_listen") if _is_inside(request, token) else (LOOK_RATES, "share_look")
        response: HttpResponseBase
        if not is_within(rates, request, action=action, key=digest(token)):
            response = render(request, "429.html", status=429)
        else:
            try:
                response = view(request, share_links.found_link(token=token, now=timezone.now()), token, **given)
            except share_links.LinkUnusable as refusal:
                context = {"reason": str(refusal)}
                response = render(request, "sessions_app/listening/unusable.html", context, status=refusal.status_code)
        # Audio too: what is kept would be heard after the link is closed.
        response.headers["Cache-Control"] = "private, no-store"
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        # Other sites get none. "no-referrer" would hide our own forms from our own check, too.
        response.headers.setdefault("Referrer-Policy", "same-origin")
        return response

    return find


@require_http_methods(["GET", "HEAD", "POST"])
@behind_a_link
def share_page(request: HttpRequest, link: ShareLink, token: str) -> HttpResponse:
    """Show the door; a POST opens it and counts, a GET changes nothing, so that a mail's scanner uses up no view."""
    if request.method == "POST":
        if not is_within(OPEN_RATES, request, action="share_open", key=digest(token)):
            return render(request, "429.html", status=429)
        share_links.open_link(token=token, now=timezone.now())
        request.session[_door(token)] = True
        return redirect("sessions_app:share-page", token=token)
    if not _is_inside(request, token):
        context = {"link": link, "project": shared.project_of(link)}
        return render(request, "sessions_app/listening/door.html", context)
    return _inside(request, link, token)


@require_POST
@behind_a_link
def share_comment(request: HttpRequest, link: ShareLink, token: str) -> HttpResponse:
    """Say something about a second of a version, also when a newer one has come while it was typed."""
    form = ListenerCommentForm(request.POST)

    def say() -> str:
        said = form.cleaned_data
        comment = listening.comment_as_listener(
            link=link,
            version=said["version"],
            answers=said["answers"],
            second=said["second"] or Decimal(0),
            name=said["name"],
            body=said["body"],
            now=timezone.now(),
        )
        if not shared.versions_of(link).filter(pk=comment.version_id).exists():
            told = _("Your comment is kept with %(version)s. A newer version has come meanwhile: it is below.")
            messages.success(request, told % {"version": comment.version})
        return f"comment-{comment.parent_id or comment.pk}"

    return _done(request, link, token, form, say)


@require_POST
@behind_a_link
def share_approve(request: HttpRequest, link: ShareLink, token: str) -> HttpResponse:
    """Approve a version."""
    form = ListenerApprovalForm(request.POST)

    def approve() -> str:
        said = form.cleaned_data
        now = timezone.now()
        version = listening.approve_as_listener(link=link, version=said["version"], name=said["name"], now=now)
        return f"version-{version.pk}"

    return _done(request, link, token, form, approve)


@require_GET
@behind_a_link
def share_audio(request: HttpRequest, link: ShareLink, token: str, number: int) -> HttpResponseBase:
    """Answer the audio of a version, or a part of it, while the link is open; to be saved only where it may be."""
    as_download = "save" in request.GET
    found = shared.versions_of(link).filter(pk=number).first() if _is_inside(request, token) else None
    if found is None or found.file is None or (as_download and not link.may_download):
        raise share_links.LinkUnusable(_("This link does not open that."))
    try:
        return serving.file_response(request, found.file, as_download=as_download)
    except FileNotFoundError as exc:
        raise share_links.LinkUnusable(_("This file is not here any more.")) from exc


def _done(request: HttpRequest, link: ShareLink, token: str, form: Any, act: Callable[[], str]) -> HttpResponse:
    """Do what a form asks and go back to where it was done; what was refused stays in the form."""
    if not is_within(SAY_RATES, request, action="share_say", key=digest(token)):
        return render(request, "429.html", status=429)
    if not _is_inside(request, token):
        return redirect("sessions_app:share-page", token=token)
    refusal, status = "", 400
    if form.is_valid():
        try:
            place = act()
        except DomainError as exc:
            refusal, status = str(exc), exc.status_code
        else:
            request.session[NAME] = form.cleaned_data["name"]
            return redirect(f"{reverse('sessions_app:share-page', args=[token])}#{place}")
    else:
        refusal = " ".join(f"{form[name].label}: {error}" for name, errors in form.errors.items() for error in errors)
    refused = {**request.POST.dict(), "why": refusal}
    response = _inside(request, link, token, refused)
    response.status_code = status
    return response


def _inside(request: HttpRequest, link: ShareLink, token: str, refused: dict[str, Any] | None = None) -> HttpResponse:
    tracks = shared.shared_tracks(link)
    context = {
        "link": link,
        "token": token,
        "project": shared.project_of(link),
        "tracks": tracks,
        "listener": request.session.get(NAME, ""),
        "refused": refused or {},
        "homeless": refused if refused and not _has_a_form(refused, link, tracks) else None,
        "comment_url": reverse("sessions_app:share-comment", args=[token]) if link.may_comment else "",
    }
    return render(request, "sessions_app/listening/page.html", context)


def _has_a_form(refused: dict[str, Any], link: ShareLink, tracks: Sequence[shared.SharedTrack]) -> bool:
    """Return whether the page still has the form in which something refused was typed."""
    heard = {str(each.version.pk): each for track in tracks for each in track.versions}.get(refused.get("version", ""))
    if heard is None:
        return False
    if "body" not in refused:
        return link.may_approve and not heard.version.is_approved
    answered = refused.get("answers", "")
    return link.may_comment and (not answered or answered in {str(thread.comment.pk) for thread in heard.threads})


def _door(token: str) -> str:
    return f"share-link-{digest(token)}"


def _is_inside(request: HttpRequest, token: str) -> bool:
    return bool(request.session.get(_door(token)))
