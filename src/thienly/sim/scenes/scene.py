"""A scene: a painted backdrop, actors laid over it in order, and a rhythm of the water if there is any."""

from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

from thienly.sim.scenes.stage import Stage
from thienly.sim.scenes.yuv import Frame, Sprite, frame_from_image

Placed = tuple[Sprite, float, float] | None
Actor = Callable[[float], Placed]
"""Where and how an actor shows at a loop position in seconds: sprite and its upper left corner on the stage.

An actor must come back to its beginning at the end of the loop."""
Effect = Callable[[Frame, float], None]


@dataclass(frozen=True)
class Scene:
    backdrop: Image.Image
    actors: list[Actor]  # from far to near
    before: Effect | None = None  # on the backdrop, under the actors
    noise: int = 2  # of the sensor, luma steps


class Performance:
    """Draws the frames of a scene one after another."""

    def __init__(self, scene: Scene, stage: Stage) -> None:
        self._scene, self._stage = scene, stage
        self._backdrop = frame_from_image(scene.backdrop)

    def draw(self, frame: Frame, position_s: float) -> None:
        frame.copy_from(self._backdrop)
        if self._scene.before:
            self._scene.before(frame, position_s)
        for actor in self._scene.actors:
            if placed := actor(position_s):
                sprite, x, y = placed
                sprite.lay(frame, *self._stage.pixel(x, y))


def crossing(
    sprites: list[Sprite],
    *,
    start: tuple[float, float],
    end: tuple[float, float],
    leaves_s: float,
    takes_s: float,
    loop_s: float,
    steps_per_s: float = 0,
    bounce: float = 0,
) -> Actor:
    """An actor that goes once a loop from `start` to `end` (stage units); sprites are the steps of a gait."""

    def at(position_s: float) -> Placed:
        since = (position_s - leaves_s) % loop_s
        if since >= takes_s:
            return None
        share = since / takes_s
        step = int(since * steps_per_s)
        x = start[0] + (end[0] - start[0]) * share
        y = start[1] + (end[1] - start[1]) * share - bounce * (step % 2)
        return sprites[step % len(sprites)], x, y

    return at


def fixed(sprite: Sprite, x: float, y: float) -> Actor:
    """A piece of the foreground."""
    return lambda _: (sprite, x, y)


def standing(sprites: list[Sprite], x: float, y: float, *, changes_s: float = 1.0, offset: int = 0) -> Actor:
    """An actor in one place that shows its sprites in turn."""
    return lambda position_s: (sprites[(int(position_s / changes_s) + offset) % len(sprites)], x, y)
