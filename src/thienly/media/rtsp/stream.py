"""A camera's stream from connection to frames."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Literal

from thienly.media.address import connect
from thienly.media.clock import wall_us
from thienly.media.frames import AudioTrack, FrameSink, Part, SourceError, Tracks, VideoTrack
from thienly.media.link import LinkMeter
from thienly.media.rtp.packet import Buffer
from thienly.media.rtp.rtcp import sender_report
from thienly.media.rtp.timestamps import Unwrapper
from thienly.media.rtp.video import VideoDepacketiser
from thienly.media.rtsp.connection import Channel, Connection
from thienly.media.rtsp.lanes import Interleaved, Lane
from thienly.media.rtsp.limits import Limits
from thienly.media.rtsp.link_watch import LinkWatch
from thienly.media.rtsp.session import Session
from thienly.media.rtsp.tracks import VideoMedia
from thienly.media.rtsp.udp import UdpLane
from thienly.media.rtsp.url import Credentials, RtspUrl, parse_url
from thienly.media.rtsp.wire import PlainWire, TlsWire, Wire
from thienly.media.sources.origin import Origin, StreamInfo, Transport
from thienly.media.trust import Trust
from thienly.rules.problems import Problem

_TEARDOWN_S = 1.0
_WATCH_S = 1.0


class Assembler:
    """Between the depacketisers and the sink: knows both tracks, counts whole frames for the watchdog."""

    def __init__(self, sink: FrameSink, audio: AudioTrack | None) -> None:
        self._sink = sink
        self.audio = audio
        self._ready = False
        self.frames = self.lost = 0
        self.reports = self.clocks = 0  # RTCP packets, and of them sender reports with a time

    def on_parameters(self, track: VideoTrack) -> None:
        """See FrameHandler."""
        self._ready = True
        self._sink.on_tracks(Tracks(track, self.audio))

    def on_video(self, ts: int, key: bool, size: int, parts: list[Part]) -> None:
        """See FrameHandler."""
        self.frames += 1
        self._sink.on_video(ts, key, size, parts)

    def on_lost(self, packets: int) -> None:
        """See FrameHandler."""
        self.lost += packets
        self._sink.on_lost(packets)

    def on_audio(self, ts: int, sizes: list[int], parts: list[Part]) -> None:
        """Audio before the first picture is dropped."""
        if self._ready:
            self._sink.on_audio(ts, sizes, parts)


async def record_stream(
    origin: Origin,
    sink: FrameSink,
    *,
    limits: Limits | None = None,
    live: Callable[[], bool] = lambda: False,
    on_open: Callable[[StreamInfo], None] = lambda _: None,
    meter: LinkMeter | None = None,
) -> None:
    """Feed `sink` from the camera until cancelled; the open GOP is then the caller's to finish.

    `live`: while it returns True, packets are read within 20 ms instead of 100. `on_open` is called when the
    camera has begun to play. `meter` is counted on. Always ends by raising: SourceError with the reason, or
    CancelledError after an orderly TEARDOWN.
    """
    limits = limits or Limits()
    target, inside = parse_url(origin.url)
    given = Credentials(origin.username, origin.password)
    credentials = given if given.username or given.password else inside
    wire = await open_wire(target, origin.trust, allow_local=origin.allow_local, timeout_s=limits.connect_s)
    connection = Connection(wire, limits, live)
    session = Session(connection, target, credentials)
    lanes = Lanes(connection, "tcp" if target.encrypted else origin.transport)
    playing = False
    watch: LinkWatch | None = None
    meter = meter or LinkMeter()
    try:
        assembler, pictures, video, info = await _set_up(session, lanes, sink, origin.audio)
        playing = True
        lanes.start()
        await session.play()
        on_open(info)
        if not lanes.by_udp:
            connection.stream()
        meter.declared_fps, meter.by_udp = video.fps or meter.declared_fps, lanes.by_udp
        watch = LinkWatch(
            meter=meter,
            connection=connection,
            lanes=lanes.lanes,
            counts=assembler,
            pictures=pictures,
            rate=video.clock_rate,
        )
        await _watch(connection, session, assembler, watch, meter)
    except asyncio.CancelledError:
        if playing:
            with contextlib.suppress(SourceError, TimeoutError):
                async with asyncio.timeout(_TEARDOWN_S):
                    await session.teardown()
        raise
    finally:
        if watch is not None:
            watch.end()
            pictures.forget()  # the reason of the end refers to this frame
        lanes.close()
        connection.close()


async def open_wire(target: RtspUrl, trust: Trust, *, allow_local: bool, timeout_s: float) -> Wire:
    """The connection to a camera that is believed to be one; nothing of RTSP was sent. Raises SourceError."""
    sock = await connect(target.host, target.port, allow_local=allow_local, timeout_s=timeout_s)
    if not target.encrypted:
        return PlainWire(sock)
    try:
        wire = TlsWire(sock, trust.context(), target.host)
        async with asyncio.timeout(timeout_s):
            trust.check(await wire.handshake())
    except TimeoutError:
        sock.close()
        raise SourceError(Problem.TIMEOUT, "no TLS handshake") from None
    except BaseException:
        sock.close()
        raise
    return wire


class Lanes:
    """The lanes of one stream, all of one kind; the pictures' comes first."""

    def __init__(self, connection: Connection, transport: Transport) -> None:
        self._connection = connection
        self.lanes: list[Lane] = []
        self._auto = transport == "auto"
        self.by_udp = transport == "udp"

    async def set_up(self, session: Session, control: str) -> Lane:
        """Ask the camera for one track. Raises SourceError."""
        try:
            return await self._ask(session, control)
        except SourceError as error:
            if error.problem is not Problem.TRANSPORT_REFUSED or not self._auto or self.lanes:
                raise
            self.by_udp = True
            return await self._ask(session, control)

    async def _ask(self, session: Session, control: str) -> Lane:
        number = 2 * len(self.lanes)
        lane: Lane = UdpLane(self._connection) if self.by_udp else Interleaved(self._connection, number)
        try:
            lane.accept(await session.setup(control, lane.offer))
        except BaseException:
            lane.close()
            raise
        self.lanes.append(lane)
        return lane

    def start(self) -> None:
        for lane in self.lanes:
            lane.start()

    def close(self) -> None:
        for lane in self.lanes:
            lane.close()


