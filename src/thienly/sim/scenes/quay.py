"""A fishing quay: wooden boats with red and blue hulls bobbing on their ropes, one coming in."""

from math import pi, sin

import numpy as np
from PIL import Image

from thienly.sim.scenes.people import walker
from thienly.sim.scenes.scene import Actor, Effect, Placed, Scene, crossing, fixed
from thienly.sim.scenes.stage import Brush, Stage
from thienly.sim.scenes.yuv import Frame, Plane, Sprite

_WATER_TOP, _QUAY_TOP = 286, 560
_RIPPLES = 16  # phases of the water


def build(stage: Stage) -> Scene:
    moored = ((-40, 374, 0.86, 0), (262, 341, 1.0, 1), (640, 355, 0.94, 2), (972, 322, 1.08, 3))
    boats = [
        _bobbing(_boat(stage, scale, number + stage.variant), x, y, 3 + number % 2, number)
        for x, y, scale, number in moored
    ]
    coming = crossing(
        [_boat(stage, 0.42, 2 + stage.variant)],
        start=(-200, 252),
        end=(1320, 268),
        leaves_s=stage.loop_s * 0.9,
        takes_s=stage.loop_s * 0.98,
        loop_s=stage.loop_s,
    )
    return Scene(
        _backdrop(stage),
        [coming, *boats, fixed(_edge(stage), 0, _QUAY_TOP - 34), *_people(stage)],
        before=_water(stage),
    )


def _backdrop(stage: Stage) -> Image.Image:
    brush = stage.backdrop()
    brush.gradient(0, _WATER_TOP, "#6fa8d8", "#fdeccb")
    brush.glow(980, 190, 120, 60, (255, 240, 200, 150), 40)
    for x, y, wide in ((240, 90, 180), (760, 60, 240), (1120, 120, 150)):
        brush.glow(x, y, wide, 13, (255, 255, 255, 150), 12)
        brush.glow(x - 30, y - 12, wide / 2, 12, (255, 255, 255, 140), 10)
    brush.poly([(-50, 290), (-50, 220), (90, 190), (230, 226), (340, 206), (520, 264), (640, 290)], "#7f9fae")
    brush.poly([(-50, 290), (-50, 250), (120, 232), (260, 262), (360, 290)], "#56806f")
    brush.poly([(880, 290), (1010, 250), (1130, 226), (1240, 248), (1330, 236), (1330, 290)], "#8facb6")
    brush.rect(1150, 216, 1164, 262, "#f4f1ea")
    brush.rect(1150, 228, 1164, 238, "#c8382c")
    brush.disc(1157, 212, 7, "#c8382c")
    brush.gradient(_WATER_TOP, 460, "#a9cfd2", "#3f8a96")
    brush.gradient(460, 620, "#3f8a96", "#1f5f6e")
    _quay(brush, stage)
    return brush.picture()


def _quay(brush: Brush, stage: Stage) -> None:
    brush.gradient(_QUAY_TOP, 720, "#b9b3a6", "#8d867a")
    for x in range(-400, 1700, 130):
        brush.line([(x, _QUAY_TOP), (x - (640 - x) * 0.35, 720)], "#8b8478", 3)
    brush.line([(-50, 626), (1330, 626)], "#918a7e", 3)
    brush.grain(stage.random(2), 8, y0=_QUAY_TOP - 40)


def _edge(stage: Stage) -> Sprite:
    """The kerb of the quay with bollards and crates, in front of the boats."""
    brush = stage.piece(1330, 196)
    brush.rect(-10, 30, 1340, 52, "#d9d3c4")
    for x in range(0, 1330, 80):
        brush.rect(x, 30, x + 40, 40, "#e8b92c")
        brush.rect(x + 40, 30, x + 80, 40, "#3a3733")
    brush.rect(-10, 50, 1340, 56, (40, 36, 30, 120))
    for x in (150, 470, 830, 1150):
        brush.glow(x + 6, 66, 34, 6, (0, 0, 0, 110), 4)
        brush.rect(x - 14, 30, x + 14, 64, "#34383c", 4)
        brush.ellipse(x - 22, 18, x + 22, 36, "#4a5056")
        brush.ellipse(x - 16, 20, x + 10, 29, "#6a727a")
        brush.line([(x - 10, 34), (x - 60, 16), (x - 90, -10)], "#d8c79a", 4)
    _crates(brush)
    return brush.sprite()


