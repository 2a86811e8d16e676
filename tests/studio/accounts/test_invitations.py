from datetime import timedelta
from itertools import product

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from studio.accounts.models import AuditEvent, Invitation, User
from studio.accounts.roles import STUDIO_ROLES
from studio.accounts.services import addresses, invitation_links, invitations, roles, users
from studio.mail.models import EmailMessage
from studio.tenancy.context import as_owner, inside
from studio.tenancy.models import Domain
from tests.studio.accounts.conftest import PASSWORD, made_account

pytestmark = pytest.mark.django_db


def link_in(message: EmailMessage) -> str:
    return next(line for line in message.text.splitlines() if "/invitations/" in line)


def token_in(message: EmailMessage) -> str:
    return link_in(message).rstrip("/").rpartition("/")[2]


def invited(owner, role="trainer", email="guest@studio.example") -> tuple[Invitation, str]:
    made = invitations.invite(email=email, role=role, actor=owner, now=timezone.now())
    return made, token_in(EmailMessage.objects.get(about=f"accounts.invitation:{made.pk}"))


def test_invite_writes_mail_and_record_and_keeps_no_token(owner, studio):
    made, token = invited(owner, email=" Guest@Studio.example ")

    message = EmailMessage.objects.get()
    with as_owner():
        domain = Domain.objects.get(studio=studio, is_primary=True).domain
    assert link_in(message) == f"http://{domain}/accounts/invitations/{token}/"
    assert (message.recipient, message.kind) == ("guest@studio.example", "invitation")
    assert token not in str(list(Invitation.objects.values()))
    assert (made.invited_by, made.invited_by_label) == (owner, "Owner <owner@studio.example>")
    assert AuditEvent.objects.get(verb="invite").changes == {"role": [None, "trainer"]}


def test_the_page_takes_somebody_in(web, owner):
    made, token = invited(owner)
    path = f"/accounts/invitations/{token}/"

    assert web.get(path).status_code == 200
    assert not User.objects.filter(email="guest@studio.example").exists()
    answer = web.post(path, {"name": "Gwen", "password": PASSWORD, "repeated": PASSWORD})

    assert (answer.status_code, answer.url) == (302, "/")
    user = User.objects.get(email="guest@studio.example")
    assert (user.name, user.email_verified, user.role_names) == ("Gwen", True, {"trainer"})
    made.refresh_from_db()
    assert (made.account, made.accepted_at is not None) == (user, True)
    assert web.get("/").status_code == 200


def test_a_link_works_once(web, owner):
    _made, token = invited(owner)
    path = f"/accounts/invitations/{token}/"
    web.post(path, {"name": "Gwen", "password": PASSWORD, "repeated": PASSWORD})

    again = Client(headers={"host": web.defaults["HTTP_HOST"]})
    assert again.get(path).status_code == 410
    assert again.post(path, {"name": "Eve", "password": PASSWORD, "repeated": PASSWORD}).status_code == 410
    assert User.objects.filter(email="guest@studio.example").count() == 1


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": "", "password": PASSWORD, "repeated": PASSWORD}, "This field is required."),
        ({"name": "Gwen", "password": PASSWORD, "repeated": "other"}, "The two passwords differ."),
        ({"name": "Gwen", "password": "short", "repeated": "short"}, "at least 10 characters"),
        ({"name": "Gwen", "password": "password1234", "repeated": "password1234"}, "too common"),
    ],
    ids=["no name", "different", "short", "common"],
)
def test_the_page_says_what_is_missing(web, owner, fields, sentence):
    _made, token = invited(owner)

    answer = web.post(f"/accounts/invitations/{token}/", fields)

    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert not User.objects.filter(email="guest@studio.example").exists()


def test_a_token_runs_out(owner):
    made, token = invited(owner)

    assert invitation_links.open_invitation(token=token, now=made.expires_at - timedelta(seconds=1)) == made
    with pytest.raises(invitation_links.InvitationUnusable, match="not valid any more"):
        invitation_links.open_invitation(token=token, now=made.expires_at)


def test_a_withdrawn_or_replaced_link_is_worthless(owner):
    _first, old = invited(owner)
    second, new = invited(owner)

    with pytest.raises(invitation_links.InvitationUnusable):
        invitation_links.open_invitation(token=old, now=timezone.now())
    invitations.withdraw_invitation(invitation=second, actor=owner, now=timezone.now())
    with pytest.raises(invitation_links.InvitationUnusable):
        invitation_links.open_invitation(token=new, now=timezone.now())


def test_a_replaced_or_withdrawn_invitation_that_waits_does_not_leave(owner):
    first, _old = invited(owner)
    second, _new = invited(owner)
    sentence = "The invitation was withdrawn before its mail was sent."

    waiting = EmailMessage.objects.order_by("pk").values_list("about", "state", "last_error")
    mine = [f"accounts.invitation:{made.pk}" for made in (first, second)]
    assert list(waiting) == [(mine[0], "failed", sentence), (mine[1], "queued", "")]
    invitations.withdraw_invitation(invitation=second, actor=owner, now=timezone.now())
    assert list(waiting.all()) == [(mine[0], "failed", sentence), (mine[1], "failed", sentence)]
    trail = AuditEvent.objects.order_by("pk").values_list("verb", "object_id")
    assert list(trail.filter(verb="withdraw")) == [("withdraw", str(first.pk)), ("withdraw", str(second.pk))]


def test_a_mail_that_has_left_stays_as_it_was(owner):
    first, _old = invited(owner)
    EmailMessage.objects.update(state="sent", sent_at=timezone.now())
    invited(owner)

    assert EmailMessage.objects.get(about=f"accounts.invitation:{first.pk}").state == "sent"


