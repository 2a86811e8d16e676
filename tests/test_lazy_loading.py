"""The net for N+1 catches one, and lets through what is none."""

import pickle

import pytest
from django.core.exceptions import FieldFetchBlocked
from django.db.models import query
from django.http import HttpResponse
from django.urls import path

from studio.accounts.models import Notification, NotificationKind, User
from tests.lazy_loading import REFUSE_FOR_MANY

pytestmark = pytest.mark.django_db


def row_by_row(request):
    return HttpResponse(", ".join(each.user.email for each in Notification.objects.order_by("pk")))


def joined(request):
    return HttpResponse(
        ", ".join(each.user.email for each in Notification.objects.select_related("user").order_by("pk"))
    )


urlpatterns = [path("row-by-row", row_by_row), path("joined", joined)]


@pytest.fixture
def notices():
    people = [User.objects.create(email=f"{name}@example.org") for name in ("early", "late")]
    return [Notification.objects.create(user=user, kind=NotificationKind.SYSTEM, text="x") for user in people]


@pytest.fixture
def bare_pages(settings):
    settings.MIDDLEWARE = []
    settings.ROOT_URLCONF = __name__


def test_page_that_fetches_row_by_row_fails(client, notices, bare_pages):
    with pytest.raises(FieldFetchBlocked, match=r"Notification\.user is fetched for one of 2 rows"):
        client.get("/row-by-row")


def test_page_that_joins_passes(client, notices, bare_pages):
    assert client.get("/joined").content == b"early@example.org, late@example.org"


def test_page_with_one_row_passes(client, notices, bare_pages):
    notices[1].delete()

    assert client.get("/row-by-row").content == b"early@example.org"


def test_post_may_go_row_by_row(client, notices, bare_pages):
    assert client.post("/row-by-row").content == b"early@example.org, late@example.org"


def test_usual_mode_is_back_after_a_page(client, notices, bare_pages):
    client.get("/joined")

    assert query.DEFAULT_FETCH_MODE is not REFUSE_FOR_MANY


def test_no_lazy_loading_refuses_relations_and_deferred_columns(no_lazy_loading, notices):
    with pytest.raises(FieldFetchBlocked):
        [each.user for each in Notification.objects.all()]
    with pytest.raises(FieldFetchBlocked):
        [each.text for each in Notification.objects.defer("text")]


def test_no_lazy_loading_lets_a_lone_row_fetch(no_lazy_loading, notices):
    assert Notification.objects.get(pk=notices[0].pk).user.email == "early@example.org"


def test_mode_survives_pickling():
    assert pickle.loads(pickle.dumps(REFUSE_FOR_MANY)) is REFUSE_FOR_MANY  # noqa: S301 -- our own bytes
