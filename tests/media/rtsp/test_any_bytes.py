"""Whatever a camera sends, in whatever pieces: understood or refused with a reason, never a crash.

The corpus (`tests/media/corpus/rtsp`) holds what was worth remembering; hypothesis mixes and breaks it.
"""

import asyncio
import socket
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from thienly.media.frames import SourceError
from thienly.media.rtp.rtcp import sender_report
from thienly.media.rtsp import Limits
from thienly.media.rtsp.connection import Connection
from thienly.media.rtsp.lanes import Interleaved
from thienly.media.rtsp.message import MAX_BODY, MAX_HEAD
from thienly.media.rtsp.receiver_report import Reception
from thienly.media.rtsp.sdp import parse_sdp
from thienly.media.rtsp.wire import PlainWire
from thienly.rules.problems import Problem

CORPUS = {
    path.name: path.read_bytes() for path in sorted((Path(__file__).parents[1] / "corpus/rtsp").iterdir())
}
seeds = st.sampled_from(list(CORPUS.values()))


@st.composite
def broken(draw: st.DrawFn) -> bytes:
    """Pieces of the corpus and noise, cut and joined, a byte changed here and there."""
    data = bytearray(b"".join(draw(st.lists(st.one_of(seeds, st.binary(max_size=40)), max_size=6))))
    for at in draw(st.lists(st.integers(0, max(0, len(data) - 1)), max_size=4)):
        if data:
            data[at] = draw(st.integers(0, 255))
    return bytes(data[: draw(st.integers(0, len(data)))])


async def _feed(pieces: list[bytes]) -> tuple[Connection, BaseException | None, list[bytes]]:
    listener = socket.create_server(("127.0.0.1", 0))
    ours = socket.create_connection(listener.getsockname())
    camera, _ = listener.accept()
    listener.close()
    ours.setblocking(False)
    taken: list[bytes] = []
    connection = Connection(PlainWire(ours), Limits(), lambda: False)
    connection.route(0, lambda buffer, start, end: taken.append(bytes(buffer[start:end])))
    try:
        for piece in pieces:
            camera.sendall(piece)
            connection.read()
        ended = connection.ended
        return connection, ended.exception() if ended.done() else None, taken
    finally:
        connection.close()
        camera.close()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(broken(), max_size=4))
def test_any_bytes_in_any_pieces(pieces: list[bytes]) -> None:
    connection, error, taken = asyncio.run(_feed(pieces))
    assert error is None or (
        isinstance(error, SourceError) and error.problem in (Problem.PROTOCOL, Problem.CLOSED)
    )
    assert len(connection._carry) <= MAX_HEAD + MAX_BODY + 65_540
    whole = b"".join(pieces)
    assert all(packet in whole for packet in taken)


@pytest.mark.parametrize("name", CORPUS)
def test_the_corpus_byte_by_byte_is_what_it_is_at_once(name: str) -> None:
    data = CORPUS[name]
    _, error, taken = asyncio.run(_feed([data]))
    _, slow_error, slow_taken = asyncio.run(_feed([data[at : at + 1] for at in range(len(data))]))
    assert taken == slow_taken
    assert (error is None) == (slow_error is None)


@given(broken())
def test_any_report_is_understood_or_passed_over(data: bytes) -> None:
    report = sender_report(data)
    assert report is None or 0 <= report.ts < 1 << 32
    reception = Reception(1, "x")
    reception.report_came(data, 1.0)
    assert len(reception.report(2, 3.0)) % 4 == 0


@given(broken())
def test_any_description_is_understood_or_refused(data: bytes) -> None:
    try:
        parse_sdp(data.decode("utf-8", "replace"))
    except SourceError as error:
        assert error.problem in (Problem.NO_VIDEO, Problem.UNSUPPORTED_CODEC, Problem.PROTOCOL)


class _NoChannel:
    def taken(self, number: int) -> bool:
        return False


@given(
    st.one_of(st.text(max_size=60), st.from_regex(r"RTP/AVP/TCP;interleaved=\d{1,4}-\d{0,4}", fullmatch=True))
)
def test_any_transport_is_understood_or_refused(text: str) -> None:
    try:
        Interleaved(_NoChannel(), 0).accept(text)  # type: ignore[arg-type]  # all that it asks
    except SourceError as error:
        assert error.problem in (Problem.TRANSPORT_REFUSED, Problem.PROTOCOL)
