"""Checks one recorded key frame of each camera now and then, evenly spread, behind everything else.

It reads what was recorded, not what arrives: recording neither waits for it nor knows of it. Footage reaches
the measuring process only; what comes back are numbers.
"""

import asyncio
import os
import sqlite3
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import structlog

from thienly.bus.questions import FragmentRef
from thienly.conf_pictures import PicturesConf
from thienly.media.archive import Archive, ElsewhereError, RefusedError
from thienly.media.clock import wall_us
from thienly.media.outbox import Outbox
from thienly.media.pictures import keyframe
from thienly.media.pictures.watch import PictureWatch
from thienly.media.pictures.worker import NotMeasured, Worker
from thienly.media.recorder.camera import CameraRecorder

log = structlog.get_logger(__name__)

_LOOK_S = 1.0
"""Longest pause: cameras come and go."""
_LEAST_PAUSE_S = 0.01


class Checker:
    """`cameras`: those that this recorder holds now. `run` until cancelled; nothing it meets ends it."""

    def __init__(
        self,
        conf: PicturesConf,
        *,
        path: Path,
        recorder: str,
        archive: Archive,
        outbox: Outbox,
        cameras: Mapping[str, CameraRecorder],
        count: Counter[str],
    ) -> None:
        self._path = path
        self._recorder = recorder
        self._archive = archive
        self._outbox = outbox
        self._cameras = cameras
        self._every_s = conf.every_s
        self._busy_load = conf.busy_load * (os.cpu_count() or 1)
        self._count = count
        self.worker = Worker()
        self._watches: dict[str, PictureWatch] = {}
        self._due: dict[str, float] = {}
        self._checked: dict[str, int] = {}  # start of the fragment that was checked last

    async def run(self) -> None:
        if not self._every_s:
            return
        loop = asyncio.get_running_loop()
        thread = ThreadPoolExecutor(1, thread_name_prefix="pictures")
        try:
            while True:
                held = self._held()
                camera = self._next(held, loop.time())
                pause = _LOOK_S
                if camera is not None:
                    begun = loop.time()
                    await self._check(camera, thread)
                    pause = self._every_s / len(held) - (loop.time() - begun)
                await asyncio.sleep(min(max(pause, _LEAST_PAUSE_S), _LOOK_S))
        finally:
            thread.shutdown(wait=False, cancel_futures=True)  # a disk that hangs holds up nobody
            await self.worker.close()

    def _held(self) -> dict[str, CameraRecorder]:
        """Those to be watched. The findings of all others end."""
        held = dict(self._cameras)
        for name in self._watches.keys() - held.keys():
            self._forget(name, "let_go")
        wanted = {name: camera for name, camera in held.items() if camera.desired.picture is not None}
        for name in self._watches.keys() - wanted.keys():
            held[name].picture = None
            self._forget(name, "off")
        return wanted

    def _forget(self, camera: str, ended: str) -> None:
        self._watches.pop(camera).end("off" if ended == "off" else "let_go", at_us=wall_us())
        self._due.pop(camera, None)
        self._checked.pop(camera, None)

    def _next(self, held: dict[str, CameraRecorder], now: float) -> CameraRecorder | None:
        """The camera that waits longest, if it is due."""
        recording = [name for name, camera in held.items() if camera.state == "recording"]
        if not recording:
            return None
        name = min(recording, key=lambda name: self._due.get(name, 0.0))
        if self._due.get(name, 0.0) > now:
            return None
        if os.getloadavg()[0] > self._busy_load:
            self._count["pictures_skipped"] += 1
            self._due[name] = now + self._every_s
            return None
        return held[name]

    async def _check(self, camera: CameraRecorder, thread: ThreadPoolExecutor) -> None:
        name, wish = camera.desired.camera, camera.desired.picture
        loop = asyncio.get_running_loop()
        self._due[name] = loop.time() + self._every_s
        if wish is None:
            return
        try:
            watch = self._watches.get(name)
            if watch is None:
                watch = PictureWatch(name, recorder=self._recorder, outbox=self._outbox)
                await loop.run_in_executor(thread, watch.load, self._path)
                self._watches[name] = watch
            watch.accept(wish)
            found = await loop.run_in_executor(thread, self._read, name)
            if found is None:
                return
            ref, data = found
            self._checked[name] = ref.start_us
            measured = await self.worker.measure(name, data, watch.looks)
        except (NotMeasured, RefusedError, ElsewhereError) as error:
            self._count["pictures_failed"] += 1
            log.info("picture_not_checked", camera=camera.desired.label, detail=str(error)[:80])
            if (watch := self._watches.get(name)) is not None:
                watch.failed(str(error))
                camera.picture = watch.now
            return
        except (sqlite3.Error, OSError) as error:
            log.error("picture_check_failed", camera=camera.desired.label, error=repr(error))
            return
        self._count["pictures_checked"] += 1
        if self._cameras.get(name) is camera:
            watch.take(measured, at_us=ref.start_us, wish=wish)
            before, camera.picture = camera.picture, watch.now
            if before is None or (watch.now is not None and before.known != watch.now.known):
                camera.next_status = 0.0  # a person may be waiting for it

    def _read(self, camera: str) -> tuple[FragmentRef, bytes] | None:
        """The newest key frame that was not checked yet. In the thread."""
        ref = keyframe.newest(self._archive, camera, until_us=wall_us() + 1_000_000)
        if ref is None or ref.start_us <= self._checked.get(camera, 0):
            return None
        return ref, keyframe.read(self._archive, ref)
