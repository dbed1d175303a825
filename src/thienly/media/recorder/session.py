"""Everything a recorder does on the bus. It begins when the bus is first reached and lasts as long as the
process; nothing in it is needed for recording to go on."""

import asyncio
import contextlib
import sqlite3
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import asdict
from pathlib import Path
from typing import Any

import structlog
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.errors import KeyNotFoundError
from pydantic import ValidationError

from thienly.bus import subjects
from thienly.bus.client import Bus, BusRefused, BusUnavailable, end
from thienly.bus.messages import DesiredCamera, Holder, HoldWish, RecorderAlive
from thienly.bus.questions import CertificateShown, ProbeRequest, ProbeResult
from thienly.media.archive import Archive
from thienly.media.index import keeping
from thienly.media.index_answers import index_answers
from thienly.media.live import LiveSender
from thienly.media.outbox import Outbox
from thienly.media.probe import probe
from thienly.media.recorder.camera import CameraRecorder
from thienly.media.recorder.jobs import Jobs, Verdict
from thienly.media.recorder.renewal import keep_certificate
from thienly.media.recorder.roster import Roster
from thienly.media.remote.main import Remote
from thienly.media.sources.origin import Origin
from thienly.media.thumbnail_desk import ThumbnailDesk
from thienly.media.trust import Trust
from thienly.rules.problems import Problem

log = structlog.get_logger(__name__)

_MAX_PROBES = 8
_ASK_HOLDER_S = 0.5


