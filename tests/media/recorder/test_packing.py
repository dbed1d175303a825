"""From a recorder that runs, by the bus, into a package that proves itself; what is still open is waited
for."""

import asyncio
import io
import zipfile
from pathlib import Path

import av
import pytest

from tests.evidence.packing import MADE_US, ORGANISATION, description, history, wanted
from tests.media.recorder.rig import Rig, eventually
from thienly.bus.messages import SegmentClosed
from thienly.core.footage.clips import BusSource
from thienly.evidence.build import Built, build
from thienly.evidence.source import NotYetClosed
from thienly.evidence.verify import verify
from thienly.evidence_commands import history as check_history

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def packed(made: Rig, to: Path, camera: str, from_us: int, until_us: int) -> Built:
    loop = asyncio.get_running_loop()

    def ask(subject: str, data: bytes, *, timeout_s: float) -> bytes:
        request = made.bus.request(subject, data, timeout_s=timeout_s)
        return asyncio.run_coroutine_threadsafe(request, loop).result(timeout_s + 5)

    return await asyncio.to_thread(
        build,
        description=description(wanted(id=camera, from_us=from_us, until_us=until_us)),
        source=BusSource(ask, lambda *_: ["r1"]),
        to=to,
        key=ORGANISATION,
        made_us=MADE_US,
        made_by="thienly",
        history=history(),
    )


async def test_a_time_across_segments_is_packed_as_it_was_recorded(made: Rig, tmp_path: Path) -> None:
    camera = await made.any_camera()
    await made.recording(camera, segments=3)
    first, *_, last = sorted(made.of(SegmentClosed, camera), key=lambda fact: fact.start_us)[:3]
    begin, end = first.start_us + 900_000, last.end_us - 900_000
    built = await packed(made, tmp_path / "p.zip", camera, begin, end)
    report = verify(built.path, history=check_history)
    assert report.faults == [] and report.rows == 2
    (told,) = built.manifest.cameras
    (clip,) = told.clips
    assert told.gaps == [] and clip.start_us <= begin and clip.end_us >= end and clip.tiers == ["footage"]
    assert first.start_us < clip.start_us and clip.end_us < last.end_us  # cut at GOPs, not at segments
    with zipfile.ZipFile(built.path) as archive, av.open(io.BytesIO(archive.read(clip.file))) as film:
        assert sum(1 for _ in film.decode(video=0)) == clip.frames


async def test_what_is_still_being_recorded_is_packed_once_its_segment_is_closed(
    made: Rig, tmp_path: Path
) -> None:
    camera = await made.any_camera()
    await made.recording(camera, segments=1)
    begin = made.of(SegmentClosed, camera)[-1].start_us

    async def still_open() -> bool | None:
        now = max(fact.end_us for fact in made.of(SegmentClosed, camera)) + 1_000_000
        path = tmp_path / f"{now}.zip"
        try:
            path.unlink(missing_ok=True)
            await packed(made, path, camera, begin, now)
        except NotYetClosed:
            return True
        return None

    assert await eventually(still_open, "a request for what is being recorded is put off")
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]  # noqa: ASYNC240
    until = max(fact.end_us for fact in made.of(SegmentClosed, camera))
    await made.recording(camera, segments=len(made.of(SegmentClosed, camera)) + 1)
    built = await packed(made, tmp_path / "later.zip", camera, begin, until + 500_000)
    assert verify(built.path, history=check_history).faults == []
