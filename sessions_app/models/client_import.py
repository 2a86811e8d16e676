"""Lists of clients that were sent as a file: what was in it, what became of each row."""

from django.conf import settings
from django.db import models
from django.db.models import Q, Value
from django.utils.translation import gettext_lazy as _

from sessions_app.models.client import Client
from studio.db import CreatedUpdated


class ImportStatus(models.TextChoices):
    """How far an import has come."""

    MAPPING = "mapping", _("columns to be named")
    PREVIEW = "preview", _("ready to import")
    RUNNING = "running", _("under way")
    DONE = "done", _("done")
    UNDONE = "undone", _("undone")


class RowOutcome(models.TextChoices):
    """What a row is, before the import; or what became of it."""

    UNREAD = "unread", _("not looked at")
    NEW = "new", _("new")
    DUPLICATE = "duplicate", _("known already")
    REFUSED = "refused", _("refused")
    CREATED = "created", _("created")
    UPDATED = "updated", _("filled in")
    SKIPPED = "skipped", _("left out")


class RowChoice(models.TextChoices):
    """What is done with a row whose client is known already."""

    SKIP = "skip", _("leave out")
    UPDATE = "update", _("fill empty fields")
    CREATE = "create", _("create anyway")


class ClientImport(CreatedUpdated):
    """One file of clients."""

    name = models.CharField(_("file"), max_length=255)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField(_("size"))
    # The heads of the file's columns, and which fact of a client each holds: [{"head", "field"}, ...].
    columns = models.JSONField(default=list, db_default=Value([], models.JSONField()))
    status = models.CharField(
        _("status"), max_length=16, choices=ImportStatus, default=ImportStatus.MAPPING, db_default=ImportStatus.MAPPING
    )
    row_count = models.PositiveIntegerField(_("rows"), default=0, db_default=0)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        help_text=_("Empty after the account is deleted: the name stays."),
    )
    sent_by_label = models.CharField(_("sent by"), max_length=420, blank=True, default="", db_default="")
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    class Meta:
        db_table = "client_imports"
        verbose_name = _("import of clients")
        verbose_name_plural = _("imports of clients")
        constraints = [
            models.CheckConstraint(name="client_imports_status_known", condition=Q(status__in=ImportStatus.values)),
            models.CheckConstraint(name="client_imports_sha256_hex", condition=Q(sha256__regex=r"^[0-9a-f]{64}$")),
            models.CheckConstraint(name="client_imports_row_count_not_negative", condition=Q(row_count__gte=0)),
        ]
        indexes = [
            models.Index(name="client_imports_newest", fields=["-created_at", "-id"]),
            models.Index(name="client_imports_by_content", fields=["sha256"]),
        ]

    def __str__(self) -> str:
        return self.name


class ClientImportRow(CreatedUpdated):
    """One row of the file."""

    client_import = models.ForeignKey(
        ClientImport, on_delete=models.DB_CASCADE, related_name="rows", db_index=False, verbose_name=_("import")
    )
    number = models.PositiveIntegerField(_("row"), help_text=_("As a spreadsheet program counts: the heads are 1."))
    cells = models.JSONField(default=list, db_default=Value([], models.JSONField()))
    outcome = models.CharField(
        _("outcome"), max_length=16, choices=RowOutcome, default=RowOutcome.UNREAD, db_default=RowOutcome.UNREAD
    )
    choice = models.CharField(
        _("choice"), max_length=16, choices=RowChoice, default=RowChoice.SKIP, db_default=RowChoice.SKIP
    )
    why = models.CharField(_("why"), max_length=1000, blank=True, default="", db_default="")
    client = models.ForeignKey(
        Client,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="import_rows",
        verbose_name=_("client"),
        help_text=_(
            "The one it doubles, or the one it became. Empty as long as there is none, and once it is deleted."
        ),
    )
    # {field: [before, after]} of a client that was filled in, the facts of one that was created.
    changes = models.JSONField(default=dict, db_default=Value({}, models.JSONField()))

    class Meta:
        db_table = "client_import_rows"
        verbose_name = _("row of an import")
        verbose_name_plural = _("rows of imports")
        constraints = [
            models.CheckConstraint(name="client_import_rows_outcome_known", condition=Q(outcome__in=RowOutcome.values)),
            models.CheckConstraint(name="client_import_rows_choice_known", condition=Q(choice__in=RowChoice.values)),
            models.UniqueConstraint(name="client_import_rows_once", fields=["client_import", "number"]),
        ]
        indexes = [
            models.Index(name="client_import_rows_by_outcome", fields=["client_import", "outcome", "number"]),
        ]

    def __str__(self) -> str:
        return f"{self.client_import_id}/{self.number}"
