"""The transcoder on the bus: shared by all who watch, bounded, and idle again when nobody does."""

import asyncio
import io
from collections.abc import AsyncIterator
from uuid import uuid4

import av
import pytest
from nats.aio.msg import Msg

from tests.gateway.recorder import PlayedRecorder, now_us
from tests.media.recorder.rig import until
from tests.media.transcode.clips import Clip, clip
from thienly.bus import subjects
from thienly.bus.client import Bus
from thienly.bus.messages import LiveChunk, LiveOpened, LiveWant
from thienly.bus.questions import FragmentRef, ReadBytes, TranscodedFragment, TranscodeFragment
from thienly.bus.server import Login
from thienly.media.transcode import main
from thienly.media.transcode.main import Transcoder


@pytest.fixture(scope="module")
def h265() -> Clip:
    return clip(video="h265", sound="aac")


@pytest.fixture(scope="module")
def g711() -> Clip:
    return clip(video="h264", sound="pcmu")


@pytest.fixture
async def bus(nats: Login) -> AsyncIterator[Bus]:
    bus = await Bus.connect(nats.url, user=nats.user, password=nats.password, name="test")
    yield bus
    await bus.close()


@pytest.fixture
async def transcoder(bus: Bus) -> AsyncIterator[Transcoder]:
    made = Transcoder(bus, slots=1)
    await made.start()
    yield made
    await made.stop()
    for subscription in list(bus.nc._subs.values()):
        await subscription.unsubscribe()


async def playing(bus: Bus, shown: Clip) -> PlayedRecorder:
    """A recorder whose camera shows the clip over and over, a fragment a quarter of a second."""
    recorder = PlayedRecorder(bus, uuid4().hex, mime=shown.mime, init=shown.init)
    await recorder.start()

    async def show() -> None:
        while True:
            for fragment in shown.fragments:
                recorder._seq += 1
                at = now_us()
                recorder._gop = [LiveChunk(LiveChunk.MEDIA, True, recorder._seq, at, at, 1_000_000, fragment)]
                await bus.publish(subjects.live(recorder.camera), recorder._gop[0].pack())
                await asyncio.sleep(0.25)

    recorder._ticking = asyncio.create_task(show())
    return recorder


async def ask(
    bus: Bus, camera: str, stream: str = "h264", **want: object
) -> tuple[LiveOpened, list[LiveChunk]]:
    wanted = LiveWant.model_validate({"stream": stream, **want})
    answer = await bus.request_parts(subjects.transcode_want(camera), wanted.encode(), timeout_s=20)
    return LiveOpened.decode(answer[0]), [LiveChunk.unpack(part) for part in answer[1:]]


async def opened(bus: Bus, camera: str, stream: str = "h264", **want: object) -> tuple[str, list[LiveChunk]]:
    """Asks as a gateway does: again, until there is a picture."""
    for _ in range(8):
        answer, parts = await ask(bus, camera, stream, **want)
        if answer.ok:
            return answer.mime, parts
    raise AssertionError(answer)


def codec(parts: list[LiveChunk]) -> str:
    with av.open(io.BytesIO(b"".join(part.data for part in parts)), "r") as container:
        return next(container.decode(video=0)).format.name and container.streams.video[0].codec_context.name


async def test_viewers_of_a_camera_share_one_conversion_that_ends_with_the_last_lease(
    bus: Bus, transcoder: Transcoder, h265: Clip
) -> None:
    recorder = await playing(bus, h265)
    chunks: list[LiveChunk] = []

    async def on_chunk(message: Msg) -> None:
        chunks.append(LiveChunk.unpack(message.data))

    await bus.subscribe(subjects.live(recorder.camera, "h264"), on_chunk)
    mime, parts = await opened(bus, recorder.camera, lease_s=3)
    assert 'codecs="avc1.' in mime
    assert parts[0].kind == LiveChunk.INIT and parts[1].key
    assert codec(parts) == "h264"
    _, again = await opened(bus, recorder.camera, lease_s=3)
    assert again[0].data == parts[0].data
    assert len([want for want in recorder.wants if want.first]) == 1
    await until(lambda: len(chunks) > 3, "chunks follow")
    numbers = [chunk.seq for chunk in chunks if chunk.kind == LiveChunk.MEDIA]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    await until(lambda: not transcoder._jobs, "idle again")
    await recorder.stop()


