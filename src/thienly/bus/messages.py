"""Typed messages of the bus. Times are Unix microseconds of the server (`*_us`) unless said otherwise.

Facts carry an `id` that is the JetStream message id: publishing one again changes nothing.
"""

import struct
from datetime import date
from typing import Annotated, ClassVar, Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field

from thienly.rules.picture import Limits, Measures, PictureProblem
from thienly.rules.problems import Problem

CameraId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]


class Message(BaseModel):
    """Immutable JSON message; unknown fields are ignored so that versions may differ while rolling."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    def encode(self) -> bytes:
        return self.model_dump_json().encode()

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Raises pydantic.ValidationError."""
        return cls.model_validate_json(data)


# --- desired state and jobs -------------------------------------------------------------------------------
class PictureWish(Message):
    """How a camera's pictures are to be judged."""

    limits: Limits = Limits()
    hours: str = "always"  # rules.hours; in which light and life are expected
    time_zone: str = "Asia/Ho_Chi_Minh"
    accepted_us: int = 0  # a person said that what the camera showed then is normal; 0: never


class DesiredCamera(Message):
    """What a camera should be doing. The password is sealed (`bus.vault`), never clear."""

    camera: CameraId
    label: str  # for logs: the camera's code
    url: str  # without credentials
    sub_url: str = ""  # the same device's second stream, for live pictures only
    username: str = ""
    sealed_password: str = ""
    zone: str = "main"
    record: bool = True
    audio: bool = False  # only where a profile allows it
    allow_local: bool = False  # loopback and link-local addresses; the demo profile only
    keep_days: int = 7  # ceiling for the pruner, days: what is older goes
    target_days: int | None = None  # what is older goes first when there is no room; None: as the ceiling
    floor_days: int = 0  # what is younger is promised
    transport: Literal["tcp", "udp", "auto"] = "tcp"  # of RTP
    fingerprint: str = ""  # SHA-256 of the certificate that alone is believed; empty: the authorities
    backups: list[str] = Field(default_factory=list)  # stores that are to hold a backup, by the plan
    picture: PictureWish | None = None  # None: its pictures are not checked
    revision: int = 0


class HoldWish(Message):
    """Footage that must not be deleted; `released`: it may be again."""

    hold: CameraId  # 32 hexadecimal digits too
    camera: CameraId
    from_us: int
    until_us: int
    released: bool = False


class Job(Message):
    """A camera waiting for a recorder."""

    camera: CameraId


class Holder(Message):
    recorder: str
    since_us: int


# --- facts ------------------------------------------------------------------------------------------------
class Fact(Message):
    kind: ClassVar[str]
    id: str
    recorder: str  # that tells it

    @property
    def subject_camera(self) -> str:
        return getattr(self, "camera", "-")


class SegmentClosed(Fact):
    kind: ClassVar[str] = "segment"
    camera: CameraId
    stream: str = "main"
    segment: int  # id in the recorder's index
    start_us: int
    end_us: int
    bytes: int
    fragments: int
    root: str  # hex SHA-256 root over the fragment hashes
    end_reason: str
    repaired: bool = False  # closed by repair after a crash


class SegmentDeleted(Fact):
    kind: ClassVar[str] = "deleted"
    camera: CameraId
    segment: int
    start_us: int
    end_us: int
    reason: Literal["ceiling", "target", "space", "below_floor", "missing", "damaged"]


class SegmentCopied(Fact):
    """A verified copy of a segment exists in an object store."""

    kind: ClassVar[str] = "copied"
    camera: CameraId
    segment: int
    store: str  # its name in thienly.toml
    purpose: Literal["archive", "backup"]
    start_us: int
    end_us: int
    bytes: int  # of the object
    encrypted: bool = False


class SegmentMoved(Fact):
    """The segment's file left the recorder's disk (a verified copy exists), or was brought back to it."""

    kind: ClassVar[str] = "moved"
    camera: CameraId
    segment: int
    here: bool
    start_us: int
    end_us: int


class CopyLost(Fact):
    """A copy that was verified once is missing in its store, or is not what it was."""

    kind: ClassVar[str] = "copylost"
    camera: CameraId
    segment: int
    store: str
    start_us: int
    end_us: int
    here: bool  # the recorder's disk still has the segment


