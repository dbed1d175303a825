"""`thienly sim` as a process, with its control by HTTP."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.sim.client import RtspClient
from thienly.sim.command import run
from thienly.sim.process import SimProcess
from thienly.sim.spec import CameraSpec, bench_specs, load_specs

Small = Callable[..., CameraSpec]


async def test_a_process_serves_and_takes_faults(small: Small, clips: Path) -> None:
    with SimProcess([small(password="mật khẩu"), small("/b")], cache=clips) as sim:
        async with RtspClient(sim.url("/gate")) as client:
            await client.play()
            assert await client.packets(0.7)
            cameras = await asyncio.to_thread(sim.cameras)
            assert [(camera["path"], camera["viewers"]) for camera in cameras] == [("/gate", 1), ("/b", 0)]
            assert "mật" not in str(cameras)
            await asyncio.to_thread(sim.set_fault, "/gate", "drop", 60)
            with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
                await client.packets(5)
        assert [camera["fault"] for camera in sim.cameras()] == ["drop", None]
        sim.clear_fault("/gate")
        assert [camera["fault"] for camera in sim.cameras()] == [None, None]
        with pytest.raises(KeyError):
            sim.set_fault("/nowhere", "stall")
        with pytest.raises(ValueError, match="fault"):
            sim.set_fault("/gate", "earthquake")  # type: ignore[arg-type]
        port = sim.port
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)


def test_a_bad_file_is_explained_and_ends_with_two(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "cameras.yaml").write_text("- {path: /a, name: A, scene: mặt trăng}\n", encoding="utf-8")
    assert run(["--spec", str(tmp_path / "cameras.yaml"), "--port", "0"]) == 2
    assert "scene" in capsys.readouterr().err


def test_cameras_are_read_from_yaml(tmp_path: Path) -> None:
    text = "- {path: /a, name: Cầu cảng số 1, scene: quay}\n- {path: /b/2, name: B, fps: 10, gop_s: 1}\n"
    (tmp_path / "cameras.yaml").write_text(text, encoding="utf-8")
    first, second = load_specs(tmp_path / "cameras.yaml")
    assert (first.name, first.loop_frames, first.gop_frames) == ("Cầu cảng số 1", 500, 50)
    assert (second.path, second.gop_frames) == ("/b/2", 10)


def test_two_cameras_on_one_path_are_refused(tmp_path: Path) -> None:
    (tmp_path / "cameras.json").write_text('[{"path": "/a", "name": "A"}, {"path": "/a/", "name": "B"}]')
    with pytest.raises(ValueError, match="same path"):
        load_specs(tmp_path / "cameras.json")


def test_cameras_for_load_share_five_clips() -> None:
    specs = bench_specs(100, width=1920, height=1080, bitrate=4_000_000)
    assert [specs[0].path, specs[99].path] == ["/bench/0", "/bench/99"]
    assert len({(spec.name, spec.scene) for spec in specs}) == 5
