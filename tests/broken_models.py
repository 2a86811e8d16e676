"""The base of models that exist to break a rule, in the tests of the rules."""

from django.db import models


class Unshown(models.Model):
    """A row that nobody ever sees."""

    class Meta:
        abstract = True

    def __str__(self):
        return f"{self.pk}"
