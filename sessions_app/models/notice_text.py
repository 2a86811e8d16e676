"""What the studio has settled about its mails to clients: which ones leave, and in what words."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sessions_app.models.session_notice import NoticeKind
from studio.db import CreatedUpdated


class NoticeText(CreatedUpdated):
    """The studio's own choice for one kind of mail; a kind without a row leaves in the product's words."""

    kind = models.CharField(_("kind"), max_length=32, choices=NoticeKind)
    is_enabled = models.BooleanField(
        _("send it"), default=True, db_default=True, help_text=_("Switched off: no mail of this kind leaves.")
    )
    subject = models.CharField(
        _("subject"), max_length=200, blank=True, default="", db_default="", help_text=_("Empty: the usual subject.")
    )
    opening = models.TextField(
        _("opening"), blank=True, default="", db_default="", help_text=_("Empty: the usual sentences.")
    )

    class Meta:
        db_table = "notice_texts"
        verbose_name = _("words of a mail")
        verbose_name_plural = _("words of mails")
        constraints = [
            models.UniqueConstraint(name="notice_texts_one_per_kind", fields=["kind"]),
            models.CheckConstraint(name="notice_texts_kind_known", condition=Q(kind__in=NoticeKind.values)),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
