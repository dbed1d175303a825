"""The process `thienly recorder`: from its limits to the signal that ends it."""

import asyncio
import signal

import structlog

from thienly.conf import Conf
from thienly.media.recorder.main import Recorder
from thienly.media.recorder.resources import allow_open_files, keep_freed_memory

log = structlog.get_logger(__name__)


async def run(conf: Conf, name: str, *, succeed: bool = False) -> None:
    """Records until SIGTERM or SIGINT, or until a successor has everything. Raises AlreadyRunning, KeyError
    when `thienly.toml` knows no such recorder, and as a successor BusUnavailable and BusRefused."""
    allow_open_files()
    keep_freed_memory()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with Recorder(conf, name, succeed=succeed) as recorder:
        ends = [asyncio.ensure_future(event.wait()) for event in (stop, recorder.handed_over)]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        log.info("recorder_stopping", recorder=name)
        for waiting in ends:
            waiting.cancel()
