"""Sinks that remember what they were given."""

from typing import Literal

from thienly.media.frames import Chunk, Fragment, Part, Tracks


class Frames:
    """A FrameSink."""

    def __init__(self) -> None:
        self.tracks: list[Tracks] = []
        self.video: list[tuple[int, bool, bytes]] = []
        self.audio: list[tuple[int, list[int], bytes]] = []
        self.clocks: list[tuple[str, int, int]] = []
        self.lost = 0

    def on_tracks(self, tracks: Tracks) -> None:
        self.tracks.append(tracks)

    def on_video(self, ts: int, key: bool, size: int, parts: list[Part]) -> None:
        data = b"".join(parts)
        assert len(data) == size
        self.video.append((ts, key, data))

    def on_audio(self, ts: int, sizes: list[int], parts: list[Part]) -> None:
        assert [len(part) for part in parts] == sizes
        self.audio.append((ts, sizes, b"".join(parts)))

    def on_clock(self, track: Literal["video", "audio"], ts: int, camera_us: int, arrived_us: int) -> None:
        self.clocks.append((track, ts, camera_us))

    def on_lost(self, packets: int) -> None:
        self.lost += packets


class Segments:
    """A FragmentSink that keeps each segment as the bytes of its file."""

    def __init__(self, live: bool = False) -> None:
        self.live = live
        self.files: list[bytearray] = []
        self.starts: list[tuple[int, str]] = []
        self.tracks: list[Tracks] = []
        self.mime = ""
        self.fragments: list[Fragment] = []
        self.chunks: list[Chunk] = []

    def on_segment(self, init: bytes, mime: str, tracks: Tracks, start_us: int, reason: str) -> None:
        self.files.append(bytearray(init))
        self.starts.append((start_us, reason))
        self.tracks.append(tracks)
        self.mime = mime

    def on_fragment(self, fragment: Fragment) -> None:
        self.files[-1] += fragment.data
        self.fragments.append(fragment)

    def on_chunk(self, chunk: Chunk) -> None:
        self.chunks.append(chunk)
