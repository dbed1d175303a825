"""Simulated cameras by UDP and encrypted, recorded by the real client."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.media.camera.sinks import Frames
from thienly.media.frames import SourceError
from thienly.media.rtsp import record_stream
from thienly.media.sources.origin import Origin
from thienly.media.trust import Trust
from thienly.rules.problems import Problem
from thienly.sim.certificate import self_signed
from thienly.sim.server import SimServer
from thienly.sim.spec import CameraSpec

SPEC = CameraSpec(
    path="/cam", name="Máy", width=160, height=90, fps=10, bitrate=60_000, gop_s=0.5, loop_s=2.0, audio=False
)


async def record(origin: Origin, frames: Frames, until: Callable[[], bool]) -> None:
    async with asyncio.timeout(40):
        task = asyncio.create_task(record_stream(origin, frames))
        while not until() and not task.done():  # noqa: ASYNC110 - any condition of a test
            await asyncio.sleep(0.05)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            return


async def test_a_simulated_camera_sends_by_udp(tmp_path: Path) -> None:
    frames = Frames()
    async with SimServer([SPEC], cache=tmp_path) as sim:
        origin = Origin(sim.url("/cam"), allow_local=True, transport="udp")
        await record(origin, frames, lambda: len(frames.video) > 20 and bool(frames.clocks))
    assert frames.video[0][1]
    assert frames.clocks, "sender reports come too"


async def test_a_simulated_camera_that_only_sends_by_udp_refuses_tcp(tmp_path: Path) -> None:
    spec = SPEC.model_copy(update={"transports": ("udp",)})
    async with SimServer([spec], cache=tmp_path) as sim:
        with pytest.raises(SourceError) as caught:
            await record(Origin(sim.url("/cam"), allow_local=True), Frames(), lambda: False)
        assert caught.value.problem is Problem.TRANSPORT_REFUSED
        frames = Frames()
        origin = Origin(sim.url("/cam"), allow_local=True, transport="auto")
        await record(origin, frames, lambda: len(frames.video) > 5)
    assert len(frames.video) > 5


async def test_a_simulated_camera_shows_a_certificate(tmp_path: Path) -> None:
    tls, fingerprint = self_signed()
    frames = Frames()
    async with SimServer([SPEC], cache=tmp_path, tls=tls) as sim:
        assert sim.url("/cam").startswith("rtsps://")
        with pytest.raises(SourceError) as caught:
            await record(Origin(sim.url("/cam"), allow_local=True), Frames(), lambda: False)
        assert caught.value.problem is Problem.CERTIFICATE_UNTRUSTED
        origin = Origin(sim.url("/cam"), allow_local=True, trust=Trust(fingerprint))
        await record(origin, frames, lambda: len(frames.video) > 20)
    assert frames.lost == 0
