"""A recorder proves its oldest footage by reading it, and tells everything in its index once more."""

import pytest

from tests.media.recorder.rig import Rig
from thienly.bus import subjects
from thienly.bus.messages import Gap, SegmentClosed
from thienly.bus.questions import IndexAsk, IndexPage, OldestAsk, OldestRead

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def oldest(made: Rig, camera: str) -> OldestRead:
    data = await made.bus.request(
        subjects.archive_oldest("r1"), OldestAsk(camera=camera).encode(), timeout_s=15
    )
    return OldestRead.decode(data)


async def told(made: Rig, from_us: int, until_us: int) -> tuple[list[SegmentClosed], list[Gap]]:
    ask, closed, gaps = IndexAsk(from_us=from_us, until_us=until_us), [], []
    while True:
        data = await made.bus.request(subjects.archive_index("r1"), ask.encode(), timeout_s=15)
        page = IndexPage.decode(data)
        closed += page.segments
        gaps += page.gaps
        if not page.more:
            return closed, gaps
        ask = ask.model_copy(update={"after_segment": page.after_segment, "after_gap": page.after_gap})


async def test_the_oldest_fragment_is_read_and_a_changed_byte_in_it_is_found(made: Rig) -> None:
    camera = await made.any_camera()
    await made.recording(camera, segments=2)
    first = made.of(SegmentClosed, camera)[0]
    proof = await oldest(made, camera)
    assert (proof.found, proof.ok, proof.segment, proof.start_us) == (
        True,
        True,
        first.segment,
        first.start_us,
    )
    (path,) = made.conf.data.glob(f"footage/r1/{camera}/*/{first.segment:010d}-*.mp4")
    whole = path.read_bytes()
    place = whole.index(b"mdat") + 40
    path.chmod(0o600)
    path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
    changed = await oldest(made, camera)
    assert (changed.found, changed.ok, changed.segment) == (True, False, first.segment)
    assert "not those" in changed.detail
    path.unlink()
    missing = await oldest(made, camera)
    assert (missing.found, missing.ok) == (True, False)
    assert "missing" in missing.detail
    path.write_bytes(whole)
    assert (await oldest(made, camera)).ok
    nothing = await oldest(made, "f" * 32)
    assert (nothing.found, nothing.ok) == (False, True)


async def test_the_index_tells_what_was_told_when_it_happened(made: Rig) -> None:
    camera = await made.any_camera()
    await made.recording(camera, segments=3)
    known = made.of(SegmentClosed, camera)
    closed, gaps = await told(made, 0, 2**61)
    again = {fact.segment: fact for fact in closed if fact.camera == camera}
    for fact in known[:3]:
        assert again[fact.segment] == fact.model_copy(update={"id": again[fact.segment].id})
    explained = {fact.gap for fact in made.of(Gap, camera)}
    assert explained <= {gap.gap for gap in gaps}
    only, _ = await told(made, known[1].start_us + 1, known[1].end_us)
    assert [fact.segment for fact in only if fact.camera == camera] == [known[1].segment]
