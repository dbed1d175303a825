"""The requests of RFC 2326 and what is answered when they come out of place."""

import asyncio
import base64
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.sim.client import RtspClient
from thienly.sim.server import SimServer
from thienly.sim.spec import CameraSpec

Small = Callable[..., CameraSpec]
_TCP = "RTP/AVP/TCP;unicast;interleaved=0-1"


async def test_requests_out_of_place_are_refused(small: Small, clips: Path) -> None:
    async with SimServer([small()], cache=clips) as sim, RtspClient(sim.url("/gate")) as client:
        assert "DESCRIBE" in (await client.ask("OPTIONS")).headers["public"]
        assert (await client.ask("DESCRIBE", client.bare + "x")).status == 404
        assert (await client.ask("PLAY")).status == 454
        assert (await client.ask("PAUSE")).status == 405
        crowd = "RTP/AVP;multicast;port=5000-5001"
        assert (await client.ask("SETUP", client.bare + "/trackID=0", Transport=crowd)).status == 461
        assert (await client.ask("SETUP", client.bare + "/trackID=7", Transport=_TCP)).status == 404
        assert (await client.ask("SETUP", client.bare + "/trackID=0", Transport=_TCP)).status == 200
        again = await client.ask("SETUP", client.bare + "/trackID=1", Transport=_TCP)
        assert again.status == 461  # the channels are taken


async def test_what_is_not_rtsp_ends_the_connection(small: Small, clips: Path) -> None:
    async with SimServer([small()], cache=clips) as sim:
        reader, writer = await asyncio.open_connection("127.0.0.1", sim.port)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await asyncio.wait_for(reader.read(), 5)).startswith(b"RTSP/1.0 400")
        writer.close()


async def test_a_client_without_keep_alive_is_closed_and_one_with_it_is_not(
    small: Small, clips: Path
) -> None:
    async with (
        SimServer([small()], cache=clips, session_timeout_s=1.0) as sim,
        RtspClient(sim.url("/gate")) as silent,
        RtspClient(sim.url("/gate")) as polite,
    ):
        assert "timeout=1" in (await silent.play()).headers["session"]
        await polite.play()
        for _ in range(5):
            await polite.packets(0.0)
            await asyncio.sleep(0.4)
            assert (await polite.ask("GET_PARAMETER")).status == 200
        assert sim.cameras[0].viewers == 1
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            await silent.packets(5)


async def test_a_keep_alive_that_is_not_granted_does_not_count(small: Small, clips: Path) -> None:
    async with (
        SimServer([small()], cache=clips, session_timeout_s=1.0) as sim,
        RtspClient(sim.url("/gate")) as client,
    ):
        await client.play()
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            for _ in range(8):
                await asyncio.sleep(0.3)
                assert (await client.ask("GET_PARAMETER", Session="0000")).status == 454


async def test_teardown_ends_the_session(small: Small, clips: Path) -> None:
    async with SimServer([small()], cache=clips) as sim, RtspClient(sim.url("/gate")) as client:
        await client.play()
        assert sim.cameras[0].viewers == 1
        assert (await client.ask("TEARDOWN")).status == 200
        assert sim.cameras[0].viewers == 0


async def test_a_wrong_password_and_no_password_are_refused(small: Small, clips: Path) -> None:
    async with SimServer([small(password="bí mật/1")], cache=clips) as sim:
        async with RtspClient(sim.url("/gate")) as right:
            assert (await right.ask("DESCRIBE")).status == 200
        async with RtspClient(sim.url("/gate", credentials=False)) as nobody:
            refused = await nobody.ask("DESCRIBE")
            assert refused.status == 401
            assert 'qop="auth"' in refused.headers["www-authenticate"]
        wrong = sim.url("/gate").replace("camera:", "camera:x")
        async with RtspClient(wrong) as client:
            assert (await client.ask("DESCRIBE")).status == 401
            assert (await client.ask("SETUP", client.bare + "/trackID=0", Transport=_TCP)).status == 401


async def test_a_stale_nonce_is_renewed(small: Small, clips: Path) -> None:
    async with (
        SimServer([small()], cache=clips, nonce_lifetime_s=0.2) as sim,
        RtspClient(sim.url("/gate")) as client,
    ):
        assert (await client.ask("DESCRIBE")).status == 200
        await asyncio.sleep(0.3)
        late = await client._exchange("DESCRIBE", client.bare, {})
        assert late.status == 401
        assert "stale=true" in late.headers["www-authenticate"]
        assert (await client.ask("DESCRIBE")).status == 200


async def test_basic_and_open_cameras_do_as_they_say(small: Small, clips: Path) -> None:
    specs = [small("/basic", auth="basic"), small("/open", auth="none")]
    async with SimServer(specs, cache=clips) as sim, RtspClient(sim.url("/open")) as client:
        assert (await client.ask("DESCRIBE")).status == 200
        url = client.bare.replace("/open", "/basic")
        assert (await client.ask("DESCRIBE", url)).headers["www-authenticate"].startswith("Basic ")
        token = base64.b64encode(b"camera:thien-ly").decode()
        assert (await client.ask("DESCRIBE", url, Authorization=f"Basic {token}")).status == 200
        assert (await client.ask("DESCRIBE", url, Authorization="Basic eDp5")).status == 401
