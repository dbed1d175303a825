"""RTCP sender reports, wrapping timestamps, missing numbers."""

from hypothesis import given
from hypothesis import strategies as st

from tests.media.camera.server import sender_report as wire
from thienly.media.rtp.rtcp import sender_report
from thienly.media.rtp.sequence import missing
from thienly.media.rtp.timestamps import Unwrapper


def test_a_sender_report_gives_the_cameras_time() -> None:
    report = sender_report(wire(1, 1_800_000_000_123_456, 77)[4:])
    assert report is not None
    assert report.ts == 77
    assert abs(report.camera_us - 1_800_000_000_123_456) <= 1


def test_it_is_found_behind_other_reports() -> None:
    receiver_report = bytes.fromhex("80c9000112345678")
    report = sender_report(receiver_report + wire(1, 1_800_000_000_000_000, 1)[4:])
    assert report is not None


def test_a_camera_without_a_clock_gives_no_time() -> None:
    assert sender_report(wire(1, -2_208_988_800_000_000, 1)[4:]) is None


@given(st.binary(max_size=100))
def test_any_bytes_are_a_report_or_none(data: bytes) -> None:
    for packet in (data, b"\x80\xc8" + data):
        report = sender_report(packet)
        assert report is None or report.camera_us >= 0


@given(st.integers(0, 2**32 - 1), st.lists(st.integers(-(2**31) + 1, 2**31 - 1), max_size=50))
def test_unwrapping_follows_every_step(first: int, steps: list[int]) -> None:
    unwrapper, line = Unwrapper(), first
    assert unwrapper.unwrap(first) == first
    for step in steps:
        line += step
        assert unwrapper.near(line & 0xFFFFFFFF) == line
        assert unwrapper.unwrap(line & 0xFFFFFFFF) == line


def test_missing_packets_are_counted_over_the_wrap() -> None:
    assert missing(65534, 1) == 3
    assert missing(100, 101) == 1
    assert missing(100, 99) == 1, "a step back is a restart, not 65,535 losses"
