"""Other machines reach the bus by TLS and certificates alone, and hear and say what is theirs."""

import asyncio
import contextlib
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

import nats
from thienly.bus import server, subjects
from thienly.bus.authority import Authority, Unknown, write_private
from thienly.bus.client import Bus, BusUnavailable, tls_context
from thienly.bus.messages import Gap
from thienly.bus.permissions import inbox
from thienly.bus.server import Listening, Login, Plaintext
from thienly.conf import Conf
from thienly.rules.problems import Problem


class Guarded:
    """A real server that listens with TLS, with its authority."""

    centre: Login
    r2: Login

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.authority = Authority(directory / "keys")
        self.port = server.free_port()
        certificate = directory / "server.pem"
        hosts = ["127.0.0.1", "localhost"]
        write_private(certificate, self.authority.issue("server", "bus", now=now(), hosts=hosts))
        self.listening = Listening("127.0.0.1", self.port, certificate, self.authority)
        self.prepare()
        self._log = directory / "nats.log"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(server.command(directory), stdout=log, stderr=log)
        self._wait_for("Server is ready", 1)

    def prepare(self) -> None:
        server.prepare_listening(self.directory, self.listening, now=now())

    def tell(self) -> None:
        """As `thienly.membership.tell_server`."""
        before = self._log.read_text().count("Reloaded server configuration")
        self.prepare()
        self.process.send_signal(signal.SIGHUP)
        self._wait_for("Reloaded server configuration", before + 1)

    def _wait_for(self, line: str, times: int) -> None:
        deadline = time.monotonic() + 20
        while self._log.read_text().count(line) < times:
            assert time.monotonic() < deadline, self._log.read_text()
            time.sleep(0.05)

    def issue(
        self, name: str = "centre", zone: str = "", *, by: Authority | None = None, at: datetime | None = None
    ) -> Login:
        """A certificate for a month from `at`, and the way in with it."""
        by = by or self.authority
        role = "recorder" if zone else "centre"
        path = self.directory / f"{uuid4().hex}.pem"
        write_private(path, by.issue(role, name, now=at or now(), zone=zone, days=30))  # type: ignore[arg-type]
        recorder = name if zone else ""
        return Login(
            f"tls://127.0.0.1:{self.port}",
            certificate=path,
            authority=self.authority.public,
            recorder=recorder,
        )


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """With a centre, and a recorder `r2` in the zone `cang`."""
    made = Guarded(tmp_path_factory.mktemp("guarded"))
    made.centre, made.r2 = made.issue(), made.issue("r2", "cang")
    made.tell()
    yield made
    made.process.terminate()
    made.process.wait(10)


@contextlib.asynccontextmanager
async def entered(login: Login) -> AsyncIterator[Bus]:
    bus = await Bus.join(login, name="test", patience_s=20)
    try:
        yield bus
    finally:
        await bus.close()


async def refused(login: Login) -> bool:
    """Tried once; the server, or the client for lack of belief in it, ends it."""
    try:
        nc = await nats.connect(
            login.url,
            tls=tls_context(login),
            tls_handshake_first=True,
            allow_reconnect=False,
            connect_timeout=20,
        )
    except (OSError, NatsError, ValueError):
        return True
    await nc.close()
    return False


async def settled(nc: Client) -> None:
    """The server has answered what was sent. Twice: the client's PING may overtake what waits to be sent."""
    for _ in range(2):
        await nc.flush(20)
        await asyncio.sleep(0.02)


