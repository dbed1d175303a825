"""The libav process: opens one stream, writes its frames to standard output until it ends or its recorder
does.

    python -m thienly.media.sources.child

It is a process of its own because libav's demuxers are C code that reads what a stranger sends: a crash or a
leak costs one camera, a call that hangs is ended by killing it, and no lock of the interpreter is shared.
"""

import base64
import io
import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from typing import BinaryIO, cast

import av
import av.logging
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from thienly.media.confined import confine
from thienly.media.frames import SourceError, Tracks, VideoTrack
from thienly.media.sources.pace import Pace
from thienly.media.sources.records import Ask, pack
from thienly.media.sources.sounds import Sounds, offered, sounds_of
from thienly.media.sources.transcode import Transcoder
from thienly.media.sources.units import Picture, Pictures
from thienly.rules.problems import Problem

MOST_HELD = 50
FORMATS = "mpegts,mpjpeg,flv,live_flv,matroska,webm"
"""None that opens other addresses by itself, as playlists do."""
FILE_FORMATS = f"{FORMATS},mov,mp4,avi"
"""Also those that must be sought in. What a `mov` refers to elsewhere is not opened: no protocol may be."""
PROBE = {"probesize": "1000000", "analyzeduration": "500000", "fpsprobesize": "0"}


def main() -> None:
    """Reads the `Ask`, writes records."""
    confine()
    av.logging.set_level(av.logging.PANIC)
    ask = Ask(**json.loads(io.FileIO(0, closefd=False).readline()))
    out = io.FileIO(1, "w", closefd=False)
    pipe, begun = _Pipe(), False
    try:
        for record in looped(ask) if ask.file >= 0 else _once(ask, pipe):
            _write(out, record)
            begun = True
        problem, detail = Problem.CLOSED, "the device ended the stream"
    except SourceError as error:
        problem, detail = error.problem, error.detail
    except BrokenPipeError:
        return  # the recorder is gone
    except (av.FFmpegError, MemoryError, ValueError) as error:
        problem, detail = _judge(error)
        if pipe.ended and begun:  # cut off in the middle of something
            problem = Problem.CLOSED
    told = json.dumps({"problem": problem.value, "detail": detail}).encode()
    try:
        _write(out, pack(b"E", 0, told))
    except BrokenPipeError:
        return


def _once(ask: Ask, pipe: "_Pipe") -> Iterator[bytes]:
    with _opened(ask, pipe) as container:
        yield from records(container, ask)


def looped(ask: Ask) -> Iterator[bytes]:
    """Of a file, for ever. Raises SourceError, av.FFmpegError."""
    pace = Pace()
    with open(ask.file, "rb") as file:  # noqa: PTH123 - a descriptor
        while True:
            file.seek(0)
            played = pace.end
            with _opened(ask, file) as container:
                yield from records(container, ask, pace)
            if pace.end <= played:
                raise SourceError(Problem.NO_VIDEO, "the file holds no pictures")  # else for ever, at once


def records(
    container: InputContainer,
    ask: Ask,
    pace: Pace | None = None,
) -> Iterator[bytes]:
    """The first video and the first sound that can be recorded. Raises SourceError, av.FFmpegError."""
    if not container.streams.video:
        raise SourceError(Problem.NO_VIDEO, "the stream holds no video")
    video = container.streams.video[0]
    sound = container.streams.audio[0] if container.streams.audio else None
    sounds = sounds_of(sound) if sound and ask.audio else None
    codec = video.codec_context.codec.canonical_name
    pictures = Transcoder(video) if codec == "mjpeg" else Pictures.of_stream(video)
    wanted = [stream for stream in (video, sound if sounds else None) if stream]
    yield pack(b"I", 0, json.dumps({"audio": offered(sound) if sound else ""}).encode())
    teller = _Teller(sounds)
    packets = container.demux(wanted)
    for packet in pace.paced(packets, video) if pace else packets:
        if packet.stream is not video:
            yield from teller.sound(cast("Packet[AudioStream]", packet))
            continue
        for picture in pictures.pictures(cast("Packet[VideoStream]", packet)):
            if pictures.track is not None:  # else there are no parameter sets yet
                yield from teller.picture(pictures.track, picture)
    yield from teller.rest()


