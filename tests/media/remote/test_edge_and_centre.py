"""Recorded at the unit, copied to the centre: each place named, the lag seen, a backlog made good."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone
from nats.aio.msg import Msg

from tests import province
from tests.api.world import World, client
from tests.guard import setting_the_scene
from tests.media.recorder.rig import Rig, recorder, until
from tests.media.remote.faulty import faulty
from tests.media.remote.scene import bucket, installation, store_block
from tests.seaweed import S3
from thienly.bus import subjects
from thienly.bus.messages import RecorderAlive, SegmentClosed, SegmentCopied
from thienly.cli import main
from thienly.core.recording.apply import apply_facts
from thienly.core.recording.heartbeats import save_heartbeat
from thienly.core.recording.models import Coverage
from thienly.core.registry.models import Camera
from thienly.core.storage.models import TierHour

pytestmark = pytest.mark.usefixtures("transactional_db")
HERE = 'archive = "archive"\nlocation = "Phòng máy Ban quản lý cảng"\nprovider = "Ban quản lý cảng cá"\n'


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(subjects, "ALIVE_EVERY_S", 0.3)
    yield


class Centre:
    """What the steward does with what the recorder tells; `page`: *Storage*, as its administrator sees it."""

    def __init__(self, made: Rig, world: World) -> None:
        self._made = made
        self._browser: Client = client(world.administrator())
        self.beat: RecorderAlive | None = None
        self._applied = 0

    async def listen(self) -> None:
        async def hear(message: Msg) -> None:
            self.beat = RecorderAlive.decode(message.data)

        await self._made.bus.subscribe(subjects.ALIVE_ALL, hear)

    async def page(self) -> str:
        """After the next sign of life."""
        self.beat = None
        await until(lambda: self.beat is not None, "a sign of life")
        assert self.beat is not None
        now = timezone.now()
        save_heartbeat(self.beat, now)
        fresh = self._made.facts[self._applied :]
        self._applied += len(fresh)
        apply_facts(fresh, now=now)
        return self._browser.get("/storage/").content.decode()


def register(world: World, camera: str) -> None:
    """The camera that the rig records, at the port."""
    with setting_the_scene():
        Camera.objects.filter(pk=province.camera(world.port, "CA-002").pk).delete()
        world.quay.pk, world.quay.code = UUID(camera), "CA-009"
        world.quay.save(force_insert=True)


def line_of(page: str, site: str) -> str:
    (line,) = [line for line in page.split("<tr>") if f'<span class="strong">{site}</span>' in line]
    return line


def seconds(rows: list[bytes]) -> int:
    return sum(int.from_bytes(row, "little").bit_count() for row in rows)


@pytest.mark.req("DN-009")
async def test_each_place_that_keeps_recordings_shows_location_and_provider_and_lies_in_viet_nam(
    tmp_path: Path, s3: S3, often: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = store_block(s3.endpoint, "archive", bucket(), contract="HĐ 12/2026")
    place = {
        "location": "Trung tâm dự phòng Hòa Lạc",
        "provider": "Viễn thông tỉnh",
        "contract": "HĐ 13/2026",
    }
    backup = store_block(s3.endpoint, "backup", bucket(), **place)
    plan = '[[backups]]\nstore = "backup"\n'
    async with installation(tmp_path, archive, backup, plan, recorder=HERE) as made, recorder(made):
        centre = Centre(made, World())
        await centre.listen()
        page = await centre.page()
    parts = [
        part.split("</tr>")[0] for part in page.split("<tbody>")[1].split("</tbody>")[0].split("<tr>")[1:]
    ]
    tiers = {
        name: part
        for part in parts
        for name in ("ổ đĩa", "lưu trữ", "dự phòng")
        if name in part.lower()[:160]
    }
    assert len(parts) == len(tiers) == 3, tiers.keys()
    assert "Phòng máy Ban quản lý cảng" in tiers["ổ đĩa"] and "Ban quản lý cảng cá" in tiers["ổ đĩa"]
    assert "Trung tâm dữ liệu tỉnh, Hạ Long" in tiers["lưu trữ"] and "HĐ 12/2026" in tiers["lưu trữ"]
    assert "Sở Khoa học và Công nghệ" in tiers["lưu trữ"]
    assert all(words in tiers["dự phòng"] for words in place.values())
    # None of them may lie abroad: nothing starts then, and it is said why.
    file = tmp_path / "thienly.toml"
    at_home = file.read_text()
    monkeypatch.setenv("THIENLY_DATA", str(tmp_path))
    blocks = {"r1": HERE, "archive": 'contract = "HĐ 12/2026"\n', "backup": 'contract = "HĐ 13/2026"\n'}
    for name, block in blocks.items():
        assert at_home.count(block) == 1
        file.write_text(at_home.replace(block, f'{block}country = "SG"\n'))
        for command in (["up"], ["recorder", "--name", "r1"]):
            with pytest.raises(SystemExit) as ended:
                main(command)
            words = str(ended.value)
            assert f"{name}: country = SG" in words
            assert "phải được lưu trữ tại Việt Nam" in words and "must be kept in Viet Nam" in words


@pytest.mark.req("DN-020")
async def test_the_lag_of_each_site_is_seen_and_a_backlog_after_an_outage_is_back_filled(
    tmp_path: Path, s3: S3, often: None
) -> None:
    world = World()
    async with faulty(s3.port) as line:
        block = store_block(line.endpoint, "archive", bucket())
        async with installation(tmp_path, block, recorder=HERE) as made, recorder(made):
            centre = Centre(made, world)
            await centre.listen()
            camera = await made.want(0)
            register(world, camera)
            await made.recording(camera, segments=1)
            await until(lambda: bool(made.of(SegmentCopied)), "the first copy", timeout_s=60)
            line.fault = "away"  # the line between the unit and the centre is cut
            before = len(made.of(SegmentClosed, camera))
            await made.recording(camera, segments=before + 3)
            shown = line_of(await centre.page(), "Cảng cá Đề Gi")
            assert "r1" in shown and "đang chờ" in shown and "giây" in shown, shown
            closed = len(made.of(SegmentClosed, camera))
            line.fault = ""

            def caught_up() -> bool:
                copied = {fact.segment for fact in made.of(SegmentCopied)}
                return {fact.segment for fact in made.of(SegmentClosed, camera)[:closed]} <= copied

            await until(caught_up, "the backlog is copied", timeout_s=90)
            bucket_ = await made.bus.bucket(subjects.cameras_bucket("main"))
            await bucket_.put(camera, made.desired(0, camera, record=False, revision=2).encode())
            await made.bus.withdraw_job(zone="main", camera=camera)
            await until(lambda: made.state(camera) == "stopped", "stopped", timeout_s=30)
            last = {fact.segment for fact in made.of(SegmentClosed, camera)}
            await until(
                lambda: last <= {f.segment for f in made.of(SegmentCopied)}, "all copied", timeout_s=60
            )
            await asyncio.sleep(0.5)  # heartbeats of before are over
            shown = line_of(await centre.page(), "Cảng cá Đề Gi")
            assert "đang chờ" not in shown and "giây" not in shown
    # Every second that the unit has is at the centre, those of the outage too.
    recorded = [
        bytes(row) for row in Coverage.objects.filter(camera=camera).values_list("seconds", flat=True)
    ]
    copies = TierHour.objects.filter(camera=camera, store="archive").values_list("seconds", flat=True)
    assert seconds([bytes(row) for row in copies]) == seconds(recorded) >= 8
