"""A fragmenter under clocks that the test moves."""

from dataclasses import dataclass, field

from tests.media.camera.clip import AUDIO_RATE, FPS, Clip
from tests.media.camera.sinks import Segments
from thienly.media.clock import ServerClock
from thienly.media.fragmenter import Fragmenter
from thienly.media.frames import AudioTrack, Tracks, VideoTrack

START_US = 1_800_000_000_000_000
FRAME_US = 1_000_000 // FPS


def tracks_of(clip: Clip, audio: bool = True) -> Tracks:
    sound = AudioTrack("aac", clip.audio_config, AUDIO_RATE, 1) if audio else None
    return Tracks(VideoTrack("h264", clip.sps, clip.pps, clip.width, clip.height), sound)


@dataclass
class Bench:
    """`wall_us` and `monotonic_us` are what the fragmenter's clocks show."""

    clip: Clip
    audio: bool = False
    segment_us: int = 60_000_000
    live: bool = False
    wall_us: int = START_US
    monotonic_us: int = 0
    ts: float = 1_000_000.0
    index: int = 0
    sink: Segments = field(init=False)
    fragmenter: Fragmenter = field(init=False)

    def __post_init__(self) -> None:
        self.sink = Segments(self.live)
        clock = ServerClock(lambda: self.wall_us, lambda: self.monotonic_us)
        self.fragmenter = Fragmenter(self.sink, segment_us=self.segment_us, clock=clock)
        self.fragmenter.on_tracks(tracks_of(self.clip, self.audio))

    def wait(self, us: int) -> None:
        """Time passes."""
        self.wall_us += us
        self.monotonic_us += us

    def play(self, frames: int, *, ppm: float = 0.0, late_us: int = 0, step_us: int = FRAME_US) -> None:
        """The clip's next pictures, `step_us` apart; the camera's clock runs `ppm` fast."""
        for _ in range(frames):
            picture = self.clip.pictures[self.index % len(self.clip.pictures)]
            data = picture.stored
            self.wait(late_us)
            self.fragmenter.on_video(round(self.ts), picture.key, len(data), [data])
            self.wait(-late_us)
            self.index += 1
            self.wait(step_us)
            self.ts += step_us * 90_000 / 1_000_000 * (1 + ppm / 1_000_000)

    @property
    def ends(self) -> list[int]:
        return [fragment.start_us + fragment.duration_us for fragment in self.sink.fragments]

    @property
    def starts(self) -> list[int]:
        return [fragment.start_us for fragment in self.sink.fragments]

    def holes(self) -> list[int]:
        """Microseconds between the end of each fragment and the start of the next."""
        return [start - end for start, end in zip(self.starts[1:], self.ends, strict=False)]
