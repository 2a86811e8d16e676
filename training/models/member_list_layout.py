"""How somebody likes the list of members."""

from django.conf import settings
from django.db import models
from django.db.models import Q, Value
from django.utils.translation import gettext_lazy as _

from studio.db import CreatedUpdated

PAGE_SIZES = (10, 20, 30, 50)
USUAL_PAGE_SIZE = 50


class MemberListLayout(CreatedUpdated):
    """The columns and the page size that one account chose; names of columns that are gone are passed over."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.DB_CASCADE, related_name="+", verbose_name=_("account")
    )
    columns = models.JSONField(_("columns"), default=list, db_default=Value([], models.JSONField()))
    page_size = models.PositiveSmallIntegerField(_("rows a page"), default=USUAL_PAGE_SIZE, db_default=USUAL_PAGE_SIZE)

    class Meta:
        db_table = "member_list_layouts"
        verbose_name = _("layout of the list of members")
        verbose_name_plural = _("layouts of the list of members")
        constraints = [
            models.CheckConstraint(name="member_list_layouts_page_size_known", condition=Q(page_size__in=PAGE_SIZES)),
        ]

    def __str__(self) -> str:
        return f"{self.page_size}"
