from threading import Barrier, Thread

import pytest
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import connections

from studio.accounts.contenttypes import pinned_id
from studio.tenancy.context import as_owner, inside
from studio.tenancy.place import PUBLIC


def test_no_two_models_share_a_number():
    names = {(model._meta.app_label, model._meta.model_name) for model in apps.get_models(include_auto_created=True)}

    assert len({pinned_id(*name) for name in names}) == len(names)


def ids() -> dict[tuple[str, str], int]:
    return {(found.app_label, found.model): found.pk for found in ContentType.objects.order_by("pk")}


@pytest.mark.django_db
def test_numbers_are_equal_in_every_schema_and_follow_the_name(studio, other_studio):
    here = ids()
    with inside(other_studio):
        there = ids()
    with as_owner(PUBLIC):
        platform = ids()

    assert here == there == platform
    assert here == {name: pinned_id(*name) for name in here}


@pytest.mark.django_db
def test_one_made_on_demand_has_the_same_number():
    ContentType.objects.filter(app_label="accounts", model="notification").delete()
    ContentType.objects.clear_cache()

    made = ContentType.objects.get_by_natural_key("accounts", "user")
    again, _new = ContentType.objects.get_or_create(app_label="accounts", model="notification")

    assert made.pk == pinned_id("accounts", "user")
    assert again.pk == pinned_id("accounts", "notification")


@pytest.mark.django_db(transaction=True)
def test_two_threads_in_two_studios_make_the_same_number(studio, other_studio):
    barrier, made = Barrier(2), []

    def make(place) -> None:
        try:
            with inside(place):
                barrier.wait()
                made.append(ContentType.objects.create(app_label="imagined", model="thing").pk)
                ContentType.objects.filter(app_label="imagined").delete()
        finally:
            connections.close_all()

    threads = [Thread(target=make, args=[place]) for place in (studio, other_studio)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert made == [pinned_id("imagined", "thing")] * 2
