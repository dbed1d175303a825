"""One recorder for all tests of a module, each with cameras of its own; and what one recorder left behind."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.media.recorder.rig import Rig, recorder, rig
from thienly.bus.messages import SegmentClosed
from thienly.conf import Conf


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def made(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    """A rig with six simulated cameras and a recorder in this process that runs."""
    async with rig(tmp_path_factory.mktemp("rig"), cameras=6) as made, recorder(made) as running:
        made.running = running
        yield made


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[SegmentClosed]]:
    """What a recorder that has stopped left behind: its data directory, and at least four segments."""
    data = tmp_path_factory.mktemp("evidence")
    async with rig(data) as made:
        async with recorder(made):
            camera = await made.want(0)
            await made.recording(camera, segments=4)
        return data, made.of(SegmentClosed, camera)


@pytest.fixture
def left(once: tuple[Path, list[SegmentClosed]], tmp_path: Path) -> tuple[Conf, list[SegmentClosed]]:
    """A copy of it that a test may damage."""
    shutil.copytree(once[0], tmp_path / "data", ignore=shutil.ignore_patterns("nats"))
    return Conf(tmp_path / "data", env={}), once[1]
