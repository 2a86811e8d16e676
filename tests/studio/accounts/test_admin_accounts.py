"""People, invitations, devices, trail and outbox in a studio's back office."""

import csv
import io
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from studio.accounts.models import AccountSession, AuditEvent, Invitation, LoginSession, User
from studio.accounts.roles import STUDIO_ROLES
from studio.accounts.services import audit, invitations
from studio.mail.models import EmailMessage, EmailState
from tests.studio.accounts.conftest import PASSWORD, made_account

pytestmark = pytest.mark.django_db

TABLES = ("users", "user_roles", "user_permissions", "auth_group", "auth_group_permissions")


def browser_of(user):
    client = Client(headers={"host": "harbour.localhost"})
    answer = client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    assert answer.status_code == 302, answer.content
    return client


@pytest.fixture
def at_desk(owner):
    """The owner's browser."""
    return browser_of(owner)


def rights_in_the_database():
    """Every row that says who may do what, without the moments."""
    found = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT to_jsonb(t) - 'updated_at' - 'last_login' FROM {table} t ORDER BY 1")
            found[table] = [row[0] for row in cursor.fetchall()]
    return found


# Rights -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", sorted(STUDIO_ROLES))
def test_no_form_takes_rights_or_passwords_from_a_post(studio, owner, role):
    target, me = made_account("target", "engineer"), made_account("me", role)
    client, before = browser_of(me), rights_in_the_database()
    sent = {
        "name": "Target",
        "email": "stolen@studio.example",
        "is_superuser": "on",
        "is_staff": "on",
        "is_active": "",
        "groups": ["1", "2", "3"],
        "user_permissions": ["1", "2", "3"],
        "role_links": "1",
        "password": "pwned-by-a-form-1",
        "password1": "pwned-by-a-form-1",
        "password2": "pwned-by-a-form-1",
    }

    for person in (target, me, owner):
        sent["name"] = person.name
        for page in ("change", "password"):
            client.post(f"/admin/accounts/user/{person.pk}/{page}/", sent)
        if role != "owner":  # nobody else may make an owner, of themselves or of others
            client.post(f"/admin/accounts/user/{person.pk}/grant-role/", {**sent, "role": "owner"})
            client.post(f"/admin/accounts/user/{person.pk}/revoke-role/", {**sent, "role": "owner"})
    client.post("/admin/accounts/user/add/", {**sent, "role": ""})

    assert rights_in_the_database() == before


def test_a_form_that_takes_them_would_be_seen(at_desk, owner):
    before = rights_in_the_database()

    at_desk.post(f"/admin/accounts/user/{owner.pk}/change/", {"name": "Somebody Else"})

    assert rights_in_the_database() != before


def may_give(client, user):
    """The roles that the page offers to give somebody."""
    page = client.get(f"/admin/accounts/user/{user.pk}/grant-role/")
    return [value for value, _label in page.context["form"].fields["role"].choices if value]


def test_the_owner_gives_and_takes_roles_with_the_reason_on_record(at_desk, owner):
    person = made_account("eve", "engineer")

    assert "manager" in may_give(at_desk, person)
    given = at_desk.post(f"/admin/accounts/user/{person.pk}/grant-role/", {"role": "manager", "reason": "stands in"})
    taken = at_desk.post(f"/admin/accounts/user/{person.pk}/revoke-role/", {"role": "engineer", "reason": ""})

    assert (given.status_code, taken.status_code) == (302, 302)
    assert User.objects.get(pk=person.pk).role_names == {"manager"}
    event = AuditEvent.objects.get(verb="grant", account=owner)
    assert (event.object_id, event.reason, event.account_session.account) == (person.pk, "stands in", owner)


def test_nobody_gives_what_they_do_not_hold(manager, owner):
    client, person = browser_of(manager), made_account("eve", "engineer")

    assert set(may_give(client, person)) == {"accountant", "front_desk", "trainer", "read_only"}
    refused = client.post(f"/admin/accounts/user/{person.pk}/grant-role/", {"role": "owner"})
    assert refused.status_code == 400  # it was not among the choices
    assert may_give(client, owner) == []
    assert User.objects.get(pk=person.pk).role_names == {"engineer"}


def test_the_last_owner_can_neither_be_closed_nor_lose_the_role(at_desk, owner):
    for page, sent in (("revoke-role", {"role": "owner"}), ("deactivate", {})):
        answer = at_desk.post(f"/admin/accounts/user/{owner.pk}/{page}/", sent)
        assert (answer.status_code, "last owner" in answer.content.decode()) == (409, True), page
    deleted = at_desk.post(f"/admin/accounts/user/{owner.pk}/delete/", {"post": "yes"})

    assert (deleted.status_code, "last owner" in deleted.content.decode()) == (409, True)
    assert User.objects.get().role_names == {"owner"}


