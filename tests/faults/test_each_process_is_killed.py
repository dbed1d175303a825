"""Twenty cameras record while recorder, gateway, steward and NATS are killed with SIGKILL, one at a time.

What was kept is read from the segment files themselves, what is told from the centre's database.
"""

import json
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import pytest

from tests.stack import CLIPS, Stack, answers, installation, wait_until
from thienly.media.mp4 import reader

pytestmark = [pytest.mark.fault, pytest.mark.timeout(280)]

CAMERAS = 20
GOP_US = 2_000_000  # of the simulated cameras
SEAM_US = 150_000  # a hole in time smaller than this is the jitter of arrival, not footage

PREPARE = """
from datetime import date
from django.core.management import call_command
call_command("migrate", verbosity=0)
from thienly.core.access.actor import Actor
from thienly.core.registry.services import create_site, register_camera
from thienly.core.units.services import create_unit
init = Actor.machine("init")
unit = create_unit(actor=init, name="Trung tâm", kind="designated", functions=["camera_manager"], parent=None,
                   valid_from=date(2025, 7, 1), document="1/QĐ")
site = create_site(actor=init, unit=unit, name="Bãi thử", kind="public_place")
for n in range({count}):
    register_camera(actor=init, site=site, code=f"TT-{{n:03}}", name=f"Thử {{n}}", sector="security",
                    url=f"rtsp://127.0.0.1:{port}/bench/{{n}}", username="camera", password="thien-ly")
"""

GAPS = """
import json
from thienly.core.recording.models import Gap
us = lambda t: round(t.timestamp() * 1e6) if t else None
print(json.dumps([[g.camera_id.hex, us(g.start), us(g.end), g.reason] for g in Gap.objects.all()]))
"""

STATES = """
from thienly.core.recording.models import CameraState
print(CameraState.objects.filter(state="recording").count())
"""

COVERED = """
import json
from thienly.core.recording.models import CameraState
known = CameraState.objects.exclude(recorded_until=None)
print(json.dumps([round(state.recorded_until.timestamp() * 1e6) for state in known]))
"""


@dataclass(frozen=True)
class Hole:
    camera: str
    start_us: int
    end_us: int


