"""Very fast motion: one picture of each fragment, at its place and for its time, and never a sound."""

import io
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nats.aio.msg import Msg

from tests.gateway.conftest import Running, World
from tests.gateway.recorder import PlayedRecorder
from tests.gateway.test_playback import hours_ago
from tests.media.camera.clip import clip
from tests.media.camera.fragmenting import Bench
from thienly.bus.client import Bus
from thienly.bus.questions import ReadBytes
from thienly.gateway.keyframes import Short, key_only
from thienly.gateway.sound import picture_tracks
from thienly.media.mp4.fragment import VideoRun, media_fragment

VIDEO = frozenset({1})


def recorded() -> tuple[bytes, list[bytes]]:
    """The init segment and the fragments of five seconds with sound, as our own recorder writes them."""
    bench = Bench(clip(frames=100), audio=True)
    for number in range(126):
        bench.play(1)
        sound = bench.clip.sounds[number % len(bench.clip.sounds)]
        bench.fragmenter.on_audio(1_000_000 + number * 640, [len(sound)], [sound])
    fragments = [fragment.data for fragment in bench.sink.fragments]
    file = bytes(bench.sink.files[0])
    return file[: len(file) - sum(map(len, fragments))], fragments


def reordered() -> tuple[bytes, list[bytes]]:
    """Two GOPs with B-frames: pictures are decoded in another order than they are shown in."""
    made = clip(frames=50, bframes=2)
    init, _ = recorded()
    starts = [number for number, picture in enumerate(made.pictures) if picture.key]
    fragments = []
    for begin, end in zip(starts, [*starts[1:], len(made.pictures)], strict=True):
        places = range(begin, end)
        parts = [made.pictures[n].stored for n in places]
        run = VideoRun(
            start=begin * 3600,
            durations=[3600] * len(parts),
            sizes=list(map(len, parts)),
            keys=[made.pictures[n].key for n in places],
            parts=parts,
            shifts=[(made.shown[n] - n + 2) * 3600 for n in places],
        )
        fragments.append(media_fragment(begin, run, None))
    return init, fragments


@pytest.mark.parametrize("made", [recorded, reordered])
def test_the_picture_of_each_fragment_stands_at_its_place_until_the_next(
    made: Callable[[], tuple[bytes, list[bytes]]],
) -> None:
    init, fragments = made()
    keep = picture_tracks(init)
    with av.open(io.BytesIO(init + b"".join(fragments))) as whole:
        wanted = [packet.pts for packet in whole.demux(video=0) if packet.is_keyframe and packet.size]
    alone = [key_only(data, keep) for data in fragments]
    assert len(wanted) == len(alone) > 1
    assert sum(map(len, alone)) < sum(map(len, fragments)) / 3
    with av.open(io.BytesIO(init + b"".join(alone))) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
    assert [packet.pts for packet in packets] == wanted
    assert all(packet.is_keyframe for packet in packets)
    assert [packet.pts + packet.duration for packet in packets][:-1] == wanted[1:]  # type: ignore[operator]
    with av.open(io.BytesIO(init + b"".join(alone))) as container:
        assert [frame.pts for frame in container.decode(video=0)] == wanted


def test_the_beginning_of_a_fragment_suffices_when_the_picture_lies_in_it() -> None:
    init, (first, *_) = recorded()
    whole = key_only(first, picture_tracks(init))
    enough = len(first) // 3
    assert key_only(first[:enough], VIDEO) == whole
    for length in (8, 40, 600):
        with pytest.raises(Short):
            key_only(first[:length], VIDEO)


@given(st.binary(max_size=200), st.integers(0, 400))
def test_rubbish_is_refused_and_never_read_beyond(rubbish: bytes, at: int) -> None:
    _, (first, *_) = RECORDED
    for data in (rubbish, first[:at] + rubbish + first[at + len(rubbish) :]):
        with suppress(ValueError, Short):
            assert len(key_only(data, VIDEO)) <= len(data) + 200


RECORDED = recorded()


@dataclass
class RealFootage(PlayedRecorder):
    """Plays recorded fragments, each a second long."""

    file: bytes = b""
    lengths: list[int] = field(default_factory=list)

    async def _read(self, message: Msg) -> None:
        want = ReadBytes.decode(message.data)
        self.lengths.append(want.length)
        await self.bus.reply(message, self.file[want.offset : want.offset + want.length])


async def test_a_viewer_who_asks_for_key_frames_gets_them_alone_and_silent(
    world: World, running: Running, bus: Bus
) -> None:
    init, fragments = RECORDED
    start = hours_ago(1)
    recorder = RealFootage(bus, world.camera.id.hex, file=init + b"".join(fragments))
    recorder.store(start, len(fragments))
    offset = len(init)
    for number, data in enumerate(fragments):
        place = {"offset": offset, "bytes": len(data), "init_bytes": len(init)}
        recorder.archive[number] = recorder.archive[number].model_copy(update=place)
        offset += len(data)
    await recorder.start()
    try:
        async with running.page(world.operator) as page:
            at = {"camera": world.camera.id.hex, "mode": "play", "at_us": start}
            await page.say("open", ch=1, run=1, credit=4, keys=True, **at)
            frames = await page.media(4, run=1)
            assert [frame.data for frame in frames] == [key_only(data, VIDEO) for data in fragments[:4]]
            assert b"soun" not in page.frames[0].data
            await page.say("seek", ch=1, run=2, at_us=start, credit=2)
            assert all(b"moof" in frame.data for frame in await page.media(2, run=2))
            assert len((await page.media(2, run=2))[0].data) > len(frames[0].data)
    finally:
        await recorder.stop()


async def test_what_is_not_understood_is_sent_whole(
    world: World, running: Running, recorder: PlayedRecorder
) -> None:
    start = hours_ago(1)
    recorder.store(start, 2)
    async with running.page(world.operator) as page:
        await page.say(
            "open", ch=1, camera=world.camera.id.hex, mode="play", at_us=start, credit=2, keys=True
        )
        assert [frame.data for frame in await page.media(2)] == [bytes([n]) * recorder.size for n in (0, 1)]
