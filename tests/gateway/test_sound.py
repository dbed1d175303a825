"""Listening is a right of its own: who may only look is sent not one byte of sound."""

import asyncio
import contextlib
import io
import math
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import province
from tests.gateway.conftest import Running, World, history, row
from tests.gateway.page import Page
from tests.gateway.recorder import PlayedRecorder, box, now_us
from tests.gateway.test_rights import change
from thienly.bus import subjects
from thienly.bus.client import Bus
from thienly.bus.messages import LiveChunk
from thienly.core.access import gate
from thienly.core.access.models import Seat
from thienly.core.ledger.kinds import Kind
from thienly.core.regulation import shelf
from thienly.gateway.sound import picture_tracks, silent_init, silent_media, silent_mime


@dataclass(frozen=True)
class Clip:
    """A fragmented MP4 of pictures and sound, by a muxer that is not ours: init segment, then fragments."""

    init: bytes
    fragments: list[bytes]


def boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        yield data[at + 4 : at + 8], data[at : at + size]
        at += size


@pytest.fixture(scope="module")
def clip() -> Clip:
    file = io.BytesIO()
    flags = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
    with av.open(file, "w", format="mp4", options=flags) as out:
        video = out.add_stream("libx264", rate=25, options={"g": "10", "bf": "0", "preset": "ultrafast"})
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        sound = out.add_stream("aac", rate=16000, layout="mono")
        tone = array("f", (math.sin(n / 5) / 2 for n in range(1024)))
        for number in range(40):
            picture = av.VideoFrame(64, 48, "yuv420p")
            for plane in picture.planes:
                plane.update(bytes([number * 6]) * plane.buffer_size)
            picture.pts = number
            out.mux(video.encode(picture))
        for number in range(25):
            heard = av.AudioFrame(format="fltp", layout="mono", samples=1024)
            heard.planes[0].update(tone.tobytes())
            heard.sample_rate, heard.pts = 16000, number * 1024
            out.mux(sound.encode(heard))
        out.mux(video.encode(None))
        out.mux(sound.encode(None))
    init, fragments = b"", []
    for kind, whole in boxes(file.getvalue()):
        if kind in (b"ftyp", b"moov"):
            init += whole
        elif kind == b"moof":
            fragments.append(whole)
        elif kind == b"mdat":
            fragments[-1] += whole
    return Clip(init, fragments)


def frames(data: bytes) -> list[bytes]:
    with av.open(io.BytesIO(data)) as container:
        return [frame.to_ndarray(format="gray").tobytes() for frame in container.decode(video=0)]


def test_the_pictures_stay_as_they_are_and_the_sound_is_gone(clip: Clip) -> None:
    loud = clip.init + b"".join(clip.fragments)
    keep = picture_tracks(clip.init)
    silent = silent_init(clip.init) + b"".join(silent_media(one, keep) for one in clip.fragments)
    assert frames(silent) == frames(loud)
    with av.open(io.BytesIO(loud)) as container:
        sounds = [bytes(packet) for packet in container.demux(audio=0) if packet.size > 8]
    assert len(sounds) > 20
    assert not any(sound in silent for sound in sounds)
    with av.open(io.BytesIO(silent)) as container:
        assert [stream.type for stream in container.streams] == ["video"]


def test_the_type_names_no_codec_of_sound() -> None:
    assert silent_mime('video/mp4; codecs="avc1.64001f,mp4a.40.2"') == 'video/mp4; codecs="avc1.64001f"'
    assert silent_mime('video/mp4; codecs="avc1.64001f"') == 'video/mp4; codecs="avc1.64001f"'


@given(st.binary(max_size=200), st.integers(0, 120))
def test_bytes_that_are_no_fragment_raise_one_error_and_nothing_else(noise: bytes, cut: int) -> None:
    damaged = box(b"moof", box(b"traf", box(b"tfhd", bytes(8)), box(b"trun", noise)))[: 40 + cut]
    for data in (noise, damaged):
        for read in (picture_tracks, silent_init, lambda data: silent_media(data, frozenset({0}))):
            with contextlib.suppress(ValueError):
                read(data)


def play(recorder: PlayedRecorder, clip: Clip) -> asyncio.Task[None]:
    """The recorder shows the clip from now on, fragment after fragment."""

    async def show() -> None:
        while True:
            for fragment in clip.fragments:
                recorder._seq += 1
                at = now_us()
                chunk = LiveChunk(LiveChunk.MEDIA, True, recorder._seq, at, at, 100_000, fragment)
                recorder._gop = [chunk]
                await recorder.bus.publish(subjects.live(recorder.camera, recorder.stream), chunk.pack())
                await asyncio.sleep(0.1)

    recorder.init = clip.init
    recorder._gop = [LiveChunk(LiveChunk.MEDIA, True, recorder._seq, 1, 1, 100_000, clip.fragments[0])]
    recorder._ticking = asyncio.create_task(show())
    return recorder._ticking


async def test_a_viewer_without_the_right_to_listen_is_sent_pictures_only(
    world: World, running: Running, recorder: PlayedRecorder, clip: Clip
) -> None:
    play(recorder, clip)
    async with running.page(world.operator) as page:
        await page.say("open", ch=1, camera=world.camera.id.hex, mode="live")
        assert "audio" not in (await page.event("opened"))["actions"]
        await page.media(4)
        assert b"soun" not in page.frames[0].data
        assert all(len(frame.data) < len(clip.fragments[0]) for frame in page.frames[1:2])
        assert len(picture_tracks(page.frames[0].data)) == 1