class Session:
    """`key`: file of the recorder's private key; `alive` makes the heartbeat; `open_password` opens sealed
    passwords and raises ValueError."""

    def __init__(
        self,
        bus: Bus,
        *,
        recorder: str,
        zone: str,
        zones: list[str],
        roster: Roster,
        outbox: Outbox,
        archive: Archive,
        key: Path,
        thumbnails: ThumbnailDesk,
        remote: Remote,
        sender: LiveSender,
        open_password: Callable[[str], str],
        camera_ca: Path | None,
        camera_files: Path | None,
        certificate: Path | None,
        alive: Callable[[], RecorderAlive],
    ) -> None:
        self.bus = bus
        self._recorder = recorder
        self._zone = zone
        self._zones = zones
        self._roster = roster
        self._outbox = outbox
        self._archive = archive
        self._key = key
        self._thumbnails = thumbnails
        self._remote = remote
        self._sender = sender
        self._open_password = open_password
        self._camera_ca = camera_ca
        self._camera_files = camera_files
        self._certificate = certificate
        self._alive = alive
        self._jobs = Jobs(bus, zone=zone, zones=zones, room=lambda: roster.room, judge=self._judge)
        self._subscriptions: dict[str, list[Any]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._taking: list[asyncio.Task[None]] = []
        self._probes = 0
        self._sending = False

    async def start(self) -> None:
        """Begins. Raises BusUnavailable when the bus is gone again."""
        try:
            await self.bus.ensure(zones=self._zones)
            also = index_answers(self._archive, self._recorder, self._key)
            await self._archive.serve(self.bus, self._recorder, also=also)
            await self._thumbnails.serve(self.bus, self._recorder)
            await self._remote.serve(self.bus, self._recorder)
            await self.bus.subscribe(subjects.probe(self._zone), self._on_probe, queue=subjects.PROBERS)
        except (OSError, NatsError, TimeoutError) as error:
            raise BusUnavailable(type(error).__name__) from error
        self._roster.on_taken = self._taken
        self._roster.on_dropped = self._dropped
        for camera in list(self._roster.cameras.values()):
            # Resumed without the bus. No claim: if another recorder took it meanwhile, its claim counts.
            await self.listen(camera)
        self._taking = [self._spawn(self._watches()), self._spawn(self._jobs.pull())]
        for work in (self._outbox.run(self.bus), self._jobs.keep(), self._heartbeat()):
            self._spawn(work)
        if self._certificate is not None:
            self._spawn(keep_certificate(self.bus, recorder=self._recorder, path=self._certificate))
        self.send_live()

    def send_live(self) -> None:
        """Live chunks go out from now on. Once is enough."""
        if not self._sending:
            self._sending = True
            self._spawn(self._sender.run(self.bus))

    async def freeze(self) -> None:
        """Neither wishes nor jobs are looked at any more; jobs that are held stay so."""
        await end(*self._taking)

    async def stop_taking(self) -> None:
        """No new cameras; what the bus still has to hear can be sent."""
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=1)
        if self.bus.connected:
            await self._jobs.release_all()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("session_task_failed", exc_info=error)

    # --- what is wanted, and who holds it ---------------------------------------------------------------
    async def _watches(self) -> None:
        """All watches, begun anew after each reconnection: the server may have forgotten them."""
        while True:
            seen = self.bus.nc.stats["reconnects"]
            watches = [
                asyncio.create_task(self._watch(subjects.holders_bucket(self._zone), self._on_holder)),
                asyncio.create_task(self._watch(subjects.cameras_bucket(self._zone), self._on_desired)),
                asyncio.create_task(self._watch(subjects.HOLDS_BUCKET, self._on_hold)),
            ]
            try:
                while self.bus.nc.stats["reconnects"] == seen and not any(watch.done() for watch in watches):
                    await asyncio.wait(watches, timeout=0.5, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for watch in watches:
                    watch.cancel()
                await asyncio.wait(watches, timeout=2)
            for watch in watches:
                if watch.done() and not watch.cancelled() and (error := watch.exception()):
                    log.info("watch_ended", error=repr(error))
            await asyncio.sleep(0.5)

    async def _watch(self, bucket: str, take: Callable[[str, bytes | None], Awaitable[None]]) -> None:
        async for key, value in self.bus.watch(bucket):
            try:
                await take(key, value)
            except ValidationError:
                log.error("bucket_value_malformed", bucket=bucket, key=key)

    async def _on_desired(self, camera: str, value: bytes | None) -> None:
        await self._roster.on_desired(camera, None if value is None else DesiredCamera.decode(value))
        desired = self._roster.desired(camera)
        if desired is None or not desired.record or desired.zone != self._zone:
            await self._jobs.done(camera)

    async def _on_hold(self, hold: str, value: bytes | None) -> None:
        if value is None:
            return  # only a message that says so releases
        wish = HoldWish.decode(value)

        def write(db: sqlite3.Connection) -> None:
            if wish.released:
                keeping.release_hold(db, wish.hold)
            else:
                keeping.put_hold(db, wish.hold, wish.camera, wish.from_us, wish.until_us)

        if wish.until_us > wish.from_us:
            self._outbox.index.submit(write)

    async def _on_holder(self, camera: str, value: bytes | None) -> None:
        try:
            holder = Holder.decode(value) if value else None
        except ValidationError:  # nobody's claim; it must not keep others from taking the camera
            log.error("claim_malformed", camera=camera)
            holder = None
        await self._roster.on_holder(camera, holder)
        if self._roster.other_holder(camera) is not None:
            self._jobs.forget(camera)

    async def _judge(self, camera: str, delivered_before: bool) -> Verdict:
        try:
            desired = await self._look_up(camera)
            await self._look_up_holder(camera)
            held_elsewhere = camera not in self._roster.cameras and self._roster.other_holder(camera)
            if held_elsewhere and await self._other_lives(camera):
                log.info("job_left", camera=camera, holder=held_elsewhere.recorder)
                return Verdict.LATER
        except (OSError, NatsError, TimeoutError, ValidationError) as error:
            log.info("job_not_judged", camera=camera, error=type(error).__name__)
            return Verdict.LATER
        return await self._roster.judge(camera, desired, delivered_before=delivered_before)

    async def _look_up(self, camera: str) -> DesiredCamera | None:
        """The job may come before the watch has shown the wish."""
        if camera in self._roster.cameras:
            return self._roster.desired(camera) or self._roster.cameras[camera].desired
        bucket = await self.bus.bucket(subjects.cameras_bucket(self._zone))
        try:
            value = (await bucket.get(camera)).value
        except KeyNotFoundError:
            return None
        return DesiredCamera.decode(value) if value else None

    async def _look_up_holder(self, camera: str) -> None:
        """The job may come before the watch has shown who holds the camera, too."""
        if camera not in self._roster.cameras:
            bucket = await self.bus.bucket(subjects.holders_bucket(self._zone))
            try:
                value = (await bucket.get(camera)).value
            except KeyNotFoundError:
                return
            await self._on_holder(camera, value or None)

    async def _other_lives(self, camera: str) -> bool:
        """Whether the recorder that claims the camera answers for it: after a cut of the bus jobs are
        delivered again although nobody died."""
        try:
            await self.bus.request(subjects.held(camera), b"", timeout_s=_ASK_HOLDER_S)
        except (BusUnavailable, BusRefused):
            return False
        return True

    async def _taken(self, camera: CameraRecorder) -> None:
        # Not awaited: who takes a camera may be cancelled (a watch that begins anew), this must not be.
        self._spawn(self._serve(camera))

    async def _serve(self, camera: CameraRecorder) -> None:
        await self.listen(camera)
        await self._claim(camera)

    async def listen(self, camera: CameraRecorder) -> None:
        """Answers the camera's viewers."""
        name = camera.desired.camera
        if name in self._subscriptions:
            return

        async def on_want(message: Msg) -> None:
            # A task each: who waits for a second stream to begin must not hold up the others.
            self._spawn(camera.on_live_want(self.bus, message))

        async def on_held(message: Msg) -> None:
            await self.bus.reply(message, b"")

        try:
            self._subscriptions[name] = [
                await self.bus.subscribe(subjects.live_want(name), on_want),
                await self.bus.subscribe(subjects.held(name), on_held),
            ]
        except (OSError, NatsError) as error:
            log.error("live_not_served", camera=camera.desired.label, error=repr(error))

    async def _claim(self, camera: CameraRecorder) -> None:
        name = camera.desired.camera
        while self._roster.cameras.get(name) is camera:
            try:
                bucket = await self.bus.bucket(subjects.holders_bucket(self._zone))
                await bucket.put(name, self._roster.claiming(camera).encode())
            except (OSError, NatsError, TimeoutError) as error:
                self._roster.unclaimed(name)
                log.info("claim_waits", camera=camera.desired.label, error=type(error).__name__)
                await asyncio.sleep(1)
            else:
                return

    async def unlisten(self, camera: str) -> None:
        """The opposite of `listen`."""
        for subscription in self._subscriptions.pop(camera, ()):
            if not self.bus.nc.is_closed:
                await subscription.unsubscribe()

    async def _dropped(self, camera: str, reason: Problem) -> None:
        try:
            await self.unlisten(camera)
            if reason is Problem.NOT_SCHEDULED:
                # Else the claim would make us take the camera again, job or no job, when it is wanted again.
                bucket = await self.bus.bucket(subjects.holders_bucket(self._zone))
                await bucket.delete(camera)
        except (OSError, NatsError, TimeoutError) as error:
            log.info("claim_not_withdrawn", camera=camera, error=type(error).__name__)

    # --- heartbeat and probing --------------------------------------------------------------------------
    async def _heartbeat(self) -> None:
        while True:
            if self.bus.connected:
                alive = await asyncio.to_thread(self._alive)
                with contextlib.suppress(sqlite3.Error):
                    alive = alive.model_copy(update={"stores": await self._remote.now()})
                await self.bus.publish(subjects.alive(self._recorder), alive.encode())
            await asyncio.sleep(subjects.ALIVE_EVERY_S)

    async def _on_probe(self, message: Msg) -> None:
        try:
            request = ProbeRequest.decode(message.data)
            password = self._open_password(request.sealed_password)
        except (ValidationError, ValueError):
            await self.bus.reply_error(message, "malformed request, or a password sealed with another key")
            return
        if self._probes >= _MAX_PROBES:
            await self.bus.reply_error(message, "too many probes at once")
            return
        self._probes += 1
        self._spawn(self._probe(message, request, password))

    async def _probe(self, message: Msg, request: ProbeRequest, password: str) -> None:
        try:
            origin = Origin(
                request.url,
                request.username,
                password,
                allow_local=request.allow_local,
                transport=request.transport,
                trust=Trust(request.fingerprint, self._camera_ca),
                files=self._camera_files,
            )
            watch_s = min(request.watch_s, 30.0)
            found = await probe(origin, timeout_s=min(request.timeout_s, 30.0), watch_s=watch_s)
            shown = found.certificate
            result = ProbeResult(
                ok=found.ok,
                problem=found.problem,
                detail=found.detail,
                codec=found.codec,
                width=found.width,
                height=found.height,
                fps=found.fps,
                audio=found.audio,
                audio_recorded=found.audio_recordable,
                server=found.server,
                clock_offset_ms=None if found.clock_offset_us is None else found.clock_offset_us // 1000,
                declared_fps=found.declared_fps,
                expected=found.expected,
                lost=found.lost,
                jitter_us=found.jitter_us,
                bitrate=found.bitrate,
                seconds=found.seconds,
                certificate=CertificateShown(**asdict(shown)) if shown else None,
            )
            await self.bus.reply(message, result.encode())
        finally:
            self._probes -= 1
