"""One channel of a page: one camera, live or played back, from its opening to the row that closes it."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from uuid import uuid4

import structlog
from django.conf import settings
from django.utils import translation

from thienly.bus.client import Bus
from thienly.core.access.epoch import Mark
from thienly.core.access.refusal import NotAllowed, Reason, Refused
from thienly.core.footage import listening, streams, viewers
from thienly.core.footage.listening import Listening
from thienly.core.footage.streams import Mode, Opening, Watched
from thienly.core.footage.viewers import Viewer
from thienly.core.recording.words import sentence
from thienly.gateway.commands import Close, GiveCredit, Listen, Live, Open, Seek, Snapshot, Stream
from thienly.gateway.database import query
from thienly.gateway.feed import Hub
from thienly.gateway.first_picture import FirstPicture
from thienly.gateway.frames import Picture
from thienly.gateway.hush import Hush
from thienly.gateway.outbox import Outbox, PictureQueue
from thienly.gateway.playback import Playback
from thienly.gateway.view import LiveView, Wish

log = structlog.get_logger(__name__)

MOST_SPANS = 50
JOIN_US = 1_000_000  # spans nearer than this are one

ChannelCommand = Open | Stream | Seek | Live | Listen | GiveCredit | Snapshot | Close


class Spans:
    """The recorded times that were sent, merged. Bounded: at last only first and last moment are kept."""

    def __init__(self) -> None:
        self.list: list[tuple[int, int]] = []

    def add(self, start_us: int, end_us: int) -> None:
        if self.list:
            start, end = self.list[-1]
            if start - JOIN_US <= start_us <= end + JOIN_US:
                self.list[-1] = (min(start, start_us), max(end, end_us))
                return
            if len(self.list) >= MOST_SPANS:
                self.list = [(min(s for s, _ in self.list), max(e for _, e in self.list))]
        self.list.append((start_us, end_us))


class Channel:
    """Commands of one channel are carried out one after the other by `run`."""

    def __init__(
        self,
        *,
        number: int,
        camera: str,
        viewer: Viewer,
        gateway: str,
        outbox: Outbox,
        hub: Hub,
        bus: Callable[[], Bus],
    ) -> None:
        self.number = number
        self.camera = camera
        self.viewer = viewer
        self.opening: Opening | None = None
        self.checked = 0.0  # monotonic time at which the gate last said yes
        self.mark: Mark | None = None  # the state of all rights to which that answer belongs
        self._gateway = gateway
        self._outbox = outbox
        self._hub = hub
        self._bus = bus
        self._queue = PictureQueue(outbox, number)
        self._queue.on_sent = self._note
        self._commands: asyncio.Queue[ChannelCommand] = asyncio.Queue(64)
        self._run_number = 0
        self._hush = Hush()
        self._keys = False
        self._wish: Wish = "main"
        self._plays: frozenset[str] | None = None
        self._view: LiveView | None = None
        self._seen: tuple[str, ...] = ()
        self._listening: Listening | None = None
        self._playback: Playback | None = None
        self._playing: asyncio.Task[None] | None = None
        self._spans = Spans()
        self._first = FirstPicture()
        self._base = (0, 0, 0)  # bytes, pictures, skipped before this opening
        self._ended = False
        self._closing = False

    def command(self, command: ChannelCommand) -> bool:
        """False when too many wait."""
        try:
            self._commands.put_nowait(command)
        except asyncio.QueueFull:
            return False
        self._closing |= isinstance(command, Close)
        return True

    async def run(self) -> str:
        """Carries commands out until the channel is over; why it ended. Its closing row is written then."""
        why = "closed"
        translation.activate(self.viewer.language)  # of this task and those it starts
        try:
            while not self._ended:
                command = await self._commands.get()
                if isinstance(command, Close):
                    return why
                await self._carry_out(command)
            return "refused"
        except asyncio.CancelledError:
            why = "disconnected"
            raise
        finally:
            self._stop_pictures()
            await asyncio.shield(self._close_rows(why))

    async def end(self, why: str, reasons: list[Reason]) -> None:
        """Stops the picture at once, says why, and writes the closing row."""
        self._stop_pictures()
        self._ended = True
        self._tell("ended", why=why, reasons=[asdict(reason) for reason in reasons])
        await self._close_rows(why)
        self.command(Close(op="close", ch=self.number))  # wakes `run`, which has nothing left to do

    @property
    def over(self) -> bool:
        """It takes no more commands; its number is about to be free."""
        return self._ended or self._closing

    @property
    def mode(self) -> Mode | None:
        """None while nothing is open."""
        return self.opening.mode if self.opening else None

    @property
    def sound(self) -> bool:
        """Whether the viewer is listening as well."""
        return self._listening is not None

    async def silence(self, why: str) -> None:
        """No more sound, from the next byte on; the picture goes on."""
        self._sound(on=False)
        self._tell("listening", on=False, why=why)
        await self._stop_listening(why)

    def _sound(self, *, on: bool) -> None:
        self._hush.sound = on
        if self._view:
            self._view.listen(on=on)
        elif self._playback and not on:
            self._playback.init_again()

    # --- commands ---------------------------------------------------------------------------------------
    async def _carry_out(self, command: ChannelCommand) -> None:
        self._keys = isinstance(command, Open | Seek) and command.keys
        match command:
            case Open():
                self._wish = command.stream
                self._plays = frozenset(command.plays.split(",")) if command.plays else None
                await self._show(command.mode, command.run, command.at_us, command.credit)
            case Stream():
                self._wish = command.stream
                if self._view:
                    self._view.wish(command.stream)
            case Listen():
                await self._listen(on=command.sound == "on")
            case Live():
                await self._show("live", command.run, 0, 0)
            case Seek():
                await self._show("play", command.run, command.at_us, command.credit)
            case GiveCredit():
                if self._playback:
                    self._playback.give(command.fragments)
            case Snapshot():
                await self._snapshot(command)
            case Close():
                pass

    async def _show(self, mode: Mode, run: int, at_us: int, credit: int) -> None:
        self._stop_pictures()
        self._run_number = run
        self._queue.restart(run)
        if self.mode != mode:
            await self._close_row("changed")
            if not await self._open(mode, at_us):
                return
        if self._ended or self.opening is None:
            return
        self._tell_opened(self.opening)
        self._hush = Hush(sound=self.sound)
        if mode == "live":
            self._view = LiveView(
                camera=self.camera,
                has_sub=self.opening.has_sub,
                plays=self._plays,
                hub=self._hub,
                queue=self._queue,
                hush=self._hush,
                on_dark=self._dark,
                on_stream=lambda stream, why: self._tell("stream", stream=stream, why=why),
            )
            self._view.wish(self._wish)
            if self.sound:
                self._view.listen(on=True)
        else:
            self._playback = Playback(
                camera=self.camera,
                at_us=at_us,
                credit=credit,
                queue=self._queue,
                bus=self._bus,
                tell=self._tell,
                hush=self._hush,
                keys=self._keys,
                plays=self._plays,
            )
            self._playing = asyncio.create_task(self._playback.run(), name=f"playback {self.camera}")
            self._playing.add_done_callback(self._played)

    async def _open(self, mode: Mode, at_us: int) -> bool:
        first = FirstPicture()
        try:
            opening = await query(
                streams.open_stream,
                actor=self.viewer.actor,
                camera=self.camera,
                mode=mode,
                stream=uuid4().hex,
                gateway=self._gateway,
                from_=_moment(at_us) if mode == "play" else None,
                picture=self._wish if mode == "live" else "main",
            )
        except Refused as refused:
            await self._refuse(mode, refused)
            self._ended = True
            return False
        self._spans, self._first = Spans(), first
        self._base = (self._queue.sent_bytes, self._queue.sent_pictures, self._queue.skipped)
        self.checked, self.mark = time.monotonic(), opening.mark
        self.opening = opening
        return True

    async def _refuse(self, mode: Mode, refused: Refused) -> None:
        known = isinstance(refused, NotAllowed)
        who = await query(viewers.whom_to_ask, mode=mode, camera=self.camera) if known else []
        self._tell(
            "refused",
            status=refused.status,
            reasons=[asdict(reason) for reason in refused.reasons] if known else [],
            who=[asdict(post) for post in who],
        )

    async def _listen(self, *, on: bool) -> None:
        if self.opening is None or on == self.sound:
            return
        if not on:
            await self.silence("viewer")
            return
        try:
            self._listening = await query(
                listening.start_listening,
                actor=self.viewer.actor,
                camera=self.camera,
                stream=self.opening.stream,
                gateway=self._gateway,
            )
        except Refused as refused:
            known = isinstance(refused, NotAllowed)
            reasons = [asdict(reason) for reason in refused.reasons] if known else []
            self._tell("listening", on=False, why="refused", reasons=reasons)
            return
        self._tell("listening", on=True, why="", cite=self._listening.cite)
        self._sound(on=True)

    async def _snapshot(self, command: Snapshot) -> None:
        answer: dict[str, object] = {
            "ev": "snapshot",
            "ch": self.number,
            "id": command.id,
            "at_us": command.at_us,
        }
        if self.opening is None:
            self._outbox.event({**answer, "ok": False})
            return
        try:
            await query(
                streams.take_snapshot,
                actor=self.viewer.actor,
                camera=self.camera,
                mode=self.opening.mode,
                stream=self.opening.stream,
                at=_moment(command.at_us),
            )
        except Refused as refused:
            await self._refuse(self.opening.mode, refused)
            self._outbox.event({**answer, "ok": False})
        else:
            self._outbox.event({**answer, "ok": True})

    def _dark(self, problem: str, since_us: int) -> None:
        self._queue.restart(self._run_number)
        with translation.override(self.viewer.language):
            self._tell("state", problem=problem, sentence=sentence(problem), since_us=since_us)

    # --- endings ------------------------------------------------------------------------------------------
    def _stop_pictures(self) -> None:
        if self._view is not None:
            self._view.stop()
            self._seen, self._view = tuple(self._view.seen), None
        if self._playing is not None:
            self._playing.cancel()
        self._playback = self._playing = None
        self._queue.restart(self._run_number)

    async def _close_rows(self, why: str) -> None:
        await self._stop_listening(why)
        await self._close_row(why)

    async def _stop_listening(self, why: str) -> None:
        heard, self._listening = self._listening, None
        if heard is not None:
            actor, gateway = self.viewer.actor, self._gateway
            await self._write(
                heard.id,
                partial(listening.stop_listening, actor=actor, listening=heard, gateway=gateway, why=why),
            )

    async def _close_row(self, why: str) -> None:
        opening, self.opening = self.opening, None
        if opening is None:
            return
        sent, pictures, skipped = self._base
        watched = Watched(
            spans=self._spans.list,
            bytes=self._queue.sent_bytes - sent,
            fragments=self._queue.sent_pictures - pictures,
            skipped=self._queue.skipped - skipped,
            pictures=self._seen,
            first=(self._first.ms, self._first.problem, self._first.nothing),
        )
        self._seen = ()
        actor, gateway = self.viewer.actor, self._gateway
        close = partial(streams.close_stream, actor=actor, opening=opening, gateway=gateway)
        await self._write(opening.stream, partial(close, watched=watched, why=why))

    async def _write(self, stream: str, close: Callable[[], None]) -> None:
        try:
            await query(close)
        except Exception:
            # The database is away. The next start of this gateway finds the opening without its closing.
            log.exception("closing_not_recorded", stream=stream)

    def _played(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is not None:
            log.error("playback_failed", camera=self.camera, error=repr(task.exception()))
            self._tell("error", code="no_archive")

    def _note(self, picture: Picture) -> None:
        chunk = picture.chunk
        self._first.came()
        self._spans.add(chunk.start_us, chunk.start_us + chunk.duration_us)

    def _tell_opened(self, opening: Opening) -> None:
        self._tell(
            "opened",
            mode=opening.mode,
            camera={
                "id": opening.camera,
                "code": opening.code,
                "name": opening.name,
                "site": opening.site,
                "fps": opening.fps,
                "sub": opening.has_sub,
            },
            watermark=viewers.mark_over(self.viewer, from_file=opening.from_file),
            actions=opening.actions,
            time_zone=settings.TIME_ZONE,
            server_us=time.time_ns() // 1000,
        )

    def _tell(self, event: str, **fields: object) -> None:
        self._first.told(event, fields)
        self._outbox.event({"ev": event, "ch": self.number, "run": self._run_number, **fields})


def _moment(us: int) -> datetime:
    return datetime.fromtimestamp(us / 1e6, UTC)
