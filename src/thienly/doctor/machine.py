"""The machine: its clock, its port, and what its media library can do."""

import http.client
import socket
from collections.abc import Iterator
from fractions import Fraction

import av
import numpy

from thienly.conf import Conf
from thienly.doctor.finding import Finding, fault, ok, warning
from thienly.media.ntp import clock_state

_MOST_ERROR_MS = 1000
_CODECS = (
    ("h264", "r"),
    ("hevc", "r"),
    ("aac", "r"),
    ("aac", "w"),
    ("pcm_alaw", "r"),
    ("pcm_mulaw", "r"),
    ("opus", "r"),
    ("h264", "w"),
    ("mjpeg", "w"),
)


def clock(conf: Conf) -> Iterator[Finding]:
    state = clock_state()
    if state.synced is None:
        yield warning(
            "clock.ntp",
            "hệ điều hành không cho biết đồng hồ có được đồng bộ không",
            "the operating system does not say whether the clock is synchronised",
            "Kiểm tra dịch vụ đồng bộ thời gian (chrony, systemd-timesyncd) của máy chủ.",
            "See to the time service (chrony, systemd-timesyncd) of the host.",
        )
    elif not state.synced or (state.error_ms or 0) > _MOST_ERROR_MS:
        yield warning(
            "clock.ntp",
            f"đồng hồ máy chủ không được đồng bộ (sai số tối đa {state.error_ms} ms)",
            f"the server's clock is not synchronised (it may be wrong by {state.error_ms} ms)",
            "Bật chrony hoặc systemd-timesyncd; giờ của hình lưu là chứng cứ.",
            "Run chrony or systemd-timesyncd; the time of recordings is evidence.",
        )
    else:
        yield ok(
            "clock.ntp",
            f"đồng hồ được đồng bộ, sai số tối đa {state.error_ms} ms",
            f"the clock is synchronised, wrong by at most {state.error_ms} ms",
        )


def port(conf: Conf, *, running: bool) -> Iterator[Finding]:
    place = f"{conf.file.host}:{conf.port}"
    if running:
        status = _health(conf)
        if status == 200:
            yield ok("port", f"trang web trả lời ở {place}", f"the pages answer at {place}")
        else:
            yield fault(
                "port",
                f"hệ thống đang chạy nhưng trang web ở {place} không trả lời tốt ({status or 'im lặng'})",
                f"the system runs, but the pages at {place} do not answer well ({status or 'silence'})",
                "Xem logs/gateway.log và kiểm tra cơ sở dữ liệu.",
                "Read logs/gateway.log and look at the database.",
            )
        return
    try:
        socket.create_server((conf.file.host, conf.port)).close()
    except OSError as error:
        yield fault(
            "port",
            f"không mở được {place}: {error.strerror}",
            f"{place} cannot be opened: {error.strerror}",
            "Đặt `port` khác trong thienly.toml, hoặc dừng chương trình đang chiếm cổng.",
            "Set another `port` in thienly.toml, or stop the program that holds it.",
        )
    else:
        yield ok("port", f"cổng {place} còn trống", f"{place} is free")


def _health(conf: Conf) -> int | None:
    host = "127.0.0.1" if conf.file.host == "0.0.0.0" else conf.file.host  # noqa: S104 - compared, not bound
    connection = http.client.HTTPConnection(host, conf.port, timeout=5)
    try:
        connection.request("GET", "/api/health", headers={"Host": conf.file.hosts[0]})
        return connection.getresponse().status
    except OSError:
        return None
    finally:
        connection.close()


def codecs(conf: Conf) -> Iterator[Finding]:
    missing = [f"{name} ({mode})" for name, mode in _CODECS if not _has(name, mode)]
    try:
        broken = "" if missing else _round_trip()
    except (av.FFmpegError, ValueError) as error:
        broken = str(error)
    if missing or broken:
        what = ", ".join(missing) or broken
        yield fault(
            "codecs",
            f"PyAV thiếu hoặc hỏng: {what}",
            f"PyAV lacks, or fails at: {what}",
            "Cài lại gói `av` theo requirements/run.txt.",
            "Install the package `av` again, as requirements/run.txt says.",
        )
    else:
        yield ok(
            "codecs", "H.264, H.265, AAC, G.711, Opus đều dùng được", "H.264, H.265, AAC, G.711, Opus work"
        )


def _has(name: str, mode: str) -> bool:
    try:
        av.codec.Codec(name, "r" if mode == "r" else "w")
    except ValueError:
        return False
    return True


def _round_trip() -> str:
    """Encodes three pictures and decodes them; what is wrong, or nothing. Raises FFmpegError."""
    encoder = av.CodecContext.create("h264", "w")
    decoder = av.CodecContext.create("h264", "r")
    assert isinstance(encoder, av.VideoCodecContext)  # noqa: S101 - asked for by its name
    assert isinstance(decoder, av.VideoCodecContext)  # noqa: S101 - as above
    encoder.width, encoder.height, encoder.pix_fmt = 64, 64, "yuv420p"
    encoder.time_base = Fraction(1, 25)
    packets = []
    for number in range(3):
        grey = numpy.full((64, 64, 3), number * 40, numpy.uint8)
        picture = av.VideoFrame.from_ndarray(grey, format="rgb24").reformat(format="yuv420p")
        picture.pts = number
        packets += encoder.encode(picture)
    packets += encoder.encode(None)
    frames = [frame for packet in (*packets, None) for frame in decoder.decode(packet)]
    return "" if len(frames) == 3 else f"H.264: {len(frames)}/3"
