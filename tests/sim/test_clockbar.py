"""The burnt-in clock must be read from what a decoder gives, or not at all."""

import numpy as np
import pytest
from PIL import Image

from thienly.sim import clockbar


@pytest.mark.parametrize("position_ms", [0, 40, 13_240, 19_960, 65_535])
@pytest.mark.parametrize("size", [(320, 180), (640, 480), (1280, 720), (1920, 1080)])
def test_a_position_is_read_back_at_every_size(position_ms: int, size: tuple[int, int]) -> None:
    luma = np.full((size[1], size[0]), 120, np.uint8)
    clockbar.draw(luma, position_ms)
    assert clockbar.read(luma) == position_ms
    assert clockbar.read(np.repeat(luma[:, :, None], 3, axis=2)) == position_ms


def test_scaling_to_half_with_noise_does_not_hurt() -> None:
    luma = np.random.default_rng(1).integers(60, 200, (720, 1280), dtype=np.uint8)
    clockbar.draw(luma, 7_480)
    half = np.asarray(Image.fromarray(luma).resize((640, 360), Image.Resampling.BILINEAR))
    noisy = np.clip(half.astype(int) + np.random.default_rng(2).integers(-30, 30, half.shape), 0, 255)
    assert clockbar.read(noisy.astype(np.uint8)) == 7_480


def test_a_picture_without_a_bar_gives_nothing() -> None:
    assert clockbar.read(np.full((720, 1280), 16, np.uint8)) is None
    assert clockbar.read(np.random.default_rng(3).integers(0, 255, (720, 1280), dtype=np.uint8)) is None


@pytest.mark.parametrize("cell", range(clockbar.CELLS))
def test_one_wrong_cell_is_noticed(cell: int) -> None:
    luma = np.full((720, 1280), 120, np.uint8)
    clockbar.draw(luma, 12_345)
    part = luma[43 * 16 : 44 * 16, (1 + cell) * 16 : (2 + cell) * 16]
    part[:] = clockbar.WHITE + clockbar.BLACK - part[0, 0]
    assert clockbar.read(luma) is None


def test_a_position_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="16 bits"):
        clockbar.cells(65_536)
