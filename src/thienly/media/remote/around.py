"""What all parts of the copying share."""

import asyncio
import re
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from thienly.conf import Conf
from thienly.media.disks import Disks
from thienly.media.index.segments import SegmentRow
from thienly.media.index.writer import IndexWriter, open_reader
from thienly.media.keys import PublicKey, public_keys

T = TypeVar("T")
_NAME = re.compile(r"^([0-9a-f]{32})/([0-9a-f]{16})-(\d{10})-(\d{1,18})-([a-z]{1,16})\.mp4$")


@dataclass(frozen=True, slots=True)
class Around:
    """`path`: of the index; `facts` nudges the outbox; `threads` carry hashing, encryption and files, never
    the event loop."""

    conf: Conf
    recorder: str
    path: Path
    disks: Disks
    index: IndexWriter
    facts: Callable[[], None]
    threads: ThreadPoolExecutor

    async def ask(self, question: Callable[[sqlite3.Connection], T]) -> T:
        """Reads the index in a thread. Raises sqlite3.Error."""

        def run() -> T:
            with closing(open_reader(self.path)) as db:
                return question(db)

        return await self.work(run)

    async def work(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self.threads, call)

    def keys(self) -> dict[str, PublicKey]:
        """The recorder's public keys, of before a rotation too. Raises ValueError, OSError."""
        return public_keys(self.conf.recorder_key(self.recorder))

    def object_name(self, row: SegmentRow) -> str:
        """Ids only. The recorder stands there as a digest, because its name may be that of a place."""
        return f"{row.camera}/{_digest(self.recorder)}-{row.id:010d}-{row.media_us}-{row.stream}.mp4"


@dataclass(frozen=True, slots=True)
class Named:
    """What the name of an object says."""

    camera: str
    segment: int
    media_us: int
    stream: str


def named(name: str, recorder: str) -> Named | None:
    """None when it is no object of this recorder."""
    match = _NAME.match(name)
    if match is None or match[2] != _digest(recorder):
        return None
    return Named(match[1], int(match[3]), int(match[4]), match[5])


def _digest(recorder: str) -> str:
    return sha256(f"thienly recorder {recorder}".encode()).hexdigest()[:16]
