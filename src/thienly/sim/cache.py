"""Rendered clips on disk: rendered once, found by what they show.

A file appears whole or not at all (written beside, then renamed), so two processes that render the same clip
only waste time.
"""

import hashlib
import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from thienly.sim.clip import (
    DamagedClipError,
    SoundClip,
    VideoClip,
    load_sound,
    load_video,
    save_sound,
    save_video,
)
from thienly.sim.render import render_sound, render_video
from thienly.sim.spec import CameraSpec, PictureFault, SceneName, SoundCodec

log = logging.getLogger(__name__)

# Raise it when a scene is repainted or the encoding changes.
VERSION = 3
_ENCODING_FIELDS = {"codec", "bframes"}
_PICTURE_FIELDS = {"name", "scene", "variant", "width", "height", "fps", "bitrate", "gop_s", "loop_s"}
_WORTH_A_PROCESS = 2_000_000_000  # pixels to paint; below, starting processes takes longer than painting

Progress = Callable[[int, int], None]


def default_cache() -> Path:
    """The user's cache directory (XDG_CACHE_HOME)."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "thienly" / "clips"


def video_key(spec: CameraSpec, fault: PictureFault | None = None) -> str:
    """Names a clip: equal for two cameras that show the same."""
    facts = f"{VERSION} {fault} {sorted(spec.model_dump(include=_PICTURE_FIELDS).items())}"
    encoding = spec.model_dump(include=_ENCODING_FIELDS, exclude_defaults=True)
    if encoding:
        facts += f" {sorted(encoding.items())}"
    return hashlib.sha256(facts.encode()).hexdigest()[:24]


class ClipCache:
    def __init__(self, directory: Path | None = None) -> None:
        self._directory = directory or default_cache()
        self._directory.mkdir(parents=True, exist_ok=True)

    def video(self, spec: CameraSpec, fault: PictureFault | None = None) -> VideoClip:
        """From disk, else rendered here and now (seconds for a large picture)."""
        path = self._directory / f"{video_key(spec, fault)}.video"
        try:
            return load_video(path)
        except (FileNotFoundError, DamagedClipError):
            clip = render_video(spec, fault)
            _keep(path, lambda beside: save_video(beside, clip))
            return clip

    def sound(self, scene: SceneName, codec: SoundCodec = "aac") -> SoundClip:
        name = scene if codec == "aac" else f"{scene}-{codec}"
        path = self._directory / f"{VERSION}-{name}.sound"
        try:
            return load_sound(path, codec)
        except (FileNotFoundError, DamagedClipError):
            clip = render_sound(scene, codec)
            _keep(path, lambda beside: save_sound(beside, clip))
            return clip

    def prepare(self, specs: Iterable[CameraSpec], progress: Progress | None = None) -> None:
        """Render what is missing, on all processors when there is much.

        `progress(done, of)` is called after each clip. Raises CalledProcessError when one cannot be rendered.
        """
        wanted = {video_key(spec): spec for spec in specs}
        missing = [spec for key, spec in wanted.items() if not (self._directory / f"{key}.video").exists()]
        work = sum(spec.width * spec.height * spec.loop_frames for spec in missing)
        if len(missing) < 2 or work < _WORTH_A_PROCESS:
            for done, spec in enumerate(missing, 1):
                self.video(spec)
                _report(progress, done, len(missing))
            return
        with ThreadPoolExecutor(min(len(missing), os.cpu_count() or 1)) as pool:
            jobs = [pool.submit(_render_elsewhere, self._directory, spec) for spec in missing]
            for done, job in enumerate(as_completed(jobs), 1):
                job.result()
                _report(progress, done, len(missing))


def _render_elsewhere(directory: Path, spec: CameraSpec) -> None:
    """A fresh interpreter: no fork under threads, no second run of the caller's main module."""
    command = [sys.executable, "-m", "thienly.sim.cache", str(directory)]
    subprocess.run(command, input=spec.model_dump_json().encode(), check=True)  # noqa: S603 - our own module


def _report(progress: Progress | None, done: int, of: int) -> None:
    if progress:
        progress(done, of)
    log.info("đang dựng cảnh %d/%d", done, of)


def _keep(path: Path, write: Callable[[Path], None]) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    os.close(handle)
    beside = Path(name)
    try:
        write(beside)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


if __name__ == "__main__":
    ClipCache(Path(sys.argv[1])).video(CameraSpec.model_validate_json(sys.stdin.buffer.read()))
