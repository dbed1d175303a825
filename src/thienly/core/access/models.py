import uuid

from django.conf import settings
from django.db import models


class Seat(models.Model):
    """A person in a role of a unit for a time. Rights are derived from live seats, never copied.

    The role stands in a profile; what it may do and over which scope is read there at each decision.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="seats")
    unit = models.ForeignKey("units.Unit", on_delete=models.PROTECT, related_name="seats")
    profile = models.CharField(max_length=20, help_text="profile id, e.g. QN")
    role = models.CharField(max_length=60, help_text="role id in the profile")
    sector = models.CharField(max_length=40, blank=True, help_text="for roles whose scope is `sector`")
    sites = models.ManyToManyField(
        "registry.Site", blank=True, help_text="for roles whose scope is a grant list"
    )
    document = models.CharField(max_length=200, help_text="number and date of the appointing decision")
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(
        null=True, blank=True, help_text="first moment at which the seat no longer counts"
    )
    ended_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-valid_from"]

    def __str__(self) -> str:
        return f"{self.role}@{self.unit_id}"


class AccessEpoch(models.Model):
    """One row; `value` grows in every transaction that may change a right. Gateways compare it cheaply."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    value = models.PositiveBigIntegerField(default=0)


class WallLayout(models.Model):
    """A person's saved arrangement of tiles; it grants nothing."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="layouts")
    name = models.CharField(max_length=80)
    size = models.PositiveSmallIntegerField(help_text="tiles: 1, 4, 9 or 16")
    tiles = models.JSONField(default=list, help_text="camera ids or null, in reading order")
    streams = models.JSONField(
        default=dict, help_text="camera id → main or sub, where it is not chosen by the size of the tile"
    )
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "name"], name="one_layout_per_name")]
