"""Which cameras this recorder holds, and how it comes to hold them and lets them go.

Three things are asked: is the camera wanted (`cameras` bucket), who claims it (`holders` bucket), is there a
job. A job or an own claim of before makes a camera ours; a later claim of another recorder, or a changed
wish, ends it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import structlog

from thienly.bus import subjects
from thienly.bus.messages import DesiredCamera, Holder
from thienly.media.clock import wall_us
from thienly.media.index import gaps, segments
from thienly.media.index.gaps import GapRow
from thienly.media.index.writer import open_reader
from thienly.media.recorder.camera import SETTLE_S, CameraRecorder, Surroundings
from thienly.media.recorder.jobs import Verdict
from thienly.media.recorder.timeline import Timeline
from thienly.rules.problems import Problem

log = structlog.get_logger(__name__)


class Roster:
    """The cameras of one recorder process. All on the event loop."""

    def __init__(self, around: Surroundings, *, path: Path, zone: str, capacity: int) -> None:
        self.cameras: dict[str, CameraRecorder] = {}
        self.capacity = capacity
        self.on_taken: Callable[[CameraRecorder], Awaitable[None]] | None = None
        """Called for each camera that is taken while there is a bus: claim it, listen for its viewers."""
        self.on_dropped: Callable[[str, Problem], Awaitable[None]] | None = None
        self._around = around
        self._path = path
        self._zone = zone
        self._desired: dict[str, DesiredCamera] = {}
        self._holders: dict[str, Holder] = {}
        self._claims: dict[str, int] = {}  # since_us of claims whose echo the watch has not shown yet
        self._dropping: dict[str, asyncio.Task[None]] = {}
        self._gaps: dict[str, GapRow] = {}  # open gaps of cameras that are not held (any more)
        self._stopping = False
        self.handing_over = False
        """A successor takes the cameras: none is taken or dropped any more."""

    @property
    def room(self) -> int:
        return 0 if self._stopping or self.handing_over else self.capacity - len(self.cameras)

    # --- start and end ----------------------------------------------------------------------------------
    def load(self) -> None:
        """Open gaps of before, of cameras that are not held. Blocks; at start-up only."""
        with closing(open_reader(self._path)) as db:
            found = gaps.open_gaps(db)
        self._gaps = {camera: gap for camera, gap in found.items() if camera not in self.cameras}

    def adopt(self, desired: DesiredCamera, *, since_us: int) -> CameraRecorder:
        """Connects a camera that our predecessor still keeps; see `CameraRecorder.take_over`."""
        around, camera = self._around, desired.camera
        timeline = Timeline(
            camera, recorder=around.recorder, index=around.index, facts=around.facts, foreign=True
        )
        recorder = self.cameras[camera] = CameraRecorder(desired, around, timeline, since_us=since_us)
        self._desired[camera] = desired
        self._remember(desired, since_us)
        recorder.start()
        return recorder

    async def resume_from_index(self) -> None:
        """Goes on recording what was held before, when no bus says otherwise."""
        for row in await asyncio.to_thread(self._held):
            if row.desired is not None:
                desired = DesiredCamera.model_validate_json(row.desired)
                if desired.record and desired.zone == self._zone:
                    await self._take(desired)

    async def stop(self) -> None:
        """Orderly: every open GOP is kept, every camera gets its gap by `recorder_stopped`."""
        self._stopping = True
        cameras = list(self.cameras.values())
        await asyncio.gather(*(camera.stop(Problem.RECORDER_STOPPED, sync=False) for camera in cameras))
        await self._around.store.settled(SETTLE_S)
        now = wall_us()
        for camera in cameras:
            camera.timeline.begin(Problem.RECORDER_STOPPED, at_us=now)

    # --- what the bus says ------------------------------------------------------------------------------
    async def judge(self, camera: str, desired: DesiredCamera | None, *, delivered_before: bool) -> Verdict:
        """A job was delivered. Taking a camera that another recorder held leaves a gap by `handover`."""
        if self._stopping or self.handing_over:
            return Verdict.KEEP if camera in self.cameras else Verdict.LATER
        if desired is None:
            return Verdict.LATER  # the job may have overtaken the wish; who offered it withdraws it
        self._desired[camera] = desired
        if not desired.record or desired.zone != self._zone:
            return Verdict.DONE
        if camera in self.cameras:
            return Verdict.KEEP
        if self.room <= 0:
            return Verdict.LATER
        other = self.other_holder(camera)
        since_us = wall_us()
        if other is not None and delivered_before:
            # It was last heard of when it last acknowledged; the time since belongs to nobody else.
            since_us -= int(subjects.JOB_ACK_WAIT_S * 1e6)
        await self._take(desired, since_us=since_us, handover=other is not None)
        return Verdict.KEEP

    def other_holder(self, camera: str) -> Holder | None:
        holder = self._holders.get(camera)
        return holder if holder is not None and holder.recorder != self._around.recorder else None

    def desired(self, camera: str) -> DesiredCamera | None:
        return self._desired.get(camera)

    async def on_desired(self, camera: str, desired: DesiredCamera | None) -> None:
        """The wish for a camera is new, has changed or is gone."""
        if desired is None:
            self._desired.pop(camera, None)
            await self._drop(camera, Problem.NOT_SCHEDULED, still_promised=False)
            return
        before, self._desired[camera] = self._desired.get(camera), desired
        if desired.zone != self._zone:
            await self._drop(camera, Problem.HANDOVER, still_promised=True)
        elif not desired.record:
            await self._drop(camera, Problem.NOT_SCHEDULED, still_promised=True)
        elif camera in self.cameras:
            if before != desired:
                self._remember(desired, self.cameras[camera].since_us)
                self.cameras[camera].update(desired)
        else:
            await self._resume(camera)

    async def on_holder(self, camera: str, holder: Holder | None) -> None:
        """Somebody claims a camera: we did, or another recorder."""
        if holder is None:
            self._holders.pop(camera, None)
            return
        claim = self._claims.get(camera)
        if holder.recorder == self._around.recorder:
            if claim == holder.since_us:
                self._claims.pop(camera)
            self._holders[camera] = holder
            await self._resume(camera)
        elif claim is None:
            self._holders[camera] = holder
            await self._drop(camera, Problem.HANDOVER, still_promised=True)
            self._end_gap(camera, holder.since_us)
        # else it is older than our claim, which comes next: the bucket keeps the order.

    def claiming(self, camera: CameraRecorder) -> Holder:
        """The claim to be put into the bucket now."""
        self._claims[camera.desired.camera] = camera.since_us
        return Holder(recorder=self._around.recorder, since_us=camera.since_us)

    def unclaimed(self, camera: str) -> None:
        """The claim did not get there, or the watch begins anew: what it shows counts."""
        self._claims.pop(camera, None)

    # --- taking and letting go --------------------------------------------------------------------------
    async def _resume(self, camera: str) -> None:
        """What the bucket says we hold and we do not, we held before a restart."""
        holder, desired = self._holders.get(camera), self._desired.get(camera)
        if self._stopping or holder is None or desired is None or camera in self.cameras:
            return
        if holder.recorder == self._around.recorder and desired.record and desired.zone == self._zone:
            await self._take(desired)

    async def _take(
        self, desired: DesiredCamera, *, since_us: int | None = None, handover: bool = False
    ) -> None:
        camera = desired.camera
        dropping = self._dropping.get(camera)
        if dropping is not None:
            await dropping
        if camera in self.cameras or self._stopping:
            return
        since_us = since_us or wall_us()
        end_us = await asyncio.to_thread(self._newest_end, camera)
        if camera in self.cameras or self._stopping:  # another task took it while the index was read
            return
        gap = self._gaps.pop(camera, None)
        # Without an open gap the time since the last fragment was somebody else's duty.
        timeline = self._timeline(camera, gap=gap, end_us=end_us if gap is not None else None)
        recorder = self.cameras[camera] = CameraRecorder(desired, self._around, timeline, since_us=since_us)
        self._remember(desired, since_us)
        if handover and gap is None:
            timeline.begin(Problem.HANDOVER, at_us=since_us)
        recorder.start()
        log.info("camera_taken", camera=desired.label, handover=handover)
        if self.on_taken is not None:
            await self.on_taken(recorder)

    async def _drop(self, camera: str, reason: Problem, *, still_promised: bool) -> None:
        recorder = self.cameras.pop(camera, None)
        if recorder is None:
            if not still_promised:
                self._end_gap(camera, wall_us())
            elif reason is Problem.NOT_SCHEDULED and camera in self._gaps:
                # It was switched off while this process was not there: from now on that is the reason.
                timeline = self._timeline(camera, gap=self._gaps.pop(camera))
                timeline.begin(reason, at_us=wall_us())
                self._keep_gap(timeline)
            return
        task = asyncio.create_task(self._let_go(recorder, reason, still_promised))
        self._dropping[camera] = task
        task.add_done_callback(lambda _: self._dropping.pop(camera, None))
        if self.on_dropped is not None:
            await self.on_dropped(camera, reason)

    async def _let_go(self, recorder: CameraRecorder, reason: Problem, still_promised: bool) -> None:
        camera = recorder.desired.camera
        await recorder.stop(reason)
        await self._around.store.settled(SETTLE_S, camera=camera)
        self._around.store.forget(camera)
        if reason is Problem.NOT_SCHEDULED and still_promised:
            recorder.timeline.begin(reason, at_us=wall_us())
            self._keep_gap(recorder.timeline)
        else:
            # The next holder answers for the time from its claim on; a deleted camera is nobody's duty.
            holder = self._holders.get(camera)
            recorder.timeline.close(holder.since_us if holder and still_promised else wall_us())
        self._around.index.submit(lambda db: gaps.let_go(db, camera))
        log.info("camera_let_go", camera=recorder.desired.label, reason=reason)

    def _end_gap(self, camera: str, at_us: int) -> None:
        gap = self._gaps.pop(camera, None)
        if gap is None:
            return
        self._timeline(camera, gap=gap).close(at_us)
        self._around.index.submit(lambda db: gaps.let_go(db, camera))

    def _timeline(self, camera: str, *, gap: GapRow | None, end_us: int | None = None) -> Timeline:
        around = self._around
        return Timeline(
            camera, recorder=around.recorder, index=around.index, facts=around.facts, end_us=end_us, gap=gap
        )

    def _keep_gap(self, timeline: Timeline) -> None:
        """It goes on without a recorder, until somebody takes the camera."""
        if timeline.gap is not None:
            self._gaps[timeline.camera] = timeline.gap

    def _remember(self, desired: DesiredCamera, since_us: int) -> None:
        text = desired.model_dump_json()
        self._around.index.submit(lambda db: gaps.hold(db, desired.camera, text, since_us))

    def _held(self) -> list[gaps.HeldCamera]:
        with closing(open_reader(self._path)) as db:
            return gaps.held(db)

    def _newest_end(self, camera: str) -> int | None:
        with closing(open_reader(self._path)) as db:
            return segments.newest_end(db, camera)
