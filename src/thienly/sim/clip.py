"""Encoded loops: what a camera would have sent, before it is packed into RTP."""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thienly.sim.spec import SoundCodec, VideoCodec


class DamagedClipError(Exception):
    """A file of the cache is cut or is something else."""


@dataclass(frozen=True)
class VideoClip:
    """Access units in Annex B, one a frame; key frames carry their parameter sets in band.

    `shown` is the place of each unit in the order in which pictures are shown; `first_key` is the first key
    frame.
    """

    width: int
    height: int
    fps: int
    gop_frames: int
    units: list[bytes]
    codec: VideoCodec
    shown: list[int]
    first_key: int = 0

    def late(self, frames: int) -> "VideoClip":
        """The same loop, its key frames too, so many frames behind the clock. Only without B-frames."""
        turn = -frames % len(self.units)
        units = self.units[turn:] + self.units[:turn]
        return replace(self, units=units, first_key=frames % self.gop_frames)

    @property
    def loop_s(self) -> float:
        return len(self.units) / self.fps

    @property
    def bitrate(self) -> int:
        """Mean, bit/s."""
        return round(sum(map(len, self.units)) * 8 / self.loop_s)


@dataclass(frozen=True)
class SoundClip:
    """Frames of `samples` each; they join at the ends."""

    rate: int
    config: bytes  # AAC's AudioSpecificConfig, ISO/IEC 14496-3
    units: list[bytes]
    codec: SoundCodec = "aac"
    samples: int = 1024


def save_video(path: Path, clip: VideoClip) -> None:
    facts = [clip.width, clip.height, clip.fps, clip.gop_frames]
    shown = np.array(clip.shown, np.int64)
    _save(path, clip.units, facts=np.array(facts, np.int64), codec=_text(clip.codec), shown=shown)


def load_video(path: Path) -> VideoClip:
    """Raises FileNotFoundError, and DamagedClipError when the file is not a whole clip."""
    with _parts(path) as parts:
        width, height, fps, gop = (int(value) for value in parts["facts"])
        units = _units(parts)
        # Clips rendered before there was a choice lack both.
        codec: VideoCodec = "h265" if "codec" in parts and parts["codec"].tobytes() == b"h265" else "h264"
        shown = parts["shown"].tolist() if "shown" in parts else list(range(len(units)))
        return VideoClip(width, height, fps, gop, units, codec, shown)


def save_sound(path: Path, clip: SoundClip) -> None:
    facts = np.array([clip.rate, clip.samples], np.int64)
    _save(path, clip.units, facts=facts, config=np.frombuffer(clip.config, np.uint8))


def load_sound(path: Path, codec: SoundCodec) -> SoundClip:
    """Raises FileNotFoundError, and DamagedClipError when the file is not a whole clip."""
    with _parts(path) as parts:
        rate, *samples = (int(value) for value in parts["facts"])
        return SoundClip(rate, parts["config"].tobytes(), _units(parts), codec, *samples)


@contextmanager
def _parts(path: Path) -> Iterator[Any]:
    try:
        with np.load(path) as parts:
            yield parts
    except (EOFError, KeyError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise DamagedClipError(str(path)) from error


def _save(path: Path, units: list[bytes], **parts: NDArray[Any]) -> None:
    sizes = np.array([len(unit) for unit in units], np.int64)
    with path.open("wb") as file:
        np.savez(
            file, data=np.frombuffer(b"".join(units), np.uint8), sizes=sizes, allow_pickle=False, **parts
        )


def _text(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode(), np.uint8)


def _units(parts: Any) -> list[bytes]:
    data, ends = parts["data"].tobytes(), np.cumsum(parts["sizes"])
    return [data[end - size : end] for end, size in zip(ends.tolist(), parts["sizes"].tolist(), strict=True)]
