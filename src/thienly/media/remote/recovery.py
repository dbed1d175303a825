"""`thienly fsck --from-store`: what a store holds of a recorder is in its index again, after the disk of the
index has died.

An object tells by its name whose it is, and by the statement at its end what it is; nothing is entered whose
statement is not signed by a key of this recorder. With `deep` every byte is read and compared; else the
statement, the hashes it vouches for and the init segment are, and the footage when it is played or restored.
"""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

from thienly.conf import Conf
from thienly.media import outbox, trailer
from thienly.media.clock import wall_us
from thienly.media.index import copies, segments, table
from thienly.media.index.copies import Copy, Purpose
from thienly.media.index.segments import SegmentHead
from thienly.media.index.writer import INDEX_FILE, empty_index, open_index, open_reader
from thienly.media.keys import PublicKey, public_keys
from thienly.media.mp4 import reader
from thienly.media.mp4.mime import mime_of
from thienly.media.recorder.lock import AlreadyRunning, lock
from thienly.media.remote.around import Named, named
from thienly.media.remote.moving import moved
from thienly.media.remote.proof import Parts, proven
from thienly.media.remote.sealing import CHUNK, HEADER, FootageKey, Layout, Seal, SealError, is_sealed
from thienly.media.remote.store import Listed, ObjectStore, StoreError
from thienly.media.remote.upload import copied
from thienly.media.segments import Closed, init_id
from thienly.media.store import closed_fact
from thienly.media.trailer import Trailer

_AT_ONCE = 16
_SAY_EVERY = 2000
_STEP = 16
"""Chunks read at once."""
IDS_AFTER = 100_000
"""The lost index knew segments that no store has, and history names them: their numbers are left out."""


class NotGenuine(Exception):
    """The object is not what this recorder signed, or cannot be opened."""


@dataclass(frozen=True, slots=True)
class _Genuine:
    """An object that proves itself."""

    copy: Copy
    head: SegmentHead
    closed: Closed


@dataclass
class Recovered:
    """`entered`: recordings that the index lacked; `known`: those of which it lacked this copy; `refused`:
    objects by name, with why. Times in Unix microseconds."""

    objects: int = 0
    entered: int = 0
    known: int = 0
    there: int = 0
    cameras: set[str] = field(default_factory=set)
    first_us: int | None = None
    until_us: int | None = None
    refused: dict[str, str] = field(default_factory=dict)


def main(conf: Conf, *, name: str, store: str, deep: bool, apply: bool, say: Callable[[str], None]) -> int:
    """Says what `store` holds that the index of recorder `name` lacks; with `apply` it is entered.

    Returns 0 (everything is in the index, or would be), 1 (some objects are not what was signed), 2 (it
    could not be done).
    """
    try:
        found = asyncio.run(recover(conf, name=name, store=store, deep=deep, apply=apply, say=say))
    except (AlreadyRunning, KeyError, ValueError, OSError, sqlite3.Error, StoreError) as error:
        say(f"{name}: cannot be done: {error}")
        return 2
    zone = ZoneInfo(conf.file.time_zone)
    for object_, why in found.refused.items():
        say(f"{name}: {store}: {object_}: {why}; it is not entered")
    span = ""
    if found.first_us is not None and found.until_us is not None:
        first, until = (datetime.fromtimestamp(us / 1e6, zone) for us in (found.first_us, found.until_us))
        span = f" of {len(found.cameras)} cameras, {first:%Y-%m-%d %H:%M:%S} – {until:%Y-%m-%d %H:%M:%S}"
    verb = "entered" if apply else "would be entered"
    say(
        f"{name}: {store} holds {found.objects} recordings of this recorder; {found.entered} {verb}{span}; "
        f"{found.known} more copies of what the index knows; {found.there} were known; "
        f"{len(found.refused)} refused"
    )
    if not apply and found.entered + found.known:
        say(f"{name}: nothing was changed; with --apply it is done, while the recorder is stopped")
    return 1 if found.refused else 0


