"""What the staff remember about a member."""

from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from studio.db import CreatedUpdated
from training.models.member import Member


class MemberCommentQuerySet(models.QuerySet["MemberComment"]):
    """Comments."""

    def live(self, day: date) -> Self:
        """Keep those that are an alert on a day of the studio's calendar: until they are due."""
        return self.filter(due_on__gte=day)

    def newest_first(self) -> Self:
        """Comments, the last one first."""
        return self.order_by("-created_at", "-pk")


class MemberComment(CreatedUpdated):
    """A remark of the staff on a member; with a day it is an alert until that day is over."""

    member = models.ForeignKey(
        Member, on_delete=models.DB_CASCADE, related_name="comments", db_index=False, verbose_name=_("member")
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        db_index=False,
        verbose_name=_("author"),
        help_text=_("Empty for the product itself, and after the account is deleted: the name stays."),
    )
    author_label = models.CharField(_("author"), max_length=420, editable=False)
    body = models.TextField(_("comment"))
    due_on = models.DateField(
        _("due"), null=True, blank=True, help_text=_("An alert up to and including this day. Empty: a plain remark.")
    )
    is_by_system = models.BooleanField(_("by the system"), default=False, db_default=False, editable=False)

    objects = models.Manager.from_queryset(MemberCommentQuerySet)()

    class Meta:
        db_table = "member_comments"
        verbose_name = _("comment on a member")
        verbose_name_plural = _("comments on members")
        constraints = [
            models.CheckConstraint(
                name="member_comments_body_given",
                condition=Q(body__regex=r"\S"),
                violation_error_message=_("A comment says something."),
            ),
            models.CheckConstraint(name="member_comments_author_named", condition=~Q(author_label="")),
        ]
        indexes = [
            models.Index(name="member_comments_newest", fields=["member", "-created_at", "-id"]),
            models.Index(name="member_comments_due", fields=["member", "due_on"], condition=Q(due_on__isnull=False)),
            models.Index(name="member_comments_author", fields=["author"], condition=Q(author__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.author_label}: {self.body[:60]}"
