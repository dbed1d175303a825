"""The pages of quality: what is not integrated, whose clock is wrong, the service, the four indicators."""

import csv
import io
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from tests.api.world import World, client
from tests.guard import setting_the_scene
from tests.province import camera as made
from thienly.core.ledger.models import Entry
from thienly.core.quality.models import Access, ArrivalDay, LinkDay
from thienly.core.recording.models import CameraState, CoverageDay, RecorderState
from thienly.core.registry.models import Camera

pytestmark = pytest.mark.django_db


def state(camera: Camera, said: str = "recording", *, offset: int | None = 0, ever: bool = True) -> None:
    now = timezone.now()
    with setting_the_scene():
        RecorderState.objects.update_or_create(
            name="r1",
            defaults={
                "zone": "main", "started_at": now, "seen_at": now, "cameras": 1, "capacity": 400,
                "disk_free": 1, "disk_total": 2, "facts_waiting": 0,
            },
        )  # fmt: skip
        CameraState.objects.create(
            camera=camera, recorder="r1", state=said, since=now - timedelta(hours=2), reported_at=now,
            codec="h264" if ever else "", clock_offset_ms=offset,
            recorded_until=now - timedelta(minutes=1) if ever else None,
            problem="" if said == "recording" else "unreachable",
        )  # fmt: skip


def section(page: str, heading: str) -> str:
    """The card under this heading."""
    return page.split(f'id="{heading}"', 1)[1].split("</section>", 1)[0]


@pytest.mark.req("QN-020", "NB-017")
def test_the_dashboard_lists_cameras_not_integrated_and_clocks_wrong_by_more_than_two_seconds() -> None:
    world = World()
    codes = ("CA-002", "CA-003", "CA-004", "CA-005", "CA-006", "CA-007", "CA-008")
    never, refused, dark, ahead, behind, nearly, mute = (made(world.port, code) for code in codes)
    with setting_the_scene():
        secret = made(world.port, "CA-098", secret=True)
        gone = made(world.port, "CA-099", retired_at=timezone.now())
    state(world.quay)
    state(refused, "offline", offset=None, ever=False)  # tried, and never received
    state(dark, "offline", offset=None)
    state(ahead, offset=2001)
    state(behind, offset=-3_600_000)
    state(nearly, offset=2000)
    state(mute, offset=None)
    page = client(world.operator()).get("/quality/").content.decode()
    missing, clocks = section(page, "missing"), section(page, "clocks")
    for camera in (never, refused, dark, world.gate):
        assert camera.code in missing, camera.code
    for camera in (world.quay, ahead, behind, nearly, mute, secret, gone):
        assert camera.code not in missing, camera.code
    assert missing.index(never.code) < missing.index(dark.code)  # what never came stands before what went
    listed = clocks.split("<details>", 1)[0]
    assert ahead.code in listed and behind.code in listed
    assert listed.index(behind.code) < listed.index(ahead.code)
    assert nearly.code not in clocks and world.quay.code not in clocks and never.code not in clocks
    assert mute.code not in listed and mute.code in clocks  # unknown is told, and not as wrong
    # Nobody learns of cameras that he may not know.
    of_keeper = client(world.keeper()).get("/quality/").content.decode()
    assert never.code in of_keeper and world.gate.code not in of_keeper
    assert "CA-0" not in client(world.nobody()).get("/quality/").content.decode()


def covered(camera: Camera, recorded: int) -> None:
    with setting_the_scene():
        CoverageDay.objects.create(
            camera=camera, day=timezone.localdate(), as_of=timezone.now(), stale=False,
            expected=10_000, recorded=recorded, gap_network=10_000 - recorded,
        )  # fmt: skip


def asked(camera: Camera, outcome: str, *, mode: str = "live", ms: int | None = None, days: int = 0) -> None:
    with setting_the_scene():
        Access.objects.create(
            stream=uuid4().hex, camera=camera, at=timezone.now() - timedelta(days=days), mode=mode,
            outcome=outcome, picture_ms=ms,
        )  # fmt: skip


