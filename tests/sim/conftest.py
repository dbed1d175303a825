"""Small pictures and short loops, rendered once for all tests of a run."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from thienly.sim.spec import CameraSpec


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clips")


@pytest.fixture
def small() -> Callable[..., CameraSpec]:
    """A camera of 320 × 180 that loops in two seconds, five GOPs."""

    def make(path: str = "/gate", **changes: Any) -> CameraSpec:
        facts = {"name": "Cổng mỏ Suối Tre", "width": 320, "height": 180, "bitrate": 400_000}
        return CameraSpec(path=path, **{**facts, "loop_s": 2.0, "gop_s": 0.4, **changes})

    return make
