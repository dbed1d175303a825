"""A town street: tube houses, motorbikes, cars, a bus, a zebra crossing that people use."""

from PIL import Image

from thienly.sim.scenes.people import walker
from thienly.sim.scenes.scene import Actor, Scene, crossing, fixed
from thienly.sim.scenes.stage import Brush, Stage
from thienly.sim.scenes.vehicles import bus, car, motorbike
from thienly.sim.scenes.yuv import Sprite

_ROAD_TOP, _ROAD_FOOT = 400, 650
_HOUSES = (
    ("#e8c27a", "#c89a4e", "CÀ PHÊ SÁNG", "#6a3f24"),
    ("#8fc2bd", "#63a09a", "NHÀ THUỐC", "#2f8f5b"),
    ("#efe3cf", "#d3c3a6", "TẠP HOÁ CÔ BA", "#c2392c"),
    ("#d99a7c", "#b97657", "PHỞ HÀ", "#b3201f"),
    ("#b9c7dc", "#8ea1bd", "SỬA XE", "#2a4f9e"),
    ("#f0d68c", "#cfae58", "BÁNH MÌ", "#d27a1c"),
    ("#c5d6a6", "#9db37a", "VẢI LỤA", "#7b3f8c"),
    ("#e7b9b0", "#c88f85", "ĐIỆN MÁY", "#1f5c9c"),
)


def build(stage: Stage) -> Scene:
    return Scene(
        _backdrop(stage),
        [*_far_lane(stage), *_walkers(stage), *_near_lane(stage), fixed(_tree(stage), 1040, 250)],
    )


def _backdrop(stage: Stage) -> Image.Image:
    brush = stage.backdrop()
    brush.gradient(0, 260, "#8dbbe0", "#eef3ee")
    _houses(brush, stage)
    brush.gradient(346, _ROAD_TOP, "#cfc8ba", "#bdb5a6")
    for x in range(-200, 1500, 44):
        brush.line([(x, 346), (x - (640 - x) * 0.06, _ROAD_TOP)], "#b0a897", 1.5)
    brush.rect(-50, _ROAD_TOP - 8, 1330, _ROAD_TOP, "#e9e5da")
    for x in range(-60, 1400, 120):
        brush.rect(x, _ROAD_TOP - 8, x + 60, _ROAD_TOP, "#d0432f")
    brush.gradient(_ROAD_TOP, _ROAD_FOOT, "#6b6e72", "#54575b")
    brush.gradient(_ROAD_FOOT, 720, "#c4bcae", "#a8a092")
    brush.rect(-50, _ROAD_FOOT, 1330, _ROAD_FOOT + 9, "#e9e5da")
    for x in range(-100, 1400, 110):
        brush.line([(x, _ROAD_FOOT + 9), (x - (640 - x) * 0.16, 720)], "#9a9284", 2)
    brush.grain(stage.random(4), 8, y0=_ROAD_TOP - 50)
    for x in (*range(-60, 420, 120), *range(780, 1330, 120)):
        brush.poly([(x + 6, 514), (x + 70, 514), (x + 68, 521), (x, 521)], "#f2e9c9")
    for row in range(9):  # zebra crossing
        y, share = 408 + row * 27, row / 9
        left, right = 520 - share * 36, 680 + share * 22
        brush.poly([(left, y), (right, y), (right + 2, y + 13), (left - 2, y + 13)], "#eeeeea")
    _wires(brush)
    _bins(brush)
    return brush.picture()