@pytest.mark.req_part("QN-066")
def test_each_system_has_its_uptime_access_and_latency_by_month_and_as_a_sheet() -> None:
    world = World()
    covered(world.quay, 9_990)
    covered(world.gate, 5_000)
    for ms in (100, 200, 300, 400):
        asked(world.quay, "given", ms=ms)
    asked(world.quay, "failed")
    asked(world.quay, "left")
    asked(world.quay, "nothing", mode="play")
    asked(world.quay, "given", mode="play", ms=900)
    asked(world.quay, "failed", days=70)  # of another month
    seer = client(world.operator())
    page = seer.get("/quality/services/").content.decode()
    assert page.index(world.miners.name) < page.index(world.board.name)  # the worst first
    assert "99,90 %" in page and "50,00 %" in page
    assert "83,33 %" in page  # 5 of 6
    rows = list(csv.reader(io.StringIO(seer.get("/quality/services/?csv=1").content.decode("utf-8-sig"))))
    assert len(rows) == 3
    port = next(row for row in rows if row[0] == world.board.name)
    assert port[1:] == ["1", "99.9", "10000", "9990", "83.33", "6", "5", "1", "200", "400", "900", "900"]
    mine = next(row for row in rows if row[0] == world.miners.name)
    assert mine[5:] == ["", "0", "0", "0", "", "", "", ""]  # nobody asked: neither good nor bad
    assert Entry.objects.get(kind="quality.exported").detail["rows"] == 2
    before = timezone.localdate() - timedelta(days=70)
    old = seer.get("/quality/services/", {"month": f"{before:%Y-%m}"}).content.decode()
    assert f"{before:%m/%Y}" in old and "99,90 %" not in old
    of_keeper = client(world.keeper()).get("/quality/services/").content.decode()
    assert world.board.name in of_keeper and world.miners.name not in of_keeper
    for month in ("2026-13", "abc", "9999-12"):
        assert seer.get("/quality/services/", {"month": month}).status_code == 200


def arrived(camera: Camera, segments: int, late: int) -> None:
    with setting_the_scene():
        ArrivalDay.objects.create(
            camera=camera, day=timezone.localdate(), recorder="r1", last_segment=segments,
            segments=segments, late=late, worst_s=10,
        )  # fmt: skip


def linked(camera: Camera, clock: int | None, *, days: int = 0) -> None:
    now = timezone.now()
    with setting_the_scene():
        LinkDay.objects.create(
            camera=camera, day=timezone.localdate() - timedelta(days=days), recorder="r1", held=now,
            start=now, until=now, received=1, lost=0, bytes=1, frames=1, media_ms=1000, declared_fps=25,
            disconnects=0, reconnects=0, jitter_windows=0, jitter_sum_us=0, jitter_worst_us=0,
            clock_worst_ms=clock,
        )  # fmt: skip


@pytest.mark.req("QN-111")
def test_four_indicators_of_each_unit_are_reckoned_shown_and_lead_to_the_cameras() -> None:
    world = World()
    silent = made(world.port, "CA-002")
    covered(world.quay, 9_000)
    arrived(world.quay, 100, 4)
    linked(world.quay, 150)
    covered(silent, 0)
    covered(world.gate, 10_000)
    arrived(world.gate, 50, 0)
    linked(world.gate, -2500)
    seer = client(world.operator())
    page = seer.get("/quality/indicators/").content.decode()
    of_board = page.split(world.board.name, 1)[1].split("</tr>", 1)[0]
    assert "96,00 %" in of_board  # timely: 96 of 100
    assert "100,00 %" in of_board  # accurate: 1 of 1 day
    assert "50,00 %" in of_board  # complete: 1 of 2 cameras
    assert "45,00 %" in of_board  # continuous: 9,000 of 20,000 s
    of_miners = page.split(world.miners.name, 1)[1].split("</tr>", 1)[0]
    assert of_miners.count("100,00 %") == 3 and "0,00 %" in of_miners.replace("100,00 %", "")
    for name in ("Kịp thời", "Chính xác", "Đầy đủ", "Liên tục"):
        assert page.count(name) >= 3, name  # in the head, in each row for small screens, and its definition
    cameras = seer.get("/quality/indicators/", {"unit": world.board.id.hex}).content.decode()
    assert "CA-001" in cameras and "CA-002" in cameras and "MO-001" not in cameras
    assert cameras.index("CA-002") < cameras.index("CA-001")  # the worst first
    sheet = seer.get("/quality/indicators/?csv=1").content.decode("utf-8-sig")
    rows = {row[0]: row[1:] for row in csv.reader(io.StringIO(sheet))}
    assert rows[world.board.name] == ["2", "96.0", "100.0", "50.0", "45.0"]
    # Who may not know the unit sees neither it nor its cameras.
    keeper = client(world.keeper())
    assert world.miners.name not in keeper.get("/quality/indicators/").content.decode()
    assert "MO-001" not in keeper.get("/quality/indicators/", {"unit": world.miners.id.hex}).content.decode()


def test_a_camera_that_does_not_tell_its_time_is_neither_accurate_nor_wrong() -> None:
    world = World()
    covered(world.quay, 10_000)
    linked(world.quay, None)
    page = client(world.keeper()).get("/quality/indicators/").content.decode()
    row = page.split(world.board.name, 1)[1].split("</tr>", 1)[0]
    accurate = row.split('data-head="Chính xác"', 1)[1].split("</td>", 1)[0]
    assert "—" in accurate and "%" not in accurate
    assert "1 ngày camera" in row