class RestoreTested(Fact):
    """A segment was restored from a store to a scratch place, verified and decoded, to see that it can be."""

    kind: ClassVar[str] = "restoretest"
    camera: CameraId
    segment: int
    store: str
    start_us: int
    end_us: int
    at_us: int
    ok: bool
    step: str = ""  # where it failed: fetch, verify, signature, decode
    detail: str = ""
    bytes: int = 0
    took_ms: int = 0


class Gap(Fact):
    """Published when it opens (`end_us` None) and again, with another id, when it closes. `gap` names it."""

    kind: ClassVar[str] = "gap"
    camera: CameraId
    gap: str
    start_us: int
    end_us: int | None
    reason: Problem
    detail: str = ""


class PictureNow(Message):
    """What was measured in the picture that was checked last. `at_us`: of the picture."""

    at_us: int
    measures: Measures
    known: bool = False  # what the camera usually shows is known
    failing: str = ""  # since then none could be measured, and why; technical


class PictureJudged(Fact):
    """Published when a problem of a camera's pictures opens (`end_us` None) and again, with another id, when
    it ends. `finding` names it."""

    kind: ClassVar[str] = "picture"
    camera: CameraId
    recorder: str
    finding: str
    problem: PictureProblem
    start_us: int  # the first bad picture
    end_us: int | None
    at_us: int  # the picture by which it was judged
    good_us: int = 0  # the last good one before; 0: none is known
    measures: Measures
    ended: Literal["", "good", "accepted", "off", "let_go"] = ""


class CameraStatus(Fact):
    """Published at each change of state, and about once a minute while recording (device facts)."""

    kind: ClassVar[str] = "status"
    camera: CameraId
    state: Literal["connecting", "recording", "offline", "stopped"]
    since_us: int
    at_us: int
    problem: Problem | None = None
    detail: str = ""
    codec: str = ""
    width: int = 0
    height: int = 0
    fps: float = 0.0
    bitrate: int = 0  # bit/s over the last minute
    audio: str = ""
    clock_offset_ms: int | None = None  # camera's clock minus server's
    packets_lost: int = 0  # since the connection began
    picture: PictureNow | None = None


class LinkReport(Fact):
    """How the link to a camera did on a local day so far, under one hold of one recorder.

    Sums since `from_us`; of the same `held_us` and `day` the one with the later `until_us` replaces the
    others. Sent every few minutes. Packets are RTP; 0 where the source is another.
    """

    kind: ClassVar[str] = "link"
    camera: CameraId
    recorder: str
    held_us: int  # since when this process holds the camera: names the hold
    day: date  # in the installation's time zone
    from_us: int
    until_us: int
    received: int = Field(ge=0)
    lost: int = Field(ge=0)
    bytes: int = Field(ge=0)
    frames: int = Field(ge=0)
    media_us: int = Field(ge=0)  # length of what was received
    declared_fps: float = Field(0.0, ge=0, le=1000, allow_inf_nan=False)  # 0: the camera does not say
    disconnects: int = Field(ge=0)
    reconnects: int = Field(ge=0)
    jitter_windows: int = Field(ge=0)  # in which jitter (RFC 3550 A.8) was measured
    jitter_sum_us: int = Field(ge=0)
    jitter_worst_us: int = Field(ge=0)
    clock_worst_ms: int | None = None  # the largest deviation of the camera's clock, with its sign


FACTS: tuple[type[Fact], ...] = (
    SegmentClosed,
    SegmentDeleted,
    SegmentCopied,
    SegmentMoved,
    CopyLost,
    RestoreTested,
    Gap,
    PictureJudged,
    CameraStatus,
    LinkReport,
)