def _houses(brush: Brush, stage: Stage) -> None:
    x = -40.0
    for number in range(9):
        wall, shade, sign, board = _HOUSES[(number + stage.variant * 3) % len(_HOUSES)]
        wide, top = 150.0, 40 + (number * 53 + stage.variant * 17) % 90
        brush.rect(x, top, x + wide, 350, wall)
        brush.rect(x + wide - 14, top, x + wide, 350, shade)
        brush.rect(x - 4, top - 8, x + wide + 2, top + 6, shade)
        brush.rect(x + 30, top - 34, x + 96, top - 8, "#b9c3c9", 6)
        for floor in range(top + 22, 214, 66):
            brush.rect(x + 10, floor + 42, x + wide - 18, floor + 50, shade)
            for gap in (18, 76):
                brush.rect(x + gap, floor, x + gap + 42, floor + 42, "#f4f1ea", 2)
                brush.rect(x + gap + 4, floor + 4, x + gap + 38, floor + 42, "#3f5a68", 2)
                brush.line([(x + gap + 21, floor + 4), (x + gap + 21, floor + 42)], "#f4f1ea", 3)
            for bar in range(12, 136, 9):
                brush.line([(x + bar, floor + 26), (x + bar, floor + 44)], "#5b5f62", 1.5)
            for pot in (20, 112):
                brush.disc(x + pot, floor + 24, 8, "#4f8f4a")
        brush.rect(x + 4, 238, x + wide - 6, 268, board, 3)
        brush.text(x + wide / 2 - 1, 253, sign, 16, "#ffffff", weight=800)
        awning = ("#d0432f", "#2f78b5", "#3f9a67")[number % 3]
        for strip in range(6):
            left = x + 4 + strip * 23.3
            colour = awning if strip % 2 else "#f2efe6"
            brush.poly([(left, 270), (left + 23.3, 270), (left + 20, 294), (left - 4, 294)], colour)
        brush.rect(x + 10, 294, x + wide - 18, 350, "#4a3f39")
        brush.rect(x + 16, 298, x + wide - 24, 350, "#e9c98a" if number % 2 else "#8a6a4f")
        brush.rect(x + 26, 318, x + 70, 350, "#7b5334", 3)
        x += wide


def _wires(brush: Brush) -> None:
    for x in (250, 1003):
        brush.rect(x, 20, x + 13, 372, "#9a958c")
        brush.rect(x - 34, 46, x + 47, 54, "#6f6a62")
        brush.rect(x + 16, 84, x + 44, 122, "#7d858a", 3)
    for sag in (0, 10, 22, 30):
        for first, last in ((-500, 256), (256, 1009), (1009, 1762)):
            points = [
                (first + (last - first) * step / 16, 46 + sag + 34 * (1 - (step / 8 - 1) ** 2))
                for step in range(17)
            ]
            brush.line(points, "#3b3b3d", 2)


def _bins(brush: Brush) -> None:
    for x in (380, 405):
        brush.rect(x, 350, x + 20, 384, "#3f9a67" if x == 380 else "#e8a22c", 3)
    brush.rect(742, 300, 748, 396, "#8a9094")
    brush.rect(722, 296, 768, 340, "#1f5c9c", 4)
    brush.poly([(745, 302), (762, 334), (728, 334)], "#ffffff")
    brush.rect(743, 314, 747, 328, "#222222")


def _tree(stage: Stage) -> Sprite:
    brush = stage.piece(250, 420)
    brush.glow(122, 404, 70, 9, (0, 0, 0, 110), 6)
    brush.poly([(108, 404), (116, 220), (134, 220), (140, 404)], "#6d4f38")
    brush.rect(100, 340, 148, 404, "#f0ece0")
    for x, y, size, leaf in (
        (70, 180, 62, "#3c7a3f"),
        (172, 172, 66, "#35703b"),
        (122, 110, 78, "#4b8f48"),
        (60, 122, 48, "#56994f"),
        (182, 112, 48, "#468844"),
        (112, 66, 52, "#62a758"),
        (146, 140, 40, "#5a9c52"),
    ):
        brush.disc(x, y, size, leaf)
    for spot in range(26):
        brush.disc(50 + spot * 37 % 150, 50 + spot * 61 % 150, 11, ("#6fb263", "#3f7f42")[spot % 2])
    return brush.sprite()


