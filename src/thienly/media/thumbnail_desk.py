"""Thumbnails asked for over the bus: by camera and moment, a few at a time, each decoded once."""

import asyncio
import sqlite3
from concurrent.futures import ThreadPoolExecutor

import structlog
from nats.aio.msg import Msg
from pydantic import ValidationError

from thienly.bus import subjects
from thienly.bus.client import Bus
from thienly.bus.questions import FindFragments, FragmentRef, WantThumbnail
from thienly.media.archive import Archive, RefusedError
from thienly.media.keyframe import NoPicture
from thienly.media.thumbnails import Thumbnails

log = structlog.get_logger(__name__)

NEAR_US = 2_000_000
"""A picture that begins up to so long after the moment asked for still stands for it."""
_MOST_WAITING = 40
"""Beyond, the newest wish is refused: whoever moves a pointer over a month wants the last ones anyway."""


class ThumbnailDesk:
    """One thread decodes: recording goes before. `close` ends it."""

    def __init__(self, archive: Archive, thumbnails: Thumbnails) -> None:
        self._archive = archive
        self._thumbnails = thumbnails
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="thumbnails")
        self._answering: set[asyncio.Task[None]] = set()

    def close(self) -> None:
        self._thumbnails.close()
        self._thread.shutdown(wait=True, cancel_futures=True)

    async def serve(self, bus: Bus, recorder: str) -> None:
        """Subscribes."""

        async def accept(message: Msg) -> None:
            if len(self._answering) >= _MOST_WAITING:
                await bus.reply_error(message, "too many requests")
                return
            task = asyncio.create_task(self._answer(bus, message))
            self._answering.add(task)
            task.add_done_callback(self._answering.discard)

        await bus.subscribe(subjects.archive_thumbnail(recorder), accept)

    async def _answer(self, bus: Bus, message: Msg) -> None:
        try:
            data = await asyncio.get_running_loop().run_in_executor(self._thread, self._work, message.data)
        except ValidationError:
            await bus.reply_error(message, "malformed request")
        except (NoPicture, RefusedError) as error:
            await bus.reply_error(message, str(error))
        except (sqlite3.Error, OSError) as error:
            log.error("thumbnail_failed", error=repr(error))
            await bus.reply_error(message, "the recording cannot be read")
        else:
            await bus.reply(message, data)

    def _work(self, request: bytes) -> bytes:
        want = WantThumbnail.decode(request)
        return self._thumbnails.of(self._fragment(want))

    def _fragment(self, want: WantThumbnail) -> FragmentRef:
        """Raises NoPicture."""
        found = self._archive.find(FindFragments(camera=want.camera, from_us=want.at_us, limit=1)).fragments
        if not found or found[0].start_us > want.at_us + NEAR_US:
            raise NoPicture("nothing is recorded then")
        return found[0]
