"""A fragmenter under clocks that the test moves."""

from dataclasses import dataclass, field

from tests.media.camera.clip import AUDIO_RATE, FPS, Clip, Sound, sounds
from tests.media.camera.sinks import Segments
from thienly.media.clock import ServerClock
from thienly.media.codecs.sound import samples
from thienly.media.fragmenter import Fragmenter
from thienly.media.frames import AudioTrack, Tracks, VideoTrack

START_US = 1_800_000_000_000_000
FRAME_US = 1_000_000 // FPS


def sound_track(codec: Sound, config: bytes = b"") -> AudioTrack:
    """Of what `clip.sounds` gives."""
    if codec == "aac":
        return AudioTrack("aac", config, AUDIO_RATE, 1)
    return AudioTrack(codec, b"", 48_000 if codec == "opus" else 8_000, 1, 0)


def tracks_of(clip: Clip, audio: bool = True, sound: Sound = "aac") -> Tracks:
    video = VideoTrack(clip.codec, clip.sps, clip.pps, clip.width, clip.height, vps=clip.vps)
    return Tracks(video, sound_track(sound, clip.audio_config) if audio else None)


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


def mux(clip: Clip, sound: Sound | None = None, *, live: bool = False) -> Segments:
    """The whole clip at the pace of life, with the sound in step."""
    bench = Bench(clip, live=live)
    bench.fragmenter.on_tracks(tracks_of(clip, sound is not None, sound or "aac"))
    track = sound_track(sound, clip.audio_config) if sound else None
    units = list(sounds(sound, len(clip.pictures) / FPS)) if sound else []
    at = 0
    for picture, shown in zip(clip.pictures, clip.shown, strict=True):
        data = picture.stored
        bench.fragmenter.on_video(1_000_000 + shown * 3600, picture.key, len(data), [data])
        while track and units and at * 1_000_000 // track.sample_rate <= bench.wall_us - START_US:
            unit = units.pop(0)
            bench.fragmenter.on_audio(777 + at, [len(unit)], [unit])
            at += samples(track, unit)
        bench.wait(FRAME_US)
    bench.fragmenter.finish()
    return bench.sink
