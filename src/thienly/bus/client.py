"""One connection to NATS with the few verbs that this system uses."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from nats.aio.client import DEFAULT_INBOX_PREFIX, Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DiscardPolicy,
    KeyValueConfig,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)
from nats.js.errors import APIError, BucketNotFoundError, NotFoundError
from nats.js.kv import KeyValue

import nats
from thienly.bus import subjects
from thienly.bus.messages import Fact, Job
from thienly.bus.permissions import inbox
from thienly.bus.server import Login

log = structlog.get_logger(__name__)

PARTS_HEADER = "Thienly-Parts"
ERROR_HEADER = "Thienly-Error"
FOLLOW_EVERY_S = 0.5


class BusUnavailable(Exception):
    """The bus did not answer. The act was not done, or it is not known whether it was."""


class Bus:
    """A connection that reconnects for ever. Create with `Bus.connect`."""

    def __init__(self, nc: Client, *, restricted: bool = False) -> None:
        self.nc = nc
        self.js: JetStreamContext = nc.jetstream(timeout=5)
        self._restricted = restricted

    @classmethod
    async def join(cls, login: Login, *, name: str, patience_s: float = 30.0) -> "Bus":
        """Connects as `login` says, by password or by certificate. Raises BusUnavailable, also when the
        certificate is not there or not whole."""
        if login.certificate is None:
            return await cls.connect(
                login.url, user=login.user, password=login.password, name=name, patience_s=patience_s
            )
        try:
            tls = tls_context(login)
        except (OSError, ValueError) as error:
            raise BusUnavailable(f"{login.certificate.name}: {error}") from error
        return await cls.connect(login.url, name=name, patience_s=patience_s, tls=tls, login=login)

    @classmethod
    async def connect(
        cls,
        url: str,
        *,
        user: str = "",
        password: str = "",
        name: str,
        patience_s: float = 30.0,
        tls: ssl.SSLContext | None = None,
        login: Login | None = None,
    ) -> "Bus":
        """Waits up to `patience_s` seconds for the server. Raises BusUnavailable."""
        recorder = login.recorder if login else ""

        async def quiet(error: Exception) -> None:
            log.debug("bus_error", error=type(error).__name__)

        async def renewed() -> None:
            # Before it connects again: the certificate may have been replaced meanwhile.
            if tls is not None and login is not None and login.certificate is not None:
                with contextlib.suppress(OSError, ValueError):
                    tls.load_cert_chain(login.certificate)

        deadline = asyncio.get_running_loop().time() + patience_s
        while True:
            try:
                # The client itself would try for ever, also with a wrong password.
                async with asyncio.timeout(4):
                    nc = await nats.connect(
                        url,
                        user=user or None,
                        password=password or None,
                        name=name,
                        max_reconnect_attempts=-1,
                        reconnect_time_wait=0.5,
                        ping_interval=10,
                        max_outstanding_pings=2,
                        connect_timeout=3,
                        pending_size=64 * 1024 * 1024,
                        error_cb=quiet,
                        disconnected_cb=renewed,
                        allow_reconnect=True,
                        tls=tls,
                        tls_handshake_first=tls is not None,
                        inbox_prefix=inbox(recorder) if recorder else DEFAULT_INBOX_PREFIX,
                    )
            except (OSError, NatsError, TimeoutError) as error:
                if asyncio.get_running_loop().time() >= deadline:
                    why = type(error).__name__
                    raise BusUnavailable(f"no NATS server answers at {url} ({why})") from error
                await asyncio.sleep(0.3)
            else:
                return cls(nc, restricted=bool(recorder))

    async def close(self) -> None:
        if not self.nc.is_closed:
            await self.nc.close()

    @property
    def connected(self) -> bool:
        return self.nc.is_connected

    # --- set-up -----------------------------------------------------------------------------------------
    async def ensure(self, *, zones: list[str]) -> None:
        """Creates streams, buckets and consumers that are missing. Idempotent.

        Nothing for a recorder that came by its certificate: it may not, and the steward does.
        """
        if self._restricted:
            return
        await self._stream(
            StreamConfig(
                name=subjects.JOBS_STREAM,
                subjects=[subjects.JOBS_SUBJECTS],
                retention=RetentionPolicy.WORK_QUEUE,
                storage=StorageType.FILE,
                max_msgs_per_subject=1,
                discard=DiscardPolicy.NEW,
                discard_new_per_subject=True,
            )
        )
        await self._stream(
            StreamConfig(
                name=subjects.FACTS_STREAM,
                subjects=[subjects.FACTS_SUBJECTS],
                storage=StorageType.FILE,
                duplicate_window=3600,
                max_age=30 * 86400,
            )
        )
        for zone in zones:
            await self._consumer(
                subjects.JOBS_STREAM,
                ConsumerConfig(
                    durable_name=subjects.jobs_consumer(zone),
                    filter_subject=subjects.jobs_of_zone(zone),
                    ack_policy=AckPolicy.EXPLICIT,
                    ack_wait=subjects.JOB_ACK_WAIT_S,
                    max_ack_pending=50_000,
                    max_deliver=-1,
                ),
            )
        await self._consumer(
            subjects.FACTS_STREAM,
            ConsumerConfig(
                durable_name=subjects.STEWARD_CONSUMER,
                ack_policy=AckPolicy.EXPLICIT,
                ack_wait=10,
                max_ack_pending=5_000,
                max_deliver=-1,
            ),
        )
        buckets = [
            named(zone) for zone in zones for named in (subjects.cameras_bucket, subjects.holders_bucket)
        ]
        for bucket in (*buckets, subjects.HOLDS_BUCKET):
            try:
                await self.js.key_value(bucket)
            except (BucketNotFoundError, NotFoundError):
                await self.js.create_key_value(KeyValueConfig(bucket=bucket, history=1))

    async def zones(self) -> list[str]:
        """Every zone that ever had cameras or recorders on this bus."""
        prefix, names, offset = f"KV_{subjects.cameras_bucket('')}", list[str](), 0
        while more := await self.js.streams_info(offset=offset):
            names += [info.config.name or "" for info in more]
            offset += len(more)
        return sorted(name.removeprefix(prefix) for name in names if name.startswith(prefix))

    async def _stream(self, config: StreamConfig) -> None:
        try:
            await self.js.add_stream(config)
        except APIError:  # it exists with an older configuration
            await self.js.update_stream(config)

    async def _consumer(self, stream: str, config: ConsumerConfig) -> None:
        await self.js.add_consumer(stream, config)

    async def bucket(self, name: str) -> KeyValue:
        return await self.js.key_value(name)

    # --- jobs and facts ---------------------------------------------------------------------------------
    async def offer_job(self, *, zone: str, camera: str) -> bool:
        """Puts the camera into the work-queue; False when it stands there already."""
        try:
            await self.js.publish(subjects.job(zone, camera), Job(camera=camera).encode())
        except APIError as error:
            if error.err_code == 10077:  # JSStreamStoreFailed: "maximum messages per subject exceeded"
                return False
            raise
        return True

    async def withdraw_job(self, *, zone: str, camera: str) -> None:
        """Takes the camera out of the work-queue, waiting or held."""
        await self.js.purge_stream(subjects.JOBS_STREAM, subject=subjects.job(zone, camera))

    async def publish_fact(self, fact: Fact) -> None:
        """Returns when the stream has it on disk. Raises BusUnavailable; then publish it again later."""
        subject = subjects.fact(fact.kind, fact.recorder, fact.subject_camera)
        await self.publish_raw_fact(subject, fact.encode(), fact.id)

    async def publish_raw_fact(self, subject: str, data: bytes, message_id: str) -> None:
        try:
            with cancellable():
                await self.js.publish(subject, data, headers={"Nats-Msg-Id": message_id}, timeout=5)
        except (OSError, NatsError, TimeoutError) as error:
            raise BusUnavailable(type(error).__name__) from error

    # --- plain messages and requests --------------------------------------------------------------------
    async def publish(self, subject: str, data: bytes = b"") -> None:
        await self.nc.publish(subject, data)

    async def subscribe(
        self, subject: str, handler: Callable[[Msg], Awaitable[None]], *, queue: str = ""
    ) -> Any:
        return await self.nc.subscribe(subject, queue=queue, cb=handler)

    async def request(self, subject: str, data: bytes, *, timeout_s: float = 3.0) -> bytes:
        """Raises BusUnavailable (nobody listens, no answer in time), BusRefused (the answer is an error)."""
        try:
            with cancellable():
                message = await self.nc.request(subject, data, timeout=timeout_s)
        except (OSError, NatsError, TimeoutError) as error:
            raise BusUnavailable(f"{subject}: {type(error).__name__}") from error
        refused = (message.headers or {}).get(ERROR_HEADER)
        if refused:
            raise BusRefused(refused)
        return message.data

    async def request_parts(self, subject: str, data: bytes, *, timeout_s: float = 3.0) -> list[bytes]:
        """A request whose answer is several messages, see `reply_parts`. Raises as `request` does."""
        inbox = self.nc.new_inbox()
        subscription = await self.nc.subscribe(inbox)
        try:
            await self.nc.publish(subject, data, reply=inbox)
            parts: list[bytes] = []
            expected = 1
            while len(parts) < expected:
                with cancellable():
                    message = await subscription.next_msg(timeout=timeout_s)
                headers = message.headers or {}
                if headers.get(ERROR_HEADER):
                    raise BusRefused(headers[ERROR_HEADER])
                if headers.get("Status") == "503":
                    raise BusUnavailable(f"{subject}: nobody listens")
                if not parts:
                    expected = int(headers.get(PARTS_HEADER, "1"))
                parts.append(message.data)
            return parts
        except (OSError, NatsError, TimeoutError) as error:
            raise BusUnavailable(f"{subject}: {type(error).__name__}") from error
        finally:
            if not self.nc.is_closed:
                await subscription.unsubscribe()

    async def reply_parts(self, message: Msg, parts: list[bytes]) -> None:
        """Answers a request with several messages; the first says how many."""
        for number, part in enumerate(parts if message.reply else ()):
            headers = {PARTS_HEADER: str(len(parts))} if number == 0 else None
            await self.nc.publish(message.reply, part, headers=headers)

    async def reply(self, message: Msg, data: bytes) -> None:
        if message.reply:
            await self.nc.publish(message.reply, data)

    async def reply_error(self, message: Msg, text: str) -> None:
        """`text` is technical, short, and free of secrets."""
        if message.reply:
            await self.nc.publish(message.reply, b"", headers={ERROR_HEADER: text})

    async def watch(self, bucket: str) -> AsyncIterator[tuple[str, bytes | None]]:
        """Every key with its value now, then every change; None when a key was deleted.

        Ends only with the task that iterates. Survives reconnects of the server (ordered consumer).
        """
        if self._restricted:
            async for entry in self._follow(bucket):
                yield entry
            return
        kv = await self.bucket(bucket)
        watcher = await kv.watchall()
        try:
            while True:
                try:
                    with cancellable():
                        entry = await watcher.updates(timeout=30)  # type: ignore[no-untyped-call]  # nats-py leaves it untyped
                except (NatsError, TimeoutError):
                    continue
                if entry is None:
                    continue
                deleted = entry.operation in ("DEL", "PURGE")
                yield entry.key, None if deleted else entry.value
        finally:
            if not self.nc.is_closed:
                await watcher.stop()  # type: ignore[no-untyped-call]  # as above

    async def _follow(self, bucket: str) -> AsyncIterator[tuple[str, bytes | None]]:
        """As `watch`, for a recorder elsewhere. Who may make consumers may have them deliver anywhere: it may
        not, and asks for what is newer than what it has seen."""
        prefix, seen = f"$KV.{bucket}.", 0
        while True:
            try:
                with cancellable():
                    raw = await self.js.get_msg(f"KV_{bucket}", seen + 1, f"{prefix}>", next=True)
            except NotFoundError:
                await asyncio.sleep(FOLLOW_EVERY_S)
                continue
            seen = raw.seq or seen + 1
            deleted = (raw.headers or {}).get("KV-Operation") in ("DEL", "PURGE")
            yield (raw.subject or "").removeprefix(prefix), None if deleted else raw.data or b""


def tls_context(login: Login) -> ssl.SSLContext:
    """Shows the certificate, and believes nobody but the installation's authority. Raises OSError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(login.authority)
    if login.certificate is not None:
        context.load_cert_chain(login.certificate)
    return context


@contextmanager
def cancellable() -> Iterator[None]:
    """Around a wait of the client: raises the cancellation that it swallowed.

    Its `asyncio.wait_for` gives, in Python 3.11, the answer instead of a cancellation that meets it; whoever
    was told to stop would go on.
    """
    task = asyncio.current_task()
    before = task.cancelling() if task else 0
    try:
        yield
    finally:
        if task is not None and task.cancelling() > before:
            raise asyncio.CancelledError


async def end(*tasks: asyncio.Task[Any]) -> None:
    """Cancels the tasks until all of them have ended: one that waits for the bus may lose a cancellation."""
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=1)


class BusRefused(Exception):
    """The other side answered with an error; the text says which."""
