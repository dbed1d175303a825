"""Recording one camera: connect, hand frames on, say what is wrong, try again."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Literal
from uuid import uuid4

import structlog
from nats.aio.msg import Msg
from pydantic import ValidationError

from thienly.bus.client import Bus
from thienly.bus.handover import Watched
from thienly.bus.messages import CameraStatus, DesiredCamera, Fact, LiveWant, PictureNow
from thienly.media import live, outbox
from thienly.media.clock import wall_us
from thienly.media.disks import Disks
from thienly.media.fragmenter import Fragmenter
from thienly.media.frames import SourceError
from thienly.media.index.writer import IndexWriter
from thienly.media.live import LiveStream
from thienly.media.recorder.backoff import Backoff
from thienly.media.recorder.link import LinkLog
from thienly.media.recorder.sink import CameraSink
from thienly.media.recorder.source import Source
from thienly.media.recorder.substream import SubStream
from thienly.media.recorder.timeline import Kept, Timeline
from thienly.media.recorder.waiting import WaitingSink
from thienly.rules.problems import Problem

log = structlog.get_logger(__name__)

STATUS_EVERY_S = 60.0
STEADY_S = 10.0
"""A connection that lasted this long was a good one: the next attempts start from the shortest wait."""
SETTLE_S = 2.0
KEY_WITHIN_S = 12.0
"""Longest wait for a key frame when a camera changes processes."""
_CANCEL_S = 1.5


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all cameras of a recorder share."""

    recorder: str
    store: Disks
    index: IndexWriter
    facts: Callable[[], None]
    send_live: live.Send
    source: Source
    open_password: Callable[[str], str]
    segment_us: int
    turn: Callable[[], Awaitable[None]]
    """Returns when this camera may start: connections begin one after the other, not all at once."""
    numbers: Counter[str] = field(default_factory=Counter)
    """Counted for all cameras together, see `bus.numbers`."""
    tz: tzinfo = UTC
    """Days of the links begin at its midnight."""