def test_a_manager_cannot_touch_the_owner(manager, owner):
    client = browser_of(manager)

    renamed = client.post(f"/admin/accounts/user/{owner.pk}/change/", {"name": "Nobody"})
    closed = client.post(f"/admin/accounts/user/{owner.pk}/deactivate/", {"reason": ""})

    assert (renamed.status_code, closed.status_code) == (403, 403)
    assert User.objects.get(pk=owner.pk).name == "Owner"


def test_closing_an_account_signs_it_out_and_opening_lets_it_in_again(at_desk):
    person = made_account("eve", "engineer")
    theirs = browser_of(person)
    assert theirs.get("/admin/").status_code == 200

    at_desk.post(f"/admin/accounts/user/{person.pk}/deactivate/", {"reason": "left"})
    assert theirs.get("/admin/").status_code == 302
    assert (
        Client(headers={"host": "harbour.localhost"})
        .post("/accounts/login/", {"login": person.email, "password": PASSWORD})["Location"]
        .endswith("/inactive/")
    )

    at_desk.post(f"/admin/accounts/user/{person.pk}/reactivate/", {"reason": "back"})
    assert browser_of(person).get("/admin/").status_code == 200


def test_renaming_moves_the_labels_and_is_told_once(at_desk):
    person = made_account("eve", "manager")
    invitations.invite(email="new@studio.example", role="engineer", actor=person, now=timezone.now())

    at_desk.post(f"/admin/accounts/user/{person.pk}/change/", {"name": "Eva"})

    assert Invitation.objects.get().invited_by_label == "Eva <eve@studio.example>"
    assert AuditEvent.objects.filter(object_id=person.pk, verb__in=["rename", "change"]).count() == 1


def test_deleting_an_account_leaves_its_records(at_desk, owner):
    person = made_account("eve", "engineer")
    browser_of(person)
    audit.record(verb="book", subject=owner, actor=person, now=timezone.now())

    asked = at_desk.get(f"/admin/accounts/user/{person.pk}/delete/")
    done = at_desk.post(f"/admin/accounts/user/{person.pk}/delete/", {"post": "yes"})

    assert (asked.status_code, done.status_code) == (200, 302)
    assert not User.objects.filter(pk=person.pk).exists()
    event, record = AuditEvent.objects.get(verb="book"), AccountSession.objects.get(account_label=person.label)
    assert (event.account_id, event.actor_label, record.account_id) == (None, person.label, None)
    assert AuditEvent.objects.filter(verb="delete", object_id=person.pk).count() == 1


# Invitations --------------------------------------------------------------------------------------


def test_adding_a_person_is_inviting_them(at_desk):
    answer = at_desk.post("/admin/accounts/user/add/", {"email": "New@studio.example", "role": "engineer"})

    assert answer.status_code == 302
    invitation = Invitation.objects.get()
    assert (invitation.email, invitation.role) == ("new@studio.example", "engineer")
    assert EmailMessage.objects.get().recipient == "new@studio.example"
    taken = at_desk.post("/admin/accounts/user/add/", {"email": "owner@studio.example", "role": "engineer"})
    assert (taken.status_code, "has an account already" in taken.content.decode()) == (409, True)


def test_sending_again_and_withdrawing(at_desk):
    at_desk.post("/admin/accounts/invitation/add/", {"email": "new@studio.example", "role": "engineer"})
    first = Invitation.objects.get()

    assert at_desk.post(f"/admin/accounts/invitation/{first.pk}/resend/").status_code == 302
    second = Invitation.objects.latest("pk")
    assert at_desk.post(f"/admin/accounts/invitation/{second.pk}/withdraw/").status_code == 302

    assert Invitation.objects.exclude(withdrawn_at=None).count() == 2
    assert EmailMessage.objects.count() == 2
    page = at_desk.get(f"/admin/accounts/invitation/{second.pk}/change/").content.decode()
    assert second.token_hash not in page


@pytest.mark.parametrize(
    ("state", "found"),
    [("open", ["open"]), ("expired", ["expired"]), ("withdrawn", ["withdrawn"]), ("accepted", [])],
)
def test_invitations_are_found_by_their_state(at_desk, state, found):
    now = timezone.now()
    for name in ("open", "withdrawn"):
        invitations.invite(email=f"{name}@studio.example", role="engineer", actor=None, now=now)
    invitations.invite(email="expired@studio.example", role="engineer", actor=None, now=now - timedelta(days=30))
    Invitation.objects.filter(email="withdrawn@studio.example").update(withdrawn_at=now)

    rows = at_desk.get(f"/admin/accounts/invitation/?state={state}").context["cl"].result_list

    assert [row.email.partition("@")[0] for row in rows] == found


