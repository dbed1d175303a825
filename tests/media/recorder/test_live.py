"""Live pictures: at once from the open GOP, then chunk by chunk without a hole, and only while wanted."""

import asyncio
import io
from itertools import pairwise

import av
import pytest
from nats.aio.msg import Msg

from tests.media.recorder.rig import Rig, until
from thienly.bus import subjects
from thienly.bus.messages import LiveChunk, LiveOpened, LiveWant
from thienly.bus.server import free_port
from thienly.rules.problems import Problem

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Viewer:
    """What a gateway does: subscribe, ask, and join the answer to what follows."""

    def __init__(self, made: Rig, camera: str) -> None:
        self.made = made
        self.camera = camera
        self.chunks: list[LiveChunk] = []

    async def listen(self) -> None:
        await self.made.bus.subscribe(subjects.live(self.camera), self._on_chunk)

    async def _on_chunk(self, message: Msg) -> None:
        self.chunks.append(LiveChunk.unpack(message.data))

    async def ask(self, **want: object) -> tuple[LiveOpened, list[LiveChunk]]:
        answer = await self.made.bus.request_parts(
            subjects.live_want(self.camera), LiveWant.model_validate(want).encode()
        )
        return LiveOpened.decode(answer[0]), [LiveChunk.unpack(part) for part in answer[1:]]


async def test_a_viewer_gets_the_open_gop_at_once_and_then_every_chunk(made: Rig) -> None:
    camera = await made.any_camera()
    viewer = Viewer(made, camera)
    await viewer.listen()
    await asyncio.sleep(0.25)  # into a GOP, so that there is one to show
    opened, parts = await viewer.ask(lease_s=10)
    assert opened.ok and opened.parts == len(parts) and opened.mime.startswith('video/mp4; codecs="avc1.')
    assert [part.kind for part in parts] == [LiveChunk.INIT, LiveChunk.MEDIA]
    assert parts[1].key and parts[1].seq == opened.seq
    await until(lambda: len(viewer.chunks) >= 40, "chunks over more than one segment")
    follow = [chunk for chunk in viewer.chunks if chunk.seq > opened.seq]
    assert [chunk.seq for chunk in follow] == list(range(opened.seq + 1, opened.seq + 1 + len(follow)))
    assert all(chunk.kind == LiveChunk.MEDIA for chunk in follow)  # the init has not changed
    assert len({chunk.segment_us for chunk in follow}) > 1
    # What a viewer has until the second segment begins is a playable file without a lost or doubled
    # frame.
    same = [chunk for chunk in follow if chunk.segment_us == parts[1].segment_us]
    data = b"".join(chunk.data for chunk in [*parts, *same])
    with av.open(io.BytesIO(data)) as file:
        times = [float(frame.time) for frame in file.decode(video=0) if frame.time is not None]
    steps = [after - before for before, after in pairwise(times)]
    assert len(times) > 3 and all(0.02 < step < 0.25 for step in steps), steps


async def test_a_second_viewer_does_not_disturb_the_first(made: Rig) -> None:
    camera = await made.any_camera()
    first, second = Viewer(made, camera), Viewer(made, camera)
    await first.listen()
    opened, _ = await first.ask()
    await asyncio.sleep(0.3)
    again, parts = await second.ask()
    assert parts[1].key and again.seq >= opened.seq
    await asyncio.sleep(0.7)
    numbers = [chunk.seq for chunk in first.chunks if chunk.seq > opened.seq]
    assert numbers == list(range(opened.seq + 1, opened.seq + 1 + len(numbers))) and len(numbers) > 5


async def test_nothing_is_published_once_the_lease_is_over(made: Rig) -> None:
    camera = await made.want(0)
    await until(lambda: made.state(camera) == "recording", "recording")
    viewer = Viewer(made, camera)
    await viewer.listen()
    await asyncio.sleep(0.5)
    assert viewer.chunks == []
    await viewer.ask(lease_s=1)
    await until(lambda: len(viewer.chunks) > 2, "chunks")
    await asyncio.sleep(1.2)
    count = len(viewer.chunks)
    await asyncio.sleep(0.6)
    assert len(viewer.chunks) == count
    _, parts = await viewer.ask(lease_s=2, first=False)
    assert parts == []
    await until(lambda: len(viewer.chunks) > count, "chunks after a renewal")


async def test_a_viewer_gets_a_new_init_segment_when_the_picture_size_changes(made: Rig) -> None:
    camera = await made.want(5)
    await until(lambda: made.state(camera) == "recording", "recording")
    viewer = Viewer(made, camera)
    await viewer.listen()
    _, parts = await viewer.ask(lease_s=30)
    await made.sim.set_fault("/camera/5", "resolution")
    await until(lambda: any(chunk.kind == LiveChunk.INIT for chunk in viewer.chunks), "an init segment")
    at = next(i for i, chunk in enumerate(viewer.chunks) if chunk.kind == LiveChunk.INIT)
    assert viewer.chunks[at].data != parts[0].data
    await until(lambda: len(viewer.chunks) > at + 1, "a chunk behind it")
    assert viewer.chunks[at + 1].key


async def test_a_camera_without_a_picture_says_why_and_since_when(made: Rig) -> None:
    camera = await made.want(0, url=f"rtsp://127.0.0.1:{free_port()}/camera")
    await until(lambda: made.state(camera) == "offline", "offline")
    opened, parts = await Viewer(made, camera).ask()
    assert not opened.ok and opened.problem is Problem.REFUSED and opened.since_us > 0 and parts == []


async def test_a_short_lease_or_a_mere_question_does_not_end_the_lease_of_another(made: Rig) -> None:
    camera = await made.want(1)
    await until(lambda: made.state(camera) == "recording", "recording")
    viewer = Viewer(made, camera)
    await viewer.listen()
    await viewer.ask(lease_s=20)
    await viewer.ask(lease_s=0.1, first=False)
    await viewer.ask(lease_s=0, first=False)
    await asyncio.sleep(0.4)
    count = len(viewer.chunks)
    await until(lambda: len(viewer.chunks) > count, "more chunks")
