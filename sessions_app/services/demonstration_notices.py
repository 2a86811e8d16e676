"""Mails and calendars in the demonstration: reminders, feeds, and words of the studio's own."""

from datetime import datetime

from django.utils.translation import gettext as _

from sessions_app.models import FeedDetail, FeedScope, NoticeKind, Room
from sessions_app.services import feeds, notice_texts, reminders
from studio.office.services.profile import update_profile


def tell_clients(*, now: datetime) -> int:
    """Remind clients of the sessions of the next 24 hours, in words of the studio's own, and return of how many."""
    update_profile(facts={"email": "desk@sunset.example"}, actor=None, now=now)
    notice_texts.settle_words(
        kind=NoticeKind.REMINDER,
        is_enabled=True,
        subject=_("See you at {studio}: {when}"),
        opening=_("Hello {client},\n\nwe are looking forward to {title}. The coffee is on us."),
        actor=None,
        now=now,
    )
    return reminders.remind_of_sessions(now=now)


def make_feeds(*, now: datetime) -> list[feeds.MadeFeed]:
    """Make a feed of the house and one of its first room, and return them with their addresses."""
    house = feeds.make_feed(name=_("Office"), scope=FeedScope.HOUSE, detail=FeedDetail.FULL, actor=None, now=now)
    room = Room.objects.filter(is_active=True).order_by("pk").first()
    if room is None:
        return [house]
    door = feeds.make_feed(
        name=_("Screen at the door"), scope=FeedScope.ROOM, detail=FeedDetail.BUSY, room=room, actor=None, now=now
    )
    return [house, door]
