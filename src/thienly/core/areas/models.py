from django.conf import settings
from django.db import models


class Area(models.Model):
    """A province or commune of the official list, valid between two dates. Codes come back after a merger, so
    an area is its code and its first day."""

    id = models.BigAutoField(primary_key=True)
    code = models.CharField(max_length=10, help_text="of the official list, e.g. 37 or 14329")
    name = models.CharField(max_length=200)
    folded = models.CharField(max_length=200, db_index=True)
    level = models.CharField(max_length=20, help_text="province, district, commune")
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    valid_from = models.DateField(null=True, blank=True, help_text="null: the list does not say")
    valid_to = models.DateField(null=True, blank=True, help_text="first day on which it was no more")
    document = models.CharField(max_length=200, blank=True)
    becomes = models.JSONField(default=list, help_text="codes of what it became on that day")
    formerly = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="the former province in which it lies; a regulation may hold there only",
    )
    source = models.CharField(max_length=200, help_text="the list from which it was entered")
    boundary = models.JSONField(null=True, blank=True, help_text="MultiPolygon coordinates, degrees, WGS 84")
    boundary_source = models.CharField(max_length=200, blank=True)
    west = models.FloatField(null=True)
    south = models.FloatField(null=True)
    east = models.FloatField(null=True)
    north = models.FloatField(null=True)

    class Meta:
        ordering = ["level", "code", "valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["level", "code", "valid_from"], name="one_area_a_code_and_day")
        ]

    def __str__(self) -> str:
        return self.name


class Placement(models.Model):
    """In which area a site lies, as a person confirmed it."""

    site = models.OneToOneField(
        "registry.Site", primary_key=True, on_delete=models.PROTECT, related_name="placement"
    )
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="placements")
    by_boundary = models.BooleanField(help_text="the boundary says the same")
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField()
