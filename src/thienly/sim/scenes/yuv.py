"""Frames and sprites as planar YUV 4:2:0 (BT.709, limited range).

It is what the encoder takes, so nothing is converted per frame.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Plane = NDArray[np.uint8]
Real = NDArray[np.floating]


class Frame:
    """One contiguous I420 buffer with views on its planes."""

    def __init__(self, width: int, height: int, data: Plane | None = None) -> None:
        luma, chroma = width * height, width * height // 4
        self.data: Plane = np.empty(luma + 2 * chroma, np.uint8) if data is None else data
        self.y: Plane = self.data[:luma].reshape(height, width)
        self.u: Plane = self.data[luma : luma + chroma].reshape(height // 2, width // 2)
        self.v: Plane = self.data[luma + chroma :].reshape(height // 2, width // 2)
        self.width, self.height = width, height

    def packed(self) -> Plane:
        """The (3/2 H) × W array that PyAV calls yuv420p."""
        return self.data.reshape(self.height * 3 // 2, self.width)

    def copy_from(self, other: "Frame") -> None:
        self.data[:] = other.data


@dataclass(frozen=True, slots=True)
class Layer:
    """One plane of a sprite: colour times opacity, and what is left of the background (0…256)."""

    paint: NDArray[np.uint16]
    keep: NDArray[np.uint16]

    def lay(self, plane: Plane, x: int, y: int) -> None:
        height, width = self.keep.shape
        x0, y0 = max(x, 0), max(y, 0)
        x1, y1 = min(x + width, plane.shape[1]), min(y + height, plane.shape[0])
        if x1 <= x0 or y1 <= y0:
            return
        part = np.s_[y0 - y : y1 - y, x0 - x : x1 - x]
        target = plane[y0:y1, x0:x1]
        target[:] = (target * self.keep[part] + self.paint[part]) >> 8


@dataclass(frozen=True, slots=True)
class Sprite:
    y: Layer
    u: Layer
    v: Layer

    def lay(self, frame: Frame, x: int, y: int) -> None:
        """Blend over a frame with the upper left corner at a pixel; what falls outside is cut off."""
        self.y.lay(frame.y, x, y)
        self.u.lay(frame.u, x // 2, y // 2)
        self.v.lay(frame.v, x // 2, y // 2)


def _planes(rgb: Real) -> tuple[Real, Real, Real]:
    red, green, blue = rgb[..., 0], rgb[..., 1], rgb[..., 2]
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return 16 + luma * (219 / 255), 128 + (blue - luma) * (112 / 236.6), 128 + (red - luma) * (112 / 200.8)


def _half(plane: Real) -> Real:
    height, width = plane.shape
    quarters: Real = plane.reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3))
    return quarters


def frame_from_image(image: Image.Image) -> Frame:
    """Convert once; width and height must be even."""
    luma, blue, red = _planes(np.asarray(image.convert("RGB"), np.float32))
    frame = Frame(image.width, image.height)
    # Head-room for the sensor noise, which is added without saturation.
    frame.y[:] = np.clip(luma, 20, 231)
    frame.u[:], frame.v[:] = _half(blue), _half(red)
    return frame


def sprite_from_rgba(image: Image.Image) -> Sprite:
    pixels = np.asarray(image.convert("RGBA"), np.float32)
    height, width = pixels.shape[:2]
    pixels = np.pad(pixels, ((0, height % 2), (0, width % 2), (0, 0)))
    opacity = pixels[..., 3] / 255
    luma, blue, red = _planes(pixels[..., :3])
    half = _half(opacity)
    return Sprite(
        _layer(np.clip(luma, 20, 231) * opacity, opacity),
        _layer(_half(blue * opacity), half),
        _layer(_half(red * opacity), half),
    )


def _layer(paint: Real, opacity: Real) -> Layer:
    return Layer((paint * 256).astype(np.uint16), np.rint((1 - opacity) * 256).astype(np.uint16))
