"""A restored copy in its original's place, beside further copies."""

import pytest
from django.db import connection

from studio.tenancy.context import as_owner
from studio.tenancy.models import Domain, Studio
from studio.tenancy.services import swapping
from studio.tenancy.services.standing import NotInThatState
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def give_one_history(*studios):
    with connection.cursor() as cursor:
        for each in studios:
            cursor.execute(f"UPDATE {each.schema_name}.django_migrations SET applied = %s", [NOW])


def test_another_installations_studio_of_the_same_name_takes_no_place(studio, other_studio):
    with as_owner():
        give_one_history(studio)
        Studio.objects.filter(pk=other_studio.pk).update(copy_of=studio)

        with pytest.raises(NotInThatState, match=r"another studio than Harbour Studio \(tenant_\d+\)"):
            swapping.swap_studios(copy=other_studio, now=NOW)


def test_a_second_copy_is_one_of_the_copy_that_has_the_place(studio, other_studio):
    with as_owner():
        place = Domain.objects.get(studio=studio, is_primary=True)
        Studio.objects.filter(pk=other_studio.pk).update(copy_of=studio)
        second = Studio.objects.create(
            id=1_000_000, schema_name="tenant_1000000", slug="second", name="Second", copy_of=studio
        )

        give_one_history(studio, other_studio)
        assert swapping.swap_studios(copy=other_studio, now=NOW) == studio

        place.refresh_from_db()
        found = dict(Studio.objects.values_list("pk", "copy_of"))
    assert place.studio_id == other_studio.pk
    assert found == {studio.pk: other_studio.pk, other_studio.pk: None, second.pk: other_studio.pk}