class Member:
    """A recorder's certificate in the hands of somebody who tries everything with it."""

    def __init__(self, login: Login) -> None:
        self.login = login
        self.errors: list[str] = []
        self.heard: list[str] = []

    async def __aenter__(self) -> "Member":
        async def note(error: Exception) -> None:
            self.errors.append(str(error).lower())

        self.nc = await nats.connect(
            self.login.url,
            tls=tls_context(self.login),
            tls_handshake_first=True,
            inbox_prefix=inbox(self.login.recorder),
            error_cb=note,
            connect_timeout=10,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.nc.close()

    async def may_say(self, subject: str) -> bool:
        return await self._allowed(self.nc.publish(subject, b"{}"), f'publish to "{subject}"'.lower())

    async def may_hear(self, subject: str) -> bool:
        async def note(message: Msg) -> None:
            self.heard.append(message.subject)

        return await self._allowed(
            self.nc.subscribe(subject, cb=note), f'subscription to "{subject}"'.lower()
        )

    async def _allowed(self, act: Awaitable[object], violation: str) -> bool:
        await act
        await settled(self.nc)
        return not any(violation in error for error in self.errors)


@pytest.mark.req_part("DN-025")
async def test_who_has_a_certificate_of_this_installation_enters_and_nobody_else(
    guarded: Guarded, tmp_path: Path
) -> None:
    async with entered(guarded.centre) as bus, entered(guarded.r2):
        assert bus.connected
    other = Authority(tmp_path / "other")
    bare = Login(guarded.centre.url, authority=guarded.authority.public)
    assert await refused(guarded.issue("r2", "cang", by=other))  # of another authority
    assert await refused(guarded.issue("r3", "cang"))  # ours, but not told to the server
    assert await refused(guarded.issue("r2", "cang", at=now() - timedelta(days=31)))  # expired
    assert await refused(bare)  # no certificate at all
    with pytest.raises(BusUnavailable):
        await Bus.join(bare, name="stranger", patience_s=0)


@pytest.mark.req_part("DN-025")
async def test_plaintext_gets_no_answer_and_tells_nothing(guarded: Guarded) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", guarded.port)
    writer.write(b'CONNECT {"verbose":true}\r\nPING\r\n')
    answer = await asyncio.wait_for(reader.read(), 15)
    writer.close()
    assert b"INFO" not in answer and b"PONG" not in answer


async def test_a_server_that_is_not_ours_is_told_nothing(guarded: Guarded, tmp_path: Path) -> None:
    false = Guarded(tmp_path / "false")
    try:
        login = replace(guarded.centre, url=f"tls://127.0.0.1:{false.port}")
        assert await refused(login)
    finally:
        false.process.terminate()
        false.process.wait(10)


@pytest.mark.req_part("DN-025")
async def test_whoever_is_revoked_is_cut_off_at_once_and_a_new_certificate_lets_the_name_in_again(
    guarded: Guarded,
) -> None:
    login = guarded.issue("r5", "cang")
    guarded.tell()
    async with entered(login) as bus:
        shut_out = guarded.authority.revoke("recorder", "r5", now=now())
        assert [member.name for member in shut_out] == ["r5"]
        guarded.tell()
        async with asyncio.timeout(20):
            while bus.connected:  # noqa: ASYNC110 - the server ends it
                await asyncio.sleep(0.05)
    assert await refused(login)
    fresh = guarded.issue("r5", "cang")
    guarded.tell()
    async with entered(fresh):
        assert await refused(login)
    with pytest.raises(Unknown):
        guarded.authority.revoke("recorder", "r9", now=now())


async def test_a_recorder_says_and_hears_its_own_and_its_zones_alone(guarded: Guarded) -> None:
    camera = "ab" * 16
    async with entered(guarded.centre) as bus, Member(guarded.r2) as member:
        await bus.ensure(zones=["main", "cang"])
        own = [
            subjects.alive("r2"),
            subjects.fact("gap", "r2", camera),
            subjects.handover("r2"),
            subjects.held(camera),
            f"$KV.{subjects.holders_bucket('cang')}.{camera}",
        ]
        assert [subject for subject in own if not await member.may_say(subject)] == []
        foreign = [
            subjects.alive("r1"),
            subjects.fact("gap", "r1", camera),
            subjects.handover("r1"),
            subjects.live_want(camera),  # would be answered with a picture
            subjects.archive_read("r1"),
            subjects.archive_thumbnail("r1"),
            subjects.probe("main"),
            subjects.job("cang", camera),
            subjects.ACCESS_CHANGED,
            f"$KV.{subjects.cameras_bucket('cang')}.{camera}",
            f"$KV.{subjects.holders_bucket('main')}.{camera}",
            f"$KV.{subjects.HOLDS_BUCKET}.{camera}",
            f"$JS.API.STREAM.MSG.GET.KV_{subjects.cameras_bucket('main')}",
            f"$JS.API.DIRECT.GET.KV_{subjects.cameras_bucket('main')}.x",
            f"$JS.API.CONSUMER.CREATE.KV_{subjects.cameras_bucket('main')}",
            f"$JS.API.CONSUMER.CREATE.KV_{subjects.cameras_bucket('cang')}",  # could deliver to others
            f"$JS.API.CONSUMER.CREATE.KV_{subjects.holders_bucket('cang')}.x",
            f"$JS.API.DIRECT.GET.KV_{subjects.holders_bucket('cang')}",  # answers with what it wrote itself
            f"$JS.API.CONSUMER.CREATE.{subjects.FACTS_STREAM}",
            f"$JS.API.STREAM.MSG.GET.{subjects.FACTS_STREAM}",
            f"$JS.API.STREAM.DELETE.{subjects.JOBS_STREAM}",
            f"$JS.API.STREAM.PURGE.{subjects.JOBS_STREAM}",
            f"$JS.API.CONSUMER.MSG.NEXT.JOBS.{subjects.jobs_consumer('main')}",
            "_INBOX.somebody",
        ]
        assert [subject for subject in foreign if await member.may_say(subject)] == []
        hidden = [
            ">",
            "_INBOX.>",
            "inbox.>",
            "inbox.r1.>",
            "live.>",
            subjects.live(camera),
            subjects.FACTS_SUBJECTS,
            "$KV.>",
            "$JS.>",
            subjects.ALIVE_ALL,
            "archive.*.*",
            subjects.probe("main"),
            subjects.handover("r1"),
        ]
        assert [subject for subject in hidden if await member.may_hear(subject)] == []


async def test_a_recorder_reads_the_cameras_of_its_zone_and_no_others(guarded: Guarded) -> None:
    async with entered(guarded.centre) as bus, entered(guarded.r2) as recorder:
        await bus.ensure(zones=["main", "cang"])
        for zone in ("main", "cang"):
            await (await bus.bucket(subjects.cameras_bucket(zone))).put(f"of-{zone}", zone.encode())
        own = await recorder.bucket(subjects.cameras_bucket("cang"))
        assert (await own.get("of-cang")).value == b"cang"
        watch = recorder.watch(subjects.cameras_bucket("cang"))
        assert await asyncio.wait_for(anext(watch), 10) == ("of-cang", b"cang")
        here = await bus.bucket(subjects.cameras_bucket("cang"))
        await here.put("of-cang", b"changed")
        assert await asyncio.wait_for(anext(watch), 10) == ("of-cang", b"changed")
        await here.delete("of-cang")
        assert await asyncio.wait_for(anext(watch), 10) == ("of-cang", None)
        await watch.aclose()  # type: ignore[attr-defined]
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2):
                await recorder.bucket(subjects.cameras_bucket("main"))


