"""Decoding what a camera sent never happens in the recorder: a crash or a hang of libav costs one picture."""

import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest
from PIL import Image

from tests.media.camera.clip import clip
from tests.media.camera.fragmenting import mux
from thienly.media.keyframe import Keyframes, NoPicture


@pytest.fixture
def keyframes() -> Iterator[Keyframes]:
    made = Keyframes(patience_s=20)
    yield made
    made.close()


def recording() -> bytes:
    return bytes(mux(clip(codec="h264")).files[0])


def test_the_recorder_itself_never_loads_libav() -> None:
    look = "import sys, thienly.media.recorder.process; sys.exit('av' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", look], check=False, timeout=60).returncode == 0


def test_pictures_come_from_one_process(keyframes: Keyframes) -> None:
    first = keyframes.jpeg(recording())
    assert Image.open(io.BytesIO(first)).size == (240, 136)
    pid = keyframes.pid
    assert keyframes.jpeg(bytes(mux(clip(codec="h265")).files[0])) != first
    assert keyframes.pid == pid


@pytest.mark.parametrize("data", [b"", b"\0" * 5000, recording()[:600]], ids=["nothing", "zeros", "cut"])
def test_what_is_no_picture_is_told_and_the_process_goes_on(keyframes: Keyframes, data: bytes) -> None:
    keyframes.jpeg(recording())
    pid = keyframes.pid
    with pytest.raises(NoPicture, match=r"not decoded|no video"):
        keyframes.jpeg(data)
    assert keyframes.jpeg(recording())
    assert keyframes.pid == pid


def test_a_crash_costs_no_more_than_the_picture_that_was_being_made(keyframes: Keyframes) -> None:
    keyframes.jpeg(recording())
    pid = keyframes.pid
    assert pid
    os.kill(pid, signal.SIGSEGV)
    pictures = []
    for _ in range(2):
        try:
            pictures.append(keyframes.jpeg(recording()))
        except NoPicture as error:  # the signal was still on its way
            assert "broke off" in str(error)
    assert pictures
    assert keyframes.pid not in (None, pid)


def test_a_hang_is_ended_and_told_and_the_next_picture_is_made() -> None:
    keyframes = Keyframes(patience_s=3)
    try:
        keyframes.jpeg(recording())
        pid = keyframes.pid
        assert pid
        os.kill(pid, signal.SIGSTOP)
        with pytest.raises(NoPicture, match="TimeoutError"):
            keyframes.jpeg(recording())
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    finally:
        keyframes.close()
    again = Keyframes(patience_s=20)
    assert again.jpeg(recording())
    again.close()