class _Teller:
    """Makes records. Pictures wait until the sound has told its configuration, but not for long: the tracks
    of a file stand in its head."""

    def __init__(self, sounds: Sounds | None) -> None:
        self._sounds = sounds
        self._told: Tracks | None = None
        self._held: list[tuple[VideoTrack, Picture]] = []

    def sound(self, packet: "Packet[AudioStream]") -> Iterator[bytes]:
        if self._sounds is None:
            return
        self._sounds.learn(packet)
        if self._told is not None and self._told.audio is not None:
            yield from (pack(b"A", ts, unit) for ts, unit in self._sounds.units(packet))

    def picture(self, track: VideoTrack, picture: Picture) -> Iterator[bytes]:
        if self._sounds is not None and self._sounds.track is None:
            self._held.append((track, picture))
            if len(self._held) < MOST_HELD:
                return
            self._sounds = None
            yield from self.rest()
            return
        yield from self.rest()
        yield from self._tell(track, picture)

    def rest(self) -> Iterator[bytes]:
        """What waits."""
        held, self._held = self._held, []
        for track, picture in held:
            yield from self._tell(track, picture)

    def _tell(self, track: VideoTrack, picture: Picture) -> Iterator[bytes]:
        tracks = Tracks(track, self._sounds.track if self._sounds else None)
        if picture.key and tracks != self._told:
            self._told = tracks
            yield pack(b"T", 0, json.dumps(_plain(tracks)).encode())
        if self._told is not None:
            yield pack(b"K" if picture.key else b"V", picture.ts, picture.data)


def _opened(ask: Ask, given: "_Pipe | BinaryIO") -> InputContainer:
    """`given`: where the bytes come from when there is no address."""
    options = PROBE | ask.options | {"format_whitelist": FORMATS if ask.file < 0 else FILE_FORMATS}
    if ask.wall_clock:
        options["use_wallclock_as_timestamps"] = "1"
    source = ask.url or given
    return av.open(source, "r", format=ask.form or None, options=options, metadata_errors="replace")


class _Pipe:
    """Standard input as libav reads it: what there is, not what was asked for."""

    ended = False

    def read(self, size: int) -> bytes:
        data = os.read(0, max(1, min(size, 1 << 16)))
        self.ended = not data
        return data


def _plain(tracks: Tracks) -> dict[str, dict[str, object] | None]:
    """For JSON: bytes as base64."""
    return {
        name: None
        if track is None
        else {
            key: base64.b64encode(value).decode() if isinstance(value, bytes) else value
            for key, value in asdict(track).items()
        }
        for name, track in (("video", tracks.video), ("audio", tracks.audio))
    }


def _write(out: io.FileIO, data: bytes) -> None:
    """All of it: a raw pipe takes what it has room for."""
    view = memoryview(data)
    while view:
        view = view[out.write(view) or 0 :]


def _judge(error: Exception) -> tuple[Problem, str]:
    detail = type(error).__name__
    if isinstance(error, av.error.HTTPUnauthorizedError | av.error.PermissionError):
        return Problem.AUTH_FAILED, detail
    if isinstance(error, av.error.HTTPNotFoundError | av.error.FileNotFoundError):
        return Problem.NOT_FOUND, detail
    if isinstance(error, av.error.ConnectionRefusedError):
        return Problem.REFUSED, detail
    if isinstance(error, av.error.TimeoutError):
        return Problem.TIMEOUT, detail
    if isinstance(error, av.error.ConnectionResetError | av.error.EOFError | av.error.BrokenPipeError):
        return Problem.CLOSED, detail
    return Problem.PROTOCOL, detail


if __name__ == "__main__":
    main()
