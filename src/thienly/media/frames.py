"""The seam between packet sources and what is made of their packets.

A source (the native RTSP client now; PyAV for other schemes later) calls a `FrameSink`. The `Fragmenter`
(`media/fragmenter.py`) is the FrameSink of the recorder: it builds fMP4 once and hands finished bytes to a
`FragmentSink` (the segment writer and the live publisher). All calls are made on the event loop's thread and
must not block.
"""

from dataclasses import dataclass
from typing import Literal, Protocol

from thienly.rules.problems import Problem

Part = bytes | bytearray
"""A slice of a frame; its receiver owns it and must not change it."""


@dataclass(frozen=True, slots=True)
class VideoTrack:
    """One video track. `clock_rate` in Hz; `width`/`height` in pixels after cropping; `vps` is H.265's."""

    codec: Literal["h264", "h265"]
    sps: bytes
    pps: bytes
    width: int
    height: int
    clock_rate: int = 90_000
    vps: bytes = b""


@dataclass(frozen=True, slots=True)
class AudioTrack:
    """One audio track. `sample_rate` in Hz.

    `config` is AAC's AudioSpecificConfig (ISO 14496-3), else empty. `samples_per_frame` is 0 where the frames
    themselves tell how long they sound: Opus (always 48,000 Hz) and G.711 (`pcma`, `pcmu`: a byte for each
    sample of each channel).
    """

    codec: Literal["aac", "pcma", "pcmu", "opus"]
    config: bytes
    sample_rate: int
    channels: int
    samples_per_frame: int = 1024


@dataclass(frozen=True, slots=True)
class Tracks:
    """What a stream carries. Two equal `Tracks` can share an init segment."""

    video: VideoTrack
    audio: AudioTrack | None


class FrameSink(Protocol):
    """Receives whole frames. `ts` are RTP timestamps unwrapped to 64 bits, in the track's clock rate."""

    def on_tracks(self, tracks: Tracks) -> None:
        """Called before the first frame and again whenever parameter sets change."""

    def on_video(self, ts: int, key: bool, size: int, parts: list[Part]) -> None:
        """One access unit as length-prefixed NAL units; `parts` joined are `size` bytes.

        They come in decoding order; `key`: decoding can begin here (H.264: IDR; H.265: IDR, CRA, BLA).
        """

    def on_audio(self, ts: int, sizes: list[int], parts: list[Part]) -> None:
        """One or more frames (AAC: access units), one part for each; `ts` is that of the first."""

    def on_clock(self, track: Literal["video", "audio"], ts: int, camera_us: int, arrived_us: int) -> None:
        """An RTCP sender report: at RTP time `ts` the camera's clock showed `camera_us` (Unix,
        microseconds)."""

    def on_lost(self, packets: int) -> None:
        """RTP packets that never came (sequence numbers skipped)."""


@dataclass(frozen=True, slots=True)
class Fragment:
    """One GOP as `moof+mdat`: the stored bytes are the served bytes.

    `start_us` is the server's time (Unix, microseconds) of the first video frame; `duration_us` its length;
    `data` the joined bytes; `frames` the number of video frames. Media time (tfdt) restarts at 0 with each
    segment: a segment's own start plus tfdt gives the time of a frame.
    """

    start_us: int
    duration_us: int
    data: bytes
    frames: int
    camera_offset_us: int | None  # camera's clock minus server's clock; None until an RTCP report came


@dataclass(frozen=True, slots=True)
class Chunk:
    """At most 100 ms of frames as `moof+mdat`, for live viewers only; `key` when it begins with an IDR frame.

    Media time is that of the open segment, as in `Fragment`.
    """

    start_us: int
    duration_us: int
    key: bool
    data: bytes


class FragmentSink(Protocol):
    """Receives the muxed bytes of one stream of one camera."""

    @property
    def live(self) -> bool:
        """True while somebody watches; the Fragmenter calls `on_chunk` only then."""

    def on_segment(self, init: bytes, mime: str, tracks: Tracks, start_us: int, reason: str) -> None:
        """A new segment begins (media time 0 = `start_us`); `reason` is why the one before ended:
        `first`, `duration`, `tracks` (parameter sets changed), `clock` (server clock stepped)."""

    def on_fragment(self, fragment: Fragment) -> None:
        """A GOP is complete."""

    def on_chunk(self, chunk: Chunk) -> None:
        """A piece of the open GOP; see `live`."""


class SourceError(Exception):
    """A source ended. `problem` is the code to show; `detail` is technical, short and free of secrets."""

    def __init__(self, problem: Problem, detail: str = "") -> None:
        super().__init__(f"{problem.value}: {detail}" if detail else problem.value)
        self.problem = problem
        self.detail = detail
