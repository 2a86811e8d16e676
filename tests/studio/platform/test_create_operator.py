import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from studio.accounts.models import Invitation, User
from studio.mail.models import EmailMessage
from studio.platform.management.commands import create_operator
from studio.tenancy.context import inside, on_platform
from tests.studio.platform.conftest import PASSWORD

pytestmark = pytest.mark.django_db


def told(*arguments):
    out = StringIO()
    call_command("create_operator", *arguments, stdout=out)
    return out.getvalue().strip()


def test_the_printed_link_makes_an_operator_and_no_mail_is_sent(studio, platform):
    link = told("olive@platform.example")

    path = re.fullmatch(r"http://localhost(/accounts/invitations/\S+/)", link)[1]
    typed = {"name": "Olive", "password": PASSWORD, "repeated": PASSWORD}
    assert platform.post(path, typed).status_code == 302
    assert platform.get("/admin/tenancy/studio/").status_code == 200
    assert Client(headers={"host": "harbour.localhost"}).post(path, typed).status_code == 410
    with on_platform():
        assert (User.objects.get().role_names, EmailMessage.objects.count()) == ({"operator"}, 0)
    with inside(studio):
        assert (User.objects.count(), Invitation.objects.count()) == (0, 0)


def test_with_a_password_the_account_is_there_at_once(studio, platform, monkeypatch):
    monkeypatch.setattr(create_operator, "getpass", lambda prompt: PASSWORD)

    assert (
        told("Olive@platform.example", "--password", "--name", "Olive") == "Olive <olive@platform.example> may sign in."
    )

    assert (
        platform.post("/accounts/login/", {"login": "olive@platform.example", "password": PASSWORD}).status_code == 302
    )
    assert platform.get("/admin/").status_code == 200


@pytest.mark.parametrize(
    ("arguments", "password", "sentence"),
    [
        (["nobody"], "", "not an e-mail address"),
        (["olive@platform.example", "--password"], "short", "too short"),
    ],
)
def test_a_refusal_is_one_sentence_and_nothing_is_written(studio, monkeypatch, arguments, password, sentence):
    monkeypatch.setattr(create_operator, "getpass", lambda prompt: password)

    with pytest.raises(CommandError, match=sentence) as caught:
        told(*arguments)

    assert caught.value.returncode == 2
    with on_platform():
        assert (User.objects.count(), Invitation.objects.count()) == (0, 0)
