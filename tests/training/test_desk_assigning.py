"""Who trains tomorrow, said at the completion desk."""

import html
import re

import pytest

from tests.staff import account, signed_in
from tests.training.desk import act, address, tomorrow
from tests.training_factories import TrainerFactory
from training.models import TrainingSession

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("sent", ["", "x", "00000000-0000-4000-8000-000000000001", "left"])
def test_assigning_nobody_or_somebody_unknown_is_refused_and_changes_nothing(web, machine, trainer, sent):
    left = TrainerFactory(is_active=False)
    session = tomorrow(machine, trainer=trainer)  # assigned meanwhile

    answer = signed_in(web, account("front_desk")).post(
        address(session, "assign/"), {"trainer": left.pk if sent == "left" else sent}
    )

    session.refresh_from_db()
    assert (answer.status_code, session.trainer) == (400, trainer)
    assert answer.content.decode().count('class="action-refusal') == 1


def test_trainer_is_assigned_at_the_desk_and_a_refusal_stands_on_the_line(web, machine, other, trainer):
    session = tomorrow(machine)
    busy = tomorrow(other, trainer=trainer)
    browser = signed_in(web, account("front_desk"))

    refused = browser.post(address(session, "assign/"), {"trainer": trainer.pk})
    page = html.unescape(refused.content.decode())
    assert (refused.status_code, "Theo Rossi is taken at that time" in page) == (409, True)
    assert f'value="{trainer.pk}" selected' in page
    TrainingSession.objects.filter(pk=busy.pk).update(status="cancelled")
    assert browser.post(address(session, "assign/"), {"trainer": trainer.pk}).status_code == 302
    session.refresh_from_db()
    assert session.trainer == trainer
    TrainingSession.objects.filter(pk=session.pk).update(status="completed")
    assert (
        browser.post(address(session, "assign/"), {"trainer": TrainerFactory().pk}).status_code == 404
    )  # they are paid


@pytest.mark.parametrize("at_desk", [True, False])
def test_trainer_who_was_named_meanwhile_is_not_overwritten_unless_it_is_sent_again(web, machine, trainer, at_desk):
    session, wanted = tomorrow(machine), TrainerFactory()
    browser = signed_in(web, account("front_desk"))
    page = address(session, "assign/") if at_desk else act(session, "assign")
    TrainingSession.objects.update(trainer=trainer, trainer_label=trainer.name)

    refused = browser.post(page, {"trainer": wanted.pk, "seen": ""})

    text = html.unescape(refused.content.decode())
    told = "Meanwhile this was changed: Theo Rossi trains. Send it again to change that."
    assert (refused.status_code, told in text, f'value="{wanted.pk}" selected' in text) == (409, True, True)
    session.refresh_from_db()
    assert session.trainer == trainer
    seen = re.search(r'name="seen" value="([^"]+)"', text)[1]
    assert browser.post(page, {"trainer": wanted.pk, "seen": seen}).status_code == 302
    session.refresh_from_db()
    assert session.trainer == wanted
