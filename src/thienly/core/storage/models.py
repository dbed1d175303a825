from django.db import models


class Hold(models.Model):
    """Footage that must not be deleted. Whether it holds is the state of its case, and `until`."""

    case = models.OneToOneField("cases.Case", primary_key=True, on_delete=models.PROTECT, related_name="hold")
    camera = models.ForeignKey("registry.Camera", on_delete=models.PROTECT, related_name="holds")
    start = models.DateTimeField(help_text="of the footage")
    end = models.DateTimeField(help_text="of the footage")
    purpose = models.CharField(max_length=500)
    basis = models.CharField(max_length=300, help_text="legal basis or document number")
    until = models.DateTimeField(help_text="the hold itself ends then, unless it is released before")

    class Meta:
        ordering = ["until"]
        indexes = [models.Index(fields=["camera", "start"])]

    def __str__(self) -> str:
        return f"{self.basis}: {self.purpose}"


class DiskState(models.Model):
    """One disk of a recorder as it was last heard of, written by the steward."""

    id = models.BigAutoField(primary_key=True)
    recorder = models.CharField(max_length=41)
    disk = models.CharField(max_length=300, help_text="its name in thienly.toml")
    seen_at = models.DateTimeField()
    free = models.BigIntegerField(help_text="bytes")
    total = models.BigIntegerField(help_text="bytes")
    problem = models.CharField(max_length=30, blank=True, help_text="rules.problems.Problem")
    detail = models.CharField(max_length=300, blank=True)
    cameras = models.PositiveIntegerField(default=0, help_text="written to it")
    rate = models.PositiveBigIntegerField(default=0, help_text="bytes a second, measured")
    floor_days = models.FloatField(
        null=True, help_text="days until promised footage must go; null: not in sight"
    )
    broken_until = models.DateTimeField(
        null=True, help_text="promised footage had to go: until then there is a hole in what is promised"
    )

    class Meta:
        ordering = ["recorder", "disk"]
        constraints = [models.UniqueConstraint(fields=["recorder", "disk"], name="one_state_per_disk")]
