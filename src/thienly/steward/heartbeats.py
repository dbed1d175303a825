"""Hears recorders and writes down when each was last heard."""

import asyncio
from datetime import datetime
from functools import partial

import structlog
from django.db import Error as DatabaseError
from django.utils import timezone
from nats.aio.msg import Msg
from pydantic import ValidationError

from thienly.bus import subjects
from thienly.bus.client import Bus
from thienly.bus.messages import RecorderAlive
from thienly.bus.subjects import TOKEN
from thienly.core.recording.heartbeats import save_heartbeat
from thienly.steward.database import Database

SAVE_EVERY_S = 2.0

log = structlog.get_logger(__name__)


class Heartbeats:
    def __init__(self, bus: Bus, database: Database) -> None:
        self._bus = bus
        self._database = database
        self._heard: dict[str, tuple[RecorderAlive, datetime]] = {}

    async def run(self) -> None:
        """Ends only with its task."""
        await self._bus.subscribe(subjects.ALIVE_ALL, self._hear)
        while True:
            await asyncio.sleep(SAVE_EVERY_S)
            beats, self._heard = self._heard, {}
            for beat, heard_at in beats.values():
                try:
                    await self._database.run(partial(save_heartbeat, beat, heard_at))
                except (DatabaseError, OverflowError) as error:
                    # The next heartbeat comes in seconds: nothing to keep.
                    log.warning("heartbeat_not_saved", recorder=beat.recorder, error=type(error).__name__)

    async def _hear(self, message: Msg) -> None:
        try:
            beat = RecorderAlive.decode(message.data)
        except ValidationError:
            log.warning("heartbeat_not_understood", subject=message.subject)
            return
        if message.subject != subjects.alive(beat.recorder):
            log.warning("heartbeat_of_another", subject=message.subject)
        elif TOKEN.match(beat.recorder) and TOKEN.match(beat.zone):
            self._heard[beat.recorder] = (beat, timezone.now())
