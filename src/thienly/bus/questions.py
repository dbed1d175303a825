"""What is asked over the bus, and the answers: recordings, thumbnails, conversion, probing.

Times are Unix microseconds of the server (`*_us`) unless said otherwise.
"""

from typing import Literal

from thienly.bus.messages import CameraId, Gap, Message, SegmentClosed
from thienly.rules.problems import Problem


class FindFragments(Message):
    """Fragments of a camera whose time overlaps [from_us, until_us), oldest first, at most `limit`."""

    camera: CameraId
    from_us: int
    until_us: int | None = None
    limit: int = 60
    stream: str = "main"
    before: bool = (
        False  # instead: the last `limit` fragments that end at or before from_us (for stepping back)
    )


class FragmentRef(Message):
    segment: int
    ordinal: int  # 0-based in its segment
    start_us: int
    duration_us: int
    segment_us: int  # media time 0 of the segment
    offset: int  # bytes from the start of the segment file
    bytes: int
    init_bytes: int  # the init segment is the first `init_bytes` bytes of the file
    init_id: str  # equal for segments that can share an init
    mime: str


class FragmentList(Message):
    fragments: list[FragmentRef]
    more: bool  # further fragments exist after the last one
    recorded_until_us: int | None  # end of the newest complete fragment of this camera in this recorder


class ReadBytes(Message):
    """`length` bytes of a segment from `offset`; at most `subjects.PART`. By id only, never by path."""

    segment: int
    offset: int
    length: int


class SealedAsk(Message):
    segment: int


class Sealed(Message):
    """What a recorder signed of one closed segment, and the hashes by which any part of it can be proven.

    Refused while the segment is open (`STILL_OPEN`), and when there is none.
    """

    statement: dict[str, int | str | bool]  # the fields of rules.statement.Statement
    signature: str  # hex
    key: str  # id of the key
    public: str  # the key itself, raw, hex
    key_from_us: int
    key_until_us: int | None  # None: it still signs
    leaves: str  # base64: SHA-256 of the init segment, then of each fragment
    tier: str  # name of the disk, or of the store, that it is read from


STILL_OPEN = "the segment is not closed yet"


class OldestAsk(Message):
    camera: CameraId


class OldestRead(Message):
    """The oldest fragment of the camera in this recorder, read from the store just now.

    `found` False: the recorder has none. `ok` False: it could not be read, or its hash is not the one that
    was recorded; `detail` says so.
    """

    found: bool
    ok: bool
    segment: int = 0
    start_us: int = 0
    end_us: int = 0
    bytes: int = 0
    detail: str = ""


class IndexAsk(Message):
    """What touches [from_us, until_us), after what the page before ended with."""

    from_us: int
    until_us: int
    after_segment: int = 0
    after_gap: int = 0
    camera: str = ""  # only of this one


class IndexPage(Message):
    """Facts as they were told when they happened, with new ids; `more`: ask again with the two `after`s."""

    segments: list[SegmentClosed]
    gaps: list[Gap]
    after_segment: int
    after_gap: int
    more: bool


class WantThumbnail(Message):
    """A small picture of what this recorder recorded of the camera at `at_us`."""

    camera: CameraId
    at_us: int


class TranscodeFragment(Message):
    """A recorded fragment in another codec, for who may see it already."""

    recorder: str
    fragment: FragmentRef


class TranscodedFragment(Message):
    """The answer (`reply_parts`): this first, then the init segment and the fragment, H.264 and AAC, with the
    media time of the recording. `reason`: a code of core.recording.words."""

    ok: bool
    reason: str = ""
    mime: str = ""


# --- probing ----------------------------------------------------------------------------------------------
class ProbeRequest(Message):
    url: str
    username: str = ""
    sealed_password: str = ""
    allow_local: bool = False
    transport: Literal["tcp", "udp", "auto"] = "tcp"
    fingerprint: str = ""
    timeout_s: float = 8.0
    watch_s: float = 0.0  # the stream is watched so long after its first key frame; 0: only looked at


class CertificateShown(Message):
    """A certificate that is not trusted, as the device showed it (`media.trust.Certificate`)."""

    fingerprint: str
    subject: str = ""
    issuer: str = ""
    until: str = ""


class ProbeResult(Message):
    ok: bool
    problem: Problem | None = None
    detail: str = ""
    codec: str = ""
    width: int = 0
    height: int = 0
    fps: float = 0.0
    audio: str = ""
    audio_recorded: bool = True  # the sound can be
    server: str = ""
    clock_offset_ms: int | None = None
    declared_fps: float = 0.0
    expected: int = 0  # RTP packets while it was watched
    lost: int = 0
    jitter_us: int | None = None
    bitrate: int = 0  # bit/s
    seconds: float = 0.0
    certificate: CertificateShown | None = None
