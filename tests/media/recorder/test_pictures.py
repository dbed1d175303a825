"""A recorder tells that a camera is covered, dark or turned, and that it is well again."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.media.recorder.rig import Rig, recorder, rig, until
from thienly.bus.messages import CameraStatus, Gap, PictureJudged, PictureWish
from thienly.media.clock import wall_us
from thienly.media.index import pictures
from thienly.media.index.writer import INDEX_FILE, open_reader
from thienly.media.recorder.main import Recorder
from thienly.rules.picture import PictureProblem
from thienly.sim.spec import CameraSpec, SceneName

PATIENCE_S = 150.0
"""Measuring runs behind everything else on the machine, other tests too."""
CHECKS = "[pictures]\nevery_s = 0.3\nbusy_load = 10000\n"


def spec(number: int, scene: SceneName) -> CameraSpec:
    return CameraSpec(
        path=f"/camera/{number}",
        name=f"Máy quay {number + 1}",
        scene=scene,
        width=320,
        height=180,
        fps=10,
        bitrate=250_000,
        gop_s=0.5,
        loop_s=2.0,
        audio=False,
    )


@asynccontextmanager
async def checking(tmp_path: Path, *scenes: SceneName, checks: str = CHECKS) -> AsyncIterator[Rig]:
    async with rig(tmp_path, cameras=[spec(number, scene) for number, scene in enumerate(scenes)]) as made:
        with (made.conf.data / "thienly.toml").open("a") as toml:
            toml.write(checks)
        yield made


async def known(running: Recorder, *cameras: str) -> None:
    """Until what each camera usually shows is known."""

    def every() -> bool:
        pictures = [running.roster.cameras[c].picture for c in cameras if c in running.roster.cameras]
        return len(pictures) == len(cameras) and all(p is not None and p.known for p in pictures)

    await until(every, "the usual view is known", timeout_s=PATIENCE_S)


def judged(made: Rig, camera: str) -> list[tuple[PictureProblem, str]]:
    """What was told of it: the problem, and how it ended ("" opens)."""
    return [(fact.problem, fact.ended) for fact in made.of(PictureJudged, camera)]


async def told(made: Rig, camera: str, *what: tuple[PictureProblem, str]) -> None:
    await until(lambda: judged(made, camera) == list(what), f"{what}", timeout_s=PATIENCE_S)


@pytest.mark.timeout(600)
async def test_a_covered_and_a_dark_camera_are_told_and_their_neighbour_is_not(tmp_path: Path) -> None:
    scenes: tuple[SceneName, ...] = ("one_stop", "street", "mine_gate", "one_stop")
    async with checking(tmp_path, *scenes) as made, recorder(made) as running:
        wish = PictureWish(hours="always")
        never = PictureWish(hours="Mon 00:00-00:01" if time.gmtime().tm_wday else "Thu 00:00-00:01")
        covered = await made.want(0, picture=wish)
        dark = await made.want(1, picture=wish)
        well = await made.want(2, picture=wish)
        at_night = await made.want(3, picture=never)
        await known(running, covered, dark, well, at_night)
        before = wall_us()
        await made.sim.set_fault("/camera/0", "covered")
        await made.sim.set_fault("/camera/1", "black")
        await made.sim.set_fault("/camera/3", "black")
        await told(made, covered, (PictureProblem.COVERED, ""))
        await told(made, dark, (PictureProblem.DARK, ""))
        (opened,) = made.of(PictureJudged, covered)
        assert opened.end_us is None and opened.recorder == "r1"
        # The first bad picture, the one by which it was judged, the last good one: moments of the recording.
        # (When a picture came is known to a second on a machine that is late.)
        assert before - 1_000_000 < opened.start_us < opened.at_us <= wall_us()
        assert before - 30_000_000 < opened.good_us < opened.start_us
        assert opened.measures.lost and opened.measures.lost > 0.5

        await made.sim.clear_fault("/camera/0")
        await told(made, covered, (PictureProblem.COVERED, ""), (PictureProblem.COVERED, "good"))
        ended = made.of(PictureJudged, covered)[1]
        assert ended.finding == opened.finding and ended.end_us and ended.end_us > opened.at_us
        assert ended.measures == opened.measures
        # Its neighbour, and the one that may be dark at this hour; nobody lost a second by it.
        assert judged(made, well) == judged(made, at_night) == []
        assert not any(gap.end_us for camera in (covered, dark, well) for gap in made.of(Gap, camera)[1:])
        assert running._numbers.count["pictures_checked"] > 20


@pytest.mark.timeout(600)
async def test_what_a_person_calls_normal_is_learnt_anew_and_a_restart_forgets_nothing(
    tmp_path: Path,
) -> None:
    async with checking(tmp_path, "one_stop") as made:
        opened = (PictureProblem.MOVED, "")
        async with recorder(made) as running:
            camera = await made.want(0, picture=PictureWish(hours="always"))
            await known(running, camera)
            await made.sim.set_fault("/camera/0", "moved")
            await told(made, camera, opened)
        # Started again: the finding is the same one, and still open.
        async with recorder(made) as again:
            await known(again, camera)
            assert judged(made, camera) == [opened]
            now = wall_us()
            await made.want(0, camera=camera, job=False, picture=PictureWish(hours="always", accepted_us=now))
            await told(made, camera, opened, (PictureProblem.MOVED, "accepted"))
            await until(
                lambda: learnt(again, camera, after_us=now), "the new view is known", timeout_s=PATIENCE_S
            )
            # Now the old view is the strange one.
            await made.sim.clear_fault("/camera/0")
            await told(made, camera, opened, (PictureProblem.MOVED, "accepted"), opened)
            # No longer checked: the finding ends, and nothing is kept of the view.
            await made.want(0, camera=camera, job=False, picture=None)
            await until(
                lambda: judged(made, camera)[-1] == (PictureProblem.MOVED, "off"), "off", timeout_s=PATIENCE_S
            )
            await again.index.run(lambda db: None)
            db = open_reader(made.conf.recorder_dir("r1") / INDEX_FILE)
            assert pictures.looks(db, camera) == {} and pictures.course(db, camera) is None
            db.close()


def learnt(running: Recorder, camera: str, *, after_us: int) -> bool:
    picture = running.roster.cameras[camera].picture
    return picture is not None and picture.known and picture.at_us > after_us


async def test_a_busy_machine_leaves_checks_out_and_says_so(tmp_path: Path) -> None:
    busy = "[pictures]\nevery_s = 0.1\nbusy_load = 0.000001\n"
    async with checking(tmp_path, "one_stop", checks=busy) as made, recorder(made) as running:
        camera = await made.want(0, picture=PictureWish())
        await made.recording(camera)
        await until(lambda: running._numbers.count["pictures_skipped"] > 2, "skipped")
        assert running._numbers.count["pictures_checked"] == 0 and running.checker.worker.pid is None
        assert running._alive().numbers["pictures_skipped"] > 2


async def test_pictures_are_not_checked_where_nobody_asks_for_it(tmp_path: Path) -> None:
    for checks in ("[pictures]\nevery_s = 0\n", CHECKS):
        data = tmp_path / str(len(checks))
        async with checking(data, "one_stop", checks=checks) as made, recorder(made) as running:
            camera = await made.want(0, picture=None if checks == CHECKS else PictureWish())
            await made.recording(camera, segments=2)
            assert running.checker.worker.pid is None and running.roster.cameras[camera].picture is None
            assert all(status.picture is None for status in made.of(CameraStatus, camera))
