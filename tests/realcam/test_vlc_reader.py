"""VLC plays files of every codec, picture and sound, and has no complaint.

VLC warns of every file in fragments that its `moov` describes no samples. So that nothing else hides behind
that, each file is played beside the one that ffmpeg makes of the same frames.
"""

import re
import subprocess
from pathlib import Path

from tests.media.camera.clip import Codec, Sound, clip
from tests.media.camera.fragmenting import mux
from tests.media.camera.readers import need
from tests.realcam.vlc import open_folder, start

_EVERY: list[tuple[Codec, Sound, int]] = [
    ("h264", "aac", 0), ("h264", "pcmu", 3), ("h265", "pcma", 0), ("h265", "opus", 3)
]  # fmt: skip
_PICTURE = 160 * 90 * 3 // 2 + len("FRAME\n")
_SAID = re.compile(
    r"\[[0-9a-f]+\] (\w+ (?:demux|stream|decoder|packetizer|generic|access)) (warning|error): (.+)"
)
_OF_ANY_IN_FRAGMENTS = {"mp4 demux: no chunk defined", "mp4 demux: STTS table of 0 entries"}


def test_vlc_plays_them_and_says_nothing_that_it_does_not_say_of_ffmpegs_files() -> None:
    with open_folder() as folder:
        playing = []
        for codec, sound, bframes in _EVERY:
            name = f"{codec}-{sound}"
            ours, theirs = folder / f"{name}.mp4", folder / f"{name}-ffmpeg.mp4"
            source = clip(codec=codec, bframes=bframes, profile="main")
            ours.write_bytes(bytes(mux(source, sound).files[0]))
            _by_ffmpeg(ours, theirs, "mov" if sound in ("pcma", "pcmu") else "mp4")
            for path in (ours, theirs):
                path.chmod(0o644)
                playing.append(_play(folder, path))
        for process in playing:
            assert process.wait(60) == 0
        for codec, sound, _ in _EVERY:
            name = f"{codec}-{sound}"
            said, reference = _said(folder / f"{name}.log"), _said(folder / f"{name}-ffmpeg.log")
            assert said <= reference, name
            assert {line for line in said if line.startswith("mp4")} <= _OF_ANY_IN_FRAGMENTS, name
            pictures = (folder / f"{name}.yuv").stat().st_size // _PICTURE
            assert pictures >= 40, name  # of 50: on a loaded machine one that is too late is not shown
            heard = (folder / f"{name}.wav").stat().st_size
            assert heard > 20_000, name


def _by_ffmpeg(ours: Path, theirs: Path, form: str) -> None:
    """`mov` for G.711, which ffmpeg puts into nothing that it calls mp4."""
    command = [need("ffmpeg"), "-v", "error", "-i", str(ours), "-map", "0", "-c", "copy"]
    command += ["-f", form, "-movflags", "frag_keyframe+empty_moov+default_base_moof", str(theirs)]
    subprocess.run(command, check=True, timeout=30, stdin=subprocess.DEVNULL)


def _play(folder: Path, path: Path) -> "subprocess.Popen[bytes]":
    """At the pace of life, into files."""
    return start(
        folder,
        "--play-and-exit",
        "--no-drop-late-frames",
        "--no-skip-frames",
        "--vout=yuv",
        f"--yuv-file={path.with_suffix('.yuv')}",
        "--aout=afile",
        f"--audiofile-file={path.with_suffix('.wav')}",
        str(path),
        log=f"{path.stem}.log",
    )


def _said(log: Path) -> set[str]:
    """Warnings and errors about the file and what is in it; not those about a screen that is not there."""
    text = log.read_text(encoding="utf-8", errors="replace")
    return {f"{who}: {what}" for who, _, what in _SAID.findall(text)}
