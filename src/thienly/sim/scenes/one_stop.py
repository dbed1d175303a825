"""A one-stop office: numbered counters with clerks, people being served, people who wait."""

from PIL import Image

from thienly.sim.scenes.people import back, bust, walker
from thienly.sim.scenes.scene import Actor, Scene, crossing, fixed, standing
from thienly.sim.scenes.stage import Brush, Stage

_COUNTERS = (90, 330, 570, 810, 1050)  # left edges
_DESK_TOP, _DESK_FOOT = 372, 486
_SUBJECTS = ("HỘ TỊCH", "ĐẤT ĐAI", "KINH DOANH", "XÂY DỰNG", "CHỨNG THỰC")


def build(stage: Stage) -> Scene:
    return Scene(
        _backdrop(stage),
        [
            *_clerks(stage),
            *_desks(stage),
            *_boards(stage),
            *_citizens(stage),
            *_passers(stage),
            *_waiting(stage),
        ],
        noise=1,
    )


def _backdrop(stage: Stage) -> Image.Image:
    brush = stage.backdrop()
    brush.gradient(0, 120, "#dfe3e4", "#f2f1ea")
    for x in range(-60, 1400, 180):
        brush.poly(
            [(640 + (x - 640) * 1.25, -10), (640 + (x + 84 - 640) * 1.25, -10), (x + 78, 46), (x + 6, 46)],
            "#ffffff",
        )
    brush.gradient(76, 500, "#f0e7d3", "#e4d7bd")
    brush.rect(-50, 70, 1330, 80, "#c9bda3")
    brush.rect(90, 92, 1190, 164, "#b3201f", 4)
    brush.rect(96, 98, 1184, 158, "#c52a26", 3)
    brush.text(640, 129, "BỘ PHẬN TIẾP NHẬN VÀ TRẢ KẾT QUẢ", 40, "#ffe27a", weight=800)
    brush.disc(1236, 124, 34, "#ffffff")
    brush.disc(1236, 124, 30, "#f7f7f4")
    brush.line([(1236, 124), (1236, 102)], "#333333", 3)
    brush.line([(1236, 124), (1250, 132)], "#333333", 4)
    brush.disc(46, 128, 26, "#4f8f55")
    brush.disc(30, 150, 22, "#5ea064")
    brush.disc(60, 154, 20, "#437b49")
    _floor(brush)
    return brush.picture()


def _floor(brush: Brush) -> None:
    brush.gradient(470, 720, "#cfc8bb", "#b2aa9c")
    for x in range(-1400, 2700, 130):
        brush.line([(640 + (x - 640) * 0.62, 470), (640 + (x - 640) * 1.3, 720)], "#a69e90", 2)
    y, gap = 482.0, 16.0
    while y < 720:
        brush.line([(-50, y), (1330, y)], "#a69e90", 2)
        y, gap = y + gap, gap * 1.3
    for x in _COUNTERS:
        brush.shade([(x + 10, 486), (x + 210, 486), (x + 190, 560), (x + 30, 560)], (255, 255, 255, 60), 10)
    brush.rect(-50, 572, 1330, 579, "#e8b92c")  # the line to wait behind


def _desks(stage: Stage) -> list[Actor]:
    actors: list[Actor] = []
    for number, x in enumerate(_COUNTERS):
        brush = stage.piece(240, 240)
        brush.rect(2, 0, 8, 120, "#a9b8bf")
        brush.rect(222, 0, 228, 120, "#a9b8bf")
        brush.rect(8, 4, 222, 84, (205, 228, 236, 46))
        brush.poly([(40, 84), (110, 4), (140, 4), (70, 84)], (255, 255, 255, 46))
        brush.rect(8, 2, 222, 8, "#a9b8bf")
        brush.rect(0, 112, 232, 126, "#8a5a36", 3)
        brush.rect(0, 112, 232, 117, "#b57a4b", 3)
        brush.rect(6, 126, 226, 226, "#d9b98e")
        brush.rect(6, 126, 226, 134, (0, 0, 0, 50))
        for panel in (16, 124):
            brush.rect(panel, 144, panel + 92, 216, "#cda878", 3)
        brush.disc(192, 180, 25, "#b3201f")
        brush.text(192, 180, str(number + 1), 34, "#ffffff", weight=800)
        brush.rect(6, 222, 226, 230, "#7b5334")
        brush.rect(150, 74, 204, 106, "#2b3338", 3)  # the clerk's screen, from behind
        brush.rect(170, 104, 184, 114, "#2b3338")
        brush.poly([(40, 108), (84, 108), (88, 113), (36, 113)], "#ffffff")
        actors.append(fixed(brush.sprite(), x, _DESK_TOP - 112))
    return actors