def closed(owner, inviter):
    users.deactivate_account(user=inviter, actor=owner, now=timezone.now())


def without_role(owner, inviter):
    roles.revoke_role(user=inviter, role="manager", actor=owner, now=timezone.now())


def deleted(owner, inviter):
    inviter.delete()


@pytest.mark.parametrize(
    ("what_happens", "answer"),
    [(closed, 410), (without_role, 410), (deleted, 302)],
    ids=["closed", "without the role", "deleted"],
)
def test_an_invitation_is_as_good_as_the_right_of_whoever_sent_it(web, owner, manager, what_happens, answer):
    _made, token = invited(manager)
    path = f"/accounts/invitations/{token}/"
    assert web.get(path).status_code == 200
    what_happens(owner, manager)

    taken = web.post(path, {"name": "Gwen", "password": PASSWORD, "repeated": PASSWORD})

    sentence = "Whoever invited you may not give this role any more."
    assert (taken.status_code, sentence in taken.content.decode()) == (answer, answer == 410)
    assert User.objects.filter(email="guest@studio.example").exists() == (answer == 302)


def test_accepting_asks_for_the_right_by_itself(owner, manager):
    _made, token = invited(manager)
    without_role(owner, manager)

    with pytest.raises(invitation_links.InvitationUnusable, match="may not give this role"):
        invitation_links.accept_invitation(token=token, name="Gwen", password=PASSWORD, now=timezone.now())


def test_a_token_of_one_studio_is_worthless_in_another(owner, other_studio):
    """Even with the very row copied over: what is hashed names the studio."""
    made, token = invited(owner)
    with inside(other_studio):
        Invitation.objects.create(
            email=made.email, role=made.role, token_hash=made.token_hash, expires_at=made.expires_at
        )
        with pytest.raises(invitation_links.InvitationUnusable):
            invitation_links.open_invitation(token=token, now=timezone.now())

    assert invitation_links.open_invitation(token=token, now=timezone.now()) == made


def test_changed_tokens_are_refused(owner):
    _made, token = invited(owner)
    changed = {token[:i] + ("A" if token[i] != "A" else "B") + token[i + 1 :] for i in range(len(token))}

    for wrong in [*changed, "", token[:-1], token + "A", token.swapcase()]:
        with pytest.raises(invitation_links.InvitationUnusable):
            invitation_links.open_invitation(token=wrong, now=timezone.now())


def test_looking_at_the_link_a_hundred_times_changes_nothing(web, owner):
    _made, token = invited(owner)
    before = (Invitation.objects.values().get(), User.objects.count(), AuditEvent.objects.count())

    for _time in range(100):
        assert web.get(f"/accounts/invitations/{token}/").status_code == 200

    assert (Invitation.objects.values().get(), User.objects.count(), AuditEvent.objects.count()) == before


def test_nobody_invites_to_a_role_they_could_not_give(owner, manager, desk):
    for actor, role in ((manager, "owner"), (manager, "manager"), (desk, "read_only")):
        with pytest.raises(roles.NotAllowed, match="do not allow"):
            invitations.invite(email="guest@studio.example", role=role, actor=actor, now=timezone.now())
    assert not Invitation.objects.exists()


def test_everybody_may_invite_to_the_roles_they_may_give(studio, owner):
    """All pairs of actor and role: one rule, whether the person has an account or not."""
    people = [made_account(f"actor-{role}", role) for role in STUDIO_ROLES]
    newcomer = made_account("newcomer")

    pairs = list(product(people, STUDIO_ROLES))
    may_invite = [(actor, role) for actor, role in pairs if invitations.may_invite(actor, role)]
    may_give = [(actor, role) for actor, role in pairs if roles.may_change_role(actor, newcomer, role)]

    assert may_invite == may_give
    assert len(may_invite) == len(STUDIO_ROLES) + len(STUDIO_ROLES) - 2  # an owner all, a manager all but two


def test_somebody_with_an_account_is_not_invited(owner, desk):
    with pytest.raises(invitations.AlreadyHere, match="has an account"):
        invitations.invite(email="DESK@studio.example", role="trainer", actor=owner, now=timezone.now())


def test_not_an_address(owner):
    with pytest.raises(addresses.EmailInvalid, match="not an e-mail address"):
        invitations.invite(email="nobody", role="trainer", actor=owner, now=timezone.now())


def test_the_owner_is_invited_once_however_often_a_studio_is_opened(studio):
    now = timezone.now()

    assert invitations.invite_owner(email="boss@studio.example", now=now) is not None
    assert invitations.invite_owner(email="boss@studio.example", now=now) is None
    assert EmailMessage.objects.count() == 1


def test_links_carry_the_studios_own_address_whatever_the_request_says(web, owner):
    """An alias of the studio asks; the mail names the primary domain."""
    with as_owner():
        primary = Domain.objects.get(domain=web.defaults["HTTP_HOST"])
        Domain.objects.create(domain="alias.example", studio=primary.studio, verified_at=timezone.now())
    forged = {"host": "alias.example", "x-forwarded-host": "evil.example", "forwarded": "host=evil.example"}

    answer = Client(headers=forged).post("/accounts/password/reset/", {"email": owner.email})

    assert answer.status_code == 302
    text = EmailMessage.objects.get(kind="password_reset_key").text
    hosts = {word.split("/")[2] for word in text.split() if word.startswith("http")}
    assert hosts == {primary.domain}
    assert settings.PLATFORM_HOST in primary.domain