def _far_lane(stage: Stage) -> list[Actor]:
    """Leftward, on the far side."""
    loop, v = stage.loop_s, stage.variant
    paints = ("#c8ccd0", "#f2f2ef", "#7b2d2a", "#2b4f7c")
    traffic = [
        (car(stage, scale=0.8, paint=paints[v % 4], flip=True), 0.08, 9.0, 404),
        (
            motorbike(stage, scale=0.85, bike="#2a4f9e", shirt="#d98a3a", helmet="#c2392c", flip=True),
            0.22,
            7.5,
            398,
        ),
        (
            motorbike(
                stage,
                scale=0.82,
                bike="#b3201f",
                shirt="#7fb0d8",
                helmet="#f2efe6",
                pillion="#c9506a",
                flip=True,
            ),
            0.34,
            8.5,
            392,
        ),
        (bus(stage, scale=0.82, flip=True), 0.54, 9.5, 352),
        (
            motorbike(stage, scale=0.85, bike="#3a3d40", shirt="#6a9a5a", helmet="#2a4f9e", flip=True),
            0.66,
            7.0,
            402,
        ),
        (car(stage, scale=0.8, paint="#eceae4", taxi=True, flip=True), 0.8, 8.5, 402),
    ]
    return [
        crossing(
            [sprite],
            start=(1330, y),
            end=(-400, y),
            leaves_s=loop * share,
            takes_s=min(takes, loop * 0.95),
            loop_s=loop,
        )
        for sprite, share, takes, y in traffic
    ]


def _near_lane(stage: Stage) -> list[Actor]:
    loop, v = stage.loop_s, stage.variant
    paints = ("#b3322a", "#31506f", "#d9d9d6", "#4b6b4a")
    traffic = [
        (motorbike(stage, scale=1.15, bike="#b3201f", shirt="#4f8f9a", helmet="#f2c230"), 0.02, 6.5, 500),
        (
            motorbike(
                stage, scale=1.12, bike="#eceae4", shirt="#c9506a", helmet="#8a4f9a", pillion="#e0c05a"
            ),
            0.1,
            7.0,
            486,
        ),
        (car(stage, scale=1.1, paint=paints[v % 4]), 0.16, 7.5, 520),
        (motorbike(stage, scale=1.2, bike="#2f7f5b", shirt="#6d7fb0", helmet="#2a4f9e"), 0.52, 6.0, 508),
        (motorbike(stage, scale=1.12, bike="#2a4f9e", shirt="#e9e4da", helmet="#c2392c"), 0.56, 6.5, 484),
        (
            motorbike(
                stage, scale=1.16, bike="#54402c", shirt="#b8674a", helmet="#f2efe6", pillion="#7fb0d8"
            ),
            0.6,
            7.0,
            498,
        ),
        (car(stage, scale=1.1, paint=paints[(v + 1) % 4]), 0.74, 7.5, 524),
        (motorbike(stage, scale=1.2, bike="#b3201f", shirt="#3f6f4a", helmet="#e8a22c"), 0.9, 6.0, 506),
    ]
    return [
        crossing(
            [sprite],
            start=(-400, y),
            end=(1330, y),
            leaves_s=loop * share,
            takes_s=min(takes, loop * 0.95),
            loop_s=loop,
        )
        for sprite, share, takes, y in traffic
    ]


def _walkers(stage: Stage) -> list[Actor]:
    """Two cross while both lanes are free: the times of the traffic leave a gap for them."""
    loop = stage.loop_s
    across = walker(stage, height=104, shirt="#e0c05a", trousers="#3a4a6b", hat="cone")
    child = walker(stage, height=78, shirt="#ffffff", trousers="#24407c")
    stroller = walker(stage, height=92, shirt="#b04a6f", trousers="#2e3440", flip=True)
    return [
        crossing(
            across,
            start=(540, 560),
            end=(600, 296),
            leaves_s=loop * 0.42,
            takes_s=loop * 0.26,
            loop_s=loop,
            steps_per_s=6,
        ),
        crossing(
            child,
            start=(590, 584),
            end=(640, 322),
            leaves_s=loop * 0.42,
            takes_s=loop * 0.26,
            loop_s=loop,
            steps_per_s=7,
        ),
        crossing(
            stroller,
            start=(1330, 290),
            end=(-120, 290),
            leaves_s=loop * 0.7,
            takes_s=loop * 0.9,
            loop_s=loop,
            steps_per_s=6,
        ),
    ]
