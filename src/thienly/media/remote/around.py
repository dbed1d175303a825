"""What all parts of the copying share."""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from thienly.conf import Conf
from thienly.media.index.segments import SegmentRow
from thienly.media.index.writer import IndexWriter, open_reader
from thienly.media.segments import segment_path

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Around:
    """`path`: of the index; `directory`: of the recorder's segments; `public_key`: the recorder's; `facts`
    nudges the outbox; `threads` carry hashing, encryption and files, never the event loop."""

    conf: Conf
    recorder: str
    path: Path
    directory: Path
    index: IndexWriter
    public_key: Ed25519PublicKey
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

    def file(self, row: SegmentRow) -> Path:
        return segment_path(self.directory, row.id, row.camera, row.stream, row.media_us)

    def object_name(self, row: SegmentRow) -> str:
        """Ids only. The recorder stands there as a digest, because its name may be that of a place."""
        who = sha256(f"thienly recorder {self.recorder}".encode()).hexdigest()[:16]
        return f"{row.camera}/{who}-{row.id:010d}-{row.media_us}-{row.stream}.mp4"
