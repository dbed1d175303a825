"""A mine gate: laterite road, barrier, weighbridge hut, loaded trucks coming out."""

from itertools import pairwise
from math import cos, radians, sin

import numpy as np
from PIL import Image

from thienly.sim.scenes.people import walker
from thienly.sim.scenes.scene import Actor, Placed, Scene, crossing, fixed
from thienly.sim.scenes.stage import Brush, Stage
from thienly.sim.scenes.yuv import Sprite

_HINGE = (706, 500)
_ROAD_Y = 548
_ANGLES = 10
_CABS = ("#f0b41e", "#e9702a", "#2f7fb8", "#e8e4da")


def build(stage: Stage) -> Scene:
    return Scene(
        _backdrop(stage),
        [
            *_people(stage),
            *_trucks(stage),
            _barrier(stage),
            fixed(_post(stage), _HINGE[0] - 16, _HINGE[1] - 26),
        ],
    )


def _backdrop(stage: Stage) -> Image.Image:
    chance = stage.random(1)
    brush = stage.backdrop()
    brush.gradient(0, 380, "#8fb6d6", "#f6e6cc")
    for x, y, wide in ((210, 70, 150), (620, 50, 210), (1050, 96, 170)):
        brush.glow(x, y, wide, 14, (255, 255, 255, 120), 14)
        brush.glow(x + 40, y - 14, wide / 2, 14, (255, 255, 255, 120), 12)
    _hills(brush)
    brush.gradient(372, 470, "#c27b4f", "#b7643c")
    brush.gradient(470, 720, "#b7643c", "#8d4226")
    _road(brush)
    brush.grain(chance, 13, y0=250)
    _yard(brush, chance)
    return brush.picture()


def _hills(brush: Brush) -> None:
    brush.poly(
        [
            (-50, 330),
            (120, 236),
            (300, 270),
            (470, 210),
            (700, 262),
            (900, 226),
            (1330, 300),
            (1330, 400),
            (-50, 400),
        ],
        "#9db0a6",
    )
    brush.poly(
        [(-50, 350), (150, 292), (380, 318), (560, 300), (640, 330), (640, 400), (-50, 400)], "#6f8a63"
    )
    # The pit: terraces cut into the red hill.
    for step in range(6):
        y, inset = 236 + step * 26, step * 34
        face = ("#cf8a5c", "#c67c4d", "#bd7044", "#b4663c", "#ab5c35", "#a2532f")[step]
        brush.poly([(760 - inset, y), (1330, y - 26), (1330, y + 40), (730 - inset, y + 26)], face)
        brush.line([(760 - inset, y), (1330, y - 26)], "#e3ab7f", 3)
        brush.line([(748 - inset, y + 14), (1330, y - 6)], (90, 40, 20, 60), 5)
    for x, y, size in (
        (60, 352, 26),
        (110, 360, 34),
        (180, 356, 24),
        (330, 362, 30),
        (392, 366, 22),
        (470, 366, 26),
    ):
        brush.disc(x, y, size, "#4d6f45")
        brush.disc(x + size * 0.6, y + 6, size * 0.8, "#5f8452")
        brush.disc(x - size * 0.3, y - size * 0.3, size * 0.5, "#7a9c62")


def _road(brush: Brush) -> None:
    brush.poly([(-50, 500), (1330, 476), (1330, 640), (-50, 668)], "#c98a63")
    brush.line([(-50, 500), (1330, 476)], "#dda582", 5)
    brush.line([(-50, 668), (1330, 640)], "#7d3c22", 6)
    for offset, width, strength in ((556, 16, 70), (584, 13, 60), (606, 18, 60), (630, 12, 70)):
        brush.line([(-50, offset), (1330, offset - 24)], (110, 52, 28, strength), width)
    brush.glow(250, 640, 110, 12, (98, 48, 30, 140), 6)
    brush.glow(250, 639, 80, 6, (190, 170, 160, 130), 5)
    brush.rect(820, 538, 1120, 604, "#7f7a74", 3)  # the weighbridge plate
    brush.rect(828, 544, 1112, 598, "#928d86", 2)
    for x in range(850, 1112, 36):
        brush.line([(x, 546), (x, 597)], "#7b766f", 2)
    for x in range(820, 1120, 30):
        brush.rect(x, 603, x + 15, 610, "#f2c230")
        brush.rect(x + 15, 603, x + 30, 610, "#2a2623")


