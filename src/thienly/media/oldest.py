"""Proves what can still be played: the oldest fragment of a camera is read, and its hash compared."""

from hashlib import sha256

from thienly.bus import subjects
from thienly.bus.questions import FindFragments, FragmentRef, OldestAsk, OldestRead, ReadBytes
from thienly.media.archive import Archive, RefusedError
from thienly.media.index import segments

_TRIES = 3
"""The pruner may delete the oldest between finding and reading it; then the next one is the oldest."""


def read_oldest(archive: Archive, ask: OldestAsk) -> OldestRead:
    """Blocks. Raises sqlite3.Error. A fragment that cannot be read, or that was changed, is an answer."""
    last: FragmentRef | None = None
    detail = ""
    for _ in range(_TRIES):
        found = archive.find(FindFragments(camera=ask.camera, from_us=0, limit=1)).fragments
        if not found:
            return OldestRead(found=False, ok=True)
        if found[0] == last:
            break
        last = found[0]
        try:
            digest = _digest(archive, last)
            good = _expected(archive, last) in (None, digest)
        except RefusedError as error:
            detail = str(error)
            continue
        detail = "" if good else "the bytes are not those that were recorded"
        return _answer(last, ok=good, detail=detail)
    assert last is not None  # noqa: S101 - one was found
    return _answer(last, ok=False, detail=detail)


def _answer(ref: FragmentRef, *, ok: bool, detail: str) -> OldestRead:
    return OldestRead(
        found=True,
        ok=ok,
        segment=ref.segment,
        start_us=ref.start_us,
        end_us=ref.start_us + ref.duration_us,
        bytes=ref.bytes,
        detail=detail,
    )


def _digest(archive: Archive, ref: FragmentRef) -> bytes:
    """Raises RefusedError."""
    digest, at = sha256(), 0
    while at < ref.bytes:
        part = min(subjects.PART, ref.bytes - at)
        digest.update(archive.read(ReadBytes(segment=ref.segment, offset=ref.offset + at, length=part)))
        at += part
    return digest.digest()


def _expected(archive: Archive, ref: FragmentRef) -> bytes | None:
    """None for a segment that is still open: it is minutes old, and its hashes are not in the index yet."""
    try:
        _, rows = segments.fragments_of(archive.reader(), ref.segment)
    except LookupError:
        return None
    return rows[ref.ordinal].sha256
