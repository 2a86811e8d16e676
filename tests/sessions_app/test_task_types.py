"""What hours are counted under: seeded once, in new studios and in those that were there before."""

import importlib
from decimal import Decimal

import pytest
from django.db import connection

from sessions_app.models import TaskType
from sessions_app.services import task_types
from studio.office.models import StudioProfile
from studio.tenancy.context import inside
from studio.tenancy.signals import studio_provisioned

pytestmark = pytest.mark.django_db

SEEDS = [
    ("Setup", Decimal(50), True),
    ("Recording", Decimal(75), True),
    ("Mixing", Decimal(60), True),
    ("Mastering", Decimal(80), True),
    ("Break", Decimal(0), False),
]


def seeded():
    return list(TaskType.objects.order_by("position").values_list("name", "hourly_rate", "billable"))


def migrate():
    """Run the statement of the migration that gives open studios their task types."""
    name = "sessions_app.migrations.0013_first_task_types"
    with connection.cursor() as cursor:
        cursor.execute(importlib.import_module(name).SEED)


@pytest.fixture
def without():
    TaskType.objects.all().delete()


def test_a_new_studio_gets_them(other_studio):
    with inside(other_studio):
        TaskType.objects.all().delete()
        studio_provisioned.send(sender=None, studio=other_studio)
        assert seeded() == SEEDS


def test_resuming_touches_nothing(without):
    task_types.seed_task_types()
    TaskType.objects.filter(name="Break").delete()
    TaskType.objects.filter(name="Setup").update(hourly_rate=55)

    task_types.seed_task_types()

    assert seeded() == [("Setup", Decimal(55), True), *SEEDS[1:4]]


def test_a_studio_that_is_open_gets_the_same_by_the_migration(without):
    migrate()
    by_migration = list(TaskType.objects.order_by("position").values_list("name", "colour", "position"))
    TaskType.objects.all().delete()
    task_types.seed_task_types()

    assert by_migration == list(TaskType.objects.order_by("position").values_list("name", "colour", "position"))
    assert seeded() == SEEDS


def test_the_migration_leaves_a_studio_with_task_types_alone(without):
    TaskType.objects.create(name="Editing")

    migrate()

    assert [name for name, *_rest in seeded()] == ["Editing"]


def test_the_migration_leaves_a_studio_that_is_being_set_up_to_the_seeds(without):
    StudioProfile.objects.all().delete()

    migrate()

    assert seeded() == []
