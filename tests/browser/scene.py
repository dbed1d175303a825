"""What `look` looks at: the demo province with a good part and a bad part of a day."""

from datetime import datetime, timedelta

from django.utils import timezone

from thienly.conf import Conf
from thienly.core.access.actor import Actor
from thienly.core.accounts.models import Account
from thienly.core.cases.engine import open_case
from thienly.core.recording.models import CameraState, Coverage, Gap, RecorderState
from thienly.core.registry.models import Camera
from thienly.demo.province import DEMO_PASSWORD
from thienly.demo.seed import seed_demo
from thienly.rules.problems import Problem

__all__ = ["DEMO_PASSWORD", "build"]

DARK = {
    "CC-003": (Problem.UNREACHABLE, timedelta(minutes=131)),
    "MO-002": (Problem.AUTH_FAILED, timedelta(minutes=14)),
}
SILENT = "MC-001"
BREAK = (timedelta(hours=31, minutes=20), timedelta(hours=30, minutes=10))  # before now; in every camera


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
    Camera.objects.update(created_at=now - timedelta(days=3))
    for camera in Camera.objects.exclude(code=SILENT):
        _record(camera, now)
    keeper = Actor.person(Account.objects.get(username="cangca"), address="10.1.2.3", network_zone="Cảng cá")
    broken = Camera.objects.get(code="CC-003")
    title, note = "Mất hình sau dông, tủ điện trên cột bị ngắt", "Đã gọi điện lực, hẹn 16 giờ."
    case = open_case(actor=keeper, kind="camera_fault", camera=broken, title=title, note=note)
    return _pages(broken.id.hex, case.id.hex)


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
    person = Account.objects.get(username="cangca").id.hex
    return [
        ("signin", "", "/signin/"),
        ("home", "trucban", "/"),
        ("wall", "trucban", "/wall/?size=9"),
        ("cameras", "trucban", "/cameras/"),
        ("camera", "trucban", f"/cameras/{quay}/"),
        ("camera-yesterday", "trucban", f"/cameras/{quay}/?day={timezone.localdate() - timedelta(days=1)}"),
        ("camera-dark", "trucban", f"/cameras/{broken}/"),
        ("missing", "trucban", "/cameras/" + "0" * 32 + "/"),
        ("forbidden", "trucban", f"/cameras/{quay}/edit/"),
        ("empty", "trucban", "/cameras/?q=khong-co"),
        ("home-keeper", "cangca", "/"),
        ("form", "cangca", f"/cameras/{quay}/edit/"),
        ("add", "cangca", "/cameras/new/"),
        ("outside", "cangca", f"/cameras/{mine}/"),
        ("faults", "cangca", "/faults/"),
        ("fault", "cangca", f"/faults/{case}/"),
        ("report", "cangca", f"/cameras/{quay}/fault/"),
        ("home-admin", "quantri", "/"),
        ("people", "quantri", "/people/"),
        ("person", "quantri", f"/people/{person}/"),
        ("person-add", "quantri", "/people/new/"),
        ("history", "quantri", "/history/"),
        ("camera-why", "quantri", f"/cameras/{quay}/"),
        ("wall-refused", "quantri", "/wall/"),
        ("me", "trucban", "/me/"),
        ("second-step", "trucban", "/me/second-step/"),
    ]
