"""A restored copy in its original's place, beside further copies."""

import pytest

from studio.tenancy.context import as_owner
from studio.tenancy.models import Domain, Studio
from studio.tenancy.services import swapping
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def test_a_second_copy_is_one_of_the_copy_that_has_the_place(studio, other_studio):
    with as_owner():
        place = Domain.objects.get(studio=studio, is_primary=True)
        Studio.objects.filter(pk=other_studio.pk).update(copy_of=studio)
        second = Studio.objects.create(
            id=1_000_000, schema_name="tenant_1000000", slug="second", name="Second", copy_of=studio
        )

        assert swapping.swap_studios(copy=other_studio, now=NOW) == studio

        place.refresh_from_db()
        found = dict(Studio.objects.values_list("pk", "copy_of"))
    assert place.studio_id == other_studio.pk
    assert found == {studio.pk: other_studio.pk, other_studio.pk: None, second.pk: other_studio.pk}
