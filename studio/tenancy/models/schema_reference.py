"""What the guard's references came to, so that a check without findings need not make them again."""

from django.db import models

from studio.db import CreatedUpdated


class SchemaReference(CreatedUpdated):
    """The digests of a schema made by the migrations, by kind of object.

    place: `studio` for every studio's, else the schema's own name
    made_from: digest of the code, the libraries and the server it was made by; another one makes it stale
    """

    place = models.CharField(max_length=63, unique=True)
    made_from = models.CharField(max_length=64)
    digests = models.JSONField()

    class Meta:
        db_table = "schema_references"

    def __str__(self) -> str:
        return f"{self.place} {self.made_from[:8]}"
