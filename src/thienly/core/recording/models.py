import uuid

from django.conf import settings
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
        max_length=450,
        help_text="bit n of byte n//8 (lowest first): second n is recorded. Empty: no second is",
    )
    deleted = models.BinaryField(
        max_length=450,
        default=b"",
        help_text="likewise: second n was recorded and has been deleted since. Empty: no second was",
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


class CoverageDay(models.Model):
    """One local day of one camera, added up from its hours and gaps; the seconds of the day until `as_of`.

    `stale` rows are added up anew by the steward. `recorded` also counts what was deleted since.
    """

    id = models.BigAutoField(primary_key=True)
    camera = models.ForeignKey(
        "registry.Camera", on_delete=models.CASCADE, related_name="coverage_days", db_index=False
    )
    day = models.DateField(help_text="in the installation's time zone")
    as_of = models.DateTimeField(null=True, help_text="null: not yet added up")
    added_at = models.DateTimeField(null=True, help_text="when it was last added up with another result")
    stale = models.BooleanField(default=True)
    expected = models.PositiveIntegerField(default=0, help_text="seconds")
    recorded = models.PositiveIntegerField(default=0)
    deleted = models.PositiveIntegerField(default=0, help_text="of the recorded")
    planned = models.PositiveIntegerField(default=0)
    off = models.PositiveIntegerField(default=0)
    unknown = models.PositiveIntegerField(default=0)
    gap_power = models.PositiveIntegerField(default=0)
    gap_network = models.PositiveIntegerField(default=0)
    gap_device = models.PositiveIntegerField(default=0)
    gap_manual = models.PositiveIntegerField(default=0)
    gap_sabotage = models.PositiveIntegerField(default=0)
    gap_platform = models.PositiveIntegerField(default=0)
    gap_unknown = models.PositiveIntegerField(default=0, help_text="gaps that nobody has classified")
    reasons = models.JSONField(default=dict, help_text="seconds of the gaps by rules.problems.Problem")

    class Meta:
        constraints = [
            # In this order it answers both: all cameras of a day, and the days of one camera (`day__in`).
            models.UniqueConstraint(fields=["day", "camera"], name="one_coverage_day"),
        ]
        indexes = [
            models.Index(fields=["day"], name="stale_coverage_days", condition=models.Q(stale=True)),
        ]


class PlannedOutage(models.Model):
    """An interruption that was announced; it counts as planned from the announcement on, never before."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    camera = models.ForeignKey(
        "registry.Camera", null=True, on_delete=models.PROTECT, related_name="planned_outages"
    )
    site = models.ForeignKey(
        "registry.Site", null=True, on_delete=models.PROTECT, related_name="planned_outages"
    )
    start = models.DateTimeField()
    end = models.DateTimeField()
    reason = models.CharField(max_length=300)
    document = models.CharField(max_length=200, help_text="number and date of the announcement")
    announced_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    announced_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(camera=None, site__isnull=False)
                | models.Q(camera__isnull=False, site=None),
                name="outage_of_a_camera_or_a_site",
            ),
            models.CheckConstraint(condition=models.Q(end__gt=models.F("start")), name="outage_ends_later"),
        ]

    def __str__(self) -> str:
        return self.reason


class OutageFinding(models.Model):
    """What a person found a gap to be; the case holds its steps."""

    case = models.OneToOneField(
        "cases.Case", primary_key=True, on_delete=models.PROTECT, related_name="outage"
    )
    camera = models.ForeignKey("registry.Camera", on_delete=models.PROTECT, related_name="outage_findings")
    gap = models.CharField(max_length=64, unique=True)
    start = models.DateTimeField()
    end = models.DateTimeField(null=True, help_text="null while it lasts")
    cls = models.CharField(
        max_length=10, blank=True, help_text="rules.outage.OutageClass; empty until it is classified"
    )


class Assessment(models.Model):
    """How continuously one camera was recorded in a span of local days, and what an assessor says of it.

    Of a month it is made by the steward on the first day of the next one (NB Đ9.1); of any span on request.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    camera = models.ForeignKey("registry.Camera", on_delete=models.PROTECT, related_name="assessments")
    first_day = models.DateField()
    last_day = models.DateField(help_text="inclusive")
    monthly = models.BooleanField()
    made_at = models.DateTimeField()
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    instruction = models.CharField(max_length=200, blank=True, help_text="who asked, number and date")
    expected = models.PositiveBigIntegerField(help_text="seconds")
    recorded = models.PositiveBigIntegerField()
    planned = models.PositiveBigIntegerField()
    off = models.PositiveBigIntegerField()
    unknown = models.PositiveBigIntegerField()
    ratio = models.FloatField(null=True, help_text="0 to 1; null: nothing was expected")
    floor = models.FloatField(null=True, help_text="the number of the regulation then in force, 0 to 1")
    cite = models.CharField(max_length=100, blank=True, help_text="of the floor")
    verdict = models.CharField(max_length=20, help_text="rules.continuity.Verdict")
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    signed_at = models.DateTimeField(null=True)
    note = models.TextField(blank=True, help_text="of the assessor")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["first_day", "camera"],
                name="one_assessment_per_month",
                condition=models.Q(monthly=True),
            )
        ]


class OldestProof(models.Model):
    """The oldest footage of a camera that can really be played: a recorder read it and checked its hash."""

    camera = models.OneToOneField(
        "registry.Camera", primary_key=True, on_delete=models.CASCADE, related_name="oldest"
    )
    asked_at = models.DateTimeField(db_index=True, help_text="last attempt, answered or not")
    proven_at = models.DateTimeField(null=True, help_text="last answer")
    recorder = models.CharField(max_length=41, blank=True)
    oldest = models.DateTimeField(null=True, help_text="begin of the fragment that was read; null: none")
    floor_days = models.PositiveIntegerField(default=0, help_text="what it was compared with")
    violation = models.CharField(max_length=20, blank=True, help_text="rules.continuity.Violation")
    since = models.DateTimeField(null=True, help_text="of the violation")
    detail = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["camera"], name="broken_keeping", condition=~models.Q(violation="")),
        ]


class FactSeen(models.Model):
    """Facts applied whose repetition would not show in the rows themselves: deletions, as
    `deleted:<recorder>:<segment>`.

    All other facts are idempotent by their own keys and moments.
    """

    id = models.CharField(max_length=80, primary_key=True)
    at = models.DateTimeField()