@pytest.fixture(scope="module")
def sim_port() -> Iterator[int]:
    words = [
        "--port",
        "0",
        "--count",
        str(CAMERAS),
        "--size",
        "320x180",
        "--bitrate",
        "200000",
        "--cache",
        str(CLIPS),
    ]
    process = subprocess.Popen(
        [sys.executable, "-m", "thienly", "sim", *words], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        port = 0
        for line in process.stdout:
            found = re.search(r"rtsp://[^:]+:(\d+)", line)
            port = int(found[1]) if found else port
            if line.strip() == "ready":
                break
        assert port, "the simulated cameras did not start"
        yield port
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="module")
def stack(sim_port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    data = tmp_path_factory.mktemp("installation")
    data.joinpath("thienly.toml").write_text('profile = "demo"\nsegment_s = 4\n')

    def prepare(env: dict[str, str]) -> None:
        keys = (
            "from thienly.conf import Conf; from thienly.core.setup.keyring import create_keys;"
            "create_keys(Conf.load())"
        )
        setup = "import django; django.setup()\n" + PREPARE.format(count=CAMERAS, port=sim_port)
        for code in (keys, setup):
            done = subprocess.run(
                [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False, timeout=90
            )
            assert done.returncode == 0, done.stderr

    with installation(data, prepare=prepare) as stack:
        wait_until(
            lambda: int(stack.python(STATES)) == CAMERAS, within_s=60, what="all cameras record", every_s=1
        )
        yield stack


def now_us() -> int:
    return time.time_ns() // 1000


def holes(stack: Stack) -> list[Hole]:
    """Every hole between two fragments of a camera, as the files have it."""
    found = []
    for directory in (stack.data / "footage" / "r1").iterdir():
        spans = []
        for path in sorted(directory.rglob("*.mp4")):
            media_us = int(path.stem.split("-")[1])
            segment = reader.read_segment(path)
            for fragment in segment.fragments:
                start = media_us + fragment.start * 1_000_000 // segment.timescale
                spans.append((start, start + fragment.duration * 1_000_000 // segment.timescale))
        spans.sort()
        for (_, end), (start, _) in pairwise(spans):
            if start - end > SEAM_US:
                found.append(Hole(directory.name, end, start))
    return found


def explained(stack: Stack, hole: Hole) -> str | None:
    """The reason of the gap that the centre holds for this hole."""
    for camera, start, end, reason in json.loads(stack.python(GAPS)):
        if (
            camera == hole.camera
            and start <= hole.start_us + SEAM_US
            and (end or now_us()) >= hole.end_us - SEAM_US
        ):
            return str(reason)
    return None


def caught_up(stack: Stack, moment_us: int) -> None:
    """Waits until the centre knows segments of all cameras that end after `moment_us`."""

    def known() -> bool:
        ends = json.loads(stack.python(COVERED))
        return len(ends) == CAMERAS and min(ends) > moment_us

    wait_until(known, within_s=45, what="the centre knows what was recorded since", every_s=1)


@pytest.mark.parametrize("name", ["gateway", "steward", "transcoder", "nats"])
def test_recording_does_not_notice_that_another_process_is_killed(stack: Stack, name: str) -> None:
    began = now_us()
    before = stack.pids["recorder-r1"]
    stack.wait_restarted(name, stack.kill(name))
    wait_until(lambda: answers(f"{stack.base}/api/health"), within_s=30, what="the pages answer again")
    caught_up(stack, now_us() + 3_000_000)
    assert stack.pids["recorder-r1"] == before
    assert [hole for hole in holes(stack) if hole.end_us > began] == []


def test_a_killed_recorder_loses_at_most_the_open_gop_and_says_why_it_was_away(stack: Stack) -> None:
    killed = now_us()
    stack.wait_restarted("recorder-r1", stack.kill("recorder-r1"))
    caught_up(stack, now_us() + 3_000_000)
    lost = {hole.camera: hole for hole in holes(stack) if hole.end_us > killed}
    assert len(lost) == CAMERAS
    for hole in lost.values():
        # Complete fragments reach the disk at once: what is missing before the kill is the GOP that was open.
        assert hole.start_us > killed - GOP_US - 500_000
        assert explained(stack, hole) == "recorder_killed"
    wait_until(
        lambda: int(stack.python(STATES)) == CAMERAS, within_s=30, what="all cameras record again", every_s=1
    )


def test_everything_is_restarted_in_turn_without_losing_anything(stack: Stack) -> None:
    began, before = now_us(), stack.pids
    known = json.loads(stack.python(GAPS))
    done = subprocess.run(
        [sys.executable, "-m", "thienly", "restart"],
        env=stack.env,
        capture_output=True,
        text=True,
        check=False,
        timeout=150,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "recorder-r1: bàn giao liền mạch" in done.stdout
    wait_until(lambda: answers(f"{stack.base}/api/health"), within_s=30, what="the pages answer again")
    renewed = {"gateway", "steward", "transcoder", "recorder-r1"}
    wait_until(  # the supervisor writes them down once a second
        lambda: {name for name in before if stack.pids[name] != before[name]} == renewed,
        within_s=10,
        what="every process but the bus is a new one",
    )
    caught_up(stack, now_us() + 3_000_000)
    lost = [hole for hole in holes(stack) if hole.end_us > began]
    assert all(hole.end_us - hole.start_us <= GOP_US + SEAM_US for hole in lost)
    assert all(explained(stack, hole) == "handover" for hole in lost)
    assert len(json.loads(stack.python(GAPS))) == len(known) + len(lost)


def test_players_of_others_are_asked_who_they_are(stack: Stack) -> None:
    for path in (f"/hls/{'0' * 32}/live.m3u8", "/hls/", "/hls/x"):
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(stack.base + path, timeout=10)


def test_the_doctor_looks_at_a_running_installation(stack: Stack) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "thienly", "doctor", "--json"],
        env=stack.env,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    found = {line["check"]: line for line in map(json.loads, done.stdout.splitlines())}
    faults = [line for line in found.values() if line["level"] == "fault"]
    assert not faults, faults
    assert done.returncode in (0, 1)  # the machine's own clock or disk may be worth a warning
    assert {"bus.payload", "bus.lag", "recorders.heard", "processes", "port"} <= set(found)


def test_afterwards_the_history_is_whole_and_every_file_agrees_with_the_index(stack: Stack) -> None:
    for words in (["ledger", "verify"], ["fsck", "--name", "r1"]):
        done = subprocess.run(
            [sys.executable, "-m", "thienly", *words],
            env=stack.env,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert all(explained(stack, hole) for hole in holes(stack))
