"""What is done on a track's page: sending a version in, saying something, settling it, sharing, deleting."""

from typing import Any

from django import forms
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.request import UnreadablePostError
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from sessions_app.admin.served import actor_of
from sessions_app.forms import key_of
from sessions_app.models import Track, TrackComment, VersionKind
from sessions_app.services import track_comments, tracks, versions
from sessions_app.track_forms import CommentForm
from studio.admin_tools import ActionForm, ActionPage
from studio.errors import DomainError
from studio.office.contents import AUDIO
from studio.office.services import files, uploads

ADD_VERSION = "sessions_app.add_trackversion"
ADD_COMMENT = "sessions_app.add_trackcomment"
CHANGE_COMMENT = "sessions_app.change_trackcomment"


class VersionForm(ActionForm):
    """What is sent in."""

    kind = forms.ChoiceField(label=_("Kind"), choices=VersionKind, widget=UnfoldAdminSelectWidget)
    notes = forms.CharField(
        label=_("Notes"),
        required=False,
        max_length=5000,
        widget=UnfoldAdminTextareaWidget({"rows": 3}),
        help_text=_("What is new, for whoever listens."),
    )
    file = forms.FileField(label=_("Audio"), max_length=255, widget=UnfoldAdminFileFieldWidget({"accept": "audio/*"}))


class AddVersion(ActionPage):
    """Sends a version in: by parts where scripts run, with the form where they do not."""

    name = "add-version"
    label = _("Add a version")
    icon = "upload_file"
    template = "sessions_app/admin/add_version.html"
    question = _("WAV, AIFF, FLAC, MP3, M4A or Ogg. What the file is gets found in its bytes.")

    def form(self, request: HttpRequest, obj: Track) -> ActionForm:
        """Return the form, with the file on a POST."""
        is_sent = request.method == "POST"
        return VersionForm(
            request.POST if is_sent else None,
            request.FILES if is_sent else None,
            initial={"kind": VersionKind.ROUGH_MIX},
        )

    def may(self, request: HttpRequest, obj: Track) -> bool:
        """Return whether the person may add versions."""
        return request.user.has_perm(ADD_VERSION)

    def act(self, request: HttpRequest, obj: Track, form: ActionForm) -> str:
        """Keep the file that came with the form."""
        given, actor, now = form.cleaned_data, actor_of(request), timezone.now()
        file, purpose = given["file"], versions.purpose_of(track=obj, kind=given["kind"], actor=actor)
        upload = uploads.begin_upload(name=file.name, size=file.size, purpose=purpose, now=now)
        examined = uploads.examine_upload(number=upload.pk, purpose=purpose, accepted=AUDIO, whole=file, now=now)
        made = versions.add_version(
            track=obj, kind=given["kind"], notes=given["notes"], examined=examined, actor=actor, now=now
        )
        return version_told(made)


def version_told(made: Any) -> str:
    """Return what is true once a version is there."""
    told = gettext("%(version)s is there.") % {"version": str(made).capitalize()}
    return f"{told} {gettext('It goes beyond the included revisions: billable.')}" if made.is_billable else told


class DeleteTrack(ActionPage):
    """Deletes a track."""

    name = "remove"
    label = _("Delete")
    icon = "delete"
    permission = "delete"
    is_dangerous = True
    question = _("Its versions with their audio, its comments, credits and share links go as well.")

    def act(self, request: HttpRequest, obj: Track, form: ActionForm) -> str:
        """Delete the track."""
        tracks.delete_track(track=obj, actor=actor_of(request), now=timezone.now())
        return gettext("%(track)s is deleted.") % {"track": obj.title}

    def back(self, obj: Track) -> str:
        """Go to the project once the track is gone."""
        if Track.objects.filter(pk=obj.pk).exists():
            return super().back(obj)
        return f"{reverse('admin:sessions_app_project_change', args=[obj.project_id])}#tracks"


# Parts of a file, by scripts ------------------------------------------------------------------------


def found_track(model_admin: Any, request: HttpRequest, object_id: str, right: str) -> Track:
    """Return the track of an address, for somebody with a right.

    raises: Http404, PermissionDenied
    """
    track: Track | None = model_admin.get_object(request, unquote(object_id))
    if track is None:
        raise Http404
    if not request.user.has_perm(right):
        raise PermissionDenied
    return track


def refused(refusal: DomainError) -> JsonResponse:
    """Return a refusal as a script reads it."""
    told: dict[str, object] = {"error": str(refusal)}
    if isinstance(refusal, uploads.WrongPlace):
        told["received"] = refusal.received
    return JsonResponse(told, status=refusal.status_code)


