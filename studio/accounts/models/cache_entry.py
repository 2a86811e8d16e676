"""The table behind Django's database cache, one per studio."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class CacheEntry(models.Model):
    """A counter or a remembered answer; its columns are those that Django's DatabaseCache expects."""

    cache_key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    expires = models.DateTimeField()

    class Meta:
        db_table = "cache_entries"
        verbose_name = _("cache entry")
        verbose_name_plural = _("cache entries")
        indexes = [models.Index(name="cache_entries_expiry", fields=["expires"])]

    def __str__(self) -> str:
        return self.cache_key
