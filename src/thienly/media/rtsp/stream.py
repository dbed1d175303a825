"""A camera's stream from connection to frames."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from thienly.media.address import connect
from thienly.media.clock import wall_us
from thienly.media.frames import AudioTrack, FrameSink, Part, SourceError, Tracks, VideoTrack
from thienly.media.rtp.packet import Buffer
from thienly.media.rtp.rtcp import sender_report
from thienly.media.rtp.timestamps import Unwrapper
from thienly.media.rtsp.connection import Channel, Connection
from thienly.media.rtsp.limits import Limits
from thienly.media.rtsp.session import ChannelPair, Session
from thienly.media.rtsp.url import Credentials, parse_url
from thienly.rules.problems import Problem

_TEARDOWN_S = 1.0
_WATCH_S = 1.0


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """What the camera said of itself. `audio` is the encoding offered, empty without audio."""

    server: str
    audio: str
    audio_recorded: bool


class Assembler:
    """Between the depacketisers and the sink: knows both tracks, counts whole frames for the watchdog."""

    def __init__(self, sink: FrameSink, audio: AudioTrack | None) -> None:
        self._sink = sink
        self._audio = audio
        self._ready = False
        self.frames = 0

    def on_parameters(self, track: VideoTrack) -> None:
        """See FrameHandler."""
        self._ready = True
        self._sink.on_tracks(Tracks(track, self._audio))

    def on_video(self, ts: int, key: bool, size: int, parts: list[Part]) -> None:
        """See FrameHandler."""
        self.frames += 1
        self._sink.on_video(ts, key, size, parts)

    def on_lost(self, packets: int) -> None:
        """See FrameHandler."""
        self._sink.on_lost(packets)

    def on_audio(self, ts: int, sizes: list[int], parts: list[Part]) -> None:
        """Audio before the first picture is dropped."""
        if self._ready:
            self._sink.on_audio(ts, sizes, parts)


async def record_stream(
    url: str,
    username: str,
    password: str,
    sink: FrameSink,
    *,
    audio: bool,
    allow_local: bool,
    limits: Limits | None = None,
    live: Callable[[], bool] = lambda: False,
    on_open: Callable[[StreamInfo], None] = lambda _: None,
) -> None:
    """Feed `sink` from the camera at `url` until cancelled; the open GOP is then the caller's to finish.

    `username` and `password` win over credentials inside `url`. `audio`: whether the profile allows
    recording it. `live`: while it returns True, packets are read within 20 ms instead of 100. `on_open` is
    called when the camera has begun to play. Always ends by raising: SourceError with the reason, or
    CancelledError after an orderly TEARDOWN.
    """
    limits = limits or Limits()
    target, inside = parse_url(url)
    credentials = Credentials(username, password) if username or password else inside
    sock = await connect(target.host, target.port, allow_local=allow_local, timeout_s=limits.connect_s)
    connection = Connection(sock, limits, live)
    session = Session(connection, target, credentials)
    playing = False
    try:
        assembler, info = await _set_up(session, connection, sink, audio)
        playing = True
        await session.play()
        on_open(info)
        connection.stream()
        await _watch(connection, session, assembler)
    except asyncio.CancelledError:
        if playing:
            with contextlib.suppress(SourceError, TimeoutError):
                async with asyncio.timeout(_TEARDOWN_S):
                    await session.teardown()
        raise
    finally:
        connection.close()


async def _set_up(
    session: Session, connection: Connection, sink: FrameSink, audio: bool
) -> tuple[Assembler, StreamInfo]:
    await session.options()
    description = await session.describe()
    video, sound = description.video, description.audio if audio else None
    channels = await session.setup(video.control, ChannelPair(0, 1))
    sound_channels = ChannelPair(channels.rtp + 2 & 0xFE, channels.rtp + 3 & 0xFF)
    if sound is not None:
        try:
            sound_channels = await session.setup(sound.control, sound_channels)
        except SourceError as error:
            if error.problem not in (Problem.UNSUPPORTED_CODEC, Problem.NOT_FOUND, Problem.PROTOCOL):
                raise
            sound = None  # the camera describes a track that it does not give; the picture is worth having
    assembler = Assembler(sink, sound.track if sound else None)
    pictures = video.depacketiser(assembler)
    connection.route(channels.rtp, pictures.packet, pictures.interleaved)
    connection.route(channels.rtcp, _reports(sink, "video", pictures.timestamps))
    if sound is not None:
        sounds = sound.depacketiser(assembler)
        connection.route(sound_channels.rtp, sounds.packet)
        connection.route(sound_channels.rtcp, _reports(sink, "audio", sounds.timestamps))
    return assembler, StreamInfo(session.server, description.audio_offered, sound is not None)


def _reports(sink: FrameSink, track: Literal["video", "audio"], timestamps: Unwrapper) -> Channel:
    """Takes the RTCP packets of one track."""

    def take(buffer: Buffer, start: int, end: int) -> None:
        report = sender_report(bytes(buffer[start:end]))
        if report is not None:
            sink.on_clock(track, timestamps.near(report.ts), report.camera_us, wall_us())

    return take


async def _watch(connection: Connection, session: Session, assembler: Assembler) -> None:
    """Wait for the end, keep the session alive, and end it when the camera stalls or floods."""
    loop = asyncio.get_running_loop()
    limits = connection.limits
    now = started = last_media = last_alive = loop.time()
    frames = packets = size = 0
    keep_alive: asyncio.Task[None] | None = None
    try:
        while True:
            await asyncio.wait((connection.ended,), timeout=_WATCH_S)
            if connection.ended.done():
                connection.ended.result()
                raise SourceError(Problem.CLOSED, "connection closed")
            now, before = loop.time(), now
            new_packets, new_bytes = connection.packets - packets, connection.bytes - size
            packets, size = connection.packets, connection.bytes
            seconds = max(now - before, _WATCH_S)
            if new_bytes > limits.bytes_per_s * seconds or new_packets > limits.packets_per_s * seconds:
                raise SourceError(Problem.FLOOD, f"{new_packets} packets, {new_bytes} bytes in a second")
            if assembler.frames != frames:
                frames, last_media = assembler.frames, now
            elif not frames and new_packets and now - started < limits.key_s:
                last_media = now
            elif now - last_media > limits.stall_s:
                raise _silence(frames, new_packets, now - last_media)
            if keep_alive is not None and keep_alive.done():
                keep_alive.result()
                keep_alive = None
            if keep_alive is None and now - last_alive > min(session.timeout_s / 3, 30):
                last_alive = now
                keep_alive = asyncio.create_task(_keep_alive(session))
    finally:
        if keep_alive is not None:
            keep_alive.cancel()
            await asyncio.wait((keep_alive,))
            if not keep_alive.cancelled():
                keep_alive.exception()


async def _keep_alive(session: Session) -> None:
    """Many cameras do not answer while they stream; that the media flows is judged elsewhere."""
    try:
        await session.keep_alive()
    except SourceError as error:
        if error.problem is not Problem.TIMEOUT:
            raise


def _silence(frames: int, packets: int, seconds: float) -> SourceError:
    if packets:
        detail = "no key frame" if not frames else "no whole frame"
        return SourceError(Problem.CORRUPT, f"{detail} for {seconds:.0f} s although packets come")
    return SourceError(Problem.STALLED, f"no media for {seconds:.0f} s")
