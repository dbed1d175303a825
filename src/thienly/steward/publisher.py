"""Keeps the bus as the register says: desired state of each camera, and a job for each that records."""

import asyncio
import contextlib
from datetime import timedelta

import structlog
from django.db import Error as DatabaseError
from django.utils import timezone
from nats.errors import Error as NatsError
from nats.js.errors import KeyNotFoundError
from nats.js.kv import KeyValue

from thienly.bus import subjects
from thienly.bus.client import Bus
from thienly.bus.messages import DesiredCamera
from thienly.bus.vault import ZoneSeals
from thienly.conf import Conf
from thienly.core.pictures.wishes import picture_wishes
from thienly.core.recording.desired import desired_cameras
from thienly.core.recording.keeping import overrides_of
from thienly.core.storage.backups import plans_of
from thienly.core.storage.holds import hold_wishes
from thienly.steward.database import Database

RECONCILE_EVERY = timedelta(seconds=10)

log = structlog.get_logger(__name__)


class Publisher:
    """Compares what is wanted with what stands on the bus and repairs the difference. Remembers nothing."""

    def __init__(self, bus: Bus, database: Database, conf: Conf) -> None:
        self._bus = bus
        self._database = database
        self._conf = conf
        self._seals = ZoneSeals(conf.vault_key)
        self._changed = asyncio.Event()

    async def run(self) -> None:
        """At once, at each hint, and every `RECONCILE_EVERY`. Ends only with its task."""

        async def hint(_: object) -> None:
            self._changed.set()

        await self._bus.subscribe(subjects.DESIRED_CHANGED, hint)
        while True:
            self._changed.clear()
            try:
                await self.reconcile()
            except (NatsError, DatabaseError, OSError, TimeoutError) as error:
                log.warning("desired_state_not_published", error=type(error).__name__)
                await asyncio.sleep(1)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(RECONCILE_EVERY.total_seconds()):
                    await self._changed.wait()

    async def reconcile(self) -> None:
        """One comparison. Raises NatsError, OSError and TimeoutError of the bus, Error of the database."""
        allow_local, keep_days = self._conf.demo, self._conf.file.keep_days
        overrides, backups = overrides_of(self._conf), plans_of(self._conf.file.backups)
        wanted = await self._database.run(
            lambda: desired_cameras(
                allow_local=allow_local,
                keep_days=keep_days,
                today=timezone.localdate(),
                overrides=overrides,
                backups=backups,
                pictures=picture_wishes(self._conf, today=timezone.localdate()),
            )
        )
        zones = {*self._conf.zones, *(camera.zone for camera in wanted.values())}
        await self._bus.ensure(zones=sorted(zones))  # also after a bus that lost its disk
        # First: a recorder with a new index must not know a camera's ceiling before what is held of it.
        await self._holds()
        await self._jobs(wanted, withdraw=True)
        await self._desired(wanted)
        await self._jobs(wanted, withdraw=False)

    async def _holds(self) -> None:
        """Nothing is ever deleted there: see `subjects.HOLDS_BUCKET`."""
        wishes = await self._database.run(lambda: hold_wishes(timezone.now()))
        bucket = await self._bus.bucket(subjects.HOLDS_BUCKET)
        there = await _contents(bucket)
        for hold, wish in wishes.items():
            data = wish.encode()
            if there.get(hold) != data:
                await bucket.put(hold, data)

    async def _desired(self, wanted: dict[str, DesiredCamera]) -> None:
        for zone in await self._bus.zones():
            bucket = await self._bus.bucket(subjects.cameras_bucket(zone))
            there = await _contents(bucket)
            for camera, desired in wanted.items():
                here = desired.zone == zone
                if not here and camera not in there:
                    continue
                data = (self._sealed_for_zone(desired) if here else _left_behind(desired)).encode()
                if there.get(camera) != data:
                    if not here:
                        await self._tell_holder(camera, zone, desired.zone)
                    await bucket.put(camera, data)
            for camera in there.keys() - wanted.keys():
                await bucket.delete(camera)

    def _sealed_for_zone(self, desired: DesiredCamera) -> DesiredCamera:
        """What its recorders can open, and those of other zones cannot."""
        sealed = self._seals.of(desired.sealed_password, desired.zone)
        return desired.model_copy(update={"sealed_password": sealed})

    async def _tell_holder(self, camera: str, before: str, after: str) -> None:
        """Whoever takes the camera in its new zone knows from whom: the time between is a gap `handover`."""
        old, new = [await self._bus.bucket(subjects.holders_bucket(zone)) for zone in (before, after)]
        with contextlib.suppress(KeyNotFoundError):
            await new.put(camera, (await old.get(camera)).value or b"")
            await old.delete(camera)

    async def _jobs(self, wanted: dict[str, DesiredCamera], *, withdraw: bool) -> None:
        """Withdraws before the desired state changes and offers after it: who takes a job finds its state."""
        info = await self._bus.js.stream_info(subjects.JOBS_STREAM, subjects_filter=subjects.JOBS_SUBJECTS)
        standing = {_zone_and_camera(subject) for subject in info.state.subjects or ()}
        due = {(desired.zone, camera) for camera, desired in wanted.items() if desired.record}
        if withdraw:
            for zone, camera in standing - due:
                await self._bus.withdraw_job(zone=zone, camera=camera)
        else:
            for zone, camera in sorted(due - standing):
                await self._bus.offer_job(zone=zone, camera=camera)


async def _contents(bucket: KeyValue) -> dict[str, bytes]:
    watcher = await bucket.watchall(ignore_deletes=True)
    contents: dict[str, bytes] = {}
    try:
        while (entry := await watcher.updates(timeout=5)) is not None:  # type: ignore[no-untyped-call]  # nats-py's
            contents[entry.key] = entry.value or b""
    finally:
        await watcher.stop()  # type: ignore[no-untyped-call]  # nats-py's
    return contents


def _left_behind(desired: DesiredCamera) -> DesiredCamera:
    """For the recorders of a zone where the camera no longer is: how long what they have of it is kept."""
    return desired.model_copy(
        update=dict.fromkeys(("url", "sub_url", "username", "sealed_password", "fingerprint"), "")
    )


def _zone_and_camera(subject: str) -> tuple[str, str]:
    _, zone, camera = subject.split(".")
    return zone, camera
