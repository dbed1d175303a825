"""Recorded footage is found by time and read by segment id, also while it is being written; never by path."""

import asyncio
import io
from hashlib import sha256
from itertools import pairwise

import av
import pytest

from tests.media.recorder.rig import Rig, eventually
from thienly.bus import subjects
from thienly.bus.client import BusRefused
from thienly.bus.messages import SegmentClosed
from thienly.bus.questions import FindFragments, FragmentList, FragmentRef, ReadBytes

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def find(made: Rig, camera: str, from_us: int, **want: object) -> FragmentList:
    request = FindFragments.model_validate({"camera": camera, "from_us": from_us, "limit": 1000, **want})
    return FragmentList.decode(await made.bus.request(subjects.archive_find("r1"), request.encode()))


async def read(made: Rig, segment: int, offset: int, length: int) -> bytes:
    request = ReadBytes(segment=segment, offset=offset, length=length)
    return await made.bus.request(subjects.archive_read("r1"), request.encode())


async def recorded(made: Rig, *, segments: int = 1) -> str:
    """A camera with so many segments; one for all tests, for they only look."""
    camera = await made.any_camera()
    await made.recording(camera, segments=segments)
    return camera


def contiguous(refs: list[FragmentRef]) -> bool:
    return all(before.start_us + before.duration_us == after.start_us for before, after in pairwise(refs))


async def test_what_is_found_and_read_is_what_lies_on_disk_and_plays(made: Rig) -> None:
    camera = await recorded(made, segments=2)
    closed = made.of(SegmentClosed, camera)
    found = await find(made, camera, closed[0].start_us)
    # Two closed segments and what is kept of the open one, without a hole between.
    assert {ref.segment for ref in found.fragments} > {closed[0].segment, closed[1].segment} or (
        len(found.fragments) == closed[0].fragments + closed[1].fragments
    )
    assert contiguous(found.fragments) and not found.more
    last = found.fragments[-1]
    assert found.recorded_until_us is not None
    assert found.recorded_until_us >= last.start_us + last.duration_us
    (path,) = made.conf.data.glob(f"footage/r1/{camera}/*/{closed[0].segment:010d}-*.mp4")
    on_disk = path.read_bytes()
    of_first = [ref for ref in found.fragments if ref.segment == closed[0].segment]
    init = await read(made, closed[0].segment, 0, of_first[0].init_bytes)
    parts = [await read(made, ref.segment, ref.offset, ref.bytes) for ref in of_first]
    # Behind them nothing but the signed statement.
    assert on_disk.startswith(init + b"".join(parts)) and len(on_disk) == closed[0].bytes
    with av.open(io.BytesIO(init + parts[1])) as file:  # a fragment alone is playable with its init
        assert len(list(file.decode(video=0))) == 5


async def test_the_open_segment_is_found_too(made: Rig) -> None:
    camera = await recorded(made)

    async def open_one() -> FragmentRef | None:
        found = await find(made, camera, 0)
        closed = {fact.segment for fact in made.of(SegmentClosed, camera)}
        return next((ref for ref in found.fragments if ref.segment not in closed), None)

    ref = await eventually(open_one, "a fragment of an open segment")
    data = await read(made, ref.segment, ref.offset, ref.bytes)
    assert data[4:8] == b"moof"


async def test_a_span_is_cut_at_fragments_that_overlap_it(made: Rig) -> None:
    camera = await recorded(made, segments=3)
    every = (await find(made, camera, 0)).fragments
    middle = every[3].start_us + 1000
    found = await find(made, camera, middle, until_us=every[6].start_us)
    assert found.fragments == every[3:6]
    limited = await find(made, camera, middle, limit=2)
    assert limited.fragments == every[3:5] and limited.more
    assert (await find(made, camera, every[0].start_us + 9 * 10**12)).fragments == []
    back = await find(made, camera, every[6].start_us, limit=4, before=True)
    assert back.fragments == every[2:6] and back.more
    assert (await find(made, "f" * 32, 0)).recorded_until_us is None


async def test_reading_is_bounded_and_never_by_path(made: Rig) -> None:
    camera = await recorded(made)
    segment = made.of(SegmentClosed, camera)[0]
    assert sha256(await read(made, segment.segment, 0, segment.bytes)).digest()
    for number, offset, length in (
        (segment.segment, 0, segment.bytes + 1),
        (segment.segment, segment.bytes, 1),
        (segment.segment, -1, 10),
        (segment.segment, 0, 0),
        (segment.segment, 0, subjects.PART + 1),
        (999_999, 0, 10),
    ):
        with pytest.raises(BusRefused):
            await read(made, number, offset, length)
    for junk in (
        b"",
        b"{}",
        b'{"segment": "../../thienly.toml", "offset": 0, "length": 9}',
        b"\xff" * 100,
    ):
        with pytest.raises(BusRefused, match="malformed"):
            await made.bus.request(subjects.archive_read("r1"), junk)


async def test_many_readers_are_answered_side_by_side(made: Rig) -> None:
    camera = await recorded(made)
    segment = made.of(SegmentClosed, camera)[0]
    answers = await asyncio.gather(*(read(made, segment.segment, 0, 100) for _ in range(50)))
    assert len(set(answers)) == 1
