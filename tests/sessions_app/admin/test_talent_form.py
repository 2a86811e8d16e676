"""The form of a talent: a musician unless said otherwise, an actor, and nothing else."""

import pytest

from sessions_app.models import Musician
from tests.staff import account, signed_in

ADD = "/admin/sessions_app/musician/add/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(web):
    return signed_in(web, account("manager"))


def test_a_talent_of_a_listed_type_is_saved(desk):
    answer = desk.post(ADD, {"name": "Ada", "talent_type": "actor", "is_active": "on"})

    assert answer.status_code == 302, answer.text
    assert Musician.objects.get().talent_type == "actor"


def test_a_talent_of_another_type_is_refused_on_the_form(desk):
    answer = desk.post(ADD, {"name": "Ada", "talent_type": "dancer", "is_active": "on"})

    assert answer.status_code in {200, 400}
    assert "dancer is not one of the available choices" in answer.text
    assert not Musician.objects.exists()