async def recover(
    conf: Conf, *, name: str, store: str, deep: bool, apply: bool, say: Callable[[str], None]
) -> Recovered:
    """Raises AlreadyRunning, KeyError, ValueError, OSError, sqlite3.Error, StoreError."""
    own = conf.recorder(name)
    settings = next((one for one in conf.file.stores if one.name == store), None)
    if settings is None:
        raise ValueError(f"thienly.toml knows no store {store}")
    keys = public_keys(conf.recorder_key(name))
    if not keys:
        raise ValueError(f"no key of {name} is here; put the copy of keys/ back first")
    purpose: Purpose = "archive" if own.archive == store else "backup"
    footage_key = FootageKey.load(conf.footage_key) if conf.footage_key.exists() else None
    path = conf.recorder_dir(name) / INDEX_FILE
    held = lock(conf.recorder_dir(name)) if apply else None
    try:
        with closing(_open(path, apply=apply)) as db:
            work = _Recovery(
                db,
                ObjectStore.open(settings, conf),
                recorder=name,
                purpose=purpose,
                keys=keys,
                footage_key=footage_key,
            )
            return await work.run(deep=deep, apply=apply, say=say)
    finally:
        if held is not None:
            os.close(held)


def _open(path: Path, *, apply: bool) -> sqlite3.Connection:
    if apply:
        return open_index(path)
    return open_reader(path) if path.exists() else empty_index()


class _Recovery:
    def __init__(
        self,
        db: sqlite3.Connection,
        store: ObjectStore,
        *,
        recorder: str,
        purpose: Purpose,
        keys: Mapping[str, PublicKey],
        footage_key: FootageKey | None,
    ) -> None:
        self._db = db
        self._store = store
        self._recorder = recorder
        self._purpose = purpose
        self._keys = keys
        self._key = footage_key
        self._found = Recovered()

    async def run(self, *, deep: bool, apply: bool, say: Callable[[str], None]) -> Recovered:
        found, last = self._found, segments.last_id(self._db)
        highest = last
        async for batch in self._batches():
            genuine = await asyncio.gather(*(self._prove(one, name, deep=deep) for one, name in batch))
            if apply:
                self._db.execute("begin immediate")
            for one in genuine:
                if one is not None:
                    highest = max(highest, one.head.id)
                    self._enter(one, apply=apply)
            if apply:
                self._db.execute("commit")
            if found.objects // _SAY_EVERY != (found.objects - len(batch)) // _SAY_EVERY:
                say(f"{self._recorder}: {found.objects} looked at, {found.entered + found.known} to enter")
        if apply and highest > last:
            self._db.execute(
                "update sqlite_sequence set seq = ? where name = 'segment'", (highest + IDS_AFTER,)
            )
        return found

    async def _batches(self) -> AsyncIterator[list[tuple[Listed, Named]]]:
        """The recorder's own objects that the index has not as this store's copies."""
        batch: list[tuple[Listed, Named]] = []
        async for listed in self._store.listed():
            name = named(listed.name, self._recorder)
            if name is None:
                continue
            self._found.objects += 1
            if any(copy.store == self._store.conf.name for copy in copies.of_segment(self._db, name.segment)):
                self._found.there += 1
                continue
            batch.append((listed, name))
            if len(batch) == _AT_ONCE:
                yield batch
                batch = []
        if batch:
            yield batch

    async def _prove(self, listed: Listed, name: Named, *, deep: bool) -> _Genuine | None:
        """None when it does not prove itself; why is noted. Raises StoreError when the store is away."""
        try:
            object_ = await _Object.open(self._store, listed, self._key)
            signed, init = await object_.statement()
            statement = signed.signed.statement
            told = (statement.camera, statement.segment, statement.media_us, statement.stream)
            if told != (name.camera, name.segment, name.media_us, name.stream) or (
                statement.recorder != self._recorder
            ):
                raise NotGenuine("its statement is about another recording")
            if not proven(signed, self._keys):
                raise NotGenuine("not signed by a key of this recorder")
            digest = await object_.read_all(signed, len(init)) if deep else None
        except (NotGenuine, SealError, ValueError) as error:
            self._found.refused[listed.name] = str(error)
            return None
        head = SegmentHead(
            name.segment,
            name.camera,
            name.stream,
            "",
            name.media_us,
            len(init),
            init_id(sha256(init).digest()),
            mime_of(init),
        )
        copy = Copy(
            segment=name.segment,
            store=self._store.conf.name,
            purpose=self._purpose,
            object=listed.name,
            size=listed.size,
            sha256=digest,
            etag=listed.etag,
            key_id=self._key.id if object_.sealed and self._key is not None else b"",
        )
        return _Genuine(copy, head, Closed(signed.signed, signed.table, object_.plain))

    def _enter(self, one: _Genuine, *, apply: bool) -> None:
        found, statement = self._found, one.closed.statement
        row = segments.get(self._db, one.head.id)
        if row is not None and (row.root or b"").hex() != statement.root:
            found.refused[one.copy.object] = "its number belongs to another recording in the index"
            return
        if row is not None and row.deleted_us is not None:
            found.there += 1  # the pruner is about to take it out of the store, too
            return
        if row is None:
            found.entered += 1
            found.cameras.add(statement.camera)
            found.first_us = min(found.first_us or statement.start_us, statement.start_us)
            found.until_us = max(found.until_us or statement.end_us, statement.end_us)
        else:
            found.known += 1
        if not apply:
            return
        if row is None:
            segments.insert_elsewhere(
                self._db, one.head, one.closed.signed, one.closed.size, one.closed.table
            )
            outbox.put(self._db, closed_fact(one.closed))
        copies.enter(self._db, one.copy, wall_us())
        now = segments.get(self._db, one.head.id)
        assert now is not None  # noqa: S101 - it was there or has just been entered
        outbox.put(self._db, copied(one.copy, now, self._recorder))
        if row is None:
            outbox.put(self._db, moved(now, self._recorder, here=False))


