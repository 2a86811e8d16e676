"""Three pages to measure: one query, ten queries, and the back office's list of clients; and an address that keeps."""

import json
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import include, path
from unfold.admin import ModelAdmin
from unfold.sites import UnfoldAdminSite

from sessions_app.models import Client


class Anybody:
    """Somebody who may do everything, without a query."""

    pk = id = 1
    is_active = is_staff = is_authenticated = True
    is_anonymous = False

    def has_perm(self, *_args: Any) -> bool:
        """Say yes."""
        return True

    has_module_perms = has_perms = has_perm

    def get_username(self) -> str:
        """Return a name to show."""
        return "anybody"

    get_full_name = get_short_name = get_username

    def has_usable_password(self) -> bool:
        """Say no: the page then shows no link to change it."""
        return False


class OpenSite(UnfoldAdminSite):
    """The themed back office, open to all who measure it."""

    def has_permission(self, request: HttpRequest) -> bool:
        """Let everybody in as Anybody."""
        request.user = Anybody()
        return True


class ClientAdmin(ModelAdmin):
    """A hundred clients a page."""

    list_display = ("name", "kind", "email", "is_vip", "is_active")
    list_per_page = 100
    show_full_result_count = False


site = OpenSite(name="bench")
site.register(Client, ClientAdmin)


def one_client(number: int) -> str:
    """Return a client's name by its key."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM clients WHERE id = %s", [number])
        row = cursor.fetchone()
    return row[0] if row else ""


def one(_request: HttpRequest) -> HttpResponse:
    """Answer with one indexed query."""
    return JsonResponse({"name": one_client(1)})


def ten(_request: HttpRequest) -> HttpResponse:
    """Answer with ten indexed queries."""
    return JsonResponse({"names": [one_client(number) for number in range(1, 11)]})


def keep(request: HttpRequest) -> HttpResponse:
    """Keep an event by one insert, and do nothing else."""
    event = json.loads(request.body)
    with connection.cursor() as cursor:
        given = [event["id"], json.dumps(event)]
        cursor.execute("INSERT INTO bench_events (id, payload) VALUES (%s, %s) ON CONFLICT DO NOTHING", given)
    return HttpResponse()


urlpatterns = [
    path("keep", keep),
    path("one", one),
    path("ten", ten),
    path("list/", site.urls),
    path("accounts/", include("allauth.urls")),
]