async def test_what_asks_gets_its_answer_and_a_recorder_answers_whoever_asked(guarded: Guarded) -> None:
    async with entered(guarded.centre) as bus, entered(guarded.r2) as recorder:
        await bus.ensure(zones=["cang"])
        parts = [b"first", b"x" * 3_000_000, b"y" * 3_000_000]

        async def answer(message: Msg) -> None:
            await recorder.reply_parts(message, parts)

        await recorder.subscribe(subjects.archive_find("r2"), answer)
        await settled(recorder.nc)
        assert await bus.request_parts(subjects.archive_find("r2"), b"?", timeout_s=10) == parts
        await bus.offer_job(zone="cang", camera="cd" * 16)
        pull = await recorder.js.pull_subscribe_bind(subjects.jobs_consumer("cang"), subjects.JOBS_STREAM)
        (job,) = await pull.fetch(1, timeout=10)
        await job.in_progress()
        await job.ack_sync(timeout=10)
        gap = Gap(
            id=uuid4().hex,
            camera="cd" * 16,
            recorder="r2",
            gap="g",
            start_us=1,
            end_us=None,
            reason=Problem.STALLED,
        )
        await recorder.publish_fact(gap)
        with pytest.raises(BusUnavailable):
            await recorder.publish_fact(gap.model_copy(update={"recorder": "r1", "id": uuid4().hex}))


def test_a_bus_that_others_reach_is_never_plain(tmp_path: Path) -> None:
    with pytest.raises(Plaintext, match="bus_listen"):
        server.prepare(tmp_path, host="0.0.0.0")  # noqa: S104 - refused
    assert not (tmp_path / "nats.conf").exists()
    for url in ("nats://10.20.0.5:4222", "nats://bus.tinh.example:4222"):
        with pytest.raises(Plaintext, match="bus_listen"):
            _ = Conf(tmp_path, env={"THIENLY_NATS_URL": url}).nats_url
    for url in ("nats://127.0.0.1:4222", "tls://bus.tinh.example:4222"):
        assert Conf(tmp_path, env={"THIENLY_NATS_URL": url}).nats_url == url
    with pytest.raises(FileNotFoundError):  # without a certificate there is no way in
        Conf(tmp_path, env={"THIENLY_NATS_URL": "tls://bus.tinh.example:4222"}).bus_login()