class _Object:
    """One object, read in chunks; `plain`: bytes of the recorder's file in it."""

    def __init__(self, store: ObjectStore, listed: Listed, layout: Layout, seal: Seal | None) -> None:
        self._store = store
        self._listed = listed
        self._layout = layout
        self._seal = seal

    @classmethod
    async def open(cls, store: ObjectStore, listed: Listed, key: FootageKey | None) -> "_Object":
        """Raises StoreError, SealError."""
        header = await store.get_range(listed.name, 0, min(HEADER, listed.size)) if listed.size else b""
        sealed = is_sealed(header)
        layout = Layout.of_object(listed.size, encrypted=sealed)
        if sealed and key is None:
            raise SealError("it is encrypted, and keys/footage.key is missing")
        seal = Seal.of_header(key, listed.name, header, layout.chunks) if sealed and key else None
        return cls(store, listed, layout, seal)

    @property
    def sealed(self) -> bool:
        return self._seal is not None

    @property
    def plain(self) -> int:
        return self._layout.plain

    async def statement(self) -> tuple[Trailer, bytes]:
        """The statement at its end and the init segment at its beginning, which it vouches for. Raises
        StoreError, SealError, NotGenuine."""
        last, tail, found, at = self._layout.chunks - 1, b"", None, -1
        for back in (1, 4, trailer.MAX // CHUNK):
            first = max(0, last + 1 - back)
            tail = (await self._chunks(first, last))[0]
            found, at = trailer.at_end(tail)
            if found is not None or first == 0:
                break
        if found is None:
            raise NotGenuine("it does not end in a statement")
        init_sha256, rows = table.decode(found.table)
        size = found.signed.statement.size
        init_bytes = size - sum(row.size for row in rows)
        if self.plain - (len(tail) - at) != size or not 0 < init_bytes <= reader.MAX_INIT:
            raise NotGenuine("it is longer or shorter than what was signed")
        init = (await self._chunks(0, (init_bytes - 1) // CHUNK))[0][:init_bytes]
        if sha256(init).digest() != init_sha256:
            raise NotGenuine("the init segment was changed")
        return found, init

    async def read_all(self, signed: Trailer, init_bytes: int) -> bytes:
        """SHA-256 of the object as it lies there. Raises StoreError, SealError, ValueError (changed)."""
        parts, whole = Parts(init_bytes, signed.table), sha256()
        if self._seal is not None:
            whole.update(self._seal.header)
        left = parts.size
        for first in range(0, self._layout.chunks, _STEP):
            plain, raw = await self._chunks(first, min(first + _STEP, self._layout.chunks) - 1)
            whole.update(raw)
            parts.update(plain[:left])
            left -= min(left, len(plain))
        parts.end()
        return whole.digest()

    async def _chunks(self, first: int, last: int) -> tuple[bytes, bytes]:
        """(plain, as it lies there)."""
        start, end = self._layout.span(first, last)
        raw = await self._store.get_range(self._listed.name, start, end)
        if len(raw) != end - start:
            raise SealError("the object is shorter than its store says")
        if self._seal is None:
            return raw, raw
        pieces = []
        for number in range(first, last + 1):
            begin, stop = self._layout.span(number, number)
            pieces.append(self._seal.open(number, raw[begin - start : stop - start]))
        return b"".join(pieces), raw
