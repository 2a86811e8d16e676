"""The trail: who did what to which thing, and what it was before."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from studio.accounts.models.account_session import AccountSession
from studio.accounts.models.user import User
from studio.db import CreatedUpdated
from studio.showing import when


class AuditEvent(CreatedUpdated):
    """One act, as it was written down in the transaction that did it; never changed afterwards."""

    append_only = True

    account_session = models.ForeignKey(
        AccountSession,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="audit_events",
        verbose_name=_("account session"),
        help_text=_("Empty for what was done outside a sign-in: by a job, a command or the product itself."),
    )
    account = models.ForeignKey(
        User,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="audit_events",
        verbose_name=_("account"),
        help_text=_("Empty for acts of the product itself, and once the account is deleted: the label stays."),
    )
    actor_label = models.CharField(_("by"), max_length=420, blank=True, default="", db_default="")
    verb = models.CharField(_("act"), max_length=64)
    # Named by label and key, not linked: the thing may be gone, and its table may be in an app above this one.
    object_type = models.CharField(_("kind of thing"), max_length=100)
    object_id = models.CharField(_("its key"), max_length=64)
    object_label = models.CharField(_("thing as it was"), max_length=420)
    changes = models.JSONField(_("changes"), default=dict, help_text=_("Each field with its old and its new value."))
    reason = models.TextField(_("reason"), blank=True, default="", db_default="")
    request_id = models.CharField(_("request"), max_length=64, blank=True, default="", db_default="")
    at = models.DateTimeField(_("at"))

    class Meta:
        db_table = "audit_events"
        verbose_name = _("audit event")
        verbose_name_plural = _("audit events")
        constraints = [models.CheckConstraint(name="audit_events_verb_given", condition=~Q(verb=""))]
        indexes = [
            # icontains compares UPPER(): an index on the plain column would never be used.
            GinIndex(
                OpClass(Upper("actor_label"), "gin_trgm_ops"),
                OpClass(Upper("object_label"), "gin_trgm_ops"),
                name="audit_events_search",
            ),
            models.Index(name="audit_events_newest", fields=["-at", "-id"]),
            models.Index(name="audit_events_object", fields=["object_type", "object_id", "at"]),
        ]

    def __str__(self) -> str:
        return f"{when(self.at)} {self.actor_label} {self.verb} {self.object_label}"