# Devices ------------------------------------------------------------------------------------------


def signed_out(client, *sessions):
    sent = {"action": "sign_out", "_selected_action": [each.pk for each in sessions], "confirmed": "yes"}
    return client.post("/admin/accounts/loginsession/", sent, follow=True)


def test_a_device_is_signed_out_after_a_question(at_desk):
    person = made_account("eve", "engineer")
    theirs = browser_of(person)
    session = LoginSession.objects.get(user=person)

    asked = at_desk.post("/admin/accounts/loginsession/", {"action": "sign_out", "_selected_action": [session.pk]})
    assert ("This will be done to one row" in asked.content.decode(), theirs.get("/admin/").status_code) == (True, 200)
    signed_out(at_desk, session)

    assert theirs.get("/admin/").status_code == 302
    assert AccountSession.objects.get(account=person).end_reason == "revoked"
    assert AuditEvent.objects.get(verb="sign_out").object_label.startswith("Eve <")


def test_a_manager_signs_out_an_engineer_but_not_the_owner(manager, owner):
    engineer, theirs, client = browser_of(made_account("eve", "engineer")), browser_of(owner), browser_of(manager)

    page = signed_out(client, *LoginSession.objects.exclude(user=manager))

    assert "do not allow this" in page.content.decode()
    assert (engineer.get("/admin/").status_code, theirs.get("/admin/").status_code) == (302, 200)


# Trail --------------------------------------------------------------------------------------------


@pytest.fixture
def events(at_desk, owner):
    """What a deleted person, the owner and the product itself did."""
    gone, now = made_account("gone", "engineer"), timezone.now()
    for verb, actor, label in (("book", gone, "=1+1"), ("cancel", owner, "@SUM(A1)"), ("sweep", None, "plain")):
        owner.name = label
        audit.record(verb=verb, subject=owner, actor=actor, now=now, reason=f"+{verb}")
    owner.refresh_from_db()
    gone.delete()
    return now


@pytest.mark.parametrize(
    ("query", "verbs"),
    [
        ("who=deleted", {"book"}),
        ("verb__icontains=canc", {"cancel"}),
        ("object_type=accounts.user&verb__icontains=sweep", {"sweep"}),
        ("q=gone", {"book", "create", "grant"}),
    ],
)
def test_the_trail_is_found_by_actor_act_and_thing(at_desk, events, query, verbs):
    rows = at_desk.get(f"/admin/accounts/auditevent/?{query}").context["cl"].result_list

    assert {row.verb for row in rows} == verbs


def test_orphans_stay_readable(at_desk, events):
    orphan = AuditEvent.objects.get(verb="book")

    listed = at_desk.get("/admin/accounts/auditevent/?who=deleted").content.decode()
    shown = at_desk.get(f"/admin/accounts/auditevent/{orphan.pk}/change/").content.decode()

    assert "Gone &lt;gone@studio.example&gt;" in listed
    assert "Gone &lt;gone@studio.example&gt;" in shown


def test_nobody_writes_the_trail(at_desk, events):
    event = AuditEvent.objects.get(verb="book")

    assert at_desk.post(f"/admin/accounts/auditevent/{event.pk}/change/", {"reason": "x"}).status_code == 403
    assert at_desk.post(f"/admin/accounts/auditevent/{event.pk}/delete/", {"post": "yes"}).status_code == 403
    assert at_desk.get("/admin/accounts/auditevent/add/").status_code == 403
    assert at_desk.get("/admin/accounts/accountsession/add/").status_code == 403
    assert AuditEvent.objects.get(pk=event.pk).reason == "+book"


def test_the_export_has_every_chosen_event_and_runs_nothing(at_desk, events):
    chosen = list(AuditEvent.objects.filter(at=events).values_list("pk", flat=True))
    answer = at_desk.post("/admin/accounts/auditevent/", {"action": "export", "_selected_action": chosen})

    assert answer["Content-Disposition"] == 'attachment; filename="audit-trail.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))
    told = [(row["verb"], row["actor_label"], row["account_id"] != "", row["reason"]) for row in rows]
    assert told == [
        ("sweep", "", False, "'+sweep"),
        ("cancel", "'@SUM(A1) <owner@studio.example>", True, "'+cancel"),
        ("book", "Gone <gone@studio.example>", False, "'+book"),
    ]
    assert [row["object_label"][:2] for row in rows] == ["pl", "'@", "'="]


