"""What was taken over from former databases: which sources, which rows became what, what was set aside."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from studio.db import CreatedUpdated


class AdoptionSource(CreatedUpdated):
    """A former database, known again by its rows whatever its file or address is called."""

    name = models.CharField(_("name"), max_length=255)
    # Digests of rows that do not change: key and, for counted keys, the moment the row was made.
    marks = models.JSONField(_("marks"), default=list, editable=False)
    adopted_at = models.DateTimeField(_("taken over"), help_text=_("When last."))

    class Meta:
        db_table = "adoption_sources"
        verbose_name = _("former database")
        verbose_name_plural = _("former databases")
        constraints = [models.UniqueConstraint(name="adoption_sources_name_unique", fields=["name"])]

    def __str__(self) -> str:
        return self.name


class AdoptionLink(CreatedUpdated):
    """A row of a former table and the row that it became; it stays when that one is deleted."""

    source = models.ForeignKey(AdoptionSource, on_delete=models.PROTECT, related_name="links", db_index=False)
    table_name = models.CharField(_("table"), max_length=63)
    row_id = models.CharField(_("row"), max_length=255)
    object_type = models.CharField(_("became a"), max_length=100, help_text=_("A model, as app.model."))
    object_id = models.CharField(_("key"), max_length=255)

    class Meta:
        db_table = "adoption_links"
        verbose_name = _("taken-over row")
        verbose_name_plural = _("taken-over rows")
        constraints = [
            models.UniqueConstraint(name="adoption_links_row_once", fields=["source", "table_name", "row_id"]),
        ]
        indexes = [models.Index(name="adoption_links_of_object", fields=["object_type", "object_id"])]

    def __str__(self) -> str:
        return f"{self.table_name} {self.row_id} -> {self.object_type} {self.object_id}"


class AdoptionRow(CreatedUpdated):
    """What of a former row found no place: the whole row, or those of its columns nobody knows."""

    source = models.ForeignKey(AdoptionSource, on_delete=models.PROTECT, related_name="rows", db_index=False)
    table_name = models.CharField(_("table"), max_length=63)
    row_id = models.CharField(_("row"), max_length=255)
    content = models.JSONField(_("content"), encoder=DjangoJSONEncoder, help_text=_("Column -> value, as it was."))
    reason = models.TextField(_("reason"))
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True, help_text=_("Empty: still without a place."))

    class Meta:
        db_table = "adoption_rows"
        verbose_name = _("row set aside")
        verbose_name_plural = _("rows set aside")
        constraints = [
            models.UniqueConstraint(name="adoption_rows_row_once", fields=["source", "table_name", "row_id"]),
            models.CheckConstraint(name="adoption_rows_reason_given", condition=~models.Q(reason="")),
        ]
        indexes = [
            models.Index(
                name="adoption_rows_to_settle",
                fields=["table_name", "id"],
                condition=models.Q(settled_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.table_name} {self.row_id}"
