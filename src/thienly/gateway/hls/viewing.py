"""One viewing: a camera live, or a span of its recordings, from the first request of a player to the end."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self
from uuid import uuid4

import structlog

from thienly.bus.client import Bus
from thienly.bus.messages import LiveChunk
from thienly.core.footage import players, streams
from thienly.core.footage.players import Player
from thienly.core.footage.streams import Mode, Opening, Watched
from thienly.gateway import archive, numbers
from thienly.gateway.archive import Stored
from thienly.gateway.channel import Spans
from thienly.gateway.database import query
from thienly.gateway.frames import Picture, init_picture
from thienly.gateway.hls.playlist import Item, following, render, target_s
from thienly.gateway.hush import Hush
from thienly.rules.actions import Action

log = structlog.get_logger(__name__)

WINDOW = 12
"""Fragments in a live playlist."""
KEPT = 36
"""Fragments that a player may still fetch after they have left it."""
BEGIN_US = 16_000_000
MOST_SPAN_US = 6 * 3600 * 1_000_000
LOOK_EVERY_S = 0.25
_UNJUDGED = (None, "", True)
"""A player that fetches playlists and no pictures has not been refused any: no failed access."""


@dataclass(frozen=True, slots=True)
class Span:
    """What is played back; None where it is live. Unix microseconds."""

    from_us: int
    until_us: int


class Viewing:
    """Make with `open`; ends with `close`, which writes the second row of history."""

    def __init__(
        self,
        player: Player,
        opening: Opening,
        span: Span | None,
        *,
        folder: str,
        bus: Callable[[], Bus],
        gateway: str,
    ) -> None:
        self.player = player
        self.opening = opening
        self.span = span
        self.asked = time.monotonic()  # when something was last asked for
        self.checked = time.monotonic()  # when the gate last said yes
        self.mark = opening.mark
        self.closed = False
        self._bus = bus
        self._gateway = gateway
        self._folder = folder
        self._items: list[Item] = []
        self._first = 0
        self._jumps_before = 0
        self._target = 0
        self._refs: OrderedDict[str, Stored] = OrderedDict()
        self._inits: OrderedDict[str, Stored] = OrderedDict()
        self._hushes: dict[str, Hush] = {}
        self._spans = Spans()
        self._bytes = self._fragments = 0
        self._looking = asyncio.Lock()
        self.sound = Action.LISTEN.value in opening.actions

    @classmethod
    async def open(
        cls,
        player: Player,
        camera: str,
        span: Span | None,
        *,
        folder: str,
        bus: Callable[[], Bus],
        gateway: str,
    ) -> Self:
        """Asks the gate, writes the row. Raises OutsideScope, NotAllowed."""
        mode: Mode = "live" if span is None else "play"
        opening = await query(
            players.open_for_player,
            actor=player.actor,
            client=player.client,
            camera=camera,
            mode=mode,
            stream=uuid4().hex,
            gateway=gateway,
            from_=None if span is None else datetime.fromtimestamp(span.from_us / 1e6, UTC),
        )
        log.info("hls_opened", stream=opening.stream, camera=opening.code, client=player.client)
        return cls(player, opening, span, folder=folder, bus=bus, gateway=gateway)

    async def close(self, why: str) -> None:
        """Nothing is sent any more. Once is enough."""
        if self.closed:
            return
        self.closed = True
        watched = Watched(
            spans=self._spans.list, bytes=self._bytes, fragments=self._fragments, first=_UNJUDGED
        )
        try:
            await query(
                streams.close_stream,
                actor=self.player.actor,
                opening=self.opening,
                gateway=self._gateway,
                watched=watched,
                why=why,
            )
        except Exception:
            # The database is away. The next start of this gateway finds the opening without its closing.
            log.exception("closing_not_recorded", stream=self.opening.stream)
        log.info("hls_closed", stream=self.opening.stream, why=why, bytes=self._bytes)

    # --- playlists --------------------------------------------------------------------------------------
    async def playlist(self, *, wait_for: int | None = None, part: int | None = None) -> str:
        """The text; empty when there is nothing to show. Raises ArchiveAway, BusUnavailable.

        `wait_for`: the number of a fragment that the player wants to see in it (blocking reload); there are
        no parts here.
        """
        if self.span is not None:
            async with self._looking:
                if not self._items:
                    await self._whole(self.span)
            return (
                render(self._items, folder=self._folder, target=target_s(self._items), live=False)
                if self._items
                else ""
            )
        until = time.monotonic() + 3 * max(self._target, 2)
        await self._look()
        if wait_for is not None and wait_for <= self._first + len(self._items) + 2:
            while self._first + len(self._items) <= wait_for and time.monotonic() < until and not self.closed:
                await asyncio.sleep(LOOK_EVERY_S)
                self.asked = time.monotonic()
                await self._look()
        if not self._items:
            return ""
        return render(
            self._items,
            folder=self._folder,
            first=self._first,
            jumps_before=self._jumps_before,
            target=self._target,
            live=True,
        )

    async def _look(self) -> None:
        """What was recorded since."""
        async with self._looking:
            last = self._items[-1].stored if self._items else None
            from_us = last.end_us if last else time.time_ns() // 1000 - BEGIN_US
            found = await archive.find(self._bus(), self.opening.camera, from_us)
            self._add(following(last, found))
            while len(self._items) > WINDOW:
                gone = self._items.pop(0)
                self._first += 1
                self._jumps_before += gone.jump
            # It must not change while somebody plays, unless a fragment is longer than promised.
            self._target = max(self._target, target_s(self._items))
            while len(self._refs) > KEPT:
                self._refs.popitem(last=False)
            while len(self._inits) > KEPT:
                name, _ = self._inits.popitem(last=False)
                self._hushes.pop(name, None)

    async def _whole(self, span: Span) -> None:
        at_us, last = span.from_us, None
        while at_us < span.until_us:
            found = await archive.find(self._bus(), self.opening.camera, at_us)
            items = [item for item in following(last, found) if item.stored.start_us < span.until_us]
            if not items:
                return
            self._add(items)
            last = items[-1].stored
            at_us = max(last.end_us, at_us + 1)

    def _add(self, items: list[Item]) -> None:
        self._items += items
        for item in items:
            self._refs[item.name] = item.stored
            self._inits.setdefault(item.init_name, item.stored)

    # --- bytes ------------------------------------------------------------------------------------------
    async def init(self, name: str) -> bytes | None:
        """An init segment of this playlist; None when it is none. Raises ArchiveAway, BusUnavailable."""
        stored = self._inits.get(name)
        if stored is None:
            return None
        picture, hush = await self._init(name, stored)
        return hush.init(picture).chunk.data

    async def fragment(self, name: str) -> bytes | None:
        """A fragment, byte for byte as stored, without sound for whoever may not listen. As `init`."""
        stored = self._refs.get(name)
        if stored is None:
            return None
        init_name = f"{stored.recorder}-{stored.ref.segment}.mp4"
        hush = self._hushes.get(init_name)
        if hush is None:
            _, hush = await self._init(init_name, stored)
        data = await archive.read(self._bus(), stored)
        ref = stored.ref
        chunk = LiveChunk(
            LiveChunk.MEDIA, True, ref.ordinal, ref.segment_us, ref.start_us, ref.duration_us, data
        )
        hush.sound = self.sound
        heard = hush.pictures([Picture(chunk)])
        if not heard:
            return None
        self._spans.add(stored.start_us, stored.end_us)
        self._bytes += heard[0].size
        self._fragments += 1
        numbers.totals["bytes"] += heard[0].size
        numbers.totals["pictures"] += 1
        return heard[0].chunk.data

    async def _init(self, name: str, stored: Stored) -> tuple[Picture, Hush]:
        picture = init_picture(await archive.read_init(self._bus(), stored), segment_us=stored.ref.segment_us)
        hush = Hush(sound=self.sound)
        hush.begin(picture)
        self._hushes[name] = hush
        return picture, hush
