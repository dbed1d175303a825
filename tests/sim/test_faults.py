"""Each fault does what it says, to its camera alone, and ends."""

import asyncio
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.sim.client import Packet, RtspClient
from thienly.sim import clockbar
from thienly.sim.faults import Fault
from thienly.sim.server import SimServer
from thienly.sim.spec import CameraSpec

Small = Callable[..., CameraSpec]
_GONE = (asyncio.IncompleteReadError, ConnectionError)


def _video(packets: list[Packet]) -> list[Packet]:
    return [packet for packet in packets if packet.channel == 0]


def _decoded(packets: list[Packet]) -> list[NDArray[np.uint8]]:
    """RGB pictures of the key frames on, from single NAL units and FU-A."""
    decoder = av.CodecContext.create("h264", "r")
    stream = b""
    for packet in _video(packets):
        payload = packet.data[12:]
        if payload[0] & 0x1F == 28:
            stream += (
                b"\x00\x00\x01" + bytes((payload[0] & 0xE0 | payload[1] & 0x1F,))
                if payload[1] & 0x80
                else b""
            )
            stream += payload[2:]
        else:
            stream += b"\x00\x00\x01" + payload
    parsed = [*decoder.parse(stream), *decoder.parse(b"")]
    return [
        frame.to_ndarray(format="rgb24").astype(np.uint8)
        for packet in [*parsed, None]
        for frame in decoder.decode(packet)
    ]


async def test_drop_cuts_the_connection_and_welcomes_the_next(small: Small, clips: Path) -> None:
    async with SimServer([small(), small("/other")], cache=clips) as sim:
        async with RtspClient(sim.url("/gate")) as client, RtspClient(sim.url("/other")) as other:
            await client.play()
            await other.play()
            await sim.set_fault("/gate", "drop")
            with pytest.raises(_GONE):
                await client.packets(5)
            assert _video(await other.packets(1.5))
        async with RtspClient(sim.url("/gate")) as again:
            assert (await again.play()).status == 200


async def test_drop_for_a_time_keeps_clients_out_for_that_time(small: Small, clips: Path) -> None:
    async with SimServer([small()], cache=clips) as sim:
        await sim.set_fault("/gate", "drop", seconds=1)
        async with RtspClient(sim.url("/gate")) as client:
            with pytest.raises(_GONE):
                await client.ask("DESCRIBE")
        await asyncio.sleep(1.1)
        async with RtspClient(sim.url("/gate")) as client:
            assert (await client.ask("DESCRIBE")).status == 200


async def test_stall_keeps_the_connection_and_sends_nothing_until_it_ends(small: Small, clips: Path) -> None:
    async with SimServer([small()], cache=clips) as sim, RtspClient(sim.url("/gate")) as client:
        await client.play()
        assert await client.packets(0.7)
        await sim.set_fault("/gate", "stall", seconds=1.5)
        await client.packets(0.2)
        assert await client.packets(0.8) == []
        assert (await client.ask("GET_PARAMETER")).status == 200
        after = await client.packets(1.5)
        assert _video(after)[0].data[12] & 0x1F == 7  # it resumes with a key frame


async def test_a_stalled_camera_accepts_a_client_and_sends_nothing(small: Small, clips: Path) -> None:
    async with SimServer([small()], cache=clips) as sim, RtspClient(sim.url("/gate")) as client:
        await sim.set_fault("/gate", "stall")
        assert (await client.play()).status == 200
        assert await client.packets(0.9) == []


async def test_silence_after_connect_never_answers(small: Small, clips: Path) -> None:
    async with SimServer([small()], cache=clips) as sim, RtspClient(sim.url("/gate")) as client:
        await sim.set_fault("/gate", "silence_after_connect")
        client.writer.write(f"DESCRIBE {client.bare} RTSP/1.0\r\nCSeq: 1\r\n\r\n".encode())
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.reader.read(1), 0.7)
        await sim.clear_fault("/gate")
        assert (await client.ask("DESCRIBE")).status == 200


async def test_refuse_closes_one_camera_or_the_whole_port(small: Small, clips: Path) -> None:
    async with SimServer([small(), small("/other")], cache=clips) as sim:
        await sim.set_fault("/gate", "refuse")
        async with RtspClient(sim.url("/gate")) as client, RtspClient(sim.url("/other")) as other:
            with pytest.raises(_GONE):
                await client.ask("DESCRIBE")
            assert (await other.ask("DESCRIBE")).status == 200
        port = sim.port
        await sim.set_fault("*", "refuse")
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
        await sim.clear_fault("*")
        async with RtspClient(sim.url("/gate")) as client:
            assert sim.port == port
            assert (await client.ask("DESCRIBE")).status == 200


async def test_flood_sends_far_more_than_the_camera_and_then_ends(small: Small, clips: Path) -> None:
    async with SimServer([small()], cache=clips) as sim, RtspClient(sim.url("/gate")) as client:
        await client.play()
        usual = sum(len(packet.data) for packet in await client.packets(1))
        await sim.set_fault("/gate", "flood", seconds=1)
        flooded = sum(len(packet.data) for packet in await client.packets(1))
        assert flooded > 5 * usual
        await asyncio.sleep(0.2)
        tail = await client.packets(1.2)
        assert sim.cameras[0].fault is None
        assert 7 in {packet.data[12] & 0x1F for packet in _video(tail)}  # parameter sets: pictures again