async def test_when_all_places_are_taken_the_next_camera_is_told_so_and_gets_the_place_when_it_is_free(
    bus: Bus, transcoder: Transcoder, h265: Clip
) -> None:
    first, second = await playing(bus, h265), await playing(bus, h265)
    await opened(bus, first.camera, lease_s=4)
    answer, _ = await ask(bus, second.camera, lease_s=4)
    assert not answer.ok and answer.reason == main.SLOTS_TAKEN
    await until(lambda: not transcoder._jobs, "the first is over")
    mime, _ = await opened(bus, second.camera, lease_s=2)
    assert 'codecs="avc1.' in mime
    for recorder in (first, second):
        await recorder.stop()


async def test_sound_is_converted_beside_pictures_that_stay_as_they_are_and_needs_no_place_of_a_picture(
    bus: Bus, transcoder: Transcoder, h265: Clip, g711: Clip
) -> None:
    busy, recorder = await playing(bus, h265), await playing(bus, g711)
    await opened(bus, busy.camera, lease_s=10)
    mime, parts = await opened(bus, recorder.camera, "aac", lease_s=3)
    assert mime.endswith(',mp4a.40.2"')
    data = b"".join(part.data for part in parts)
    with av.open(io.BytesIO(data), "r") as container:
        assert container.streams.audio[0].codec_context.name == "aac"
        packet = next(packet for packet in container.demux(video=0) if packet.size)
    assert any(bytes(packet) in fragment for fragment in g711.fragments)
    for one in (busy, recorder):
        await one.stop()


async def test_a_camera_without_a_picture_says_why(bus: Bus, transcoder: Transcoder) -> None:
    answer, parts = await ask(bus, uuid4().hex, lease_s=2)
    assert not answer.ok and parts == []


async def test_a_recorded_fragment_is_converted_where_it_lies(
    bus: Bus, transcoder: Transcoder, h265: Clip
) -> None:
    name = f"r-{uuid4().hex[:6]}"
    file = h265.init + b"".join(h265.fragments)

    async def read(message: Msg) -> None:
        wanted = ReadBytes.decode(message.data)
        await bus.reply(message, file[wanted.offset : wanted.offset + wanted.length])

    await bus.subscribe(subjects.archive_read(name), read)
    start = 1_763_800_000_000_000
    ref = FragmentRef(
        segment=1,
        ordinal=1,
        start_us=start + 1_000_000,
        duration_us=1_000_000,
        segment_us=start,
        offset=len(h265.init) + len(h265.fragments[0]),
        bytes=len(h265.fragments[1]),
        init_bytes=len(h265.init),
        init_id="a",
        mime=h265.mime,
    )
    asked = TranscodeFragment(recorder=name, fragment=ref)
    parts = await bus.request_parts(subjects.TRANSCODE_FRAGMENT, asked.encode(), timeout_s=20)
    answer = TranscodedFragment.decode(parts[0])
    assert answer.ok and 'codecs="avc1.' in answer.mime
    with av.open(io.BytesIO(parts[1] + parts[2]), "r") as container:
        times = [float(frame.time or 0) for frame in container.decode(video=0)]
    assert len(times) == 25 and 0.9 < times[0] < 1.2
    gone = asked.model_copy(update={"fragment": ref.model_copy(update={"offset": 10**9})})
    parts = await bus.request_parts(subjects.TRANSCODE_FRAGMENT, gone.encode(), timeout_s=20)
    assert TranscodedFragment.decode(parts[0]).reason == main.NOT_CONVERTED