def _crates(brush: Brush) -> None:
    for x, y, colour in ((990, 108, "#2f78b5"), (1060, 108, "#d6523a"), (1022, 70, "#3f9a67")):
        brush.glow(x + 32, y + 46, 38, 6, (0, 0, 0, 100), 4)
        brush.rect(x, y, x + 64, y + 44, colour, 4)
        brush.rect(x, y, x + 64, y + 10, (255, 255, 255, 70), 4)
        for gap in range(8, 56, 14):
            brush.rect(x + gap, y + 18, x + gap + 8, y + 36, (0, 0, 0, 60), 2)
    for turn in range(5):
        brush.ellipse(
            250 + turn * 12,
            88 + turn * 4,
            400 - turn * 12,
            150 - turn * 6,
            ("#2f6f62", "#3d8a7a", "#2c6156", "#4b9c8b", "#33766a")[turn],
        )


def _boat(stage: Stage, scale: float, number: int) -> Sprite:
    """A trawler lying with the bow to the right; 380 × 250 units before scaling."""
    hull, band, cabin = (
        ("#2266ad", "#d3382c", "#e9dfc4"),
        ("#1f7a8c", "#e0b32e", "#f1ede2"),
        ("#2a4f9e", "#d3382c", "#cfe0df"),
        ("#c2392c", "#2b62a8", "#f0e6cf"),
    )[number % 4]
    brush = stage.piece(390, 262, scale=scale)
    brush.glow(190, 236, 180, 10, (10, 40, 48, 150), 5)
    brush.line([(128, 150), (128, 24)], "#6b4a30", 5)
    brush.line([(128, 44), (30, 140)], "#4a3a2c", 2)
    brush.line([(128, 40), (350, 148)], "#4a3a2c", 2)
    brush.line([(128, 70), (60, 40), (18, 44)], "#7a5638", 5)
    brush.line([(250, 150), (250, 78)], "#6b4a30", 4)
    _flag(brush, 128, 20)
    for x in range(150, 340, 24):  # little lamps for squid
        brush.disc(x, 58 + (x - 128) * 0.42, 4.5, "#fff6cf")
    _cabin(brush, cabin, band)
    brush.poly(
        [(12, 150), (300, 160), (346, 146), (384, 122), (356, 196), (330, 232), (52, 232), (22, 206)], hull
    )
    brush.poly(
        [(12, 150), (300, 160), (346, 146), (384, 122), (380, 136), (344, 162), (300, 176), (14, 166)], band
    )
    brush.poly([(16, 172), (300, 182), (350, 166), (347, 172), (300, 189), (17, 179)], "#f4efe2")
    brush.poly([(36, 216), (344, 216), (330, 236), (52, 236)], "#7c2b22")
    for y in (196, 208):
        brush.line([(26, y), (300, y + 6), (350, y - 8)], (0, 0, 0, 45), 2)
    brush.ellipse(330, 164, 352, 182, "#f7f4ea")  # the painted eye
    brush.ellipse(336, 168, 348, 179, "#17181a")
    brush.text(
        238, 201, ("BĐ 92", "QN 90", "BĐ 96", "QNg 94")[number % 4] + f"{137 + number * 71} TS", 15, "#ffffff"
    )
    for x in (70, 120, 170):  # tyres as fenders
        brush.disc(x, 190, 13, "#1c1d1f")
        brush.disc(x, 190, 6, hull)
    return brush.sprite()


