"""News for one person, shown after sign-in."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from studio.accounts.models.user import User
from studio.db import CreatedUpdated


class NotificationKind(models.TextChoices):
    """What a notification is about."""

    ACCOUNT = "account", _("account")
    BOOKING = "booking", _("booking")
    TASK = "task", _("task")
    MONEY = "money", _("money")
    SYSTEM = "system", _("system")


class NotificationQuerySet(models.QuerySet["Notification"]):
    """Read and unread news."""

    def unread(self) -> Self:
        """Those not looked at yet."""
        return self.filter(read_at__isnull=True)


class Notification(CreatedUpdated):
    """A sentence for one person with a place to go; it goes with the account."""

    user = models.ForeignKey(User, on_delete=models.DB_CASCADE, related_name="notifications", verbose_name=_("account"))
    kind = models.CharField(_("kind"), max_length=16, choices=NotificationKind)
    text = models.CharField(_("text"), max_length=500)
    link = models.CharField(_("link"), max_length=500, blank=True, default="", db_default="")
    read_at = models.DateTimeField(_("read"), null=True, blank=True)

    objects = models.Manager.from_queryset(NotificationQuerySet)()

    class Meta:
        db_table = "notifications"
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        constraints = [
            models.CheckConstraint(name="notifications_kind_known", condition=Q(kind__in=NotificationKind.values)),
            # A link is a path of this studio's own host: nobody is sent elsewhere.
            models.CheckConstraint(
                name="notifications_link_is_path", condition=Q(link="") | Q(link__regex=r"^/([^/\\]|$)")
            ),
        ]
        indexes = [models.Index(name="notifications_newest", fields=["user", "-created_at"])]

    def __str__(self) -> str:
        return self.text
