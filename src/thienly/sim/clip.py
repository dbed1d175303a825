"""Encoded loops: what a camera would have sent, before it is packed into RTP."""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


class DamagedClipError(Exception):
    """A file of the cache is cut or is something else."""


@dataclass(frozen=True)
class VideoClip:
    """H.264 access units in Annex B, one a frame; key frames carry SPS and PPS in band."""

    width: int
    height: int
    fps: int
    gop_frames: int
    units: list[bytes]

    @property
    def loop_s(self) -> float:
        return len(self.units) / self.fps

    @property
    def bitrate(self) -> int:
        """Mean, bit/s."""
        return round(sum(map(len, self.units)) * 8 / self.loop_s)


@dataclass(frozen=True)
class SoundClip:
    """AAC-LC raw access units of 1,024 samples each; they join at the ends."""

    rate: int
    config: bytes  # AudioSpecificConfig, ISO/IEC 14496-3
    units: list[bytes]


def save_video(path: Path, clip: VideoClip) -> None:
    facts = [clip.width, clip.height, clip.fps, clip.gop_frames]
    _save(path, clip.units, facts=np.array(facts, np.int64))


def load_video(path: Path) -> VideoClip:
    """Raises FileNotFoundError, and DamagedClipError when the file is not a whole clip."""
    with _parts(path) as parts:
        width, height, fps, gop = (int(value) for value in parts["facts"])
        return VideoClip(width, height, fps, gop, _units(parts))


def save_sound(path: Path, clip: SoundClip) -> None:
    _save(
        path, clip.units, facts=np.array([clip.rate], np.int64), config=np.frombuffer(clip.config, np.uint8)
    )


def load_sound(path: Path) -> SoundClip:
    """Raises FileNotFoundError, and DamagedClipError when the file is not a whole clip."""
    with _parts(path) as parts:
        return SoundClip(int(parts["facts"][0]), parts["config"].tobytes(), _units(parts))


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


def _units(parts: Any) -> list[bytes]:
    data, ends = parts["data"].tobytes(), np.cumsum(parts["sizes"])
    return [data[end - size : end] for end, size in zip(ends.tolist(), parts["sizes"].tolist(), strict=True)]
