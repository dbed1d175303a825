"""One demo installation and one Chromium for all browser tests.

Not for the whole session: while Playwright runs, no asyncio test can.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chromium import chromium
from tests.stack import ROOT, Stack, demo, wait_until

CAMERAS = 12
expect.set_options(timeout=15_000)
RECORDING = """
from thienly.core.recording.models import CameraState
print(CameraState.objects.filter(state="recording").count())
"""


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    amended = os.pathsep.join([str(Path(__file__).parent / "amended"), str(ROOT)])
    with demo(tmp_path_factory.mktemp("demo") / "data", PYTHONPATH=amended) as stack:
        wait_until(
            lambda: int(stack.python(RECORDING)) >= CAMERAS, within_s=60, what="all cameras record", every_s=1
        )
        yield stack


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser
