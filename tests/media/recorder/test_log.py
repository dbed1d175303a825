"""The recorder's log holds no secret, not even when a source breaks while it has the password in its
hands."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import structlog

from tests.media.recorder.rig import PASSWORD, recorder_process, rig, until
from thienly import logs
from thienly.bus.messages import CameraStatus, DesiredCamera
from thienly.media.frames import FrameSink
from thienly.media.link import LinkMeter
from thienly.media.recorder.main import Recorder
from thienly.rules.problems import Problem


async def broken(
    camera: DesiredCamera,
    password: str,
    sink: FrameSink,
    live: Callable[[], bool],
    meter: LinkMeter | None = None,
) -> None:
    assert password == PASSWORD
    raise RuntimeError("a bug")


async def test_a_source_that_breaks_costs_its_camera_a_problem_and_shows_no_password(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with rig(tmp_path) as made:
        logs.configure()
        try:
            async with Recorder(made.conf, "r1", source=broken):
                camera = await made.want(0)
                await until(lambda: made.state(camera) == "offline", "offline")
                status = made.of(CameraStatus, camera)[-1]
        finally:
            structlog.reset_defaults()
        assert (status.problem, status.detail) == (Problem.PROTOCOL, "RuntimeError")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines() if line.startswith("{")]
    (failure,) = [line for line in lines if line["event"] == "source_failed"]
    assert failure["exception"][0]["exc_value"] == "a bug"
    assert PASSWORD not in json.dumps(lines, ensure_ascii=False)


async def test_the_log_is_json_lines_without_secrets(tmp_path: Path) -> None:
    async with rig(tmp_path) as made:
        with recorder_process(made) as process:
            camera = await made.want(0)
            await made.recording(camera)
            await process.terminate()
        lines = [json.loads(line) for line in process.log.read_text().splitlines()]
        assert {"recorder_started", "bus_reached", "camera_taken", "recorder_stopped"} <= {
            line["event"] for line in lines
        }
        text = process.log.read_text()
        nats_password = json.loads(made.conf.nats_login.read_text())["password"]
        assert PASSWORD not in text and nats_password not in text