def _yard(brush: Brush, chance: np.random.Generator) -> None:
    # Fence
    brush.rect(-50, 404, 560, 410, "#6d7a80")
    brush.rect(-50, 470, 560, 476, "#6d7a80")
    for x in range(-40, 561, 24):
        brush.rect(x, 396, x + 5, 486, "#86949a")
    # Sign over the gate
    brush.rect(566, 250, 584, 506, "#cfc7b8")
    brush.rect(578, 250, 584, 506, "#a79e8e")
    brush.rect(1218, 240, 1236, 496, "#cfc7b8")
    brush.rect(1230, 240, 1236, 496, "#a79e8e")
    brush.poly([(548, 182), (1250, 172), (1250, 260), (548, 270)], "#1f5c9c")
    brush.poly([(548, 182), (1250, 172), (1250, 178), (548, 188)], "#e8edf2")
    brush.poly([(548, 264), (1250, 254), (1250, 260), (548, 270)], "#e8edf2")
    brush.text(900, 214, "KHU VỰC KHAI THÁC", 34, "#ffffff", weight=800)
    brush.text(900, 246, "CỔNG RA VÀO · TRẠM CÂN", 17, "#ffe9a8", weight=700)
    # Weighbridge hut
    brush.shade([(870, 500), (1210, 496), (1250, 520), (900, 524)], (60, 25, 12, 130), 6)
    brush.rect(890, 352, 1190, 506, "#e9e3d3")
    brush.rect(1130, 352, 1190, 506, "#cbc3b0")
    brush.rect(890, 476, 1190, 506, "#4b7fa3")
    brush.poly([(868, 356), (900, 318), (1186, 314), (1214, 352)], "#b23a2a")
    brush.poly([(868, 356), (1214, 352), (1214, 362), (868, 366)], "#8c2a1e")
    brush.rect(912, 384, 1040, 456, "#dfe5e6", 3)
    brush.rect(918, 390, 1034, 450, "#3d5664", 2)
    brush.poly([(918, 450), (970, 390), (1000, 390), (948, 450)], (255, 255, 255, 50))
    brush.line([(976, 390), (976, 450)], "#dfe5e6", 4)
    brush.rect(1066, 392, 1116, 506, "#7a5b40", 2)
    brush.disc(1108, 452, 3, "#e6c36a")
    brush.rect(930, 462, 1024, 474, "#1d1d1d", 2)
    brush.text(977, 468, "28.450 KG", 11, "#ff5b3c", weight=700)
    for x, y in ((150, 690), (480, 706), (1180, 690), (1050, 668)):
        size = 8 + chance.random() * 10
        brush.ellipse(x, y, x + size * 2, y + size, "#6f3620")
        brush.ellipse(x + 2, y, x + size * 1.6, y + size * 0.6, "#a2593a")


def _truck(stage: Stage, cab: str, *, loaded: bool) -> Sprite:
    """A tipper facing right, 330 × 190 units."""
    brush = stage.piece(350, 200)
    brush.glow(175, 184, 165, 9, (50, 20, 10, 170), 5)
    if loaded:
        brush.poly([(26, 60), (60, 26), (120, 10), (176, 24), (214, 58)], "#8c4a2c")
        brush.poly([(60, 26), (120, 10), (176, 24), (140, 40), (90, 36)], "#a9623d")
    brush.poly([(14, 54), (226, 54), (218, 134), (34, 134)], "#8b949a")
    brush.poly([(14, 54), (226, 54), (225, 66), (17, 66)], "#aeb6ba")
    for x in (60, 102, 144, 186):
        brush.rect(x, 66, x + 8, 134, "#737c82")
    brush.rect(20, 134, 330, 150, "#2f3335", 3)
    brush.poly([(236, 134), (236, 40), (300, 40), (326, 92), (332, 98), (332, 140), (236, 140)], cab)
    brush.poly([(236, 110), (332, 110), (332, 140), (236, 140)], (0, 0, 0, 45))
    brush.poly([(266, 50), (296, 50), (316, 90), (266, 90)], "#2d3f49")
    brush.poly([(272, 52), (284, 52), (296, 88), (280, 88)], (255, 255, 255, 60))
    brush.rect(240, 50, 260, 90, "#2d3f49", 2)
    brush.line([(263, 46), (263, 134)], (0, 0, 0, 70), 2)
    brush.rect(320, 112, 334, 122, "#fff3c4", 2)
    brush.rect(310, 138, 338, 150, "#d9d9d9", 2)
    brush.rect(230, 24, 236, 134, "#5b6164", 2)
    for x in (70, 128, 282):
        brush.disc(x, 156, 29, "#1d1c1b")
        brush.disc(x, 156, 15, "#b9b2a6")
        brush.disc(x, 156, 6, "#5c564e")
    brush.shade([(20, 130), (330, 130), (330, 170), (20, 170)], (168, 92, 56, 60), 8)  # dust on the flanks
    return brush.sprite()


