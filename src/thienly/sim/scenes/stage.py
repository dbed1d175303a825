"""Painting in virtual units of a 1280 × 720 stage, whatever the size of the picture.

A `Brush` paints with Pillow at twice the size and is reduced at the end, so that edges are smooth. A `Sprite`
is a painted piece ready to be laid over a frame.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image, ImageChops, ImageColor, ImageDraw, ImageFilter, ImageFont

from thienly.sim.scenes.yuv import Sprite, sprite_from_rgba

VIRTUAL_WIDTH, VIRTUAL_HEIGHT = 1280, 720
_SUPERSAMPLE = 2

Colour = str | tuple[int, int, int] | tuple[int, int, int, int]
Points = Sequence[tuple[float, float]]


@cache
def font(size: int, weight: int = 500) -> ImageFont.FreeTypeFont:
    """Inter, the typeface of the interface, at a size in pixels."""
    source = files("fontpkg_inter") / "files" / "Inter[opsz,wght].ttf"
    face = ImageFont.truetype(BytesIO(source.read_bytes()), size)
    face.set_variation_by_axes([max(14, min(size, 32)), weight])
    return face


@dataclass(frozen=True)
class Stage:
    """How the virtual stage maps to the picture; the variant frames it as another installer would have."""

    width: int
    height: int
    variant: int = 0
    loop_s: float = 20.0
    scale: float = field(init=False)
    left: float = field(init=False)
    top: float = field(init=False)

    def __post_init__(self) -> None:
        zoom = (1.0, 1.1, 1.05, 1.16)[self.variant % 4]
        spare_x, spare_y = VIRTUAL_WIDTH * (1 - 1 / zoom), VIRTUAL_HEIGHT * (1 - 1 / zoom)
        scale = max(self.width / VIRTUAL_WIDTH, self.height / VIRTUAL_HEIGHT) * zoom
        object.__setattr__(self, "scale", scale)
        object.__setattr__(self, "left", spare_x * (0.5, 0.2, 0.9, 0.6)[self.variant % 4])
        object.__setattr__(self, "top", spare_y * (0.5, 0.8, 0.5, 0.7)[self.variant % 4])

    def random(self, salt: int = 0) -> np.random.Generator:
        """Repeatable chance: the same stage always paints the same picture."""
        return np.random.default_rng([self.variant, salt])

    def backdrop(self) -> "Brush":
        """A brush over the whole picture."""
        factor = self.scale * _SUPERSAMPLE
        image = Image.new("RGB", (self.width * _SUPERSAMPLE, self.height * _SUPERSAMPLE))
        return Brush(image, factor, self.left, self.top)

    def piece(self, width: float, height: float, *, scale: float = 1.0) -> "Brush":
        """A transparent brush for a sprite of that many virtual units."""
        factor = self.scale * _SUPERSAMPLE * scale
        size = (max(2, round(width * factor)), max(2, round(height * factor)))
        return Brush(Image.new("RGBA", size), factor)

    def pixel(self, x: float, y: float) -> tuple[int, int]:
        """The picture position of a point of the stage."""
        return round((x - self.left) * self.scale), round((y - self.top) * self.scale)


class Brush:
    """Pillow's drawing calls in virtual units. Translucent colours blend with what is there."""

    def __init__(self, image: Image.Image, factor: float, left: float = 0, top: float = 0) -> None:
        self.image = image
        self.factor = factor
        self._left, self._top = left, top
        self._draw = ImageDraw.Draw(image, "RGBA" if image.mode == "RGB" else None)

    def _at(self, x: float, y: float) -> tuple[float, float]:
        return (x - self._left) * self.factor, (y - self._top) * self.factor

    def poly(self, points: Points, fill: Colour) -> None:
        self._paint(fill, lambda draw: draw.polygon([self._at(*point) for point in points], fill=fill))

    def rect(  # noqa: PLR0917 - a box and a colour, in the order of Pillow
        self, x0: float, y0: float, x1: float, y1: float, fill: Colour, radius: float = 0
    ) -> None:
        box = (*self._at(x0, y0), *self._at(x1, y1))
        self._paint(fill, lambda draw: draw.rounded_rectangle(box, radius * self.factor, fill=fill))

    def ellipse(self, x0: float, y0: float, x1: float, y1: float, fill: Colour) -> None:
        box = (*self._at(x0, y0), *self._at(x1, y1))
        self._paint(fill, lambda draw: draw.ellipse(box, fill=fill))

    def disc(self, x: float, y: float, radius: float, fill: Colour) -> None:
        self.ellipse(x - radius, y - radius, x + radius, y + radius, fill)

    def line(self, points: Points, fill: Colour, width: float) -> None:
        pixels = max(1, round(width * self.factor))
        self._paint(fill, lambda draw: draw.line([self._at(*p) for p in points], fill, pixels, joint="curve"))

    def _paint(self, fill: Colour, paint: Callable[[ImageDraw.ImageDraw], None]) -> None:
        if isinstance(fill, str) or len(fill) == 3 or self.image.mode == "RGB":
            return paint(self._draw)
        # On an image with opacity Pillow replaces instead of blending.
        layer = Image.new("RGBA", self.image.size, (*_rgb(fill), 0))
        paint(ImageDraw.Draw(layer))
        self.image.alpha_composite(layer)

    def text(self, x: float, y: float, text: str, size: float, fill: Colour, **options: Any) -> None:
        """Text centred on the point, `size` virtual units high."""
        face = font(max(6, round(size * self.factor)), options.get("weight", 600))
        self._draw.text(self._at(x, y), text, font=face, fill=fill, anchor=options.get("anchor", "mm"))

    def gradient(self, y0: float, y1: float, top: str, bottom: str) -> None:
        """A vertical gradient between two colours over a band of the picture."""
        first, last = max(0, round(self._at(0, y0)[1])), min(round(self._at(0, y1)[1]), self.image.height)
        if last <= first:
            return
        ends = Image.new("RGB", (1, 2))
        ends.putpixel((0, 0), _rgb(top))
        ends.putpixel((0, 1), _rgb(bottom))
        # Bilinear enlargement of two pixels is flat at both ends; the middle half is the pure ramp.
        ramp = ends.resize((1, (last - first) * 2), Image.Resampling.BILINEAR)
        ramp = ramp.crop((0, (last - first) // 2, 1, (last - first) // 2 + last - first))
        self.image.paste(ramp.resize((self.image.width, last - first)), (0, first))

    def shade(self, points: Points, fill: Colour, blur: float) -> None:
        """A soft-edged polygon: shadows, dust, light."""
        layer = Image.new("RGBA", self.image.size, (*_rgb(fill), 0))
        ImageDraw.Draw(layer).polygon([self._at(*point) for point in points], fill=fill)
        self._lay(layer, blur)

    def glow(  # noqa: PLR0917 - as `ellipse`, from its centre
        self, x: float, y: float, radius_x: float, radius_y: float, fill: Colour, blur: float
    ) -> None:
        """A soft-edged ellipse."""
        layer = Image.new("RGBA", self.image.size, (*_rgb(fill), 0))
        box = (*self._at(x - radius_x, y - radius_y), *self._at(x + radius_x, y + radius_y))
        ImageDraw.Draw(layer).ellipse(box, fill=fill)
        self._lay(layer, blur)

    def _lay(self, layer: Image.Image, blur: float) -> None:
        alpha = layer.getchannel("A")
        shrunk = alpha.reduce(4).filter(ImageFilter.GaussianBlur(blur * self.factor / 4))
        layer.putalpha(shrunk.resize(alpha.size, Image.Resampling.BILINEAR))
        if self.image.mode == "RGB":
            self.image.paste(layer.convert("RGB"), mask=layer.getchannel("A"))
        else:
            self.image.alpha_composite(layer)

    def grain(self, chance: np.random.Generator, strength: float, coarse: float = 3, y0: float = 0) -> None:
        """Mottle everything below `y0`: earth, asphalt, plaster."""
        first = max(0, round(self._at(0, y0)[1]))
        width, height = self.image.width, self.image.height - first
        if height <= 0:
            return
        mottle = np.zeros((height, width), np.float32)
        for octave, weight in ((1, 0.35), (4, 0.3), (16, 0.35)):
            cell = max(1.0, coarse * octave * self.factor / _SUPERSAMPLE)
            small = chance.normal(0, 1, (max(2, int(height / cell)), max(2, int(width / cell))))
            layer = Image.fromarray(small.astype(np.float32)).resize(
                (width, height), Image.Resampling.BICUBIC
            )
            mottle += weight * np.asarray(layer)
        # It comes in gradually: no edge across the sky.
        mottle *= np.clip(np.arange(height, dtype=np.float32) / max(1, 60 * self.factor), 0, 1)[:, None]
        centred = Image.fromarray(np.clip(128 + mottle * strength, 0, 255).astype(np.uint8))
        region = self.image.crop((0, first, self.image.width, self.image.height))
        grey = Image.merge("RGB", (centred, centred, centred))
        self.image.paste(ImageChops.add(region, grey, 1, -128), (0, first))

    def picture(self) -> Image.Image:
        """The reduced picture."""
        return self.image.reduce(_SUPERSAMPLE)

    def mirror(self) -> None:
        """Turn round what is painted so far; lettering comes after."""
        self.image = self.image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        self._draw = ImageDraw.Draw(self.image, "RGBA" if self.image.mode == "RGB" else None)

    def sprite(self, *, flip: bool = False) -> Sprite:
        if flip:
            self.mirror()
        return sprite_from_rgba(self.picture())


def _rgb(colour: Colour) -> tuple[int, int, int]:
    if isinstance(colour, str):
        colour = ImageColor.getrgb(colour)
    return colour[0], colour[1], colour[2]
