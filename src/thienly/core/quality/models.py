import uuid

from django.conf import settings
from django.db import models


class LinkDay(models.Model):
    """How the link to a camera did on a local day, under one hold of one recorder.

    Recorders send sums of the day so far; a later report replaces the row, and the rows of a day add up.
    """

    id = models.BigAutoField(primary_key=True)
    camera = models.ForeignKey(
        "registry.Camera", on_delete=models.CASCADE, related_name="link_days", db_index=False
    )
    day = models.DateField(help_text="in the installation's time zone")
    recorder = models.CharField(max_length=41)
    held = models.DateTimeField(help_text="since when the recorder holds the camera: names the hold")
    start = models.DateTimeField(help_text="the sums begin then")
    until = models.DateTimeField(help_text="and end then")
    received = models.PositiveBigIntegerField(help_text="RTP packets; 0 where the source is another")
    lost = models.PositiveBigIntegerField(help_text="RTP packets that never came")
    bytes = models.PositiveBigIntegerField(help_text="everything that came")
    frames = models.PositiveBigIntegerField(help_text="pictures")
    media_ms = models.PositiveBigIntegerField(help_text="length of what came")
    declared_fps = models.FloatField(help_text="pictures a second by the description; 0: it does not say")
    disconnects = models.PositiveIntegerField()
    reconnects = models.PositiveIntegerField()
    jitter_windows = models.PositiveIntegerField(help_text="in which jitter was measured")
    jitter_sum_us = models.PositiveBigIntegerField(help_text="RFC 3550 A.8, over the windows")
    jitter_worst_us = models.PositiveBigIntegerField()
    clock_worst_ms = models.IntegerField(null=True, help_text="camera's clock minus server's, the largest")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["day", "camera", "recorder", "held"], name="one_link_day"),
        ]
        indexes = [models.Index(fields=["camera", "day"], name="link_days_of_camera")]


class ArrivalDay(models.Model):
    """How many segments of a local day the centre learnt of, and of how many too late (QN Đ20.3)."""

    id = models.BigAutoField(primary_key=True)
    camera = models.ForeignKey(
        "registry.Camera", on_delete=models.CASCADE, related_name="arrival_days", db_index=False
    )
    day = models.DateField(help_text="on which the segments ended, in the installation's time zone")
    recorder = models.CharField(max_length=41)
    last_segment = models.PositiveBigIntegerField(help_text="those up to this id are counted")
    segments = models.PositiveIntegerField()
    late = models.PositiveIntegerField(help_text="later than the frequency that was asked for")
    worst_s = models.PositiveIntegerField(help_text="the longest that one took")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["day", "camera", "recorder"], name="one_arrival_day"),
        ]


class ConnectionTest(models.Model):
    """A test of the connection to a camera: ordered when it is entered, changed, or when somebody asks.

    With `finished_at` the result stands and is never changed again; the database refuses it (`triggers`).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    camera = models.ForeignKey("registry.Camera", on_delete=models.PROTECT, related_name="connection_tests")
    reason = models.CharField(max_length=10, help_text="entered, changed, asked")
    ordered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    ordered_label = models.CharField(max_length=200, help_text="who ordered it, in words")
    ordered_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, help_text="null: waits for a recorder")
    url = models.CharField(max_length=500, blank=True, help_text="what was tested, without credentials")
    ok = models.BooleanField(null=True)
    problem = models.CharField(max_length=30, blank=True, help_text="rules.problems.Problem")
    detail = models.CharField(max_length=300, blank=True)
    codec = models.CharField(max_length=20, blank=True)
    width = models.PositiveIntegerField(default=0, help_text="pixels")
    height = models.PositiveIntegerField(default=0, help_text="pixels")
    fps = models.FloatField(default=0)
    declared_fps = models.FloatField(default=0)
    audio = models.CharField(max_length=40, blank=True)
    server = models.CharField(max_length=200, blank=True, help_text="what the device calls itself")
    clock_offset_ms = models.BigIntegerField(null=True, help_text="camera's clock minus server's")
    expected = models.PositiveIntegerField(default=0, help_text="RTP packets")
    lost = models.PositiveIntegerField(default=0, help_text="of them never came")
    jitter_us = models.PositiveBigIntegerField(null=True, help_text="RFC 3550 A.8; null: not measured")
    bitrate = models.PositiveBigIntegerField(default=0, help_text="bit/s")
    seconds = models.FloatField(default=0, help_text="for which the stream was watched")

    class Meta:
        indexes = [
            models.Index(fields=["camera", "ordered_at"], name="tests_of_camera"),
            models.Index(
                fields=["ordered_at"], name="tests_to_do", condition=models.Q(finished_at__isnull=True)
            ),
        ]


class Access(models.Model):
    """One time that somebody who may asked for a picture, and what came of it (QN Đ12.1)."""

    stream = models.CharField(max_length=32, primary_key=True, help_text="as in the ledger")
    camera = models.ForeignKey("registry.Camera", on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(db_index=True)
    mode = models.CharField(max_length=4, help_text="live, play")
    outcome = models.CharField(max_length=8, help_text="rules.service.Outcome")
    picture_ms = models.PositiveIntegerField(null=True, help_text="from the question to the first picture")
    problem = models.CharField(max_length=30, blank=True, help_text="what the viewer was told instead")