def _dust(stage: Stage) -> list[Sprite]:
    sprites = []
    for turn in range(4):
        brush = stage.piece(260, 110)
        for puff in range(5):
            brush.glow(
                40 + puff * 42, 78 - (puff + turn) % 3 * 12, 44 - puff * 4, 22, (214, 160, 120, 62), 10
            )
        sprites.append(brush.sprite())
    return sprites


def _trucks(stage: Stage) -> list[Actor]:
    """Two trucks a loop; each waits at the barrier and goes on."""
    loop, first = stage.loop_s, stage.variant
    dust = _dust(stage)
    actors: list[Actor] = []
    for index, share in enumerate((0.02, 0.52)):
        body = _truck(stage, _CABS[(first + index) % len(_CABS)], loaded=True)
        leaves = loop * share

        def truck(position_s: float, body: Sprite = body, leaves: float = leaves) -> Placed:
            x = _truck_x(((position_s - leaves) % loop) / (loop * 0.49))
            jolt = 1.0 if int(position_s * 6) % 2 and x != _WAITS_AT else 0.0
            return None if x is None else (body, x, _ROAD_Y - 130 - jolt)

        def trail(position_s: float, leaves: float = leaves) -> Placed:
            x = _truck_x(((position_s - leaves) % loop) / (loop * 0.49))
            if x is None or x == _WAITS_AT:
                return None
            return dust[int(position_s * 5) % len(dust)], x - 190, _ROAD_Y - 36

        actors += [trail, truck]
    return actors


_WAITS_AT = 330.0


def _truck_x(share: float) -> float | None:
    """Left edge of a truck by the share of its passage: in, wait while the barrier rises, out."""
    if share >= 1:
        return None
    if share < 0.4:
        ease = 1 - (1 - share / 0.4) ** 2
        return -380 + (_WAITS_AT + 380) * ease
    if share < 0.55:
        return _WAITS_AT
    return _WAITS_AT + (1400 - _WAITS_AT) * float(((share - 0.55) / 0.45) ** 1.6)


def _lift(share: float) -> float:
    """How far the barrier stands up, 0…1."""
    if share < 0.45 or share > 0.97:
        return 0.0
    if share < 0.55:
        return (share - 0.45) / 0.1
    return 1.0 if share < 0.87 else (0.97 - share) / 0.1


def _barrier(stage: Stage) -> Actor:
    arms = []
    for step in range(_ANGLES):
        angle = radians(4 + 74 * step / (_ANGLES - 1))
        brush = stage.piece(330, 330)
        ends = [(300 - cos(angle) * reach, 310 - sin(angle) * reach) for reach in range(0, 291, 29)]
        for index, (tail, tip) in enumerate(pairwise(ends)):
            brush.line([tail, tip], "#f5f2ea" if index % 2 else "#d2261e", 11)
        arms.append(brush.sprite())

    loop = stage.loop_s

    def arm(position_s: float) -> Placed:
        half = ((position_s - loop * 0.02) % (loop / 2)) / (loop * 0.49)
        return arms[round(_lift(min(half, 1.0)) * (_ANGLES - 1))], _HINGE[0] - 300, _HINGE[1] - 290

    return arm


def _post(stage: Stage) -> Sprite:
    brush = stage.piece(40, 110)
    brush.glow(20, 100, 18, 5, (50, 20, 10, 150), 3)
    brush.rect(6, 8, 34, 100, "#e8b92c", 4)
    brush.rect(24, 8, 34, 100, "#c2951b", 4)
    brush.disc(20, 8, 6, "#e23b2e")
    return brush.sprite()


def _people(stage: Stage) -> list[Actor]:
    guard = walker(stage, height=92, shirt="#3f66a8", trousers="#26355c", hat="#f2c230")
    return [
        crossing(
            guard,
            start=(760, 436),
            end=(860, 436),
            leaves_s=1,
            takes_s=stage.loop_s * 0.35,
            loop_s=stage.loop_s,
            steps_per_s=5,
        )
    ]