def test_the_form_of_an_invitation_chooses_no_role_and_names_the_owner_last(at_desk):
    page = at_desk.get("/admin/accounts/invitation/add/").content.decode()
    empty = at_desk.post("/admin/accounts/invitation/add/", {"email": "new@studio.example", "role": ""})

    offered = re.findall(r'<option value="(\w*)"( selected)?', page)
    assert (offered[0][0], offered[-1]) == ("", ("owner", ""))
    assert [value for value, chosen in offered if chosen and value] == []
    assert (Invitation.objects.count(), "This field is required." in empty.content.decode()) == (0, True)


def test_inviting_again_says_that_the_link_before_is_worthless(at_desk):
    typed = {"email": "new@studio.example", "role": "engineer"}
    sentence = "The link of the invitation before it does not work any more."

    first = at_desk.post("/admin/accounts/invitation/add/", typed, follow=True).content.decode()
    again = at_desk.post("/admin/accounts/invitation/add/", typed, follow=True).content.decode()

    assert (first.count("is on its way."), first.count(sentence), again.count(sentence)) == (1, 0, 1)


# Outbox -------------------------------------------------------------------------------------------


def test_the_outbox_shows_no_text_and_a_failed_mail_is_sent_again_after_a_question(at_desk):
    invitations.invite(email="new@studio.example", role="engineer", actor=None, now=timezone.now())
    message = EmailMessage.objects.get()
    secret = message.text.partition("/accounts/invitations/")[2][:43]
    EmailMessage.objects.update(state=EmailState.FAILED, last_error="550 no such user", tries=3)

    listed = at_desk.get("/admin/mail/emailmessage/").content.decode()
    shown = at_desk.get(f"/admin/mail/emailmessage/{message.pk}/change/").content.decode()
    assert ("550 no such user" in listed, len(secret), secret in listed + shown) == (True, 43, False)
    sent = {"action": "retry", "_selected_action": [message.pk]}
    at_desk.post("/admin/mail/emailmessage/", sent)
    assert EmailMessage.objects.get().state == "failed"
    at_desk.post("/admin/mail/emailmessage/", {**sent, "confirmed": "yes"})

    assert (EmailMessage.objects.get().state, EmailMessage.objects.get().tries) == ("queued", 0)
    assert AuditEvent.objects.filter(verb="retry").count() == 1


def test_an_invitation_that_was_withdrawn_is_not_sent_again(at_desk, owner):
    invitation = invitations.invite(email="new@studio.example", role="engineer", actor=None, now=timezone.now())
    invitations.withdraw_invitation(invitation=invitation, actor=owner, now=timezone.now())
    sent = {"action": "retry", "_selected_action": [EmailMessage.objects.get().pk], "confirmed": "yes"}

    page = at_desk.post("/admin/mail/emailmessage/", sent, follow=True).content.decode()

    assert "The link in this mail does not work any more. Invite the person again instead." in page
    assert EmailMessage.objects.get().state == "failed"


def test_the_front_desk_sees_mails_and_sends_none_again(owner, desk):
    invitations.invite(email="new@studio.example", role="engineer", actor=None, now=timezone.now())
    EmailMessage.objects.update(state=EmailState.FAILED)
    client = browser_of(desk)

    assert client.get("/admin/mail/emailmessage/").status_code == 200
    client.post(
        "/admin/mail/emailmessage/",
        {"action": "retry", "_selected_action": [EmailMessage.objects.get().pk], "confirmed": "yes"},
    )
    assert EmailMessage.objects.get().state == "failed"


# Lists --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(
    ("path", "queries"),
    [
        ("accounts/user/", 5),
        ("accounts/invitation/", 5),
        ("accounts/loginsession/", 5),
        ("accounts/accountsession/", 5),
        ("accounts/auditevent/", 5),
        ("mail/emailmessage/", 6),
    ],
)
def test_lists_ask_as_much_for_three_rows_as_for_one(at_desk, rows, path, queries, django_assert_num_queries):
    for index in range(rows):
        person = made_account(f"person{index}", "engineer")
        browser_of(person)
        invitations.invite(email=f"new{index}@studio.example", role="engineer", actor=None, now=timezone.now())

    at_desk.get(f"/admin/{path}")
    with django_assert_num_queries(queries):
        assert at_desk.get(f"/admin/{path}").status_code == 200
