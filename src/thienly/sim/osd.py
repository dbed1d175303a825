"""What a camera's on-screen display burns in: its name, the clock, the machine-readable bar."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from thienly.sim import clockbar
from thienly.sim.scenes.stage import font
from thienly.sim.scenes.yuv import Frame

Mask = NDArray[np.uint16]  # opacity, 0…256


class Osd:
    """Name at the upper left, loop position in seconds at the upper right, bar at the lower left."""

    def __init__(self, name: str, width: int, height: int) -> None:
        self._size = max(9, round(height / 26))
        self._margin = round(width / 80)
        self._name = self._mask(name)
        self._marks = {mark: self._mask(mark, cell=self._size * 0.66) for mark in "0123456789"}
        self._marks["."] = self._mask(".", cell=self._size * 0.34)
        self._arrow = self._triangle()

    def draw(self, frame: Frame, position_ms: int) -> None:
        _blend(frame, self._name, self._margin, self._margin)
        marks = [self._arrow, *(self._marks[mark] for mark in f"{position_ms / 1000:06.3f}")]
        x = frame.width - self._margin - sum(mark[0].shape[1] for mark in marks)
        for mark in marks:
            _blend(frame, mark, x, self._margin)
            x += mark[0].shape[1]
        clockbar.draw(frame.y, position_ms)
        left, top, right, bottom = clockbar.bounds(frame.width, frame.height)
        for plane in (frame.u, frame.v):
            plane[top // 2 : (bottom + 1) // 2, left // 2 : (right + 1) // 2] = 128

    def _mask(self, text: str, cell: float | None = None) -> tuple[Mask, Mask]:
        face = font(self._size, 600)
        edge = max(1, self._size // 14)
        width = round(cell) if cell else round(face.getlength(text)) + 4 * edge
        image = Image.new("LA", (width, round(self._size * 1.5)))
        at = (width / 2, self._size * 1.05) if cell else (2 * edge, self._size * 1.05)
        ImageDraw.Draw(image).text(
            at, text, (255, 255), face, anchor="ms" if cell else "ls", stroke_width=edge, stroke_fill=(0, 255)
        )
        return _masks(image)

    def _triangle(self) -> tuple[Mask, Mask]:
        size = self._size
        image = Image.new("LA", (size, round(size * 1.5)))
        points = [(size * 0.15, size * 0.4), (size * 0.7, size * 0.72), (size * 0.15, size * 1.04)]
        ImageDraw.Draw(image).polygon(points, fill=(255, 255), outline=(0, 255))
        return _masks(image)


def _masks(image: Image.Image) -> tuple[Mask, Mask]:
    """Paint (luma × opacity) and what is kept of the picture."""
    values = np.asarray(image, np.float32)
    opacity = values[..., 1] / 255
    luma = 20 + values[..., 0] / 255 * 205
    return (luma * opacity * 256).astype(np.uint16), np.rint((1 - opacity) * 256).astype(np.uint16)


def _blend(frame: Frame, mask: tuple[Mask, Mask], x: int, y: int) -> None:
    paint, keep = mask
    height, width = keep.shape
    target = frame.y[y : y + height, x : x + width]
    height, width = target.shape
    target[:] = (target * keep[:height, :width] + paint[:height, :width]) >> 8
    grey = keep[: height // 2 * 2 : 2, : width // 2 * 2 : 2]
    for plane in (frame.u, frame.v):
        under = plane[y // 2 : y // 2 + grey.shape[0], x // 2 : x // 2 + grey.shape[1]]
        part = grey[: under.shape[0], : under.shape[1]]
        under[:] = (under * part + 128 * (256 - part)) >> 8
