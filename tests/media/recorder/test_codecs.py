"""Cameras of each codec, from RTSP to the file and back: what is on disk is what the camera sent."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import pytest
import pytest_asyncio

from tests.media.camera.readers import ffmpeg_decodes, ffprobe
from tests.media.recorder.rig import Rig, recorder, rig, specs, until
from thienly.bus import subjects
from thienly.bus.messages import CameraStatus, Gap, SegmentClosed
from thienly.bus.questions import ProbeRequest, ProbeResult
from thienly.media.fsck import check
from thienly.media.index import segments
from thienly.media.index.writer import INDEX_FILE, open_index, open_reader
from thienly.media.keys import SigningKey, public_keys
from thienly.media.repair import rebuild
from thienly.rules.problems import Problem
from thienly.sim.rtsp.packets import nal_units

pytestmark = pytest.mark.asyncio(loop_scope="module")

CAMERAS: list[dict[str, Any]] = [
    {"codec": "h265", "sound": "pcma"},
    {"codec": "h265", "bframes": 2, "sound": "opus", "extra_tracks": True},
    {"codec": "h264", "bframes": 2, "sound": "pcmu"},
    {"codec": "h264", "sound": "opus", "extra_tracks": True},
    {"codec": "h265", "audio": False},
]
NAMES = {"h264": "h264", "h265": "hevc", "pcma": "pcm_alaw", "pcmu": "pcm_mulaw", "opus": "opus"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def made(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    cameras = [
        spec.model_copy(update=changes) for spec, changes in zip(specs(len(CAMERAS)), CAMERAS, strict=True)
    ]
    async with rig(tmp_path_factory.mktemp("rig"), cameras=cameras) as made, recorder(made) as running:
        made.running = running
        for number in range(len(CAMERAS)):
            await made.want(number)
        yield made


def files(made: Rig, camera: str) -> list[Path]:
    """Closed segments, oldest first."""
    store = made.conf.store(made.conf.recorder("r1"))
    count = len(made.of(SegmentClosed, camera))
    return sorted((store / camera).rglob("*.mp4"))[:count]


@pytest.mark.parametrize("number", range(4))
async def test_what_is_recorded_is_what_the_camera_sent(made: Rig, number: int) -> None:
    spec = made.sim.cameras[number].spec
    camera = made.cameras[number]
    await made.recording(camera, segments=2)
    status = made.of(CameraStatus, camera)[-1]
    assert (status.codec, status.audio, status.width, status.height) == (spec.codec, spec.sound, 160, 90)
    loop = made.sim.cameras[number].playout.clip
    sent = {b"".join(len(nal).to_bytes(4, "big") + nal for nal in nal_units(unit)) for unit in loop.units}
    heard = made.sim.cameras[number].sound
    assert heard is not None
    for path, fact in zip(files(made, camera), made.of(SegmentClosed, camera), strict=False):
        found = await asyncio.to_thread(ffprobe, path)
        assert [stream["codec_name"] for stream in found["streams"]] == [NAMES[spec.codec], NAMES[spec.sound]]
        pictures = [packet for packet in found["packets"] if packet["codec_type"] == "video"]
        seconds = (fact.end_us - fact.start_us) / 1e6
        assert len(pictures) == round(seconds * spec.fps)
        shown = sorted(float(packet["pts_time"]) for packet in pictures)
        assert [b - a for a, b in pairwise(shown)] == pytest.approx([0.1] * (len(shown) - 1), abs=0.01)
        with av.open(str(path)) as container:
            stored = [bytes(packet) for packet in container.demux(video=0) if packet.size]
        assert set(stored) <= sent
        with av.open(str(path)) as container:
            sounds = [bytes(packet) for packet in container.demux(audio=0) if packet.size]
        assert set(sounds) <= set(heard.units)
        length = len(sounds) * heard.samples / heard.rate
        assert length == pytest.approx(seconds, abs=0.4)
        await asyncio.to_thread(ffmpeg_decodes, path)


async def test_a_changed_picture_size_begins_a_new_segment(made: Rig) -> None:
    camera = made.cameras[4]
    await made.recording(camera)
    await made.sim.set_fault("/camera/4", "resolution")
    await until(
        lambda: any(fact.end_reason == "tracks" for fact in made.of(SegmentClosed, camera)), "a cut by size"
    )
    cut = [fact.end_reason for fact in made.of(SegmentClosed, camera)].index("tracks")
    await made.recording(camera, segments=cut + 2)
    sizes = []
    for path in files(made, camera)[cut : cut + 2]:
        with av.open(str(path)) as container:
            sizes.append({(frame.width, frame.height) for frame in container.decode(video=0)})
    assert sizes == [{(160, 90)}, {(120, 66)}]


async def test_a_camera_is_probed_by_its_codecs(made: Rig) -> None:
    desired = made.desired(1, "0" * 32)
    fields = {"url", "username", "sealed_password", "allow_local"}
    request = ProbeRequest.model_validate(desired.model_dump(include=fields))
    found = ProbeResult.decode(await made.bus.request(subjects.probe("main"), request.encode(), timeout_s=12))
    assert (found.ok, found.codec, found.audio, found.width) == (True, "h265", "OPUS", 160)
    assert found.fps == pytest.approx(10, abs=2)


async def test_the_index_is_made_again_from_files_of_every_codec(made: Rig, tmp_path: Path) -> None:
    """What start-up does after a crash that took the index: same types, and nothing to complain about."""
    cameras = made.cameras
    await made.recording(*cameras)
    paths = [(camera, files(made, camera)[0]) for camera in cameras]
    for camera, path in paths:
        copy = tmp_path / "footage" / camera / path.parent.name / path.name
        copy.parent.mkdir(parents=True)
        data = path.read_bytes()
        copy.write_bytes(data + data[:100] if camera == cameras[0] else data)  # one with a torn end
    signing = SigningKey(tmp_path / "recorder.pem")
    was_signed = public_keys(made.conf.recorder_key("r1"))
    trusted = {**was_signed, **public_keys(tmp_path / "recorder.pem")}
    stores = {"footage": tmp_path / "footage"}
    with closing(open_index(tmp_path / "index.sqlite")) as db:
        assert rebuild(db, stores=stores, recorder="r1", key=signing.pair, trusted=trusted) == 5
        rows = {row.camera: row for row in segments.every(db)}
        found = check(db, stores=stores, recorder="r1", keys=trusted, deep=True)
        assert list(found) == []
    with closing(open_reader(made.conf.recorder_dir("r1") / INDEX_FILE)) as db:
        recorded = {row.id: row for row in segments.every(db)}
    for row in rows.values():
        was = recorded[row.id]
        assert (row.mime, row.init_id) == (was.mime, was.init_id)
        if row.camera != cameras[0]:  # the torn one is signed anew, with a statement of its own length
            assert row.size == was.size
        assert row.end_us == pytest.approx(was.end_us, abs=12)  # a tick of 90 kHz


async def test_a_flood_of_h265_is_cut_off_and_the_others_go_on(made: Rig) -> None:
    flooding, other = made.cameras[0], made.cameras[1]
    await made.recording(flooding, other)
    await made.sim.set_fault("/camera/0", "flood")
    await until(lambda: bool(made.of(Gap, flooding)), "a gap", timeout_s=40)
    assert made.of(Gap, flooding)[0].reason is Problem.FLOOD
    assert made.of(Gap, other) == []
    await made.sim.clear_fault("/camera/0")
