"""The newest recorded key frame of a camera, read as any footage is read."""

from struct import unpack_from

from thienly.bus import subjects
from thienly.bus.questions import FindFragments, FragmentRef, ReadBytes
from thienly.media.archive import Archive, RefusedError
from thienly.media.mp4.init import VIDEO_ID
from thienly.media.mp4.reader import MalformedBoxError, child, children

_HEAD = 64 << 10
"""Bytes read first: more than any usual `moof`, and often the key frame too."""
MOST_BYTES = subjects.PART


def newest(archive: Archive, camera: str, *, until_us: int) -> FragmentRef | None:
    """The last fragment that ended before. Blocks; raises sqlite3.Error."""
    want = FindFragments(camera=camera, from_us=until_us, limit=1, before=True)
    found = archive.find(want).fragments
    return found[-1] if found else None


def read(archive: Archive, ref: FragmentRef) -> bytes:
    """Init segment, `moof`, and the media up to the end of the first picture. Blocks; raises RefusedError and
    what `Archive.read` raises."""
    parts = [archive.read(ReadBytes(segment=ref.segment, offset=0, length=ref.init_bytes))]
    head = archive.read(ReadBytes(segment=ref.segment, offset=ref.offset, length=min(_HEAD, ref.bytes)))
    try:
        end = end_of_first(head)
    except MalformedBoxError as error:
        raise RefusedError(f"the fragment makes no sense: {error}") from error
    if not len(parts[0]) + end <= MOST_BYTES or end > ref.bytes:
        raise RefusedError("the key frame is too large")
    parts.append(head[:end])
    if end > len(head):
        rest = ReadBytes(segment=ref.segment, offset=ref.offset + len(head), length=end - len(head))
        parts.append(archive.read(rest))
    return b"".join(parts)


def end_of_first(fragment: bytes) -> int:
    """Where the first picture ends, counted from the `moof` (ISO/IEC 14496-12 section 8.8.8). Raises
    MalformedBoxError."""
    try:
        size, kind = unpack_from(">I4s", fragment)
        if kind != b"moof" or size > len(fragment):
            raise MalformedBoxError("no whole moof")
        for name, traf in children(fragment[8:size]):
            if name != b"traf" or unpack_from(">I", child(traf, b"tfhd"), 4)[0] != VIDEO_ID:
                continue
            run = child(traf, b"trun")
            flags, count, offset = unpack_from(">III", run)
            if flags & 0x301 != 0x301 or not count:
                raise MalformedBoxError("a run without its tables")
            first = 12 + 4 * (flags >> 2 & 1)
            return int(offset) + int(unpack_from(">I", run, first + 4)[0])
    except Exception as error:
        raise MalformedBoxError(str(error)) from error
    raise MalformedBoxError("no video in the fragment")
