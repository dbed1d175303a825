from django.db import models


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
