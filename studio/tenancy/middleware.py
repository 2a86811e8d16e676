"""From the Host header to a studio, and back to nowhere."""

from collections.abc import Callable
from typing import cast
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound, JsonResponse
from django.http.request import split_domain_port
from django.template.loader import render_to_string
from django.urls import resolve
from django.utils import timezone, translation

from studio.tenancy.context import inside, on_platform
from studio.tenancy.models import StudioRef, StudioStatus
from studio.tenancy.selectors import readiness, registry

type GetResponse = Callable[[HttpRequest], HttpResponse]

RETRY_AFTER_SECONDS = 30
WEBHOOKS = "/webhooks/"  # on the platform's host: where programs tell what happened, each message signed


class StudioRequest(HttpRequest):
    """A request that knows the studio its host names: none on the platform."""

    studio: StudioRef | None


class ProbeMiddleware:
    """Answers `/health` and `/ready` on any host, before every other rule."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer a probe; pass everything else on."""
        if request.path == "/health":
            return JsonResponse({"status": "ok"})
        if request.path == "/ready":
            reasons = readiness.reasons_not_ready()
            body = {"status": "not ready" if reasons else "ok", "reasons": reasons}
            return JsonResponse(body, status=503 if reasons else 200)
        return self.get_response(request)


class StudioMiddleware:
    """Enters the studio, or the platform, that the Host header names."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer inside the studio; an unknown host is answered 404 without naming anybody."""
        host = host_of(request)
        if host == settings.PLATFORM_HOST:
            cast("StudioRequest", request).studio = None
            request.urlconf = settings.PLATFORM_URLCONF
            with on_platform():
                return self.get_response(request)
        studio = registry.studio_at(host) if host else None
        cast("StudioRequest", request).studio = studio
        if studio is None or studio.status in {StudioStatus.PROVISIONING, StudioStatus.CLOSING}:
            return HttpResponseNotFound(render_to_string("404.html"))
        if studio.status == StudioStatus.SUSPENDED:
            return HttpResponse(render_to_string("suspended.html"), status=503)
        if studio.is_migrating:
            return _unavailable()
        timezone.activate(ZoneInfo(studio.time_zone))
        try:
            with inside(studio):
                return self.get_response(request)
        finally:
            timezone.deactivate()


class WebhookMiddleware:
    """Answers programs before everything that is there for people: sign-in, language, forms, pages in frames."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer by the view alone; it reads its own body, and has to ask by itself who is there."""
        if cast("StudioRequest", request).studio is not None or not request.path.startswith(WEBHOOKS):
            return self.get_response(request)
        request.resolver_match = found = resolve(request.path, settings.PLATFORM_URLCONF)
        with translation.override(settings.LANGUAGE_CODE):  # not whichever the last person in this thread had
            answer: HttpResponse = found.func(request, *found.args, **found.kwargs)
        return answer


def host_of(request: HttpRequest) -> str:
    """Return the request's host name, lower case, without port or final dot; empty when it is malformed."""
    domain, _port = split_domain_port(request.META.get("HTTP_HOST", ""))
    return domain.removesuffix(".")


def _unavailable() -> HttpResponse:
    response = HttpResponse(render_to_string("503.html"), status=503)
    response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response
