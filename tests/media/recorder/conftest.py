"""One recorder for all tests of a module; each test brings cameras of its own."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.media.recorder.rig import Rig, recorder, rig


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def made(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    """A rig with six simulated cameras and a recorder in this process that runs."""
    async with rig(tmp_path_factory.mktemp("rig"), cameras=6) as made, recorder(made) as running:
        made.running = running
        yield made
