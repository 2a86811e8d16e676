"""Duplicates that were put together, and pairs that are none."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Value
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from sessions_app.models.client import Client
from studio.db import CreatedUpdated


class ClientMerge(CreatedUpdated):
    """One merge of a duplicate into the client it doubled, with all it takes to undo it exactly."""

    survivor = models.ForeignKey(
        Client,
        null=True,
        on_delete=models.DB_SET_NULL,
        related_name="merges_survived",
        db_index=False,
        verbose_name=_("kept"),
        help_text=_("Empty after the client is deleted, which takes an undone merge: the name stays."),
    )
    survivor_label = models.CharField(_("kept"), max_length=520)
    merged = models.ForeignKey(
        Client,
        null=True,
        on_delete=models.DB_SET_NULL,
        related_name="merges_ended",
        db_index=False,
        verbose_name=_("merged"),
        help_text=_("Empty after the client is deleted: the name stays."),
    )
    merged_label = models.CharField(_("merged"), max_length=520)
    # [{"model", "field", "columns", "rows": [[key, digest, {column: value before}], ...]}, ...]
    moved = models.JSONField(default=list, db_default=Value([], models.JSONField()))
    moved_count = models.PositiveIntegerField(_("rows moved"), default=0, db_default=0)
    # {field: [before, after]} of the client that was kept and of the one that was merged, as the trail writes values
    survivor_changes = models.JSONField(default=dict, db_default=Value({}, models.JSONField()))
    merged_changes = models.JSONField(default=dict, db_default=Value({}, models.JSONField()))

    done_at = models.DateTimeField(_("merged at"))
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        help_text=_("Empty after the account is deleted: the name stays."),
    )
    done_by_label = models.CharField(_("merged by"), max_length=420, blank=True, default="", db_default="")
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        help_text=_("Empty until the merge is undone, and after the account is deleted: the name stays."),
    )
    undone_by_label = models.CharField(_("undone by"), max_length=420, blank=True, default="", db_default="")

    class Meta:
        db_table = "client_merges"
        verbose_name = _("merge")
        verbose_name_plural = _("merges")
        constraints = [
            models.CheckConstraint(
                name="client_merges_two_clients",
                condition=Q(survivor__isnull=True) | Q(merged__isnull=True) | ~Q(survivor=F("merged")),
            ),
            models.UniqueConstraint(
                name="client_merges_once", fields=["merged"], condition=Q(undone_at__isnull=True, merged__isnull=False)
            ),
        ]
        indexes = [
            models.Index(name="client_merges_newest", fields=["-done_at", "-id"]),
            models.Index(name="client_merges_of_survivor", fields=["survivor"]),
            models.Index(name="client_merges_of_merged", fields=["merged"]),
        ]

    def __str__(self) -> str:
        return _now("%(merged)s into %(survivor)s") % {"merged": self.merged_label, "survivor": self.survivor_label}


class ClientDistinction(CreatedUpdated):
    """Two clients that look alike and are two: somebody has looked."""

    earlier = models.ForeignKey(Client, on_delete=models.DB_CASCADE, related_name="distinctions_below", db_index=False)
    later = models.ForeignKey(Client, on_delete=models.DB_CASCADE, related_name="distinctions_above")
    said_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        help_text=_("Empty after the account is deleted: the name stays."),
    )
    said_by_label = models.CharField(max_length=420, blank=True, default="", db_default="")

    class Meta:
        db_table = "client_distinctions"
        verbose_name = _("pair that is none")
        verbose_name_plural = _("pairs that are none")
        constraints = [
            models.CheckConstraint(name="client_distinctions_in_order", condition=Q(earlier__lt=F("later"))),
            models.UniqueConstraint(name="client_distinctions_once", fields=["earlier", "later"]),
        ]

    def __str__(self) -> str:
        return f"{self.earlier_id} / {self.later_id}"