@pytest.fixture
def listener(world: World, monkeypatch: pytest.MonkeyPatch) -> Seat:
    """The operator's post that may listen. No regulation at hand grants it: this profile is made for it."""
    text = (files("thienly.profiles") / "quang-ninh" / "qn.yaml").read_text(encoding="utf-8")
    granted = "to: central_operator, actions: [view.live, "
    assert granted in text
    made = {"QN": shelf.read(text.replace(granted, f"{granted}audio, "), name="made")}
    monkeypatch.setattr(gate, "profiles", lambda: made)
    centre = province.unit("Trung tâm điều hành", ["central_manager"])
    return province.seat(world.operator, centre, "central_operator")


def silent(page: Page, since: int) -> bool:
    return any(frame.kind == 1 and b"soun" not in frame.data for frame in page.frames[since:])


async def test_a_picture_is_silent_until_its_viewer_asks_to_listen_which_is_recorded_first(
    world: World, running: Running, recorder: PlayedRecorder, clip: Clip, listener: Seat
) -> None:
    play(recorder, clip)
    async with running.page(world.operator) as page:
        await page.say("open", ch=1, camera=world.camera.id.hex, mode="live")
        assert "audio" in (await page.event("opened"))["actions"]
        await page.media(3)
        assert not any(b"soun" in frame.data for frame in page.frames)
        await page.say("listen", ch=1, sound="on")
        answer = await page.event("listening", on=True)
        heard = len(page.frames)
        await page.until(
            lambda: any(frame.data == clip.init for frame in page.frames), within_s=5, what="sound"
        )
        opened = await row(Kind.LISTEN_OPENED)
        assert opened.detail["cite"] == answer["cite"] != ""
        assert opened.detail["of"] == (await row(Kind.LIVE_OPENED)).detail["stream"]
        await page.say("listen", ch=1, sound="off")
        await page.event("listening", on=False, why="viewer")
        await page.until(lambda: silent(page, heard), within_s=5, what="silence")
        closed = await row(Kind.LISTEN_CLOSED)
        assert closed.detail["stream"] == opened.detail["stream"]
        kinds = [entry.kind for entry in history(world.camera.id)]
        assert kinds == [Kind.LIVE_OPENED, Kind.LISTEN_OPENED, Kind.LISTEN_CLOSED]


async def test_who_may_not_listen_is_told_why_and_the_picture_goes_on(
    world: World, running: Running, recorder: PlayedRecorder, clip: Clip
) -> None:
    play(recorder, clip)
    async with running.page(world.operator) as page:
        await page.say("open", ch=1, camera=world.camera.id.hex, mode="live")
        await page.media(1)
        await page.say("listen", ch=1, sound="on")
        answer = await page.event("listening", on=False)
        assert answer["why"] == "refused" and answer["reasons"]
        count = len(page.frames)
        await page.media(count + 3)
        assert not any(b"soun" in frame.data for frame in page.frames)
    assert (await row(Kind.REFUSED)).detail["action"] == "audio"
    assert Kind.LISTEN_OPENED not in [entry.kind for entry in history(world.camera.id)]


async def test_when_the_right_to_listen_ends_the_sound_ends_and_the_picture_goes_on(
    world: World, running: Running, recorder: PlayedRecorder, clip: Clip, listener: Seat
) -> None:
    play(recorder, clip)
    async with running.page(world.operator) as page:
        await page.say("open", ch=1, camera=world.camera.id.hex, mode="live")
        await page.media(1)
        await page.say("listen", ch=1, sound="on")
        await page.until(
            lambda: any(frame.data == clip.init for frame in page.frames), within_s=5, what="sound"
        )
        heard = len(page.frames)
        change(lambda: Seat.objects.filter(pk=listener.pk).update(valid_to=province.yesterday()))
        await page.event("listening", on=False, why="right_withdrawn", within_s=5)
        await page.until(lambda: silent(page, heard), within_s=5, what="silence")
        count = len(page.frames)
        await page.until(lambda: len(page.frames) > count + 3, within_s=3, what="more pictures")
        assert (await row(Kind.LISTEN_CLOSED)).detail["why"] == "right_withdrawn"
    assert (await row(Kind.LIVE_CLOSED)).detail["why"] == "disconnected"


async def test_sound_that_the_browser_cannot_decode_is_converted_for_who_listens_only(
    *, world: World, running: Running, recorder: PlayedRecorder, clip: Clip, listener: Seat, bus: Bus
) -> None:
    recorder.mime = 'video/mp4; codecs="avc1.64001f,ulaw"'
    play(recorder, clip)
    made = PlayedRecorder(bus, world.camera.id.hex, stream="aac")
    made.mime = 'video/mp4; codecs="avc1.64001f,mp4a.40.2"'
    await made.start()
    play(made, clip)
    async with running.page(world.operator) as page:
        await page.say("open", ch=1, camera=world.camera.id.hex, mode="live", plays="avc1,mp4a")
        await page.event("media", mime='video/mp4; codecs="avc1.64001f"')
        await page.media(2)
        assert made.wants == []
        await page.say("listen", ch=1, sound="on")
        await page.event("stream", stream="aac", why="sound")
        await page.event("media", mime=made.mime)
        await page.say("listen", ch=1, sound="off")
        await page.event("stream", stream="main", why="")
        heard = len(page.frames)
        await page.until(lambda: len(page.frames) > heard + 2, within_s=5, what="more pictures")
        assert silent(page, 0) and b"soun" not in page.frames[-1].data
    await made.stop()
