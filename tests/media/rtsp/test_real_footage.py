"""Footage of a real place, through an RTSP server that we did not write."""

import asyncio
import io
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Literal

import av
import pytest

from tests.media.camera.recording import Counter
from tests.media.camera.sinks import Segments
from tests.media.camera.tls import identity
from tests.realcam.fixture import FPS, HEIGHT, WIDTH, serve_footage
from thienly.media.fragmenter import Fragmenter
from thienly.media.probe import probe
from thienly.media.rtsp import record_stream
from thienly.media.sources.origin import Origin, Transport
from thienly.media.trust import Trust
from thienly.rules.problems import Problem


@pytest.mark.parametrize(
    ("scheme", "transport", "encrypted"),
    [("digest", "tcp", False), ("basic", "tcp", False), ("digest", "udp", False), ("basic", "tcp", True)],
)
async def test_real_footage_is_probed_and_recorded(
    tmp_path: Path, scheme: Literal["digest", "basic"], transport: Transport, encrypted: bool
) -> None:
    who = identity("gst")
    pem = who.file(tmp_path) if encrypted else None
    sends: Literal["tcp", "udp"] = "udp" if transport == "udp" else "tcp"
    with serve_footage(tmp_path, scheme, transport=sends, pem=pem) as camera:
        origin = Origin(
            camera.bare_url,
            camera.username,
            camera.password,
            allow_local=True,
            transport=transport,
            trust=Trust(who.fingerprint if encrypted else ""),
        )
        found = await probe(origin)
        assert (found.ok, found.width, found.height, found.fps) == (True, WIDTH, HEIGHT, FPS)
        wrong = await probe(replace(origin, password="khong phai"))
        assert wrong.problem is Problem.AUTH_FAILED

        segments = Segments()
        fragmenter = Fragmenter(segments)
        counter = Counter(fragmenter)
        task = asyncio.create_task(record_stream(origin, counter))
        async with asyncio.timeout(30):
            while counter.video < 4 * FPS and not task.done():  # noqa: ASYNC110 - any condition of a test
                await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    fragmenter.finish()
    with av.open(io.BytesIO(bytes(segments.files[0]))) as container:
        pictures = [float(frame.pts * frame.time_base) for frame in container.decode(video=0)]
    assert len(pictures) == counter.video
    steps = [after - before for before, after in pairwise(pictures)]
    assert all(abs(step - 1 / FPS) < 0.03 for step in steps)
    assert fragmenter.lost == 0
