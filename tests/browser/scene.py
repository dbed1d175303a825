"""What `look` looks at: the demo province with a good part and a bad part of a day."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from tests.browser.scene_accounts import people
from tests.browser.scene_extraction import requests
from tests.browser.scene_quality import links
from tests.browser.scene_rights import beside, draft_path, review_path, rights
from tests.browser.scene_units import units
from tests.core.availability.scene import ROUND, Platform
from thienly.bus.messages import StoreNow
from thienly.conf import Conf
from thienly.core.access.actor import Actor
from thienly.core.accounts.models import Account
from thienly.core.availability.services import acknowledge
from thienly.core.cases.engine import open_case
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.pictures.models import PictureFinding, PictureState
from thienly.core.recording.assessing import assess
from thienly.core.recording.days import add_up, begin_day
from thienly.core.recording.models import CameraState, Coverage, Gap, OldestProof, RecorderState
from thienly.core.recording.outages import announce, classify_gap
from thienly.core.recording.retention_versions import note_version
from thienly.core.registry.models import Camera
from thienly.core.storage.holds import HoldFields, place_hold
from thienly.core.storage.models import DiskState
from thienly.core.storage.tiers import save_tiers
from thienly.demo.province import DEMO_PASSWORD
from thienly.demo.seed import seed_demo
from thienly.rules.problems import Problem

__all__ = ["DEMO_PASSWORD", "build"]

DARK = {
    "CC-003": (Problem.UNREACHABLE, timedelta(minutes=131)),
    "MO-002": (Problem.AUTH_FAILED, timedelta(minutes=14)),
}
SILENT = "MC-001"
COVERED = "CC-002"
BREAK = (timedelta(hours=31, minutes=20), timedelta(hours=30, minutes=10))  # before now; in every camera


DISKS: dict[str, dict[str, Any]] = {
    "/mnt/a": {"free": 10**11, "floor_days": 4.2, "encrypted": True, "encryption": "dm-0: dm-crypt"},
    "/mnt/b": {"free": 0, "problem": "store_failed", "detail": "EIO"},
    "/mnt/c": {
        "free": 10**12,
        "must_encrypt": True,
        "encrypted": False,
        "encryption": "sdb is not encrypted",
    },
}


def build() -> list[tuple[str, str, str]]:
    """Seeds the installation of the environment; the pages to look at: name, user name, path."""
    seed_demo(conf=Conf.load(), sim_host="127.0.0.1", sim_port=8554)
    now = timezone.now()
    RecorderState.objects.create(
        name="r1",
        zone="main",
        started_at=now,
        seen_at=now + timedelta(days=2),
        cameras=11,
        capacity=400,
        disk_free=10**12,
        disk_total=2 * 10**12,
        facts_waiting=0,
        clock_synced=False,
    )
    _places(now)
    Camera.objects.update(created_at=now - timedelta(days=3))
    for camera in Camera.objects.exclude(code=SILENT):
        _record(camera, now)
    keeper = Actor.person(Account.objects.get(username="cangca"), address="10.1.2.3", network_zone="Cảng cá")
    broken = Camera.objects.get(code="CC-003")
    title, note = "Mất hình sau dông, tủ điện trên cột bị ngắt", "Đã gọi điện lực, hẹn 16 giờ."
    case = open_case(actor=keeper, kind="camera_fault", camera=broken, title=title, note=note)
    fields = HoldFields(
        start=now - timedelta(hours=30),
        end=now - timedelta(hours=28),
        purpose="Va chạm tại cổng Đông, Công an xác minh",
        basis="123/CV-CAT ngày 17/11/2026",
        until=now + timedelta(days=90),
    )
    place_hold(actor=keeper, camera=broken, fields=fields)
    place_hold(actor=keeper, camera=broken, fields=replace(fields, until=now + timedelta(days=4)))
    for disk, values in DISKS.items():
        DiskState.objects.create(recorder="r1", disk=disk, seen_at=now, total=4 * 10**12, **values)
    _continuity(keeper, broken, now)
    _platform(now)
    links(now, broken=broken.code)
    rights(now)
    return [
        *_pages(broken.id.hex, case.id.hex),
        *people(now),
        *requests(now),
        *units(now),
        *beside(now),
    ]


def _continuity(keeper: Actor, broken: Camera, now: datetime) -> None:
    """Three days added up, an outage announced and one explained, an assessment, a broken promise."""
    for day in range(-3, 1):
        moment = now + timedelta(days=day)
        begin_day(now=moment)
    while add_up(now=now):
        pass
    soon = now + timedelta(days=2)
    announce(
        actor=keeper,
        site=broken.site,
        start=soon,
        end=soon + timedelta(hours=3),
        reason="Thay tủ điện trên cột, cắt điện cả điểm",
        document="12/TB-BQL ngày 20/11/2026",
        now=now,
    )
    classify_gap(
        actor=keeper, gap_id=f"{broken.code}-0", cls="power", note="Điện lực cắt điện sửa đường dây", now=now
    )
    inspector = Actor.person(Account.objects.get(username="trucban"))
    today = timezone.localdate(now)
    assess(
        actor=inspector,
        camera=broken,
        first=today - timedelta(days=2),
        last=today,
        instruction="Công văn 77/UBND-NC ngày 20/11/2026",
        now=now,
    )
    OldestProof.objects.create(
        camera=broken,
        asked_at=now,
        proven_at=now,
        recorder="r1",
        oldest=now - timedelta(hours=30),
        floor_days=7,
        violation="missing",
        since=now - timedelta(hours=5),
    )


def _places(now: datetime) -> None:
    """Where recorder r1 keeps recordings: its disk, an archive that is behind, a backup."""
    us = int(now.timestamp() * 1e6)
    archive = StoreNow(
        store="luu-tru",
        location="Trung tâm dữ liệu tỉnh, Hạ Long",
        provider="Sở Khoa học và Công nghệ",
        encrypted=True,
        waiting=412,
        waiting_bytes=12 * 10**9,
        oldest_us=us - 30 * 3_600_000_000,
        copied_us=us - 29 * 3_600_000_000,
        trouble="copies_away",
    )
    backup = StoreNow(
        store="du-phong",
        purpose="backup",
        location="Hòa Lạc, Hà Nội",
        provider="Tập đoàn Viễn thông",
        contract="HĐ 12/2026/HĐ-VT",
        encrypted=True,
        test_days=30,
        copied_us=us - 60_000_000,
    )
    disk = StoreNow(
        store="", kind="disk", purpose="disk", location="Phòng máy cảng", provider="Ban quản lý cảng"
    )
    save_tiers("r1", [disk, archive, backup], now + timedelta(days=2))


def _platform(now: datetime) -> None:
    """The pages were away for three minutes, acknowledged since; a recorder is away now; rules on keeping."""
    platform = Platform(now=now - timedelta(hours=1))
    platform.began_at = platform.hears_since = platform.now
    platform.run(ROUND * 2, recorder=False)
    platform.run(timedelta(minutes=3), recorder=False, gateway=False, step=2 * ROUND)
    platform.run(ROUND * 2, recorder=False)
    admin = Actor.person(Account.objects.get(username="quantri"))
    lost = Entry.objects.filter(kind=Kind.SERVICE_LOST).order_by("seq")[0]
    acknowledge(actor=admin, outage=lost.detail["outage"], note="Đã khởi động lại máy chủ trang", now=now)
    platform.run(timedelta(minutes=1), gateway=False, recorder=False)
    note_version(Conf.load(), now=now)


def _pictures(now: datetime) -> str:
    """A camera that is covered and was blurred, the others well; the id of the first."""
    for camera in Camera.objects.filter(state__state="recording"):
        PictureState.objects.create(
            camera=camera,
            recorder="r1",
            checked_at=now - timedelta(seconds=50),
            known=True,
            measures={"luma": 141, "contrast": 44, "texture": 0.9, "same": 0.96, "sharp": 1.02},
        )
    covered = Camera.objects.get(code=COVERED)
    bad = {"luma": 35, "contrast": 14, "texture": 0.06, "same": 0.02, "lost": 0.94, "sharp": 0.21}
    PictureState.objects.filter(camera=covered).update(measures=bad | {"most_moving": 238})
    for number, (problem, before, lasted) in enumerate((("blurred", 1600, 90), ("covered", 73, 0))):
        start = now - timedelta(minutes=before)
        PictureFinding.objects.create(
            finding=f"finding-{number}",
            camera=covered,
            recorder="r1",
            problem=problem,
            start=start,
            end=start + timedelta(minutes=lasted) if lasted else None,
            judged_at=start + timedelta(minutes=2),
            good_at=start - timedelta(minutes=1),
            measures=bad,
            ended="good" if lasted else "",
        )
    return covered.id.hex


def _record(camera: Camera, now: datetime) -> None:
    problem, lasting = DARK.get(camera.code, (None, timedelta(hours=30)))
    CameraState.objects.create(
        camera=camera,
        recorder="r1",
        state="offline" if problem else "recording",
        since=now - lasting,
        reported_at=now,
        problem=problem or "",
        codec="avc1.640028",
        width=1920,
        height=1080,
        fps=25,
        bitrate=4_100_000,
        clock_offset_ms=40 if camera.code.endswith("1") else -3400,
        recorded_until=now - timedelta(seconds=40),
    )
    holes = [(now - BREAK[0], now - BREAK[1], Problem.CLOSED)]
    if problem:
        holes.append((now - lasting, None, problem))
    for number, (start, end, reason) in enumerate(holes):
        Gap.objects.create(
            gap=f"{camera.code}-{number}",
            camera=camera,
            recorder="r1",
            start=start,
            end=end,
            reason=reason,
            known_at=now,
        )
    hour = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=40)
    while hour < now:
        bits = bytearray(450)
        for second in range(3600):
            at = hour + timedelta(seconds=second)
            if at < now and not any(start <= at < (end or now) for start, end, _ in holes):
                bits[second // 8] |= 1 << (second % 8)
        Coverage.objects.create(camera=camera, recorder="r1", hour=hour, seconds=bytes(bits))
        hour += timedelta(hours=1)


def _pages(broken: str, case: str) -> list[tuple[str, str, str]]:
    quay = Camera.objects.get(code="CC-001").id.hex
    mine = Camera.objects.get(code="MO-001").id.hex
    at = Camera.objects.get(code="CC-001").site_id.hex
    person = Account.objects.get(username="cangca").id.hex
    covered = _pictures(timezone.now())
    return [
        ("signin", "", "/signin/"),
        ("regulation-head", "trucban", "/regulation/BDP/"),
        ("regulation-text", "trucban", "/regulation/QN/#Đ6.1"),
        ("regulations", "quantri", "/regulation/"),
        ("regulation-open", "quantri", "/regulation/QN/"),
        ("regulation-changes", "quantri", "/regulation/QN/changes/"),
        ("regulation-propose", "quantri", "/regulation/propose/"),
        ("regulation-draft", "quantri", draft_path()),
        ("reviews", "quantri", "/reviews/"),
        ("review", "truongso", review_path()),
        ("seeing", "quantri", "/reviews/seeing/"),
        ("home", "trucban", "/"),
        ("wall", "trucban", "/wall/?size=9"),
        ("cameras", "trucban", "/cameras/"),
        ("camera", "trucban", f"/cameras/{quay}/"),
        ("camera-yesterday", "trucban", f"/cameras/{quay}/?day={timezone.localdate() - timedelta(days=1)}"),
        ("camera-dark", "trucban", f"/cameras/{broken}/"),
        ("picture", "trucban", f"/cameras/{covered}/picture/"),
        ("picture-keeper", "cangca", f"/cameras/{covered}/picture/"),
        ("picture-good", "cangca", f"/cameras/{quay}/picture/"),
        ("camera-covered", "cangca", f"/cameras/{covered}/"),
        ("together", "trucban", f"/together/?cameras={quay},{mine},{broken}"),
        ("together-choose", "trucban", "/together/"),
        ("missing", "trucban", "/cameras/" + "0" * 32 + "/"),
        ("forbidden", "trucban", f"/cameras/{quay}/edit/"),
        ("empty", "trucban", "/cameras/?q=khong-co"),
        ("home-keeper", "cangca", "/"),
        ("form", "cangca", f"/cameras/{quay}/edit/"),
        ("add", "cangca", "/cameras/new/"),
        ("channels", "cangca", "/cameras/channels/"),
        ("outside", "cangca", f"/cameras/{mine}/"),
        ("continuity", "trucban", "/continuity/"),
        ("continuity-camera", "cangca", f"/continuity/{broken}/"),
        ("continuity-assessor", "trucban", f"/continuity/{broken}/"),
        ("continuity-site", "trucban", f"/continuity/sites/{at}/"),
        ("keeping", "trucban", "/continuity/keeping/"),
        ("availability", "quantri", "/availability/"),
        ("quality", "trucban", "/quality/"),
        ("quality-services", "trucban", "/quality/services/"),
        ("quality-indicators", "trucban", "/quality/indicators/"),
        ("camera-tests", "cangca", f"/cameras/{broken}/#link"),
        ("faults", "cangca", "/faults/"),
        ("fault", "cangca", f"/faults/{case}/"),
        ("report", "cangca", f"/cameras/{quay}/fault/"),
        ("holds", "cangca", "/holds/"),
        ("hold-place", "cangca", f"/cameras/{quay}/hold/"),
        ("home-admin", "quantri", "/"),
        ("people", "quantri", "/people/"),
        ("person", "quantri", f"/people/{person}/"),
        ("person-add", "quantri", "/people/new/"),
        ("history", "quantri", "/history/"),
        ("history-inspector", "thanhtra", "/history/?document=UBND"),
        ("history-nothing", "thanhtra", "/history/?q=khong-co"),
        ("storage", "quantri", "/storage/"),
        ("storage-restore", "quantri", "/storage/restore/"),
        ("camera-why", "quantri", f"/cameras/{quay}/"),
        ("wall-refused", "quantri", "/wall/"),
        ("me", "trucban", "/me/"),
        ("second-step", "trucban", "/me/second-step/"),
        ("security-key", "trucban", "/me/second-step/webauthn/add/"),
        ("acknowledge", "trucban", "/me/responsibility/"),
        ("acknowledged", "quantri", "/people/acknowledged/"),
        ("keys", "quantri", "/keys/"),
        ("why", "trucban", f"/why/?camera={mine}"),
        ("why-refused", "trucban", f"/why/?camera={mine}&action=config.device"),
        ("why-draft", "quantri", "/why/draft/"),
    ]
