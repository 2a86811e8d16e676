"""Private addresses under which a calendar program reads sessions."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sessions_app.models.room import Room
from studio.db import CreatedUpdated


class FeedScope(models.TextChoices):
    """Whose sessions a feed shows."""

    ROOM = "room", _("one room")
    PERSON = "person", _("one person")
    HOUSE = "house", _("the whole house")


class FeedDetail(models.TextChoices):
    """How much of a session a feed tells."""

    BUSY = "busy", _("busy times only")
    TITLES = "titles", _("titles and rooms")
    FULL = "full", _("titles, clients and notes")


class CalendarFeedQuerySet(models.QuerySet["CalendarFeed"]):
    """Feeds."""

    def open(self) -> Self:
        """Keep those that were not revoked."""
        return self.filter(revoked_at__isnull=True)


class CalendarFeed(CreatedUpdated):
    """An address that only its owner knows; only the digest of its token is kept."""

    name = models.CharField(_("name"), max_length=120, help_text=_("Where it is read, e.g. Phone of the front desk."))
    scope = models.CharField(_("shows"), max_length=16, choices=FeedScope)
    detail = models.CharField(
        _("detail"), max_length=16, choices=FeedDetail, default=FeedDetail.TITLES, db_default=FeedDetail.TITLES
    )
    room = models.ForeignKey(
        Room,
        null=True,
        blank=True,
        on_delete=models.DB_CASCADE,
        related_name="calendar_feeds",
        verbose_name=_("room"),
        help_text=_("Only for one room."),
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.DB_CASCADE,
        related_name="+",
        verbose_name=_("person"),
        help_text=_("Only for one person, whose sessions it shows; it ends with the account."),
    )
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        editable=False,
        verbose_name=_("made by"),
        help_text=_("Empty when the product made it, and once the account is deleted: the label stays."),
    )
    created_by_label = models.CharField(
        _("made by"), max_length=420, blank=True, default="", db_default="", editable=False
    )
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True, editable=False)
    last_read_at = models.DateTimeField(_("last read"), null=True, blank=True, editable=False)

    objects = models.Manager.from_queryset(CalendarFeedQuerySet)()

    class Meta:
        db_table = "calendar_feeds"
        verbose_name = _("calendar feed")
        verbose_name_plural = _("calendar feeds")
        constraints = [
            models.CheckConstraint(name="calendar_feeds_scope_known", condition=Q(scope__in=FeedScope.values)),
            models.CheckConstraint(name="calendar_feeds_detail_known", condition=Q(detail__in=FeedDetail.values)),
            models.CheckConstraint(name="calendar_feeds_name_given", condition=~Q(name="")),
            models.CheckConstraint(
                name="calendar_feeds_shows_one_thing",
                condition=Q(scope=FeedScope.ROOM, room__isnull=False, person__isnull=True)
                | Q(scope=FeedScope.PERSON, room__isnull=True, person__isnull=False)
                | Q(scope=FeedScope.HOUSE, room__isnull=True, person__isnull=True),
                violation_error_message=_("A feed shows one room, one person, or the whole house."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        """Whether its address still answers."""
        return self.revoked_at is None

    @property
    def shows(self) -> str:
        """What it shows, in a few words."""
        return str(self.room or self.person or gettext("the whole house"))
