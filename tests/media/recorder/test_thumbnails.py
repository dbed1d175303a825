"""A thumbnail is the key frame of what was recorded then: kept within bounds, gone with its segment."""

import asyncio
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.media.recorder.rig import Rig, recorder, rig, until
from thienly.bus import subjects
from thienly.bus.client import BusRefused
from thienly.bus.messages import SegmentClosed
from thienly.bus.questions import FindFragments, FragmentList, FragmentRef, WantThumbnail
from thienly.media.clock import wall_us
from thienly.media.keyframe import NoPicture
from thienly.media.recorder.main import Recorder
from thienly.media.thumbnails import Thumbnails
from thienly.rules.retention import DAY_US


async def ask(made: Rig, camera: str, at_us: int) -> bytes:
    want = WantThumbnail(camera=camera, at_us=at_us)
    return await made.bus.request(subjects.archive_thumbnail("r1"), want.encode())


async def fragments(made: Rig, camera: str) -> list[FragmentRef]:
    want = FindFragments(camera=camera, from_us=0, limit=1000)
    return FragmentList.decode(await made.bus.request(subjects.archive_find("r1"), want.encode())).fragments


def kept(running: Recorder) -> set[tuple[int, int]]:
    names = (path.stem.split("-") for path in running.conf.recorder_dir("r1").glob("thumbnails/*/*.jpg"))
    return {(int(segment), int(ordinal)) for segment, ordinal in names}


async def test_a_thumbnail_shows_its_moment_is_kept_on_disk_and_goes_with_its_segment(tmp_path: Path) -> None:
    async with rig(tmp_path) as made, recorder(made) as running:
        camera = await made.want(0)
        await made.recording(camera, segments=2)
        first = made.of(SegmentClosed, camera)[0]
        refs = await fragments(made, camera)
        picture = await ask(made, camera, refs[1].start_us + 1000)
        image = Image.open(io.BytesIO(picture))
        assert (image.format, image.size) == ("JPEG", (240, 136))
        assert np.asarray(image.convert("L")).std() > 10  # a scene, not one grey
        assert picture != await ask(made, camera, refs[0].start_us)
        assert kept(running) == {(refs[0].segment, 0), (refs[1].segment, 1)}
        # The open segment has pictures too, and many who ask for one get one.
        assert len(set(await asyncio.gather(*(ask(made, camera, refs[-1].start_us) for _ in range(20))))) == 1

        with pytest.raises(BusRefused, match="nothing is recorded"):
            await ask(made, camera, refs[0].start_us - 60_000_000)
        with pytest.raises(BusRefused, match="nothing is recorded"):
            await ask(made, "f" * 32, wall_us())
        for junk in (b"", b"{}", b'{"camera": "../../thienly.toml", "at_us": 1}'):
            with pytest.raises(BusRefused, match="malformed"):
                await made.bus.request(subjects.archive_thumbnail("r1"), junk)

        for pruner in running.pruners.values():
            await pruner.once(now_us=wall_us() + 30 * DAY_US)  # past the ceiling
        assert first.segment not in {segment for segment, _ in kept(running)}
        with pytest.raises(BusRefused):
            await ask(made, camera, refs[0].start_us)


async def test_what_is_kept_is_bounded_the_longest_unused_goes_first_also_after_a_restart(
    tmp_path: Path,
) -> None:
    async with rig(tmp_path) as made, recorder(made) as running:
        camera = await made.want(0)
        await made.recording(camera, segments=2)
        await until(lambda: len(made.of(SegmentClosed, camera)) >= 2, "two segments")
        refs = (await fragments(made, camera))[:4]
        directory = tmp_path / "kept"
        everything = Thumbnails(directory, running.archive)
        size = sum(len(everything.of(ref)) for ref in refs)
        assert len(list(directory.glob("*/*.jpg"))) == 4
        everything.of(refs[0])
        # A new process with less room: what was there counts.
        small = Thumbnails(directory, running.archive, max_bytes=size // 2)
        assert 0 < sum(path.stat().st_size for path in directory.glob("*/*.jpg")) <= size // 2
        for ref in refs:
            small.of(ref)
        assert sum(path.stat().st_size for path in directory.glob("*/*.jpg")) <= size // 2
        # A picture that was cut short on disk is no reason to fail, nor a fragment that is no video.
        with pytest.raises(NoPicture):
            small.of(refs[0].model_copy(update={"ordinal": 9, "offset": refs[0].offset + 8, "bytes": 64}))
