"""A storage yard at night: one lamp, a shed, containers, a guard on his round with a torch."""

from math import cos, pi, sin

from PIL import Image

from thienly.sim.scenes.people import GAIT, walker
from thienly.sim.scenes.scene import Actor, Placed, Scene
from thienly.sim.scenes.stage import Brush, Stage
from thienly.sim.scenes.yuv import Sprite

_LAMP = (842, 118)
_PATH_Y = 470


def build(stage: Stage) -> Scene:
    return Scene(_backdrop(stage), [*_guard(stage), _moths(stage)], noise=3)


def _backdrop(stage: Stage) -> Image.Image:
    brush = stage.backdrop()
    chance = stage.random(5)
    brush.gradient(0, 330, "#0b1424", "#1d2c40")
    for _ in range(60):
        x, y = chance.uniform(0, 1280), chance.uniform(0, 220)
        brush.disc(x, y, chance.uniform(0.6, 1.6), (200, 215, 240, int(chance.uniform(60, 190))))
    brush.disc(1150, 84, 26, "#dfe4e2")
    brush.disc(1140, 78, 25, "#101b2d")
    brush.poly(
        [
            (-50, 330),
            (100, 262),
            (260, 300),
            (420, 250),
            (640, 306),
            (900, 268),
            (1330, 310),
            (1330, 360),
            (-50, 360),
        ],
        "#0e1826",
    )
    brush.gradient(336, 720, "#1a2430", "#10161d")
    _shed(brush)
    _containers(brush)
    _fence(brush)
    brush.grain(chance, 5, y0=330)
    _lamp(brush)
    return brush.picture()


def _shed(brush: Brush) -> None:
    brush.poly([(40, 236), (260, 168), (480, 236)], "#26313d")
    brush.rect(56, 236, 464, 440, "#2c3742")
    for x in range(56, 464, 14):
        brush.line([(x, 236), (x, 440)], "#26303b", 2)
    for left in (88, 276):
        brush.rect(left, 280, left + 156, 440, "#384552")
        for y in range(284, 440, 13):
            brush.line([(left, y), (left + 156, y)], "#2d3844", 3)
    brush.text(260, 216, "KHO SỐ 2", 26, "#7f8c97", weight=800)
    brush.rect(250, 246, 270, 254, "#ff6a4d", 2)


def _containers(brush: Brush) -> None:
    for x, y, colour, stripe in (
        (960, 336, "#5b2f2a", "#4b2521"),
        (980, 232, "#27485f", "#1f3b4f"),
        (1130, 336, "#3a5340", "#2f4535"),
    ):
        brush.rect(x, y, x + 270, y + 104, colour)
        for gap in range(8, 268, 16):
            brush.rect(x + gap, y + 6, x + gap + 7, y + 98, stripe)
        brush.rect(x, y, x + 270, y + 7, (255, 220, 160, 40))
        brush.rect(x, y + 98, x + 270, y + 104, (0, 0, 0, 110))
    brush.poly([(520, 440), (560, 396), (600, 380), (660, 384), (706, 440)], "#2b2620")  # gravel heap
    brush.poly([(600, 380), (660, 384), (706, 440), (640, 440)], "#4b4234")


def _fence(brush: Brush) -> None:
    for x in range(-20, 1320, 86):
        brush.rect(x, 596, x + 7, 720, "#39434d")
        brush.line([(x + 3, 600), (x + 3, 574), (x + 18, 562)], "#39434d", 5)
    for y in (570, 582):
        brush.line([(-50, y), (1330, y)], "#4a545e", 2)
    for x in range(-140, 1400, 26):
        brush.line([(x, 606), (x + 120, 726)], (96, 108, 120, 90), 1.5)
        brush.line([(x + 120, 606), (x, 726)], (96, 108, 120, 90), 1.5)
    brush.line([(-50, 604), (1330, 604)], "#4a545e", 4)


def _lamp(brush: Brush) -> None:
    x, y = _LAMP
    # The pool of light on the ground, then the cone, then the lamp itself.
    brush.glow(x - 10, 486, 330, 84, (255, 196, 110, 120), 46)
    brush.glow(x - 10, 480, 190, 48, (255, 210, 140, 130), 26)
    brush.shade([(x - 14, y + 8), (x + 14, y + 8), (x + 250, 500), (x - 270, 500)], (255, 200, 120, 46), 22)
    brush.rect(x + 56, y - 6, x + 66, 452, "#59636c")
    brush.rect(x + 50, 440, x + 72, 456, "#454e57")
    brush.line([(x + 61, y), (x + 40, y - 16), (x + 6, y - 8)], "#59636c", 7)
    brush.rect(x - 22, y - 14, x + 22, y + 2, "#6a747d", 5)
    brush.glow(x, y + 6, 60, 44, (255, 222, 160, 150), 20)
    brush.ellipse(x - 18, y - 2, x + 18, y + 10, "#fff6dc")


def _torch(stage: Stage, *, flip: bool) -> list[Sprite]:
    """The cone of a torch that swings up and down; 480 × 280 units, the hand at the left middle."""
    sprites = []
    for step in range(12):
        brush = stage.piece(480, 280)
        tilt = 46 + 26 * sin(2 * pi * step / 12)
        brush.shade([(4, 86), (4, 94), (400, 110 + tilt * 1.6), (400, 40 + tilt)], (255, 250, 225, 120), 9)
        brush.shade([(4, 88), (4, 92), (260, 92 + tilt), (260, 60 + tilt * 0.7)], (255, 252, 235, 90), 6)
        brush.glow(352, 88 + tilt * 1.25, 58, 26, (255, 248, 220, 150), 10)
        brush.disc(6, 90, 5, "#ffffff")
        sprites.append(brush.sprite(flip=flip))
    return sprites


def _guard(stage: Stage) -> list[Actor]:
    """There and back once a loop."""
    loop = stage.loop_s
    figures = [
        walker(stage, height=122, shirt="#2f4d78", trousers="#1a2436", hat="#20304a", flip=back)
        for back in (False, True)
    ]
    torches = [_torch(stage, flip=back) for back in (False, True)]

    def place(position_s: float) -> tuple[float, bool]:
        share = (position_s / loop + 0.1 * (stage.variant % 5)) % 1
        return 640 - 470 * cos(2 * pi * share), share > 0.5

    def figure(position_s: float) -> Placed:
        x, back = place(position_s)
        return figures[back][int(position_s * 6) % GAIT], x - 42, _PATH_Y - 128

    def torch(position_s: float) -> Placed:
        x, back = place(position_s)
        return torches[back][int(position_s * 5) % 12], (x - 492 if back else x + 12), _PATH_Y - 146

    return [torch, figure]


def _moths(stage: Stage) -> Actor:
    swarm = []
    for step in range(10):
        brush = stage.piece(120, 100)
        for moth in range(6):
            angle = 2 * pi * (step / 10 * (1 + moth % 2) + moth / 6)
            brush.disc(60 + 44 * cos(angle + moth), 48 + 30 * sin(2 * angle + moth), 1.8, "#fff3cf")
        swarm.append(brush.sprite())
    return lambda position_s: (swarm[int(position_s * 10) % 10], _LAMP[0] - 60, _LAMP[1] - 36)
