import uuid

from django.conf import settings
from django.db import models

from thienly.core.registry.models import Camera
from thienly.core.units.models import Unit


class Case(models.Model):
    """Something that goes through states by a table in `rules`. Only `core.cases.engine` changes it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=40, help_text="rules.cases: camera_fault, …")
    year = models.PositiveSmallIntegerField(help_text="of opening, in the installation's time zone")
    number = models.PositiveIntegerField(help_text="1, 2, 3 … within its kind and year")
    state = models.CharField(max_length=40)
    version = models.PositiveIntegerField(default=1, help_text="compare-and-swap: grows with each step")
    camera = models.ForeignKey("registry.Camera", null=True, on_delete=models.PROTECT, related_name="cases")
    unit = models.ForeignKey(
        "units.Unit",
        null=True,
        on_delete=models.PROTECT,
        related_name="cases",
        help_text="where no camera is meant; null with it: the installation",
    )
    title = models.CharField(max_length=200)
    regulations = models.JSONField(
        default=dict, help_text="profile id → version in force at opening; the case keeps it until its end"
    )
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="null: the clock",
    )
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-opened_at"]
        constraints = [models.UniqueConstraint(fields=["kind", "year", "number"], name="one_case_per_number")]

    def __str__(self) -> str:
        return f"{self.number}/{self.year} {self.title}"

    @property
    def about(self) -> Camera | Unit | None:
        """What the gate is asked about; None is the installation."""
        return self.camera or self.unit


class Step(models.Model):
    """One step of a case."""

    id = models.BigAutoField(primary_key=True)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="steps")
    at = models.DateTimeField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="null: the clock",
    )
    action = models.CharField(max_length=40)
    before = models.CharField(max_length=40, blank=True)
    after = models.CharField(max_length=40)
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["id"]