def begin_view(model_admin: Any, request: HttpRequest, object_id: str) -> JsonResponse:
    """Announce a file; the answer says where its bytes go."""
    track = found_track(model_admin, request, object_id, ADD_VERSION)
    kind, size = request.POST.get("kind", ""), key_of(request.POST.get("size"))
    try:
        if kind not in VersionKind.values or size is None:
            raise uploads.CutShort(gettext("Please choose a kind and a file."))
        purpose = versions.purpose_of(track=track, kind=kind, actor=actor_of(request))
        name, fingerprint = request.POST.get("name", ""), request.POST.get("fingerprint", "")
        upload = uploads.begin_upload(
            name=name, size=size, purpose=purpose, now=timezone.now(), fingerprint=fingerprint
        )
    except DomainError as refusal:
        return refused(refusal)
    post = uploads.direct_post(upload)
    answer = {"upload": upload.pk, "kind": kind, "part_bytes": uploads.PART_BYTES, "received": 0}
    if post is not None:
        return JsonResponse({**answer, "post": {"url": post.url, "fields": post.fields}})
    return JsonResponse({**answer, "received": uploads.received_of(upload)})


def part_view(model_admin: Any, request: HttpRequest, object_id: str) -> JsonResponse:
    """Take the next bytes; a part that does not arrive whole is not kept at all."""
    track = found_track(model_admin, request, object_id, ADD_VERSION)
    announced = key_of(request.META.get("CONTENT_LENGTH"))
    number, offset = key_of(request.GET.get("upload")), key_of(request.GET.get("offset"))
    try:
        if announced is None or number is None or offset is None:
            raise uploads.CutShort(gettext("This part of the file cannot be placed."))
        if announced > uploads.PART_BYTES:
            raise files.FileTooLarge(gettext("This part of the file is too large."))
        try:
            data = request.read(announced)
        except UnreadablePostError as exc:
            raise uploads.CutShort(gettext("The connection was cut.")) from exc
        if len(data) != announced:
            raise uploads.CutShort(gettext("The connection was cut."))
        purpose = versions.purpose_of(track=track, kind=request.GET.get("kind", ""), actor=actor_of(request))
        end = uploads.receive_part(number=number, purpose=purpose, offset=offset, data=data, now=timezone.now())
    except DomainError as refusal:
        return refused(refusal)
    return JsonResponse({"received": end})


def finish_view(model_admin: Any, request: HttpRequest, object_id: str) -> JsonResponse:
    """Look at what has arrived and make it a version."""
    track = found_track(model_admin, request, object_id, ADD_VERSION)
    kind, number, now = request.POST.get("kind", ""), key_of(request.POST.get("upload")), timezone.now()
    actor, notes = actor_of(request), request.POST.get("notes", "")
    purpose = versions.purpose_of(track=track, kind=kind, actor=actor)
    try:
        examined = uploads.examine_upload(number=number or 0, purpose=purpose, accepted=AUDIO, now=now)
        made = versions.add_version(track=track, kind=kind, notes=notes, examined=examined, actor=actor, now=now)
    except DomainError as refusal:
        return refused(refusal)
    model_admin.message_user(request, version_told(made))
    return JsonResponse({"url": track_url(track)})


# Comments -------------------------------------------------------------------------------------------


def track_url(track: Track, place: str = "listen") -> str:
    """Return the address of a place on a track's page."""
    return f"{reverse('admin:sessions_app_track_change', args=[track.pk])}#{place}"


def comment_view(model_admin: Any, request: HttpRequest, object_id: str) -> HttpResponse:
    """Say something about a moment; what is refused is shown again with the page."""
    track = found_track(model_admin, request, object_id, ADD_COMMENT)
    form, now, actor = CommentForm(request.POST), timezone.now(), actor_of(request)
    if not form.is_valid():
        told = " ".join(str(error) for errors in form.errors.values() for error in errors)
        return _typed_again(model_admin, request, object_id, told, 400)
    said = form.cleaned_data
    version = track.versions.filter(pk=said["version"]).first()
    if version is None:
        raise Http404
    try:
        if said["answers"]:
            first = TrackComment.objects.filter(pk=said["answers"], version=version).first()
            if first is None:
                raise Http404
            made = track_comments.answer_comment(comment=first, body=said["body"], actor=actor, now=now)
        else:
            second = said["second"] or track_comments.START
            made = track_comments.add_comment(version=version, second=second, body=said["body"], actor=actor, now=now)
    except DomainError as refusal:
        return _typed_again(model_admin, request, object_id, str(refusal), refusal.status_code)
    return HttpResponseRedirect(track_url(track, f"comment-{made.parent_id or made.pk}"))


def _typed_again(model_admin: Any, request: HttpRequest, object_id: str, why: str, status: int) -> HttpResponse:
    typed = {**request.POST.dict(), "why": why}
    request.method = "GET"
    response: HttpResponse = model_admin.changeform_view(request, object_id, "", {"refused": typed})
    response.status_code = status
    return response


def settle_view(model_admin: Any, request: HttpRequest, object_id: str) -> HttpResponse:
    """Resolve a thread, or open it again."""
    track = found_track(model_admin, request, object_id, CHANGE_COMMENT)
    comment = TrackComment.objects.filter(version__track=track, pk=key_of(request.POST.get("comment")) or 0).first()
    if comment is None:
        raise Http404
    settle = track_comments.reopen_comment if request.POST.get("do") == "reopen" else track_comments.resolve_comment
    try:
        settle(comment=comment, actor=actor_of(request), now=timezone.now())
    except DomainError as refusal:
        model_admin.message_user(request, str(refusal), "ERROR")
    return HttpResponseRedirect(track_url(track, f"comment-{comment.pk}"))
