import uuid

from django.conf import settings
from django.db import models

ACTS = ("taken", "handed_over", "used_further", "returned", "destroyed", "misused")
"""What happens to a package after it is made. `taken`: somebody of the system loaded it down."""


class Package(models.Model):
    """The package of one order, in a file that is named by its id alone."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey("extraction.Extraction", on_delete=models.PROTECT, related_name="packages")
    sha256 = models.CharField(max_length=64, help_text="of its manifest.json: identifies the package")
    size = models.BigIntegerField(help_text="bytes")
    clips = models.PositiveIntegerField()
    missing_us = models.BigIntegerField(help_text="of what was asked for, over all cameras")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["-made_at"]

    def __str__(self) -> str:
        return f"{self.request} · {self.sha256[:16]}"


class Handling(models.Model):
    """One link of the chain of custody. Never changed."""

    id = models.BigAutoField(primary_key=True)
    package = models.ForeignKey(Package, on_delete=models.PROTECT, related_name="handlings")
    act = models.CharField(max_length=16, choices=[(one, one) for one in ACTS])
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    recipient = models.CharField(max_length=200, blank=True, help_text="who received it, with post or paper")
    receipt = models.CharField(max_length=200, blank=True, help_text="number and date of the receipt")
    note = models.CharField(max_length=1000, blank=True)

    class Meta:
        ordering = ["at", "id"]
