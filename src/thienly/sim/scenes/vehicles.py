"""Road vehicles from the side, facing right unless flipped."""

from thienly.sim.scenes.people import SKIN
from thienly.sim.scenes.stage import Brush, Stage
from thienly.sim.scenes.yuv import Sprite

_TYRE, _RIM, _GLASS = "#1d1e20", "#b7bcc0", "#2c3e48"


def motorbike(
    stage: Stage, *, scale: float, bike: str, shirt: str, helmet: str, pillion: str = "", flip: bool = False
) -> Sprite:
    """A rider on a scooter, 130 × 126 units before scaling; `pillion` is the shirt of a passenger."""
    brush = stage.piece(136, 130, scale=scale)
    brush.glow(68, 120, 58, 6, (0, 0, 0, 130), 4)
    for x in (26, 108):
        brush.disc(x, 104, 18, _TYRE)
        brush.disc(x, 104, 9, _RIM)
    brush.poly(
        [(14, 78), (62, 74), (78, 92), (92, 92), (98, 60), (108, 58), (114, 88), (96, 106), (34, 106)], bike
    )
    brush.poly([(34, 98), (96, 98), (94, 106), (36, 106)], (0, 0, 0, 70))
    brush.rect(18, 70, 74, 80, "#222426", 4)
    brush.disc(108, 66, 6, "#fff4c8")
    brush.rect(8, 82, 15, 90, "#d8332a", 2)
    brush.line([(96, 62), (92, 48), (84, 46)], "#33373a", 4)
    if pillion:
        _rider(brush, 28, pillion, "#e9e4da", reach=52)
    _rider(brush, 54, shirt, helmet, reach=86)
    return brush.sprite(flip=flip)


def _rider(brush: Brush, x: float, shirt: str, helmet: str, reach: float) -> None:
    brush.line([(x, 70), (x + 26, 76), (x + 24, 98)], "#2f3644", 10)
    brush.rect(x - 12, 34, x + 12, 76, shirt, 10)
    brush.line([(x + 4, 42), (x + 16, 54), (reach, 48)], shirt, 7)
    brush.disc(reach, 48, 3.5, SKIN)
    brush.disc(x + 4, 22, 11, SKIN)
    brush.ellipse(x - 10, 6, x + 15, 28, helmet)
    brush.rect(x - 2, 21, x + 17, 27, SKIN, 3)
    brush.poly([(x + 4, 14), (x + 16, 15), (x + 16, 21), (x + 6, 20)], (30, 40, 48, 170))


def car(stage: Stage, *, scale: float, paint: str, taxi: bool = False, flip: bool = False) -> Sprite:
    """270 × 110 units before scaling."""
    brush = stage.piece(272, 112, scale=scale)
    brush.glow(136, 100, 124, 7, (0, 0, 0, 140), 4)
    brush.poly([(56, 48), (92, 14), (178, 14), (214, 50)], paint)
    brush.poly([(70, 46), (98, 20), (130, 20), (130, 46)], _GLASS)
    brush.poly([(138, 46), (138, 20), (174, 20), (200, 46)], _GLASS)
    brush.poly([(84, 44), (104, 21), (114, 21), (98, 44)], (255, 255, 255, 60))
    brush.rect(8, 44, 264, 92, paint, 16)
    brush.rect(8, 72, 264, 92, (0, 0, 0, 50), 12)
    brush.line([(134, 48), (134, 90)], (0, 0, 0, 70), 2)
    brush.rect(146, 56, 162, 60, (0, 0, 0, 90), 2)
    brush.rect(250, 54, 264, 64, "#fff4c8", 3)
    brush.rect(8, 54, 18, 66, "#d8332a", 3)
    if taxi:
        brush.rect(120, 3, 152, 15, "#ffe27a", 4)
        brush.rect(60, 62, 212, 72, "#2f9c5a")
    for x in (62, 210):
        brush.disc(x, 88, 20, _TYRE)
        brush.disc(x, 88, 11, _RIM)
    if flip:
        brush.mirror()
    if taxi:
        brush.text(136, 67, "TAXI", 10, "#ffffff", weight=800)
    return brush.sprite()


def bus(stage: Stage, *, scale: float, flip: bool = False) -> Sprite:
    """430 × 170 units before scaling."""
    brush = stage.piece(432, 172, scale=scale)
    brush.glow(216, 160, 205, 8, (0, 0, 0, 140), 5)
    brush.rect(6, 10, 426, 144, "#e9b42c", 12)
    brush.rect(6, 92, 426, 144, "#d0432f", 8)
    brush.rect(6, 88, 426, 96, "#ffffff")
    for x in range(22, 360, 58):
        brush.rect(x, 28, x + 50, 78, _GLASS, 4)
        brush.poly([(x + 6, 76), (x + 22, 30), (x + 32, 30), (x + 16, 76)], (255, 255, 255, 44))
    brush.rect(376, 26, 422, 90, _GLASS, 6)
    brush.rect(412, 112, 426, 124, "#fff4c8", 3)
    for x in (92, 340):
        brush.disc(x, 146, 22, _TYRE)
        brush.disc(x, 146, 11, _RIM)
    if flip:
        brush.mirror()
    brush.text(216, 118, "XE BUÝT · TUYẾN 03", 22, "#ffffff", weight=800)
    return brush.sprite()
