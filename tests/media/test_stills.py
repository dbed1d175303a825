"""Key frames are decoded in a process of its own: what happens to it costs one picture, nothing else."""

import os
import signal
import threading
from collections.abc import Iterator

import pytest

from tests.media.camera.clip import Codec, clip
from tests.media.camera.fragmenting import mux
from thienly.media.stills import decoder as stills
from thienly.media.stills.decoder import NoPicture, StillDecoder

JPEG = b"\xff\xd8"


@pytest.fixture
def decoder() -> Iterator[StillDecoder]:
    one = StillDecoder()
    yield one
    one.close()


def recorded(codec: Codec = "h264") -> bytes:
    return bytes(mux(clip(codec=codec, bframes=0, profile="main"), None).files[0])


def pid(decoder: StillDecoder) -> int:
    assert decoder._process is not None
    return decoder._process.pid


@pytest.mark.parametrize("codec", ["h264", "h265"])
def test_the_first_picture_is_a_jpeg_of_the_width_asked_for(decoder: StillDecoder, codec: Codec) -> None:
    assert decoder.jpeg(recorded(codec), 240).startswith(JPEG)
    decoder.check(recorded(codec))


@pytest.mark.parametrize("data", [b"", b"\0" * 5000, b"ftyp" * 1000])
def test_bytes_that_are_no_picture_are_refused_and_the_next_picture_is_shown(
    decoder: StillDecoder, data: bytes
) -> None:
    with pytest.raises(NoPicture):
        decoder.jpeg(data, 240)
    before = pid(decoder)
    assert decoder.jpeg(recorded(), 240).startswith(JPEG)
    assert pid(decoder) == before


@pytest.mark.fault
def test_a_decoder_that_crashed_is_started_anew(decoder: StillDecoder) -> None:
    decoder.check(recorded())
    crashed = pid(decoder)
    os.kill(crashed, signal.SIGSEGV)
    os.waitid(os.P_PID, crashed, os.WEXITED | os.WNOWAIT)
    assert decoder.jpeg(recorded(), 240).startswith(JPEG)
    assert pid(decoder) != crashed


@pytest.mark.fault
def test_a_decoder_that_crashes_over_a_picture_costs_that_picture(decoder: StillDecoder) -> None:
    decoder.check(recorded())
    os.kill(pid(decoder), signal.SIGSTOP)
    crash = threading.Timer(0.3, os.kill, (pid(decoder), signal.SIGKILL))
    crash.start()
    with pytest.raises(NoPicture, match="failed"):
        decoder.jpeg(recorded(), 240)
    crash.join()
    assert decoder.jpeg(recorded(), 240).startswith(JPEG)


@pytest.mark.fault
def test_a_decoder_that_hangs_is_ended_and_started_anew(
    decoder: StillDecoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoder.check(recorded())
    hanging = pid(decoder)
    os.kill(hanging, signal.SIGSTOP)
    monkeypatch.setattr(stills, "_LONGEST_S", 0.5)
    with pytest.raises(NoPicture, match="failed"):
        decoder.jpeg(recorded(), 240)
    monkeypatch.setattr(stills, "_LONGEST_S", 20.0)
    assert decoder.jpeg(recorded(), 240).startswith(JPEG)
    assert pid(decoder) != hanging


def test_a_decoder_that_went_to_rest_is_woken(decoder: StillDecoder) -> None:
    decoder.check(recorded())
    assert decoder._process is not None and decoder._process.stdin is not None
    decoder._process.stdin.close()
    decoder._process.wait(10)
    assert decoder.jpeg(recorded(), 240).startswith(JPEG)
