"""Rows that take long to write, for all tests of a module: each finds them, and takes back what it writes itself."""

from contextlib import contextmanager

from django.db import transaction

from studio.tenancy.context import as_owner
from studio.tenancy.models import Studio
from tests.conftest import HOME


@contextmanager
def lasting(blocker):
    """Give the home studio, and keep what is written in it until this block ends; the transactions of tests nest in it.

    blocker: the fixture `django_db_blocker`, for a fixture of a module that has `django_db_setup` too
    """
    with blocker.unblock(), transaction.atomic():
        with as_owner():
            home = Studio.objects.get(slug=HOME)
        yield home
        transaction.set_rollback(True)
