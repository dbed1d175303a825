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
    notice_at = models.DateTimeField(null=True, help_text="when history was told that it will end soon")

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
    must_encrypt = models.BooleanField(default=False, help_text="thienly.toml says that it is encrypted")
    encrypted = models.BooleanField(null=True, help_text="the kernel proves it; null: not looked at")
    encryption = models.CharField(max_length=100, blank=True, help_text="the device that decided")

    class Meta:
        ordering = ["recorder", "disk"]
        constraints = [models.UniqueConstraint(fields=["recorder", "disk"], name="one_state_per_disk")]


class Tier(models.Model):
    """A place where a recorder keeps recordings, as its heartbeat last told (`bus.messages.StoreNow`)."""

    recorder = models.CharField(max_length=41)
    store = models.CharField(max_length=41, blank=True, help_text="name in thienly.toml; '' is the disk")
    since = models.DateTimeField(help_text="when it was first heard of")
    seen_at = models.DateTimeField()
    told = models.JSONField(help_text="the StoreNow")
    overdue_told = models.BooleanField(
        default=False, help_text="the ledger has an entry that its restore test is overdue"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["recorder", "store"], name="one_tier")]


class TierHour(models.Model):
    """Seconds of one hour of one camera that are in a store; with store '': that have left the disk."""

    id = models.BigAutoField(primary_key=True)
    camera = models.ForeignKey("registry.Camera", on_delete=models.CASCADE, related_name="+")
    recorder = models.CharField(max_length=41)
    store = models.CharField(max_length=41, blank=True)
    hour = models.DateTimeField(help_text="UTC, whole hour")
    seconds = models.BinaryField(max_length=450, help_text="as in recording.Coverage")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["camera", "hour", "recorder", "store"], name="one_tier_per_hour")
        ]


class RestoreTest(models.Model):
    """A recording was brought back from a store on trial."""

    fact = models.CharField(max_length=64, primary_key=True)
    camera = models.ForeignKey("registry.Camera", on_delete=models.CASCADE, related_name="+")
    recorder = models.CharField(max_length=41)
    store = models.CharField(max_length=41)
    segment = models.BigIntegerField()
    start = models.DateTimeField()
    end = models.DateTimeField()
    at = models.DateTimeField()
    ok = models.BooleanField()
    step = models.CharField(max_length=20, blank=True, help_text="where it failed")
    detail = models.CharField(max_length=300, blank=True)
    bytes = models.BigIntegerField()
    took_ms = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["recorder", "store", "-at"])]