class CameraRecorder:
    """One camera while this recorder holds it. Make, `start`, and `stop` when it is no longer held."""

    def __init__(
        self, desired: DesiredCamera, around: Surroundings, timeline: Timeline, *, since_us: int
    ) -> None:
        """With a timeline that is `foreign` it connects, but keeps nothing until `take_over`."""
        self.desired = desired
        self.since_us = since_us
        self.timeline = timeline
        self.next_status = 0.0
        self.state: Literal["connecting", "recording", "offline", "stopped"] = "connecting"
        self.problem: Problem | None = None
        self.detail = ""
        self.state_since_us = since_us
        self.picture: PictureNow | None = None
        """What was last measured in a recorded picture, for the status."""
        self._around = around
        self._link = LinkLog(desired.camera, around.recorder, wall_us(), around.tz)
        self.live = LiveStream(desired.camera, stream="main", seq=since_us // 1000, send=around.send_live)
        sink = WaitingSink if timeline.foreign else CameraSink
        self.sink: CameraSink = sink(
            store=around.store,
            timeline=timeline,
            live=self.live,
            lost=lambda: self._fragmenter.lost if self._fragmenter else 0,
            on_kept=self._recording,
            on_not_kept=self._not_kept,
        )
        self.sub = SubStream(
            desired,
            seq=since_us // 1000,
            send=around.send_live,
            source=around.source,
            open_password=around.open_password,
            turn=around.turn,
        )
        self._fragmenter: Fragmenter | None = None
        self._connection: asyncio.Task[None] | None = None
        self._task: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()
        self._ending: asyncio.Task[None] | None = None
        self.went_offline = asyncio.Event()

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name=f"camera-{self.desired.camera}")

    def update(self, desired: DesiredCamera) -> None:
        """New desired state; the source is opened anew only when it concerns the source."""
        before, self.desired = self.desired, desired
        of_source = {
            "url",
            "username",
            "sealed_password",
            "audio",
            "allow_local",
            "transport",
            "fingerprint",
        }
        changed = before.model_dump(include=of_source) != desired.model_dump(include=of_source)
        if changed:
            self._changed.set()
        self.sub.desired = desired
        if changed or before.sub_url != desired.sub_url:
            self._ending = asyncio.create_task(self.sub.stop())  # whoever watches asks again

    async def stop(self, reason: Problem, *, sync: bool = True) -> None:
        """Ends the source, keeps the open GOP, closes the segment. Gaps are the caller's to judge."""
        await self.end_source()
        self._finish(reason.value, sync=sync)
        self.live.close()
        self._set_state("stopped", reason, "")
        self._tell(*self._link.last(wall_us()))

    # --- from one process to the next -------------------------------------------------------------------
    async def hand_over(self, *, at_key: bool) -> None:
        """Keeps what there is up to the next key frame (or now) and lets go. Tells no more than it counted:
        the successor goes on as if nothing had happened. The source ends with `end_source`."""
        if at_key and self.state == "recording":
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(KEY_WITHIN_S):
                    await asyncio.shield(self.sink.finish_at_key())
        else:
            await self._end_main()
        if self._fragmenter is not None:
            self._fragmenter.finish()
        self.sink.close()
        self._note_media()
        self._tell(*self._link.last(wall_us()))
        await self._around.store.settled(SETTLE_S, camera=self.desired.camera)

    async def end_source(self) -> None:
        """Nothing is received any more, of neither stream."""
        ending = asyncio.create_task(self.sub.stop())
        await self._end_main()
        await ending

    async def _end_main(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=_CANCEL_S + 0.5)

    def take_over(
        self,
        kept: Kept,
        *,
        recording_since_us: int | None,
        watched: Watched,
        sub_watched: Watched,
    ) -> None:
        """From now on this process keeps the camera; the other `kept` it until then. Only with a WaitingSink.
        `recording_since_us`: None when the other did not record either."""
        sink = self.sink
        assert isinstance(sink, WaitingSink)  # noqa: S101 - the caller made it so
        self.timeline.assume(end_us=kept.end_us, gap=kept.gap)
        if self.state == "offline":
            problem = self.problem or Problem.HANDOVER
            self.timeline.begin(problem, at_us=wall_us(), detail=self.detail)
            self._report()
            self._changed.set()  # it may have been refused because the other one was there
        elif recording_since_us is not None:
            self.state, self.state_since_us = "recording", recording_since_us
        sink.go_on(kept.end_us, last_us=kept.last_us)
        self.live.go_on(watched)
        self.sub.go_on(sub_watched)

    async def on_live_want(self, bus: Bus, message: Msg) -> None:
        """Answers `LiveWant`. Anybody may ask also to learn whether this recorder has the camera."""
        try:
            want = LiveWant.decode(message.data)
        except ValidationError:
            await bus.reply_error(message, "not a LiveWant")
            return
        if want.stream == "sub" and self.desired.sub_url:
            await bus.reply_parts(message, await self.sub.answer(want))
            return
        if want.stream != "main":
            await bus.reply_error(message, "the camera has no such stream")
            return
        if self._fragmenter is None or not self.live.ready:
            problem = self.problem if self.state != "recording" else None
            await bus.reply_parts(message, [live.refused(problem, self.detail, self.state_since_us)])
            return
        await bus.reply_parts(message, self.live.open(want, self._fragmenter.current_gop))

    # --- the loop ---------------------------------------------------------------------------------------
    async def _run(self) -> None:
        backoff = Backoff()
        loop = asyncio.get_running_loop()
        self._report()
        while True:
            await self._around.turn()
            self._changed.clear()
            began = loop.time()
            problem, detail = await self._connect()
            self._around.numbers["reconnects"] += 1
            self._around.numbers["packets_lost"] += self._fragmenter.lost if self._fragmenter else 0
            if loop.time() - began >= STEADY_S:
                backoff.reset()
            self._finish(problem.value)
            self.live.pause()
            if not await self._around.store.settled(SETTLE_S, camera=self.desired.camera):
                log.error("store_hangs", camera=self.desired.camera)
            fresh = self.timeline.end_us is None and self.timeline.gap is None
            self.timeline.begin(problem, at_us=self.since_us if fresh else wall_us(), detail=detail)
            if self._changed.is_set():
                continue
            if self.state == "recording":
                self._link.disconnected()
            self._set_state("offline", problem, detail)
            wait = backoff.next_s(problem)
            log.info(
                "camera_offline",
                camera=self.desired.label,
                problem=problem,
                detail=detail,
                retry_s=round(wait, 1),
            )
            try:
                async with asyncio.timeout(wait):
                    await self._changed.wait()
            except TimeoutError:
                pass

    async def _connect(self) -> tuple[Problem, str]:
        """One connection, until it ends; why it ended."""
        try:
            password = self._around.open_password(self.desired.sealed_password)
        except ValueError:
            return Problem.AUTH_FAILED, "the stored password cannot be opened with this installation's key"
        self._fragmenter = Fragmenter(self.sink, segment_us=self._around.segment_us)
        connection = asyncio.ensure_future(
            self._around.source(
                self.desired, password, self._fragmenter, lambda: self.live.live, self._link.meter
            )
        )
        changed = asyncio.ensure_future(self._changed.wait())
        try:
            await asyncio.wait({connection, changed}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            changed.cancel()
            if not connection.done():
                connection.cancel()
                await asyncio.wait({connection}, timeout=_CANCEL_S)
                if connection.done() and not connection.cancelled():
                    connection.exception()  # seen: how it ended while being stopped is nobody's concern
        if not connection.done() or connection.cancelled():
            return Problem.CLOSED, "settings were changed"
        error = connection.exception()
        if isinstance(error, SourceError):
            return error.problem, error.detail
        if error is not None:
            # A bug, or a camera cleverer than the parser. It must not cost more than this camera.
            log.error("source_failed", camera=self.desired.label, exc_info=error)
            return Problem.PROTOCOL, type(error).__name__
        return Problem.CLOSED, ""

    def _finish(self, reason: str, *, sync: bool = True) -> None:
        """The open GOP goes to disk and the segment ends."""
        if self._fragmenter is not None:
            self._fragmenter.finish()
            self._fragmenter = None
        self.sink.end(reason, sync=sync)

    # --- status -----------------------------------------------------------------------------------------
    def _recording(self) -> None:
        if self.state != "recording" and self._fragmenter is not None:
            self._link.connected()
            self._set_state("recording", None, "")

    def _not_kept(self, problem: Problem, detail: str) -> None:
        if self._fragmenter is not None:
            self._set_state("offline", problem, detail)

    def _set_state(
        self, state: Literal["recording", "offline", "stopped"], problem: Problem | None, detail: str
    ) -> None:
        if (self.state, self.problem, self.detail) == (state, problem, detail):
            return
        if self.state != state:
            self.state_since_us = wall_us()
        self.state, self.problem, self.detail = state, problem, detail
        if state == "offline":
            self.went_offline.set()
        self._report()

    def minute(self, now: float) -> None:
        """Called often; tells the device's facts about once a minute while it records."""
        if self.state == "recording" and now >= self.next_status:
            self._report()
        if not self.timeline.foreign:
            self._tell(*self._link.due(wall_us(), now))

    def _report(self) -> None:
        if self.timeline.foreign:
            return
        self.next_status = asyncio.get_running_loop().time() + STATUS_EVERY_S
        sink, tracks = self.sink, self.sink.tracks
        seconds = sink.duration_us / 1e6
        measured = self.state == "recording" and seconds > 0
        known = tracks if self.state == "recording" else None
        fact = CameraStatus(
            id=uuid4().hex,
            camera=self.desired.camera,
            recorder=self._around.recorder,
            state=self.state,
            since_us=self.state_since_us,
            at_us=wall_us(),
            problem=self.problem,
            detail=self.detail,
            codec=known.video.codec if known else "",
            width=known.video.width if known else 0,
            height=known.video.height if known else 0,
            fps=round(sink.frames / seconds, 2) if measured else 0.0,
            bitrate=round(sink.bytes * 8 / seconds) if measured else 0,
            audio=known.audio.codec if known and known.audio else "",
            clock_offset_ms=sink.offset_us // 1000 if known and sink.offset_us is not None else None,
            packets_lost=self._fragmenter.lost if self._fragmenter else 0,
            picture=self.picture,
        )
        self._note_media()
        self._tell(fact)

    def _note_media(self) -> None:
        sink = self.sink
        known = self.state == "recording" and sink.tracks is not None and sink.offset_us is not None
        self._link.media(
            frames=sink.frames,
            bytes_=sink.bytes,
            duration_us=sink.duration_us,
            clock_ms=(sink.offset_us or 0) // 1000 if known else None,
        )
        sink.frames = sink.bytes = sink.duration_us = 0

    def _tell(self, *facts: Fact) -> None:
        for fact in facts:
            self._around.index.submit(lambda db, fact=fact: outbox.put(db, fact), self._around.facts)  # type: ignore[misc]  # the default binds