class StoreNow(Message):
    """One place where a recorder keeps recordings, and how it fares with it. `store` '': its own disk."""

    store: str
    kind: Literal["disk", "s3", "directory"] = "s3"
    purpose: Literal["disk", "archive", "backup"] = "archive"
    location: str = ""
    provider: str = ""
    contract: str = ""
    country: str = "VN"  # ISO 3166-1 alpha-2
    encrypted: bool = False
    test_days: int = 0  # a backup is to be restored on trial this often; 0: not at all
    lag_hours: float = 24  # a recording that waits longer is an alarm
    waiting: int = 0  # segments still to be copied
    waiting_bytes: int = 0
    oldest_us: int | None = None  # end of the oldest recording that waits
    copied_us: int = 0  # the last copy that was verified; 0: never
    trouble: str = ""  # rules.copies.Trouble
    detail: str = ""
    trouble_since_us: int = 0
    lost: int = 0  # copies found missing
    damaged: int = 0  # segments not copied because the file on our disk is not what was signed


class DiskAlive(Message):
    """One disk of a recorder, as it is now."""

    disk: str  # its name in thienly.toml
    free: int  # bytes
    total: int  # bytes
    problem: Problem | None = None  # why it is not written
    detail: str = ""
    cameras: int = 0  # written to it
    rate: int = 0  # bytes a second, measured
    floor_days: float | None = None  # days until footage younger than its floor must go; None: not in sight
    broken_until_us: int = 0  # such footage had to go: until then there is a hole in what is promised
    must_encrypt: bool = False  # thienly.toml says that it is encrypted
    encrypted: bool | None = None  # whether the kernel proves it; None: not looked at
    encryption: str = ""  # the device that decided


class RecorderAlive(Message):
    """A recorder's heartbeat (a plain message, not a fact)."""

    recorder: str
    zone: str
    at_us: int
    started_us: int
    cameras: int
    capacity: int
    disk_free: int  # bytes
    disk_total: int  # bytes
    facts_waiting: int  # facts not yet taken by the bus
    disks: list[DiskAlive] = Field(default_factory=list)
    stores: list[StoreNow] = []
    clock_synced: bool | None = None  # whether its clock follows a time server; None: not known
    clock_error_ms: int | None = None  # the most that it may be wrong
    numbers: dict[str, float] = Field(default_factory=dict)  # names: bus.numbers


# --- live -------------------------------------------------------------------------------------------------
class LiveWant(Message):
    """Renew at least every `lease_s` seconds, or the recorder stops publishing."""

    lease_s: float = 10.0
    stream: str = "main"  # or `sub`; of a transcoder `h264` or `aac`
    first: bool = True  # False renews only: no init or GOP in the answer


class LiveOpened(Message):
    """The answer: what to show until the first chunk with a higher `seq` arrives on the live subject.

    A reply of several messages (`bus.client.Bus.request_parts`): this one first, then `parts` packed
    `LiveChunk`s (the init segment and the GOP that is open now). When `ok` is false, `problem`, `detail` and
    `since_us` say why there is no picture.
    """

    ok: bool
    mime: str = ""
    seq: int = 0
    parts: int = 0
    problem: Problem | None = None
    reason: str = ""  # instead of `problem`: a code of core.recording.words, of whoever is no recorder
    detail: str = ""
    since_us: int = 0


class _LiveChunk(NamedTuple):
    kind: int  # INIT or MEDIA
    key: bool
    seq: int  # grows by one with each chunk of a camera's stream, across segments
    segment_us: int
    start_us: int
    duration_us: int
    data: bytes


class LiveChunk(_LiveChunk):
    """Binary, because it is the hot path. `segment_us` + media time = time of a frame."""

    __slots__ = ()
    INIT: ClassVar[int] = 1
    MEDIA: ClassVar[int] = 2

    def pack(self) -> bytes:
        return (
            _LIVE.pack(self.kind, self.key, self.seq, self.segment_us, self.start_us, self.duration_us)
            + self.data
        )

    @classmethod
    def unpack(cls, data: bytes) -> "LiveChunk":
        """Raises ValueError when the data is not a chunk."""
        if len(data) < _LIVE.size:
            raise ValueError("live chunk too short")
        kind, key, seq, segment_us, start_us, duration_us = _LIVE.unpack_from(data)
        return cls(kind, bool(key), seq, segment_us, start_us, duration_us, data[_LIVE.size :])


_LIVE = struct.Struct(">BBQQQQ")