def _boards(stage: Stage) -> list[Actor]:
    """The number being served, over each counter; it moves on now and then."""
    actors: list[Actor] = []
    for number, x in enumerate(_COUNTERS):
        boards = []
        for call in range(4):
            brush = stage.piece(190, 66)
            brush.rect(0, 0, 190, 66, "#1c2328", 5)
            brush.text(95, 17, _SUBJECTS[number], 17, "#d7e4ea", weight=600)
            brush.text(
                95, 45, f"{(number + 1) * 1000 + 37 + call + stage.variant}", 30, "#ff5a36", weight=800
            )
            boards.append(brush.sprite())
        actors.append(standing(boards, x + 20, 182, changes_s=stage.loop_s / 4, offset=number % 3))
    return actors


def _clerks(stage: Stage) -> list[Actor]:
    shirts = ("#7fb0d8", "#e9edf0", "#8fc0b0", "#e9edf0", "#7fb0d8")
    actors = []
    for number, x in enumerate(_COUNTERS):
        poses = [
            bust(
                stage,
                height=150,
                shirt=shirts[(number + stage.variant) % 5],
                seen_from="front",
                lean=lean,
                hair=("#26201e", "#3a2a22")[number % 2],
            )
            for lean in (0, -3, 0, 3)
        ]
        actors.append(standing(poses, x + 66, 278, changes_s=0.8 + 0.2 * (number % 2) * 2, offset=number))
    return actors


def _citizens(stage: Stage) -> list[Actor]:
    looks = (("#d96f4a", "#3c4658"), ("#5a7d4f", "#2f2f38"), ("#b04a6f", "#41506b"), ("#e0c05a", "#4a3d35"))
    actors: list[Actor] = []
    for number, counter in enumerate((0, 1, 3, 4)):
        shirt, trousers = looks[(number + stage.variant) % 4]
        poses = [
            back(stage, height=205, shirt=shirt, trousers=trousers, sway=sway) for sway in (0, 1.5, 0, -1.5)
        ]
        actors.append(standing(poses, _COUNTERS[counter] + 56, 388, changes_s=1.25, offset=number))
    return actors


def _passers(stage: Stage) -> list[Actor]:
    goer = walker(stage, height=215, shirt="#4c86b8", trousers="#2e3440")
    comer = walker(stage, height=225, shirt="#c9506a", trousers="#353b55", flip=True)
    loop = stage.loop_s
    return [
        crossing(
            goer,
            start=(-180, 408),
            end=(1300, 412),
            leaves_s=loop * 0.05,
            takes_s=loop * 0.5,
            loop_s=loop,
            steps_per_s=7,
        ),
        crossing(
            comer,
            start=(1300, 424),
            end=(-180, 424),
            leaves_s=loop * 0.5,
            takes_s=loop * 0.48,
            loop_s=loop,
            steps_per_s=7,
        ),
    ]


def _waiting(stage: Stage) -> list[Actor]:
    """A row of chairs in the foreground, seen from behind."""
    shirts = ("#6c8fb8", "", "#b8674a", "#8a7fb0", "", "#5f9a7a", "#c9a24a")
    actors: list[Actor] = []
    for number in range(len(shirts)):
        x = 70 + number * 168
        if look := shirts[(number + stage.variant) % 7]:
            poses = [
                bust(stage, height=205, shirt=look, seen_from="back", lean=lean) for lean in (0, 2, 0, -2)
            ]
            actors.append(standing(poses, x + 4, 568, changes_s=1 + number % 2, offset=number))
        brush = stage.piece(136, 110)
        brush.rect(2, 6, 134, 96, "#2f6da8", 14)
        brush.rect(2, 6, 134, 30, "#4583bf", 14)
        brush.rect(10, 40, 126, 96, "#2a6299", 8)
        actors.append(fixed(brush.sprite(), x, 640))
    return actors
