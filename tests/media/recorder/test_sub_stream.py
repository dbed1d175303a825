"""The second stream of a camera: pulled while somebody watches, never recorded, gone with the last lease."""

import pytest

from tests.media.recorder.rig import Rig, until
from tests.media.recorder.test_live import Viewer
from thienly.bus import subjects
from thienly.bus.client import BusRefused
from thienly.bus.messages import LiveChunk, LiveOpened, LiveWant
from thienly.bus.questions import FindFragments, FragmentList
from thienly.rules.problems import Problem

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def ask(made: Rig, camera: str, **want: object) -> tuple[LiveOpened, list[LiveChunk]]:
    wanted = LiveWant.model_validate({"stream": "sub", **want})
    answer = await made.bus.request_parts(subjects.live_want(camera), wanted.encode(), timeout_s=10)
    return LiveOpened.decode(answer[0]), [LiveChunk.unpack(part) for part in answer[1:]]


async def opened(made: Rig, camera: str, **want: object) -> list[LiveChunk]:
    """Asks as a gateway does: again, until there is a picture."""
    for _ in range(8):
        answer, parts = await ask(made, camera, **want)
        if answer.ok:
            return parts
    raise AssertionError(answer)


async def test_it_is_pulled_only_while_somebody_watches_and_nothing_of_it_is_recorded(made: Rig) -> None:
    source, second = made.sim.cameras[0], made.sim.cameras[1]
    url = made.sim.url(second.spec.path, credentials=False)
    camera = await made.want(0, sub_url=url)
    await until(lambda: made.state(camera) == "recording", "recording")
    assert second.viewers == 0 and source.viewers >= 1
    heard: list[LiveChunk] = []

    async def on_chunk(message: object) -> None:
        heard.append(LiveChunk.unpack(message.data))  # type: ignore[attr-defined]

    await made.bus.subscribe(subjects.live(camera, "sub"), on_chunk)
    parts = await opened(made, camera, lease_s=2)
    assert parts[0].kind == LiveChunk.INIT
    assert second.viewers == 1
    await until(lambda: len(heard) > 5, "chunks")
    # While nobody knows yet whether pictures come out of order, the first ones follow as chunks.
    media = [part for part in (*parts, *heard) if part.kind == LiveChunk.MEDIA]
    assert media[0].key
    await until(lambda: second.viewers == 0, "the device is left alone after the lease")
    count = len(heard)
    # Begun again by the next viewer, while the recording of the main stream went on all the time.
    await opened(made, camera, lease_s=2)
    await until(lambda: len(heard) > count, "chunks for the next viewer")
    assert made.state(camera) == "recording"
    wanted = FindFragments(camera=camera, from_us=0, stream="sub")
    found = FragmentList.decode(await made.bus.request(subjects.archive_find("r1"), wanted.encode()))
    assert found.fragments == []


async def test_a_second_stream_that_fails_says_why_and_the_recording_goes_on(made: Rig) -> None:
    camera = await made.want(2, sub_url=made.sim.url("/camera/2", credentials=False) + "/khong-co/gi")
    await until(lambda: made.state(camera) == "recording", "recording")
    answer, parts = await ask(made, camera, lease_s=5)
    assert not answer.ok and answer.problem is Problem.NOT_FOUND and parts == []
    assert made.state(camera) == "recording"
    viewer = Viewer(made, camera)
    main, _ = await viewer.ask(lease_s=1)
    assert main.ok


async def test_a_viewer_of_the_main_stream_does_not_wait_for_a_second_one_that_hangs(made: Rig) -> None:
    second = made.sim.cameras[4]
    await made.sim.set_fault(second.spec.path, "stall")
    camera = await made.want(3, sub_url=made.sim.url(second.spec.path, credentials=False))
    await until(lambda: made.state(camera) == "recording", "recording")
    await made.bus.publish(subjects.live_want(camera), LiveWant(stream="sub", lease_s=3).encode())
    main, _ = await Viewer(made, camera).ask(lease_s=1)
    assert main.ok
    await made.sim.clear_fault(second.spec.path)


async def test_a_camera_with_one_stream_says_that_it_has_no_other(made: Rig) -> None:
    camera = await made.want(5)
    await until(lambda: made.state(camera) == "recording", "recording")
    with pytest.raises(BusRefused):
        await ask(made, camera)
