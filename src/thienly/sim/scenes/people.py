"""Figures seen from a few metres above, 100 stage units high before scaling."""

import math

from thienly.sim.scenes.stage import Brush, Stage
from thienly.sim.scenes.yuv import Sprite

SKIN, HAIR = "#c89a78", "#26201e"
GAIT = 6


def walker(
    stage: Stage, *, height: float, shirt: str, trousers: str, hat: str = "", flip: bool = False
) -> list[Sprite]:
    """The steps of a walk, seen from the side, facing right unless flipped."""
    return [
        _step(stage, height=height, shirt=shirt, trousers=trousers, hat=hat, phase=phase / GAIT).sprite(
            flip=flip
        )
        for phase in range(GAIT)
    ]


def _step(stage: Stage, *, height: float, shirt: str, trousers: str, hat: str, phase: float) -> Brush:
    brush = stage.piece(70, 112, scale=height / 100)
    swing = math.sin(phase * 2 * math.pi)
    brush.glow(35, 104, 22, 4, (0, 0, 0, 110), 3)
    for side in (-1, 1):
        knee, foot = 35 + side * swing * 7, 35 + side * swing * 14
        lift = max(0.0, side * math.cos(phase * 2 * math.pi)) * 5
        brush.line([(35, 58), (knee, 80), (foot, 102 - lift)], trousers, 9)
        brush.line([(foot - 2, 103 - lift), (foot + 7, 103 - lift)], "#2a2523", 4)
    brush.line([(34, 34), (34 - swing * 9, 48), (34 - swing * 12, 60)], SKIN, 5.5)
    brush.rect(26, 28, 44, 62, shirt, 7)
    brush.line([(36, 34), (36 + swing * 9, 48), (38 + swing * 13, 59)], shirt, 7)
    brush.disc(38 + swing * 13, 60, 3.2, SKIN)
    _head(brush, 36, 18, hat)
    return brush


def _head(brush: Brush, x: float, y: float, hat: str) -> None:
    brush.disc(x, y, 9, HAIR)
    brush.ellipse(x - 5, y - 6, x + 9, y + 9, SKIN)
    brush.ellipse(x - 9, y - 9, x + 7, y - 1, HAIR)
    if hat == "cone":
        brush.poly([(x - 19, y + 1), (x, y - 17), (x + 19, y + 1)], "#e6d7a8")
        brush.poly([(x - 19, y + 1), (x, y - 17), (x - 3, y + 1)], "#cdbb86")
    elif hat:
        brush.ellipse(x - 10, y - 12, x + 10, y + 4, hat)
        brush.rect(x - 10, y - 4, x + 13, y - 1, hat)


def bust(
    stage: Stage, *, height: float, shirt: str, seen_from: str, lean: float = 0, hair: str = HAIR
) -> Sprite:
    """Head and shoulders, from the `front` or the `back`; 60 × 70 units when `height` is 100."""
    brush = stage.piece(60, 70, scale=height / 100)
    brush.rect(10, 34, 50, 80, shirt, 12)
    brush.rect(25 + lean / 2, 24, 35 + lean / 2, 38, SKIN, 4)
    brush.disc(30 + lean, 18, 13, hair)
    if seen_from == "front":
        brush.ellipse(20 + lean, 8, 40 + lean, 33, SKIN)
        brush.ellipse(18 + lean, 4, 42 + lean, 15, hair)
        brush.poly([(24, 34), (36, 34), (30, 44)], "#f3f3ee")
    return brush.sprite()


def back(
    stage: Stage, *, height: float, shirt: str, trousers: str, hair: str = HAIR, sway: float = 0
) -> Sprite:
    """Somebody who stands with the back to the camera; 60 × 112 units when `height` is 100."""
    brush = stage.piece(60, 112, scale=height / 100)
    brush.glow(30, 105, 20, 4, (0, 0, 0, 100), 3)
    brush.rect(20, 58, 29, 104, trousers, 3)
    brush.rect(31, 58, 40, 104, trousers, 3)
    brush.rect(18, 102, 29, 107, "#2a2523", 2)
    brush.rect(31, 102, 42, 107, "#2a2523", 2)
    brush.line([(17 + sway, 34), (14 + sway, 50), (17, 62)], shirt, 7)
    brush.line([(43 + sway, 34), (46 + sway, 50), (43, 62)], shirt, 7)
    brush.rect(16 + sway, 28, 44 + sway, 64, shirt, 9)
    brush.rect(26 + sway, 20, 34 + sway, 32, SKIN, 3)
    brush.ellipse(20 + sway * 1.4, 4, 40 + sway * 1.4, 27, hair)
    return brush.sprite()
