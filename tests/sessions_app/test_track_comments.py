"""Comments on a moment, and credits with their shares."""

from decimal import Decimal

import pytest

from sessions_app.models import AuthorKind, TrackComment, TrackCredit
from sessions_app.selectors.tracks import track_overview
from sessions_app.services import facts, track_comments, track_credits
from studio.accounts.models import AuditEvent, Notification
from tests.factories import (
    NOW,
    MusicianFactory,
    TrackCommentFactory,
    TrackCreditFactory,
    TrackFactory,
    TrackVersionFactory,
    UserFactory,
    wav,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def engineer():
    return UserFactory(email="edith@example.org", name="Edith")


@pytest.fixture
def version(engineer):
    return TrackVersionFactory(actor=engineer)


def said(version):
    (heard,) = track_overview(version.track).versions
    return [(thread.comment.body, [answer.body for answer in thread.answers]) for thread in heard.threads]


def test_comments_stand_in_the_order_of_the_music_with_their_answers(version, engineer):
    late = TrackCommentFactory(version=version, second=Decimal("61.5004"), body="Fade earlier")
    TrackCommentFactory(version=version, second=Decimal(3), body="More voice")
    answer = track_comments.answer_comment(comment=late, body="By two bars?", actor=engineer, now=NOW)
    track_comments.answer_comment(comment=answer, body="Yes", listener="Mina", actor=None, now=NOW)

    assert said(version) == [("More voice", []), ("Fade earlier", ["By two bars?", "Yes"])]
    assert (answer.parent, answer.second, answer.author_kind) == (late, Decimal("61.500"), AuthorKind.STAFF)
    assert (late.author_kind, late.author_label, late.author) == (AuthorKind.CLIENT, "Mina", None)


def test_a_comment_of_a_listener_is_told_to_whoever_sent_the_version(version, engineer):
    TrackCommentFactory(version=version, listener="Mina")
    TrackCommentFactory(version=version, actor=engineer, listener="")

    assert [(news.user, news.text) for news in Notification.objects.all()] == [
        (engineer, f"Mina has commented on rough mix 1 of {version.track.title}.")
    ]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"body": "  "}, "Comment: This field cannot be blank."),
        ({"second": Decimal("-0.001")}, "A comment belongs to a second between 0 and a day."),
        ({"second": Decimal(86401)}, "A comment belongs to a second between 0 and a day."),
    ],
)
def test_a_comment_is_refused_with_a_sentence(version, given, sentence):
    with pytest.raises(facts.BadFacts) as refusal:
        TrackCommentFactory(version=version, **given)

    assert str(refusal.value).startswith(sentence)


@pytest.mark.parametrize(("second", "is_kept"), [("2", True), ("2.4", False), ("90", False)])
def test_a_comment_belongs_to_a_moment_of_the_audio(second, is_kept):
    heard = TrackVersionFactory(audio=wav(seconds=2))
    assert heard.length == Decimal(2)
    if is_kept:
        assert TrackCommentFactory(version=heard, second=Decimal(second)).second == Decimal(second)
        return
    with pytest.raises(track_comments.BeyondTheEnd, match="The audio ends at 0:02"):
        TrackCommentFactory(version=heard, second=Decimal(second))


def test_a_comment_is_no_letter(version):
    with pytest.raises(track_comments.TooLong):
        TrackCommentFactory(version=version, body="x" * 5001)


def test_a_thread_is_resolved_and_opened_again(version, desk):
    thread = TrackCommentFactory(version=version)
    answer = track_comments.answer_comment(comment=thread, body="Done", actor=desk, now=NOW)

    resolved = track_comments.resolve_comment(comment=answer, actor=desk, now=NOW)
    assert (resolved.pk, resolved.resolved_at, resolved.resolved_by_label) == (thread.pk, NOW, desk.label)
    with pytest.raises(track_comments.AlreadySettled, match="Dana Desk"):
        track_comments.resolve_comment(comment=thread, actor=desk, now=NOW)
    assert track_comments.reopen_comment(comment=thread, actor=desk, now=NOW).resolved_at is None
    with pytest.raises(track_comments.AlreadySettled, match="open"):
        track_comments.reopen_comment(comment=thread, actor=desk, now=NOW)
    assert list(AuditEvent.objects.filter(verb__in=["resolve", "reopen"]).values_list("verb", flat=True)) == [
        "resolve",
        "reopen",
    ]


def test_delete_comment_takes_its_answers(version, desk):
    thread = TrackCommentFactory(version=version)
    track_comments.answer_comment(comment=thread, body="Done", actor=desk, now=NOW)
    stays = TrackCommentFactory(version=version, body="Stays")

    track_comments.delete_comment(comment=thread, actor=desk, now=NOW)

    assert list(TrackComment.objects.all()) == [stays]


def test_the_comments_of_many_versions_take_three_queries(version, django_assert_num_queries):
    for _number in range(3):
        TrackCommentFactory(version=TrackVersionFactory(track=version.track))

    with django_assert_num_queries(3):
        assert len(track_overview(version.track).versions) == 4


# Credits ------------------------------------------------------------------------------------------


def test_a_credit_takes_the_name_of_its_talent_and_keeps_it(desk):
    talent = MusicianFactory(name="Ada Lovelace", stage_name="Countess")
    credit = TrackCreditFactory(musician=talent, name="", actor=desk)

    talent.delete()
    credit.refresh_from_db()

    assert (credit.name, credit.musician) == ("Countess", None)


def test_splits_come_to_the_whole_and_no_more(desk):
    track = TrackFactory()
    mina = TrackCreditFactory(track=track, split_percent=Decimal(60))
    ada = TrackCreditFactory(track=track, name="Ada", split_percent=Decimal(40))

    with pytest.raises(track_credits.TooMuchSplit, match=r"exceed 100 percent: the others have 100\.00\."):
        TrackCreditFactory(track=track, name="Bea", split_percent=Decimal("0.01"))
    with pytest.raises(track_credits.TooMuchSplit, match=r"the others have 40\.00"):
        track_credits.change_credit(credit=mina, split_percent=Decimal("60.01"), actor=desk, now=NOW)
    track_credits.change_credit(credit=ada, split_percent=None, actor=desk, now=NOW)
    track_credits.change_credit(credit=mina, split_percent=Decimal(100), actor=desk, now=NOW)

    assert [credit.split_percent for credit in TrackCredit.objects.order_by("pk")] == [100, None]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"role": ""}, "Role: This field cannot be blank."),
        ({"name": " "}, "A credit names somebody."),
        ({"split_percent": Decimal(101)}, "A split lies between 0 and 100 percent."),
        ({"split_percent": Decimal(-1)}, "A split lies between 0 and 100 percent."),
        ({"split_percent": Decimal("0.001")}, "Split: Ensure that there are no more than 2 decimal places."),
    ],
)
def test_a_credit_is_refused_with_a_sentence(given, sentence):
    with pytest.raises(facts.BadFacts) as refusal:
        TrackCreditFactory(**given)

    assert str(refusal.value).startswith(sentence)


def test_remove_credit_is_put_on_record(desk):
    credit = TrackCreditFactory(split_percent=Decimal(50))

    track_credits.remove_credit(credit=credit, actor=desk, now=NOW)

    assert not TrackCredit.objects.exists()
    assert AuditEvent.objects.get(verb="delete").changes["split_percent"] == ["50.00", None]
