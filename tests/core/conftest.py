import pytest

from tests.core.world import World


@pytest.fixture
def world(db: None) -> World:
    return World.build()
