import uuid

from django.conf import settings
from django.db import models


class Bookmark(models.Model):
    """A moment or a span of a camera's recordings that somebody marked. It grants nothing."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    camera = models.ForeignKey("registry.Camera", on_delete=models.CASCADE, related_name="bookmarks")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="bookmarks")
    unit = models.ForeignKey(
        "units.Unit",
        null=True,
        on_delete=models.CASCADE,
        related_name="bookmarks",
        help_text="whose people see it too; null: nobody but its maker",
    )
    at = models.DateTimeField()
    until = models.DateTimeField(null=True, help_text="end of the span; null: a moment")
    title = models.CharField(max_length=120)
    note = models.CharField(max_length=1000, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["at"]
        indexes = [models.Index(fields=["camera", "at"], name="bookmarks_by_time")]

    def __str__(self) -> str:
        return self.title
