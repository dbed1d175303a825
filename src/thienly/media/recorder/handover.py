"""From one recorder process to the next of the same name, camera by camera, at key frames.

The successor connects each camera first and receives pictures. Then it asks for the camera: the predecessor
keeps the GOP that is open, ends its segment at the next key frame and lets go, and the successor keeps
everything from that very key frame on. Both write one index (SQLite takes two writers) and one directory;
segment ids above `HandoverOffer.first_id` are the successor's. When all cameras are over, the predecessor
ends, and with its lock everything else becomes the successor's: repair, pruning, the archive, the outbox.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any
from uuid import uuid4

import structlog
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from pydantic import ValidationError

from thienly.bus import subjects
from thienly.bus.client import Bus, BusRefused, BusUnavailable
from thienly.bus.handover import HandoverOffer, HandoverRequest, HeldNow, OpenGap, Released
from thienly.media.disks import Disks
from thienly.media.index.gaps import GapRow
from thienly.media.recorder.camera import KEY_WITHIN_S, SETTLE_S, CameraRecorder
from thienly.media.recorder.roster import Roster
from thienly.media.recorder.session import Session
from thienly.media.recorder.timeline import Kept
from thienly.media.recorder.waiting import WaitingSink

log = structlog.get_logger(__name__)

IDS_APART = 100_000
"""Segments that a predecessor may still begin while it hands over: one a camera would do."""
CONNECT_WITHIN_S = 10.0
"""A camera that shows the successor no key frame within this long may serve one client only."""
LET_GO_WITHIN_S = 3.0
"""A successor that is told to end waits so long for cameras that are being handed to it."""
SILENT_S = 45.0
"""A successor that asks nothing for so long is gone; its predecessor then ends, to be started again."""


class Predecessor:
    """Answers a successor. `finished` is called when everything is handed over, or the successor is lost."""

    def __init__(
        self,
        session: Session,
        *,
        recorder: str,
        roster: Roster,
        store: Disks,
        begun: Callable[[], Awaitable[None]],
        finished: Callable[[], None],
    ) -> None:
        """`begun`: ends what only one process may do to footage of before (deleting)."""
        self._session = session
        self._recorder = recorder
        self._roster = roster
        self._store = store
        self._begun = begun
        self._finished = finished
        self._by = ""
        self._watch: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self) -> None:
        """Subscribes."""

        async def accept(message: Msg) -> None:
            task = asyncio.create_task(self._answer(message))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

        await self._session.bus.subscribe(subjects.handover(self._recorder), accept)

    async def _answer(self, message: Msg) -> None:
        bus = self._session.bus
        try:
            request = HandoverRequest.decode(message.data)
        except ValidationError:
            await bus.reply_error(message, "malformed request")
            return
        if request.op == "begin" and not self._by:
            self._by = request.by
        if request.by != self._by:
            await bus.reply_error(message, "another successor is at it" if self._by else "not begun")
            return
        self._expect_more()
        if request.op == "begin":
            await bus.reply(message, (await self._begin()).encode())
        elif request.op == "release":
            await self._release(message, request)
        else:
            await bus.reply(message, b"")
            log.info("handed_over", recorder=self._recorder, cameras_left=len(self._roster.cameras))
            self._finished()

    async def _begin(self) -> HandoverOffer:
        self._roster.handing_over = True
        await self._session.freeze()
        await self._begun()
        cameras = [
            HeldNow(desired=camera.desired, since_us=camera.since_us)
            for camera in self._roster.cameras.values()
        ]
        log.info("handing_over", recorder=self._recorder, cameras=len(cameras))
        return HandoverOffer(cameras=cameras, first_id=self._store.next_id + IDS_APART)

    async def _release(self, message: Msg, request: HandoverRequest) -> None:
        camera = self._roster.cameras.get(request.camera)
        if camera is None:
            await self._session.bus.reply_error(message, "not held")
            return
        await camera.hand_over(at_key=request.at_key)
        self._roster.cameras.pop(request.camera, None)
        gap = camera.timeline.gap
        released = Released(
            end_us=camera.timeline.end_us,
            last_us=camera.timeline.last_us,
            gap=gap
            and OpenGap.model_validate(
                {"gap": gap.id, "start_us": gap.start_us, "reason": gap.reason, "detail": gap.detail}
            ),
            state=camera.state,
            state_since_us=camera.state_since_us,
            watched=camera.live.watched(),
            sub_watched=camera.sub.stream.watched(),
        )
        camera.timeline.foreign = True
        camera.live.close()
        camera.sub.stream.close()
        await self._session.unlisten(request.camera)
        await self._session.bus.reply(message, released.encode())
        await camera.end_source()

    def _expect_more(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
        self._watch = asyncio.get_running_loop().call_later(SILENT_S, self._abandoned)

    def _abandoned(self) -> None:
        log.error("successor_lost", recorder=self._recorder)
        self._finished()


class Successor:
    """Takes everything over. Raises BusUnavailable and BusRefused from `begin`.

    `ended`: done when the predecessor is no more; then nothing is asked of it any longer.
    """

    def __init__(self, bus: Bus, *, recorder: str, ended: "asyncio.Future[int]") -> None:
        self._bus = bus
        self._ended = ended
        self._subject = subjects.handover(recorder)
        self._by = uuid4().hex
        self.lost: list[CameraRecorder] = []
        """Cameras that the predecessor did not let go of: it died meanwhile."""

    async def begin(self) -> HandoverOffer:
        """Which cameras, and which segment ids are ours."""
        return HandoverOffer.decode(await self._ask(HandoverRequest(op="begin", by=self._by), 5))

    async def take(self, offer: HandoverOffer, roster: Roster, session: Session) -> None:
        """All cameras, each when it is ready."""
        session.send_live()
        await asyncio.gather(*(self._one(held, roster, session) for held in offer.cameras))

    async def finish(self, *, within_s: float = 5) -> None:
        """The predecessor ends. Its lock tells when it has."""
        with suppress(BusUnavailable, BusRefused):
            await self._ask(HandoverRequest(op="finish", by=self._by), within_s)

    async def _one(self, held: HeldNow, roster: Roster, session: Session) -> None:
        camera = roster.adopt(held.desired, since_us=held.since_us)
        ready = await self._connected(camera)
        request = HandoverRequest(op="release", by=self._by, camera=held.desired.camera, at_key=ready)
        asking = asyncio.ensure_future(self._ask(request, KEY_WITHIN_S + SETTLE_S + 5))
        try:
            answer = await asyncio.shield(asking)
        except (BusUnavailable, BusRefused) as error:
            log.warning("camera_not_handed_over", camera=held.desired.label, error=str(error))
            self.lost.append(camera)
            return
        except asyncio.CancelledError:
            # Told to end. What the other lets go of just now is nobody's but ours.
            await asyncio.wait({asking}, timeout=LET_GO_WITHIN_S)
            if asking.done() and not asking.cancelled() and asking.exception() is None:
                self._taken(camera, Released.decode(asking.result()), ready=ready)
            raise
        self._taken(camera, Released.decode(answer), ready=ready)
        with suppress(NatsError, OSError):
            await session.listen(camera)
        log.info("camera_taken_over", camera=held.desired.label, prepared=ready)

    def _taken(self, camera: CameraRecorder, released: Released, *, ready: bool) -> None:
        gap = released.gap
        row = gap and GapRow(gap.gap, camera.desired.camera, gap.start_us, None, gap.reason.value, gap.detail)
        camera.take_over(
            Kept(released.end_us, released.last_us, row or None),
            recording_since_us=released.state_since_us if released.state == "recording" and ready else None,
            watched=released.watched,
            sub_watched=released.sub_watched,
        )

    async def _connected(self, camera: CameraRecorder) -> bool:
        sink = camera.sink
        assert isinstance(sink, WaitingSink)  # noqa: S101 - `adopt` made it so
        failed = asyncio.ensure_future(camera.went_offline.wait())
        either: set[asyncio.Future[Any]] = {sink.ready, failed}
        done, _ = await asyncio.wait(either, timeout=CONNECT_WITHIN_S, return_when=asyncio.FIRST_COMPLETED)
        failed.cancel()
        return sink.ready in done

    async def _ask(self, request: HandoverRequest, within_s: float) -> bytes:
        asking = asyncio.ensure_future(self._bus.request(self._subject, request.encode(), timeout_s=within_s))
        either: set[asyncio.Future[Any]] = {asking, self._ended}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not asking.done():
            asking.cancel()
            raise BusUnavailable("the predecessor has ended")
        return asking.result()
