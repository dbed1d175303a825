"""The bus against a real NATS server with JetStream."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.nats import nats_server
from thienly.bus import subjects
from thienly.bus.client import Bus, BusRefused, BusUnavailable
from thienly.bus.messages import DesiredCamera, Gap, LiveChunk
from thienly.bus.server import Login
from thienly.bus.vault import Vault
from thienly.rules.problems import Problem


@pytest.fixture(scope="module")
def login(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Login]:
    with nats_server(tmp_path_factory.mktemp("nats")) as login:
        yield login


@pytest.fixture
async def bus(login: Login) -> AsyncIterator[Bus]:
    bus = await Bus.connect(login.url, user=login.user, password=login.password, name="test")
    await bus.ensure(zones=["main"])
    yield bus
    await bus.close()


async def test_a_camera_stands_in_the_work_queue_once(bus: Bus) -> None:
    camera = uuid4().hex
    assert await bus.offer_job(zone="main", camera=camera)
    assert not await bus.offer_job(zone="main", camera=camera)
    await bus.withdraw_job(zone="main", camera=camera)
    assert await bus.offer_job(zone="main", camera=camera)
    await bus.withdraw_job(zone="main", camera=camera)


async def test_a_job_whose_recorder_dies_is_given_to_another(bus: Bus) -> None:
    camera = uuid4().hex
    await bus.offer_job(zone="main", camera=camera)
    consumer = subjects.jobs_consumer("main")
    pull = await bus.js.pull_subscribe_bind(consumer, subjects.JOBS_STREAM)
    (first,) = await pull.fetch(1, timeout=2)
    assert first.subject == subjects.job("main", camera)
    (again,) = await pull.fetch(1, timeout=subjects.JOB_ACK_WAIT_S + 4)
    assert again.metadata.num_delivered == 2
    await again.ack()


async def test_a_fact_published_twice_stands_once(bus: Bus) -> None:
    camera = uuid4().hex
    gap = Gap(
        id=uuid4().hex, camera=camera, recorder="r1", gap="g", start_us=1, end_us=None, reason=Problem.STALLED
    )
    await bus.publish_fact(gap)
    await bus.publish_fact(gap)
    subject = subjects.fact("gap", "r1", camera)
    info = await bus.js.stream_info(subjects.FACTS_STREAM, subjects_filter=subject)
    assert info.state.subjects == {subject: 1}


async def test_a_watch_gives_what_is_and_then_what_changes(bus: Bus) -> None:
    kv = await bus.bucket(subjects.cameras_bucket("main"))
    camera = uuid4().hex
    desired = DesiredCamera(camera=camera, label="A", url="rtsp://192.0.2.1/")
    await kv.put(camera, desired.encode())
    seen: list[tuple[str, bytes | None]] = []

    async def watch() -> None:
        async for key, value in bus.watch(subjects.cameras_bucket("main")):
            seen.append((key, value))
            if value is None:
                return

    task = asyncio.create_task(watch())
    await asyncio.sleep(0.3)
    await kv.delete(camera)
    await asyncio.wait_for(task, 5)
    assert [DesiredCamera.decode(value) if value else None for _, value in seen] == [desired, None]


async def test_an_answer_may_come_in_parts(bus: Bus) -> None:
    subject = f"test.{uuid4().hex}"

    async def answer(message: object) -> None:
        await bus.reply_parts(message, [b"first", b"x" * 3_000_000, b"y" * 3_000_000])  # type: ignore[arg-type]

    await bus.subscribe(subject, answer)
    parts = await bus.request_parts(subject, b"?")
    assert [len(part) for part in parts] == [5, 3_000_000, 3_000_000]


async def test_nobody_listening_is_told_at_once_and_a_refusal_with_its_reason(bus: Bus) -> None:
    with pytest.raises(BusUnavailable):
        await bus.request("test.nobody", b"", timeout_s=2)
    with pytest.raises(BusUnavailable):
        await bus.request_parts("test.nobody", b"", timeout_s=2)

    async def refuse(message: object) -> None:
        await bus.reply_error(message, "no such segment")  # type: ignore[arg-type]

    await bus.subscribe("test.refuse", refuse)
    with pytest.raises(BusRefused, match="no such segment"):
        await bus.request("test.refuse", b"")


async def test_a_stranger_without_the_password_is_refused(login: Login) -> None:
    with pytest.raises(BusUnavailable):
        await Bus.connect(login.url, user="thienly", password="wrong", name="stranger", patience_s=0)


def test_a_live_chunk_survives_the_wire_and_rubbish_does_not() -> None:
    chunk = LiveChunk(LiveChunk.MEDIA, True, 7, 1_000_000, 1_040_000, 40_000, b"moof")
    assert LiveChunk.unpack(chunk.pack()) == chunk
    with pytest.raises(ValueError, match="too short"):
        LiveChunk.unpack(b"\x01")


def test_a_sealed_password_opens_only_with_its_key() -> None:
    vault = Vault(Vault.new_key())
    sealed = vault.seal("mật khẩu")
    assert "mật" not in sealed
    assert vault.open(sealed) == "mật khẩu"
    with pytest.raises(ValueError, match="another key"):
        Vault(Vault.new_key()).open(sealed)


def test_the_server_keeps_its_password_out_of_the_process_list(tmp_path: Path) -> None:
    from thienly.bus import server

    login = server.prepare(tmp_path)
    assert not any(login.password in word for word in server.command(tmp_path))
    assert (tmp_path / "login.json").stat().st_mode & 0o077 == 0
    assert server.prepare(tmp_path) == login
