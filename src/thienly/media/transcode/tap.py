"""A camera's main stream as the transcoder hears it: from the open GOP on, without a hole."""

import asyncio
import time
from collections.abc import AsyncIterator

from nats.aio.msg import Msg
from pydantic import ValidationError

from thienly.bus import subjects
from thienly.bus.client import Bus, BusRefused, BusUnavailable
from thienly.bus.messages import LiveChunk, LiveOpened, LiveWant
from thienly.rules.problems import Problem

LEASE_S = 10.0
_RENEW_EVERY_S = 3.0
_SILENCE_S = 3.0
_BACKLOG = 100
"""Chunks, 8 s. Who converts more slowly than the camera sends goes on at a later key frame."""


class TapLost(Exception):
    """There is no picture to convert; `problem` says why, when a recorder does."""

    def __init__(self, problem: Problem | None, detail: str = "") -> None:
        super().__init__(detail)
        self.problem = problem
        self.detail = detail


async def listen(bus: Bus, camera: str) -> AsyncIterator[tuple[str, LiveChunk]]:
    """The init segment, the open GOP, and what follows, each with the type of all of it.

    Ends when another init segment is needed. Raises TapLost when there is nothing (more) to hear.
    """
    heard: asyncio.Queue[LiveChunk] = asyncio.Queue(_BACKLOG)

    async def on_message(message: Msg) -> None:
        try:
            chunk = LiveChunk.unpack(message.data)
        except ValueError:
            return
        if heard.full():
            while not heard.empty():
                heard.get_nowait()
        heard.put_nowait(chunk)

    subscription = await bus.subscribe(subjects.live(camera), on_message)
    try:
        opened, parts = await _open(bus, camera, first=True)
        for part in parts:
            yield opened.mime, part
        init, seq, whole = parts[0].data, opened.seq, True
        renewed = time.monotonic()
        while True:
            if time.monotonic() - renewed > _RENEW_EVERY_S:
                renewed = time.monotonic()
                await _open(bus, camera, first=False)
            try:
                async with asyncio.timeout(_SILENCE_S):
                    chunk = await heard.get()
            except TimeoutError:
                raise TapLost(Problem.STALLED) from None
            if chunk.kind == LiveChunk.INIT:
                if chunk.data != init:
                    return
                seq = max(seq, chunk.seq)
            elif chunk.seq > seq:
                whole = chunk.key or (whole and chunk.seq == seq + 1)
                seq = chunk.seq
                if whole:
                    yield opened.mime, chunk
    finally:
        if not bus.nc.is_closed:
            await subscription.unsubscribe()


async def _open(bus: Bus, camera: str, *, first: bool) -> tuple[LiveOpened, list[LiveChunk]]:
    want = LiveWant(lease_s=LEASE_S, first=first)
    try:
        answer = await bus.request_parts(subjects.live_want(camera), want.encode())
        opened = LiveOpened.decode(answer[0])
        parts = [LiveChunk.unpack(part) for part in answer[1:]]
    except (BusUnavailable, BusRefused, ValidationError, ValueError) as error:
        raise TapLost(None, type(error).__name__) from error
    if not opened.ok or (first and (not parts or parts[0].kind != LiveChunk.INIT)):
        raise TapLost(opened.problem, opened.detail)
    return opened, parts
