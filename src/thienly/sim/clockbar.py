"""The machine-readable clock burnt into every simulated picture.

One row of 24 square cells at the lower left. For a picture of W × H pixels:

    cell width  W / 80        (16 px at 1280)
    cell height H / 45        (16 px at 720)
    left edge   W / 80
    top edge    H * 43 / 45

Cells, left to right: white, black · 16 data bits, most significant first · 4 check bits · black, white.
White is 1. The data is the position in the loop in milliseconds (0…65,535); the check is the exclusive or of
its four nibbles and of 0b1010. A reader takes the mean of the middle half of each cell, the threshold
half-way between the mean of the two white and of the two black marker cells, and gives up when those differ
by less than 40 or when a marker or the check is wrong. That survives x264 at low rates and scaling to half.

Latency in seconds, for a loop of L seconds: `(unix_time - position) mod L`.
"""

import numpy as np
from numpy.typing import NDArray

COLUMNS, ROWS = 80, 45
LEFT, TOP = 1, 43
CELLS = 24
MAX_MS = 0xFFFF
WHITE, BLACK = 225, 20  # luma, inside the limited range
_CHECK_SALT = 0b1010
_LEAST_CONTRAST = 40
_RGB_TO_LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)

Luma = NDArray[np.uint8]


def cells(position_ms: int) -> list[int]:
    """The 24 cells for a loop position; ValueError when it does not fit 16 bits."""
    if not 0 <= position_ms <= MAX_MS:
        raise ValueError(f"loop position {position_ms} ms does not fit in 16 bits")
    data = [position_ms >> bit & 1 for bit in range(15, -1, -1)]
    check = [_check(position_ms) >> bit & 1 for bit in range(3, -1, -1)]
    return [1, 0, *data, *check, 0, 1]


def _check(value: int) -> int:
    return (value ^ value >> 4 ^ value >> 8 ^ value >> 12) & 0xF ^ _CHECK_SALT


def bounds(width: int, height: int) -> tuple[int, int, int, int]:
    """Left, top, right, bottom in pixels of the whole row of cells."""
    return (
        round(LEFT * width / COLUMNS),
        round(TOP * height / ROWS),
        round((LEFT + CELLS) * width / COLUMNS),
        round((TOP + 1) * height / ROWS),
    )


def draw(luma: Luma, position_ms: int) -> None:
    """Paint the bar into a luma plane (H × W, uint8) in place."""
    height, width = luma.shape
    _, top, _, bottom = bounds(width, height)
    for index, cell in enumerate(cells(position_ms)):
        left = round((LEFT + index) * width / COLUMNS)
        right = round((LEFT + index + 1) * width / COLUMNS)
        luma[top:bottom, left:right] = WHITE if cell else BLACK


def read(picture: NDArray[np.uint8]) -> int | None:
    """The loop position in ms from a luma plane (H × W) or an RGB picture (H × W × 3), or None."""
    height, width = picture.shape[:2]
    _, top, _, bottom = bounds(width, height)
    quarter = (bottom - top) // 4
    strip = picture[top + quarter : max(bottom - quarter, top + quarter + 1)].astype(np.float32)
    if strip.ndim == 3:
        strip = strip @ _RGB_TO_LUMA
    columns = strip.mean(axis=0)
    levels = [_cell_level(columns, index, width) for index in range(CELLS)]
    white, black = (levels[0] + levels[23]) / 2, (levels[1] + levels[22]) / 2
    if white - black < _LEAST_CONTRAST:
        return None
    bits = [int(level > (white + black) / 2) for level in levels]
    value = int("".join(map(str, bits[2:18])), 2)
    return value if bits == cells(value) else None


def _cell_level(columns: NDArray[np.float32], index: int, width: int) -> float:
    left, cell = (LEFT + index) * width / COLUMNS, width / COLUMNS
    first = int(left + cell / 4)
    return float(columns[first : max(int(left + cell * 3 / 4), first + 1)].mean())
