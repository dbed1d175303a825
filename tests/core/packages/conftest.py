import pytest

from tests.core.extraction.scene import Scene
from tests.core.world import World


@pytest.fixture
def scene(world: World) -> Scene:
    return Scene.build(world)
