"""Five places, painted: each is recognisable at the size of a tile."""

from collections.abc import Callable

from thienly.sim.scenes import mine_gate, night_yard, one_stop, quay, street
from thienly.sim.scenes.scene import Scene
from thienly.sim.scenes.stage import Stage
from thienly.sim.spec import SceneName

_BUILDERS: dict[SceneName, Callable[[Stage], Scene]] = {
    "mine_gate": mine_gate.build,
    "quay": quay.build,
    "one_stop": one_stop.build,
    "street": street.build,
    "night_yard": night_yard.build,
}


def build_scene(name: SceneName, stage: Stage) -> Scene:
    return _BUILDERS[name](stage)
