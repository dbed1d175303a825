"""One socket of one page: its commands, its channels, its limits."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog

from thienly.bus.client import Bus
from thienly.core.footage.viewers import Viewer
from thienly.gateway.channel import Channel, ChannelCommand
from thienly.gateway.commands import BadCommand, Open, Ping, parse
from thienly.gateway.feed import Hub
from thienly.gateway.outbox import Outbox, Overrun

log = structlog.get_logger(__name__)

MOST_CHANNELS = 25
MOST_TEXT = 16 * 1024  # characters
COMMANDS_A_SECOND = 60.0
BURST = 240.0

UNKNOWN_PERSON = 4401
OTHER_ORIGIN = 4403
TOO_MANY_COMMANDS = 4429

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]


class Allowance:
    """A token bucket."""

    def __init__(self, rate: float, burst: float) -> None:
        self._rate, self._burst = rate, burst
        self._tokens, self._at = burst, time.monotonic()

    def spend(self) -> bool:
        now = time.monotonic()
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class Connection:
    """Made when the socket is accepted and the viewer known."""

    def __init__(
        self, *, viewer: Viewer, gateway: str, hub: Hub, bus: Callable[[], Bus], receive: Receive, send: Send
    ) -> None:
        self.viewer = viewer
        self.channels: dict[int, Channel] = {}
        self._gateway = gateway
        self._hub = hub
        self._bus = bus
        self._receive = receive
        self._send = send
        self._outbox = Outbox()
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._closing: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def run(self) -> None:
        """Until the page goes or the session ends; every channel has its closing row then."""
        sender = asyncio.create_task(self._outbox.run(self._put), name="sender")
        listener = asyncio.create_task(self._listen(), name="listener")
        try:
            ends: set[asyncio.Future[Any]] = {sender, listener, self._closing}
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sender, listener, *self._tasks.values()):
                task.cancel()
            await asyncio.gather(sender, listener, *self._tasks.values(), return_exceptions=True)
            self._complain(sender, listener)
            if self._closing.done():
                with contextlib.suppress(Exception):  # the page may be gone already
                    async with asyncio.timeout(2):
                        await self._outbox.flush(self._put)
                        await self._send({"type": "websocket.close", "code": self._closing.result()})

    async def end_session(self) -> None:
        """The session is over: every picture ends, then the socket."""
        await asyncio.gather(*(channel.end("session_ended", []) for channel in self.channels.values()))
        self.close(UNKNOWN_PERSON)

    def close(self, code: int) -> None:
        if not self._closing.done():
            self._closing.set_result(code)

    async def _put(self, message: str | bytes) -> None:
        key = "text" if isinstance(message, str) else "bytes"
        await self._send({"type": "websocket.send", key: message})

    async def _listen(self) -> None:
        allowance = Allowance(COMMANDS_A_SECOND, BURST)
        while True:
            message = await self._receive()
            if message["type"] == "websocket.disconnect":
                return
            if not allowance.spend():
                self.close(TOO_MANY_COMMANDS)
                return
            text = message.get("text")
            if text is None or len(text) > MOST_TEXT:
                self._error("bad_message")
                continue
            try:
                command = parse(text)
            except BadCommand:
                self._error("bad_message")
                continue
            if isinstance(command, Ping):
                self._outbox.event({"ev": "pong", "n": command.n, "server_us": time.time_ns() // 1000})
            else:
                await self._to_channel(command)

    async def _to_channel(self, command: ChannelCommand) -> None:
        number = command.ch
        channel = self.channels.get(number)
        if isinstance(command, Open):
            if channel is not None and channel.over:
                await asyncio.wait({self._tasks[number]})
            elif channel is not None:
                return self._error("channel_in_use", number)
            if len(self.channels) >= MOST_CHANNELS:
                return self._error("too_many_channels", number)
            channel = self._make(command)
        if channel is None:
            return self._error("no_such_channel", number)
        if not channel.command(command):
            self.close(TOO_MANY_COMMANDS)
        return None

    def _make(self, command: Open) -> Channel:
        channel = Channel(
            number=command.ch,
            camera=command.camera,
            viewer=self.viewer,
            gateway=self._gateway,
            outbox=self._outbox,
            hub=self._hub,
            bus=self._bus,
        )
        self.channels[command.ch] = channel
        self._tasks[command.ch] = asyncio.create_task(self._keep(channel), name=f"channel {command.ch}")
        return channel

    async def _keep(self, channel: Channel) -> None:
        try:
            await channel.run()
        except Exception:
            log.exception("channel_failed", camera=channel.camera)
            self._error("failed", channel.number)
        finally:
            self.channels.pop(channel.number, None)
            self._tasks.pop(channel.number, None)

    def _error(self, code: str, channel: int | None = None) -> None:
        self._outbox.event({"ev": "error", "code": code} | ({} if channel is None else {"ch": channel}))

    def _complain(self, *tasks: asyncio.Task[None]) -> None:
        for task in tasks:
            error = None if task.cancelled() else task.exception()
            if isinstance(error, Overrun):
                log.info("viewer_does_not_read", viewer=self.viewer.actor.id)
            elif error is not None and not isinstance(error, OSError):
                log.info("socket_failed", error=type(error).__name__)
