"""Asks the gate again, for as long as a picture runs: no right outlives its withdrawal by five seconds."""

import asyncio
import contextlib
import time
from collections import defaultdict
from collections.abc import Iterable

import structlog
from django.utils import timezone
from nats.aio.msg import Msg

from thienly.bus import subjects
from thienly.core.access import epoch
from thienly.core.access.epoch import Mark
from thienly.core.access.refusal import Reason
from thienly.core.footage import viewers
from thienly.core.footage.streams import Mode
from thienly.core.footage.viewers import Viewer
from thienly.gateway.channel import Channel
from thienly.gateway.connection import Connection
from thienly.gateway.database import query
from thienly.gateway.link import Link
from thienly.rules.access import ReasonCode

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 2.0
ASK_EVERY_S = 20.0
"""Units and regulations begin and end with days, which moves no mark."""
UNCONFIRMED_S = 30.0
"""So long pictures run on while the database does not answer; then silence means no."""


class Rights:
    """Watches over every connection of this process."""

    def __init__(self, link: Link) -> None:
        self.connections: set[Connection] = set()
        self._link = link
        self._hint = asyncio.Event()
        self._confirmed = time.monotonic()

    async def run(self) -> None:
        """Until cancelled. Needs the database only; the bus merely makes it faster."""
        listening = asyncio.create_task(self._listen(), name="access hints")
        try:
            while True:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_EVERY_S):
                        await self._hint.wait()
                self._hint.clear()
                await self._look_safely()
        finally:
            listening.cancel()

    async def _listen(self) -> None:
        async def hinted(message: Msg) -> None:
            self._hint.set()

        bus = await self._link.seek()
        await bus.subscribe(subjects.ACCESS_CHANGED, hinted)

    async def _look_safely(self) -> None:
        try:
            await self.look()
        except Exception as error:
            log.warning("rights_not_confirmed", error=type(error).__name__)
            if time.monotonic() - self._confirmed > UNCONFIRMED_S:
                await asyncio.gather(*(c.end_session() for c in list(self.connections)))
        else:
            self._confirmed = time.monotonic()

    async def look(self) -> None:
        """One round: sessions that ended, then channels whose answer is older than the last change."""
        connections = list(self.connections)
        if not connections:
            return
        sessions = {connection.viewer.actor.session for connection in connections}
        mark, living = await query(_facts, sessions)
        for connection in connections:
            if connection.viewer.actor.session not in living:
                await connection.end_session()
        await asyncio.gather(
            *(
                self._ask_again(connection, mark)
                for connection in connections
                if connection.viewer.actor.session in living
            )
        )

    async def _ask_again(self, connection: Connection, mark: Mark) -> None:
        now = time.monotonic()
        due: defaultdict[Mode, list[Channel]] = defaultdict(list)
        for channel in connection.channels.values():
            if channel.mode and (channel.mark != mark or now - channel.checked > ASK_EVERY_S):
                due[channel.mode].append(channel)
        if not due:
            return
        actor = connection.viewer.actor
        viewer = await query(viewers.viewer_of, session=actor.session, peer=actor.address)
        if viewer is None:
            await connection.end_session()
            return
        for mode, channels in due.items():
            await self._judge(viewer, mode, channels, mark)

    async def _judge(self, viewer: Viewer, mode: Mode, channels: list[Channel], mark: Mark) -> None:
        cameras = {channel.camera for channel in channels}
        allowed = await query(viewers.still_allowed, actor=viewer.actor, mode=mode, cameras=cameras)
        loud = {channel.camera for channel in channels if channel.sound}
        heard = await query(viewers.still_heard, actor=viewer.actor, cameras=loud) if loud else set()
        for channel in channels:
            if channel.camera in allowed:
                if channel.sound and channel.camera not in heard:
                    await channel.silence("right_withdrawn")
                channel.checked, channel.mark = time.monotonic(), mark
            elif channel.mode == mode:
                reasons = await query(viewers.why_not, actor=viewer.actor, mode=mode, camera=channel.camera)
                await channel.end(_why(reasons), reasons)


def _facts(sessions: Iterable[str]) -> tuple[Mark, set[str]]:
    return epoch.mark(timezone.now()), viewers.living_sessions(sessions)


def _why(reasons: list[Reason]) -> str:
    codes = {reason.code for reason in reasons}
    return "camera_retired" if codes == {ReasonCode.RETIRED} else "right_withdrawn"
