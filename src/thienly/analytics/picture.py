"""Measuring a decoded picture, alone and against what its camera usually shows. Pure: arrays in, numbers out.

The picture is taken apart twice: at `DETAIL_WIDTH` pixels for its sharpness, and at `LOOK_WIDTH` ×
`LOOK_HEIGHT` for its structure. There it is compared patch by patch by normalised correlation, which light,
shutter and a passing cloud leave as it is.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thienly.rules.picture import Measures

DETAIL_WIDTH = 640
"""Pixels, at most."""
LOOK_WIDTH, LOOK_HEIGHT = 128, 72
STILL_WIDTH, STILL_HEIGHT = 256, 144
"""Pixels of what is kept of a picture to see whether the next one differs: so large that the strokes of a
clock in the picture count, so small that noise does not."""
PATCH = 8
"""Pixels of a look on each side: 16 × 9 patches."""
LEAST_WIDTH, LEAST_HEIGHT = 128, 72
"""Smaller pictures are not measured."""

_STRUCTURE = 5.0
"""Standard deviation of luma within a patch; below, the encoder's noise."""
_COLOUR = 3.0
"""Mean distance of both chroma planes from grey; below, the camera sees no colour."""
_GRID = (LOOK_HEIGHT // PATCH, LOOK_WIDTH // PATCH)

Plane = NDArray[np.uint8]
Real = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Picture:
    """A reduced picture: luma and chroma planes, full range."""

    luma: Plane
    blue: Plane
    red: Plane


@dataclass(frozen=True, slots=True)
class Look:
    """What a camera usually shows: the mean of many pictures. `luma` LOOK_HEIGHT × LOOK_WIDTH, `detail` one
    number a patch; `pictures`: how many it was learnt from."""

    luma: Real
    detail: Real
    pictures: int

    def pack(self) -> bytes:
        head = np.array([self.pictures], "<u4").tobytes()
        return head + self.luma.astype("<f2").tobytes() + self.detail.astype("<f2").tobytes()

    @classmethod
    def unpack(cls, data: bytes) -> "Look":
        """Raises ValueError."""
        area, patches = LOOK_WIDTH * LOOK_HEIGHT, _GRID[0] * _GRID[1]
        if len(data) != 4 + 2 * (area + patches):
            raise ValueError("not a look")
        numbers = np.frombuffer(data, "<f2", offset=4).astype(np.float32)
        if not np.isfinite(numbers).all():
            raise ValueError("not a look")
        return cls(
            numbers[:area].reshape(LOOK_HEIGHT, LOOK_WIDTH),
            numbers[area:].reshape(_GRID),
            int(np.frombuffer(data, "<u4", 1)[0]),
        )


KNOWN_FROM = 3
"""A look counts from so many pictures on."""
SLOWEST = 32
"""Later pictures weigh one in so many: at one a minute, light that comes and goes is followed in half an
hour, and a lorry that stands there for a moment is not learnt."""


def look_of(picture: Picture) -> Look:
    """The picture as a look of its own."""
    luma = _reduced(picture.luma, LOOK_HEIGHT, LOOK_WIDTH)
    return Look(luma, _by_patch(_laplacian(picture.luma)), 1)


def learn(usual: Look | None, seen: Look) -> Look:
    """What is usual after a good picture."""
    if usual is None:
        return seen
    share = 1 / min(usual.pictures + 1, SLOWEST)
    return Look(
        usual.luma + (seen.luma - usual.luma) * share,
        usual.detail + (seen.detail - usual.detail) * share,
        min(usual.pictures + 1, 2**31),
    )


def is_mono(picture: Picture) -> bool:
    blue = np.abs(picture.blue.astype(np.int16) - 128).mean()
    red = np.abs(picture.red.astype(np.int16) - 128).mean()
    return bool(blue + red < _COLOUR)


def still_of(picture: Picture) -> Plane:
    """What the next picture of the camera is compared with."""
    height, width = picture.luma.shape
    return _reduced(picture.luma, min(STILL_HEIGHT, height), min(STILL_WIDTH, width)).astype(np.uint8)


def measure(
    picture: Picture, seen: Look, still: Plane, *, usual: Look | None, before: Plane | None
) -> Measures:
    """`seen`: `look_of(picture)`; `still`: `still_of(picture)`; `before`: that of the picture checked
    before."""
    spread, patches = _spread(seen.luma)
    structured = spread > _STRUCTURE
    compared: dict[str, float | None] = {}
    if usual is not None and usual.pictures >= KNOWN_FROM:
        compared = _compare(seen, spread, patches, usual)
    if before is not None and before.shape == still.shape:
        change = np.abs(still.astype(np.int16) - before)
        compared |= {"moving": float(change.mean()), "most_moving": float(change.max())}
    return Measures(
        luma=float(seen.luma.mean()),
        contrast=float(seen.luma.std()),
        texture=float(structured.mean()),
        mono=is_mono(picture),
        detail=float(seen.detail[structured].mean()) if structured.any() else 0.0,
        **compared,
    )


def _compare(seen: Look, spread: Real, patches: Real, usual: Look) -> dict[str, float | None]:
    usual_spread, usual_patches = _spread(usual.luma)
    had, has = usual_spread > _STRUCTURE, spread > _STRUCTURE
    considered = had | has
    count = int(considered.sum())
    result: dict[str, float | None] = {
        "alike": _correlation(_by_patch(seen.luma), _by_patch(usual.luma)),
    }
    if not had.any():
        return result
    product = (patches * usual_patches).mean(axis=-1)
    alike = product / np.maximum(spread * usual_spread, 1e-3)
    gone = had & (spread < np.maximum(0.35 * usual_spread, 2.0))
    same = considered & ~gone & (alike > 0.5)
    result |= {
        "same": float(same.sum()) / count,
        "lost": float(gone.sum()) / count,
        "sharp": _sharpness(seen.detail, usual.detail, had),
    }
    return result


def _sharpness(seen: Real, usual: Real, had: NDArray[np.bool_]) -> float:
    """Of the patches that usually have most detail: in the others the noise of the sensor is as large. The
    median, because letters that the camera writes into its picture stay sharp whatever the lens does."""
    rich = had & (usual >= np.median(usual[had]))
    return float(np.median(seen[rich] / np.maximum(usual[rich], 1e-3)))


def _spread(luma: Real) -> tuple[Real, Real]:
    """Of each patch: standard deviation, and its pixels less their mean."""
    rows, columns = _GRID
    cut = luma.reshape(rows, PATCH, columns, PATCH).swapaxes(1, 2).reshape(rows, columns, PATCH * PATCH)
    patches = cut - cut.mean(axis=-1, keepdims=True)
    spread: Real = np.sqrt((patches**2).mean(axis=-1))
    return spread, patches


def _correlation(one: Real, other: Real) -> float:
    one, other = one - one.mean(), other - other.mean()
    scale = float(np.sqrt((one**2).sum() * (other**2).sum()))
    return float((one * other).sum()) / scale if scale > 1e-3 else 0.0


def _laplacian(luma: Plane) -> Real:
    """Absolute, one pixel smaller on each side."""
    y = luma.astype(np.int16)
    middle = y[1:-1, 1:-1]
    edges = (middle << 2) - y[:-2, 1:-1] - y[2:, 1:-1] - y[1:-1, :-2] - y[1:-1, 2:]
    strength: Real = np.abs(edges).astype(np.float32)
    return strength


def _by_patch(plane: Real) -> Real:
    return _reduced(plane, *_GRID)


def _reduced(plane: Plane | Real, rows: int, columns: int) -> Real:
    """Means over a grid of rows × columns of nearly equal cells."""
    height, width = plane.shape
    down = np.add.reduceat(plane, np.arange(rows) * height // rows, axis=0, dtype=np.float32)
    both = np.add.reduceat(down, np.arange(columns) * width // columns, axis=1)
    tall = np.diff(np.append(np.arange(rows) * height // rows, height))[:, None]
    wide = np.diff(np.append(np.arange(columns) * width // columns, width))
    means: Real = (both / (tall * wide)).astype(np.float32)
    return means