_DISPENSABLE = (
    Problem.UNSUPPORTED_CODEC,
    Problem.TRANSPORT_REFUSED,
    Problem.NOT_FOUND,
    Problem.PROTOCOL,
)


async def _set_up(
    session: Session, lanes: Lanes, sink: FrameSink, audio: bool
) -> tuple[Assembler, VideoDepacketiser, VideoMedia, StreamInfo]:
    await session.options()
    description = await session.describe()
    video, sound = description.video, description.audio if audio else None
    lane = await lanes.set_up(session, video.control)
    assembler = Assembler(sink, sound.track if sound else None)
    pictures = video.depacketiser(assembler)
    lane.route(pictures.packet, pictures.interleaved, _reports(sink, assembler, "video", pictures.timestamps))
    if sound is not None:
        try:
            sound_lane = await lanes.set_up(session, sound.control)
        except SourceError as error:
            if error.problem not in _DISPENSABLE:
                raise
            # The camera describes a track that it does not give; the picture is worth having.
            sound = assembler.audio = None
        else:
            sounds = sound.depacketiser(assembler)
            sound_lane.route(sounds.packet, None, _reports(sink, assembler, "audio", sounds.timestamps))
    info = StreamInfo(session.server, description.audio_offered, sound is not None)
    return assembler, pictures, video, info


def _reports(
    sink: FrameSink, counts: Assembler, track: Literal["video", "audio"], timestamps: Unwrapper
) -> Channel:
    """Takes the RTCP packets of one track."""

    def take(buffer: Buffer, start: int, end: int) -> None:
        counts.reports += 1
        report = sender_report(bytes(buffer[start:end]))
        if report is not None:
            counts.clocks += 1
            sink.on_clock(track, timestamps.near(report.ts), report.camera_us, wall_us())

    return take


async def _watch(
    connection: Connection, session: Session, assembler: Assembler, link: LinkWatch, meter: LinkMeter
) -> None:
    """Wait for the end, keep the session alive, and end it when the camera stalls or floods."""
    loop = asyncio.get_running_loop()
    limits = connection.limits
    now = started = last_media = last_alive = loop.time()
    frames = packets = size = 0
    keep_alive: asyncio.Task[bool] | None = None
    try:
        while True:
            await asyncio.wait((connection.ended,), timeout=_WATCH_S)
            if connection.ended.done():
                connection.ended.result()
                raise SourceError(Problem.CLOSED, "connection closed")
            now, before = loop.time(), now
            link.tick(now)
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
                meter.keep_alives += keep_alive.result()
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


async def _keep_alive(session: Session) -> bool:
    """Whether it was answered. Many cameras do not answer while they stream; that the media flows is judged
    elsewhere."""
    try:
        await session.keep_alive()
    except SourceError as error:
        if error.problem is not Problem.TIMEOUT:
            raise
        return False
    return True


def _silence(frames: int, packets: int, seconds: float) -> SourceError:
    if packets:
        detail = "no key frame" if not frames else "no whole frame"
        return SourceError(Problem.CORRUPT, f"{detail} for {seconds:.0f} s although packets come")
    return SourceError(Problem.STALLED, f"no media for {seconds:.0f} s")