def _cabin(brush: Brush, cabin: str, band: str) -> None:
    brush.rect(52, 92, 168, 158, cabin, 4)
    brush.rect(52, 136, 168, 158, band)
    brush.rect(42, 84, 180, 96, "#8a5a36", 3)
    brush.rect(66, 56, 140, 86, cabin, 3)
    brush.rect(58, 50, 150, 58, "#a8703f", 3)
    for x in (72, 98, 124):
        brush.rect(x - 2, 62, x + 16, 78, "#27404d", 2)
    for x in (64, 98, 132):
        brush.rect(x, 104, x + 24, 126, "#27404d", 3)
        brush.poly([(x + 3, 124), (x + 12, 106), (x + 17, 106), (x + 8, 124)], (255, 255, 255, 60))
    brush.rect(196, 132, 240, 158, "#c9773c", 3)
    brush.rect(262, 138, 296, 160, "#3f9a67", 3)


def _flag(brush: Brush, x: float, y: float) -> None:
    brush.poly([(x, y), (x + 42, y + 3), (x + 40, y + 29), (x, y + 27)], "#da251d")
    star = []
    for point in range(10):
        reach, angle = (9.0 if point % 2 == 0 else 3.6), pi * (point / 5 - 0.5)
        star.append((x + 20 + reach * np.cos(angle), y + 15 + reach * np.sin(angle)))
    brush.poly(star, "#ffdf3d")


def _bobbing(boat: Sprite, x: float, y: float, height: float, number: int) -> Actor:
    def at(position_s: float) -> Placed:
        # A period of four and of five seconds: both join at the end of a loop of twenty.
        swell = sin(2 * pi * position_s / 4 + number * 1.7) + 0.4 * sin(2 * pi * position_s / 5 + number)
        return boat, x + 2 * sin(2 * pi * position_s / 10 + number), y + height * swell

    return at


def _water(stage: Stage) -> Effect:
    """Glints that wander: phases painted once, added to the luma of the water."""
    left, top = 0, max(0, stage.pixel(0, _WATER_TOP)[1])
    bottom = min(stage.height, stage.pixel(0, _QUAY_TOP)[1])
    rows = np.arange(top, bottom, dtype=np.float32)[:, None] - top
    depth = rows / max(1, bottom - top)
    columns = np.arange(left, stage.width, dtype=np.float32)[None, :] / stage.scale
    chance = stage.random(3)
    waves = [(chance.uniform(0.4, 1.6), chance.uniform(0, 6), 1 + number % 3) for number in range(7)]
    phases: list[Plane] = []
    for phase in range(_RIPPLES):
        turn = 2 * pi * phase / _RIPPLES
        height = np.zeros((bottom - top, stage.width), np.float32)
        for tilt, start, speed in waves:
            across = np.sin(columns * (0.05 * tilt) / (0.4 + depth) + start * 3) * 1.8
            height += np.sin(across + 150 * tilt * np.sqrt(depth + 0.01) + start + speed * turn)
        glint = np.clip(height - 2.4, 0, 2) * 30 + height * 2
        phases.append(np.clip(glint * (0.35 + 0.65 * depth), -14, 60).astype(np.int8).view(np.uint8))

    def ripple(frame: Frame, position_s: float) -> None:
        frame.y[top:bottom] += phases[int(position_s * 8) % _RIPPLES]

    return ripple


def _people(stage: Stage) -> list[Actor]:
    looks = (("#d96f4a", "#3b3f4a", "cone"), ("#4f9a94", "#2e3a4c", "cone"), ("#e3c65a", "#4a4038", ""))
    actors = []
    for number, (shirt, trousers, hat) in enumerate(looks):
        back = number % 2 == 1
        figure = walker(stage, height=150 - number * 8, shirt=shirt, trousers=trousers, hat=hat, flip=back)
        start, end = (-120.0, 1300.0), (1300.0, -120.0)
        ends = (end[0], end[1]) if back else (start[0], start[1])
        y = 540 - number * 14
        actors.append(
            crossing(
                figure,
                start=(ends[0], y),
                end=(ends[1], y),
                leaves_s=stage.loop_s * (0.1 + 0.27 * number),
                takes_s=stage.loop_s * 0.8,
                loop_s=stage.loop_s,
                steps_per_s=7,
            )
        )
    return actors