async def test_clock_jump_moves_timestamps_and_reports_together(small: Small, clips: Path) -> None:
    async with SimServer([small()], cache=clips) as sim, RtspClient(sim.url("/gate")) as client:
        await client.play()
        before = _video(await client.packets(0.8))
        await sim.set_fault("/gate", "clock_jump", amount=600)
        packets = await client.packets(1.0)
        after = [packet for packet in _video(packets) if packet.seq != before[-1].seq]
        moved = (after[-1].timestamp - before[-1].timestamp) % 2**32 / 90_000
        assert 600 < moved < 603
        report = next(packet for packet in reversed(packets) if packet.channel == 1).data
        assert abs(int.from_bytes(report[8:12], "big") - 2_208_988_800 - time.time() - 600) < 3
        sequence = [packet.seq for packet in before + after]
        assert {(b - a) % 65_536 for a, b in pairwise(sequence)} == {1}
        await sim.clear_fault("/gate")
        last = _video(await client.packets(0.5))[-1]
        assert 0 < (last.timestamp - before[-1].timestamp) % 2**32 / 90_000 < 5


async def test_resolution_changes_at_a_key_frame_without_a_break_in_the_numbering(
    small: Small, clips: Path
) -> None:
    async with SimServer([small()], cache=clips) as sim, RtspClient(sim.url("/gate")) as client:
        await client.play()
        packets = await client.packets(0.7)
        await sim.set_fault("/gate", "resolution", seconds=0.8)
        packets += await client.packets(1.8)
    video = _video(packets)
    assert {(b.seq - a.seq) % 65_536 for a, b in pairwise(video)} == {1}
    sizes = [picture.shape for picture in _decoded(packets)]
    changes = [size for number, size in enumerate(sizes) if number == 0 or sizes[number - 1] != size]
    assert changes == [(180, 320, 3), (134, 240, 3), (180, 320, 3)]
    positions = [clockbar.read(picture) for picture in _decoded(packets)]
    assert {(b - a) % 2000 for a, b in pairwise(positions) if a is not None and b is not None} == {40}


async def test_a_fault_of_the_picture_shorter_than_a_group_leaves_the_stream_whole(
    small: Small, clips: Path
) -> None:
    async with SimServer([small()], cache=clips) as sim, RtspClient(sim.url("/gate")) as client:
        await sim.set_fault("/gate", "black")  # rendered beforehand
        await sim.clear_fault("/gate")
        await client.play()
        packets = await client.packets(0.7)
        for _ in range(2):
            await sim.set_fault("/gate", "black", seconds=0.01)
            packets += await client.packets(0.05)
        await sim.set_fault("/gate", "black")
        packets += await client.packets(0.9)
        await sim.set_fault("/gate", "black")  # asked for again
        packets += await client.packets(0.9)
    assert {(b.seq - a.seq) % 65_536 for a, b in pairwise(_video(packets))} == {1}
    frames = [packet.timestamp for packet in _video(packets) if packet.marker]
    assert {(b - a) % 2**32 for a, b in pairwise(frames)} == {3600}


def _sharpness(picture: NDArray[np.uint8]) -> float:
    return float(np.abs(np.diff(picture[20:160].astype(int).mean(axis=2), axis=1)).mean())


async def _show(small: Small, clips: Path, fault: Fault) -> tuple[NDArray[np.uint8], list[NDArray[np.uint8]]]:
    """A healthy picture and those under a fault."""
    async with SimServer([small()], cache=clips) as sim, RtspClient(sim.url("/gate")) as client:
        await client.play()
        healthy = _decoded(await client.packets(0.7))[0]
        await sim.set_fault("/gate", fault)
        await client.packets(0.6)
        async with RtspClient(sim.url("/gate")) as fresh:
            await fresh.play()
            return healthy, _decoded(await fresh.packets(1.0))


async def test_a_black_picture_is_black_but_for_what_the_camera_burns_in(small: Small, clips: Path) -> None:
    _, shown = await _show(small, clips, "black")
    assert shown[-1][30:160].mean() < 8
    assert clockbar.read(shown[-1]) is not None


async def test_a_covered_picture_is_dim_and_without_detail(small: Small, clips: Path) -> None:
    healthy, shown = await _show(small, clips, "covered")
    assert 8 < shown[-1][30:160].mean() < 70
    assert _sharpness(shown[-1]) < _sharpness(healthy) / 3


async def test_a_blurred_picture_keeps_its_light_and_loses_its_edges(small: Small, clips: Path) -> None:
    healthy, shown = await _show(small, clips, "blurred")
    assert abs(shown[-1][30:160].mean() - healthy[30:160].mean()) < 12
    assert _sharpness(shown[-1]) < _sharpness(healthy) / 2


async def test_a_moved_camera_shows_another_part(small: Small, clips: Path) -> None:
    healthy, shown = await _show(small, clips, "moved")
    assert np.abs(shown[-1][30:160].astype(int) - healthy[30:160]).mean() > 15
    assert _sharpness(shown[-1]) > _sharpness(healthy) / 2


async def test_a_frozen_picture_stands_still_clock_and_all(small: Small, clips: Path) -> None:
    _, shown = await _show(small, clips, "frozen")
    assert {clockbar.read(picture) for picture in shown} == {0}
    assert np.abs(shown[0].astype(int) - shown[-1]).mean() < 3


async def test_a_fault_of_an_unknown_camera_is_an_error(small: Small, clips: Path) -> None:
    async with SimServer([small()], cache=clips) as sim:
        with pytest.raises(KeyError):
            await sim.set_fault("/nowhere", "stall")
