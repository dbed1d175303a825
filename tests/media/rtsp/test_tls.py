"""Encrypted cameras: whom we believe, and that nothing is said to anybody else."""

import asyncio
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from tests.media.camera.recording import record
from tests.media.camera.server import Camera, serving
from tests.media.camera.sinks import Frames
from tests.media.camera.tls import Identity, identity
from thienly.media.frames import SourceError
from thienly.media.probe import probe
from thienly.media.rtsp import Limits
from thienly.media.sources.origin import Origin
from thienly.media.trust import Trust, describe
from thienly.rules.problems import Problem


def encrypted(who: Identity, folder: Path, **options: object) -> Camera:
    return Camera(tls=who.context(folder), username="quay", password="secret", **options)  # type: ignore[arg-type]


def whole(camera: Camera, frames: Frames) -> bool:
    return [data for _, _, data in frames.video] == [picture.stored for picture in camera.clip.pictures]


async def test_the_pinned_certificate_is_believed_and_every_frame_arrives(tmp_path: Path) -> None:
    frames, who = Frames(), identity("camera")
    async with serving(encrypted(who, tmp_path)) as camera:
        await record(
            camera, frames, lambda: len(frames.video) == 50, trust=Trust(fingerprint=who.fingerprint)
        )
    assert whole(camera, frames)
    assert frames.lost == 0
    assert camera.requests[-1] == "TEARDOWN"
    assert camera.heads[0].startswith("OPTIONS rtsps://")


async def test_a_certificate_of_the_installations_authority_is_believed(tmp_path: Path) -> None:
    authority = identity("authority")
    (tmp_path / "ca.pem").write_bytes(authority.pem)
    frames, who = Frames(), Identity("camera-1", authority)
    async with serving(encrypted(who, tmp_path)) as camera:
        await record(
            camera, frames, lambda: len(frames.video) == 50, trust=Trust(ca_file=tmp_path / "ca.pem")
        )
    assert whole(camera, frames)


async def test_an_unknown_certificate_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    async with serving(encrypted(identity("camera"), tmp_path)) as camera:
        with pytest.raises(SourceError) as caught:
            await record(camera, Frames(), lambda: False)
    assert caught.value.problem is Problem.CERTIFICATE_UNTRUSTED
    assert camera.heads == []


async def test_a_changed_certificate_is_a_problem_of_its_own_and_hears_no_password(tmp_path: Path) -> None:
    authority = identity("authority")
    (tmp_path / "ca.pem").write_bytes(authority.pem)
    # Even one that the authority has signed: what was pinned is the very certificate.
    async with serving(encrypted(Identity("camera-2", authority), tmp_path)) as camera:
        with pytest.raises(SourceError) as caught:
            trust = Trust(fingerprint=identity("camera").fingerprint, ca_file=tmp_path / "ca.pem")
            await record(camera, Frames(), lambda: False, trust=trust)
    assert caught.value.problem is Problem.CERTIFICATE_CHANGED
    assert camera.heads == []


async def test_a_plain_camera_behind_an_encrypted_address_is_a_protocol_error() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"RTSP/1.0 400 Bad Request\r\n\r\n")

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        camera = Camera(port=server.sockets[0].getsockname()[1])
        with pytest.raises(SourceError) as caught:
            await record(camera, Frames(), lambda: False, url=camera.url.replace("rtsp:", "rtsps:"))
    assert caught.value.problem is Problem.PROTOCOL


async def test_a_handshake_that_never_ends_is_a_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        camera = Camera(port=silent.getsockname()[1])
        with pytest.raises(SourceError) as caught:
            await record(
                camera,
                Frames(),
                lambda: False,
                limits=Limits(connect_s=0.5),
                url=camera.url.replace("rtsp:", "rtsps:"),
            )
    assert caught.value.problem is Problem.TIMEOUT


async def test_over_an_encrypted_connection_nothing_goes_by_udp(tmp_path: Path) -> None:
    frames, who = Frames(), identity("camera")
    async with serving(encrypted(who, tmp_path)) as camera:
        await record(
            camera,
            frames,
            lambda: len(frames.video) == 50,
            transport="udp",
            trust=Trust(fingerprint=who.fingerprint),
        )
    assert whole(camera, frames)
    assert not any("client_port" in head for head in camera.heads)


async def test_a_connection_that_breaks_off_is_closed(tmp_path: Path) -> None:
    async def play(camera: Camera, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    who = identity("camera")
    async with serving(encrypted(who, tmp_path, play=play)) as camera:
        with pytest.raises(SourceError) as caught:
            await record(camera, Frames(), lambda: False, trust=Trust(fingerprint=who.fingerprint))
    assert caught.value.problem is Problem.CLOSED


async def test_trying_shows_the_certificate_and_trying_again_with_it_shows_the_picture(
    tmp_path: Path,
) -> None:
    who = identity("camera")
    async with serving(encrypted(who, tmp_path, speed=1)) as camera:
        origin = Origin(camera.url, "quay", "secret", allow_local=True)
        found = await probe(origin)
        assert (found.ok, found.problem) == (False, Problem.CERTIFICATE_UNTRUSTED)
        assert found.certificate is not None
        assert found.certificate.fingerprint == who.fingerprint
        assert found.certificate.subject == "camera"
        assert camera.heads == [], "not a word before somebody trusts it"
        trust = Trust(fingerprint=found.certificate.fingerprint)
        assert (await probe(replace(origin, trust=trust))).ok
        trust = Trust(fingerprint="0" * 64)
        found = await probe(replace(origin, trust=trust))
        assert found.problem is Problem.CERTIFICATE_CHANGED
        assert found.certificate is not None
        assert found.certificate.fingerprint == who.fingerprint


def test_what_is_no_certificate_is_described_by_its_fingerprint_alone() -> None:
    found = describe(b"nonsense")
    assert len(found.fingerprint) == 64
    assert (found.subject, found.until) == ("", "")
