from django.db import models


class RecorderState(models.Model):
    """What a recorder last said of itself (heartbeat), written by the steward."""

    name = models.CharField(max_length=41, primary_key=True)
    zone = models.CharField(max_length=41)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    cameras = models.PositiveIntegerField(help_text="cameras it holds")
    capacity = models.PositiveIntegerField()
    disk_free = models.BigIntegerField(help_text="bytes")
    disk_total = models.BigIntegerField(help_text="bytes")
    facts_waiting = models.PositiveIntegerField(help_text="facts not yet taken by the bus")
    clock_synced = models.BooleanField(
        null=True, help_text="its clock follows a time server; null: not known"
    )
    clock_error_ms = models.PositiveIntegerField(null=True, help_text="the most that its clock may be wrong")
    numbers = models.JSONField(default=dict, help_text="see bus.numbers")


class CameraState(models.Model):
    """The last state of a camera that a recorder reported. No row: never reported, shown as unknown."""

    camera = models.OneToOneField(
        "registry.Camera", primary_key=True, on_delete=models.CASCADE, related_name="state"
    )
    recorder = models.CharField(max_length=41)
    state = models.CharField(max_length=12, help_text="connecting, recording, offline, stopped")
    since = models.DateTimeField(help_text="the state holds since then")
    reported_at = models.DateTimeField()
    problem = models.CharField(max_length=30, blank=True, help_text="rules.problems.Problem")
    detail = models.CharField(max_length=300, blank=True)
    codec = models.CharField(max_length=20, blank=True)
    width = models.PositiveIntegerField(default=0, help_text="pixels")
    height = models.PositiveIntegerField(default=0, help_text="pixels")
    fps = models.FloatField(default=0)
    bitrate = models.PositiveBigIntegerField(default=0, help_text="bit/s over the last minute")
    audio = models.CharField(max_length=20, blank=True)
    clock_offset_ms = models.IntegerField(null=True, help_text="camera's clock minus server's")
    packets_lost = models.PositiveBigIntegerField(default=0, help_text="since the connection began")
    recorded_until = models.DateTimeField(null=True, help_text="end of the newest closed segment")
    recorded_by = models.CharField(
        max_length=41, blank=True, help_text="recorder of the newest closed segment"
    )
    told = models.CharField(
        max_length=12, blank=True, help_text="the state of which the ledger was told last"
    )


class Coverage(models.Model):
    """Which seconds of one hour of one camera are recorded, and by which recorder."""

    id = models.BigAutoField(primary_key=True)
    camera = models.ForeignKey("registry.Camera", on_delete=models.CASCADE, related_name="coverage")
    recorder = models.CharField(max_length=41)
    hour = models.DateTimeField(help_text="UTC, whole hour")
    seconds = models.BinaryField(
        max_length=450, help_text="bit n of byte n//8 (lowest first): second n is recorded"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["camera", "hour", "recorder"], name="one_coverage_per_hour")
        ]


class Gap(models.Model):
    """A time in which the promised recording does not exist, and why."""

    gap = models.CharField(max_length=64, primary_key=True, help_text="the recorder's name for it")
    camera = models.ForeignKey("registry.Camera", on_delete=models.CASCADE, related_name="gaps")
    recorder = models.CharField(max_length=41)
    start = models.DateTimeField()
    end = models.DateTimeField(null=True, help_text="null while it lasts")
    reason = models.CharField(max_length=30, help_text="rules.problems.Problem")
    detail = models.CharField(max_length=300, blank=True)
    inferred = models.BooleanField(
        default=False, help_text="no recorder reported it: the steward found a hole between two segments"
    )
    known_at = models.DateTimeField(help_text="when the centre learnt of it")
    told = models.BooleanField(default=False, help_text="the ledger has an entry about it")

    class Meta:
        indexes = [
            models.Index(fields=["camera", "start"]),
            models.Index(fields=["told", "end"], name="gaps_to_tell", condition=models.Q(told=False)),
        ]


class FactSeen(models.Model):
    """Facts applied whose repetition would not show in the rows themselves: deletions, as
    `deleted:<recorder>:<segment>`.

    All other facts are idempotent by their own keys and moments.
    """

    id = models.CharField(max_length=80, primary_key=True)
    at = models.DateTimeField()
