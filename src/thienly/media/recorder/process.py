"""The process `thienly recorder`: from its limits to the signal that ends it."""

import asyncio
import signal

import structlog

from thienly.conf import Conf
from thienly.media.recorder.main import Recorder
from thienly.media.recorder.resources import allow_open_files, keep_freed_memory

log = structlog.get_logger(__name__)

CANCEL_AGAIN_S = 8.0


async def run(conf: Conf, name: str, *, succeed: bool = False) -> None:
    """Records until SIGTERM or SIGINT, or until a successor has everything. Raises AlreadyRunning, KeyError
    when `thienly.toml` knows no such recorder, and as a successor BusUnavailable and BusRefused."""
    allow_open_files()
    keep_freed_memory()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    stopping = asyncio.ensure_future(stop.wait())
    entering = asyncio.ensure_future(_entered(Recorder(conf, name, succeed=succeed)))
    await asyncio.wait({entering, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if not entering.done():  # also in the middle of a handover
        log.info("recorder_stopping", recorder=name)
        while not entering.done():
            entering.cancel()  # once more when a wait of the bus's client has swallowed it
            await asyncio.wait({entering}, timeout=CANCEL_AGAIN_S)
        return
    recorder = entering.result()
    try:
        handed_over = asyncio.ensure_future(recorder.handed_over.wait())
        await asyncio.wait({stopping, handed_over}, return_when=asyncio.FIRST_COMPLETED)
        log.info("recorder_stopping", recorder=name)
        for waiting in (stopping, handed_over):
            waiting.cancel()
    finally:
        await recorder.__aexit__()


async def _entered(recorder: Recorder) -> Recorder:
    return await recorder.__aenter__()
