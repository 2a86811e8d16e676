"""Who came, and when the day's last word on a session was spoken."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Attendance(models.Model):
    """The columns of a session that are written on the day."""

    actual_start = models.DateTimeField(_("actual start"), null=True, blank=True)
    actual_end = models.DateTimeField(_("actual end"), null=True, blank=True)
    checked_in_at = models.DateTimeField(_("checked in at"), null=True, blank=True, editable=False)
    checked_in_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        db_index=False,
        editable=False,
        verbose_name=_("checked in by"),
        help_text=_("Empty before anybody came, and after the account is deleted: the name stays."),
    )
    checked_in_by_label = models.CharField(
        _("checked in by"), max_length=420, blank=True, default="", db_default="", editable=False
    )
    # When it was marked as completed or as a no-show: a mistake is taken back on that day only.
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True, editable=False)

    class Meta:
        abstract = True
