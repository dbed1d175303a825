from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.steward.house import House, house


@pytest.fixture
def home(tmp_path: Path, transactional_db: None) -> Iterator[House]:
    """An installation whose rows other processes see."""
    with house(tmp_path / "data") as home:
        yield home
