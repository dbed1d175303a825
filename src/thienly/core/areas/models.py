import uuid

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


class Remit(models.Model):
    """What a document gave a unit to look after: an area, or a place that supplies a work to which the unit
    is linked, as its investor or its contractor. Never deleted: it ends."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    unit = models.ForeignKey("units.Unit", on_delete=models.PROTECT, related_name="remits")
    area = models.ForeignKey(Area, null=True, blank=True, on_delete=models.PROTECT, related_name="remits")
    site = models.ForeignKey(
        "registry.Site", null=True, blank=True, on_delete=models.PROTECT, related_name="remits"
    )
    work = models.CharField(max_length=200, blank=True, help_text="the work that the site supplies")
    number = models.CharField(max_length=100, help_text="of the document, e.g. 45/QĐ-UBND")
    issued = models.DateField()
    issuer = models.CharField(max_length=200)
    signatory = models.CharField(max_length=200)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True, help_text="first day on which it no longer holds")
    ended_reason = models.CharField(max_length=300, blank=True)
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["valid_from", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(area__isnull=True, site__isnull=False)
                | models.Q(area__isnull=False, site__isnull=True, work=""),
                name="an_area_or_a_site_of_a_work",
            )
        ]

    def __str__(self) -> str:
        return f"{self.work}: {self.site}" if self.site else str(self.area)

    @property
    def document(self) -> str:
        return f"{self.number}, {self.issued:%d/%m/%Y}, {self.issuer}"


class Placement(models.Model):
    """In which area a site lies, as a person confirmed it."""

    site = models.OneToOneField(
        "registry.Site", primary_key=True, on_delete=models.PROTECT, related_name="placement"
    )
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="placements")
    by_boundary = models.BooleanField(help_text="the boundary says the same")
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField()
