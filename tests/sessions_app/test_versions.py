"""Versions of a track: numbered, counted against what is included, approved and taken back."""

import pytest

from sessions_app.models import TrackVersion
from sessions_app.services import facts, labels, projects, versions
from studio.accounts.models import AuditEvent, Notification
from studio.accounts.services import users
from studio.office.models import PendingFile, StoredFile
from tests.factories import NOW, ProjectFactory, TrackFactory, TrackVersionFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def track():
    return TrackFactory(project=ProjectFactory(included_revisions=2), title="Opener")


@pytest.fixture
def engineer():
    return UserFactory(email="edith@example.org", name="Edith")


def numbers(track, kind):
    found = TrackVersion.objects.filter(track=track, kind=kind).order_by("number")
    return list(found.values_list("number", "is_billable"))


def test_versions_count_by_kind_and_bill_what_goes_beyond_the_included_revisions(track):
    for kind in ["rough_mix"] * 5 + ["demo"] * 5 + ["master"]:
        TrackVersionFactory(track=track, kind=kind)

    assert numbers(track, "rough_mix") == [(1, False), (2, False), (3, False), (4, True), (5, True)]
    assert numbers(track, "demo") == [(number, False) for number in range(1, 6)]
    assert numbers(track, "master") == [(1, False)]


def test_what_a_version_was_is_not_changed_by_the_project_later(track):
    for _number in range(4):
        TrackVersionFactory(track=track)
    projects.change_project(project=track.project, included_revisions=9, actor=None, now=NOW)
    TrackVersionFactory(track=track)

    assert [billable for _number, billable in numbers(track, "rough_mix")] == [False, False, False, True, False]


def test_a_version_knows_who_sent_it_and_what_it_is(track, engineer):
    version = TrackVersionFactory(track=track, actor=engineer, notes="Louder drums", name="opener-3.wav")

    assert (str(version), version.uploaded_by, version.uploaded_by_label) == ("rough mix 1", engineer, engineer.label)
    assert (version.file.name, version.file.content_type, version.notes) == (
        "opener-3.wav",
        "audio/wav",
        "Louder drums",
    )
    assert AuditEvent.objects.get(verb="create", object_type="sessions_app.trackversion").account == engineer


@pytest.mark.parametrize("kind", ["acetate", "", "x" * 400])
def test_a_version_of_no_known_kind_is_refused_and_no_file_is_kept(track, kind):
    with pytest.raises(facts.BadFacts):
        TrackVersionFactory(track=track, kind=kind)

    assert not TrackVersion.objects.exists()
    assert not StoredFile.objects.exists()
    assert PendingFile.objects.count() == 1  # the sweep's


def test_an_approval_says_whose_it_is_and_tells_whoever_sent_the_version(track, engineer, desk):
    version = TrackVersionFactory(track=track, actor=engineer)

    approved = versions.approve_version(version=version, approved_by=" Mina ", actor=desk, now=NOW, reason="By phone.")

    assert (approved.is_approved, approved.approved_by_label, approved.approved_at) == (True, "Mina", NOW)
    event = AuditEvent.objects.get(verb="approve")
    assert (event.account, event.reason) == (desk, "By phone.")
    news = Notification.objects.get()
    assert (news.user, news.text) == (engineer, "Mina has approved rough mix 1 of Opener.")
    assert news.link == f"/admin/sessions_app/track/{track.pk}/change/"
    with pytest.raises(versions.AlreadyApproved, match="Mina has approved this version"):
        versions.approve_version(version=version, approved_by="Ada", actor=desk, now=NOW)


def test_an_approval_without_a_name_is_refused(track):
    with pytest.raises(facts.BadFacts, match="An approval says who gave it"):
        versions.approve_version(version=TrackVersionFactory(track=track), approved_by=" ", actor=None, now=NOW)


def test_an_approval_is_taken_back_with_a_reason_and_can_be_given_again(track, desk):
    version = TrackVersionFactory(track=track)
    versions.approve_version(version=version, approved_by="Mina", actor=desk, now=NOW)

    with pytest.raises(facts.NoReason):
        versions.withdraw_approval(version=version, reason="  ", actor=desk, now=NOW)
    withdrawn = versions.withdraw_approval(version=version, reason="Hiss in the bridge", actor=desk, now=NOW)

    assert (withdrawn.is_approved, withdrawn.approved_by_label) == (False, "Mina")
    assert AuditEvent.objects.get(verb="withdraw_approval").reason == "Hiss in the bridge"
    with pytest.raises(versions.NotApproved):
        versions.withdraw_approval(version=version, reason="Again", actor=desk, now=NOW)
    assert versions.approve_version(version=version, approved_by="Ada", actor=desk, now=NOW).is_approved


def test_delete_version_takes_the_audio_along_but_not_what_was_approved(track, desk):
    version = TrackVersionFactory(track=track)
    versions.approve_version(version=version, approved_by="Mina", actor=desk, now=NOW)

    with pytest.raises(versions.AlreadyApproved):
        versions.delete_version(version=version, actor=desk, now=NOW)
    versions.withdraw_approval(version=version, reason="Wrong file", actor=desk, now=NOW)
    versions.delete_version(version=version, actor=desk, now=NOW)

    assert not StoredFile.objects.exists()
    assert PendingFile.objects.get().key == version.file.key


def test_the_name_of_whoever_sent_a_version_follows_and_stays(track, engineer):
    version = TrackVersionFactory(track=track, actor=engineer)

    labels.relabel_account(user=engineer, label="Edith E.")
    users.User.objects.filter(pk=engineer.pk).delete()

    version.refresh_from_db()
    assert (version.uploaded_by, version.uploaded_by_label) == (None, "Edith E.")
