"""One connection to NATS with the few verbs that this system uses."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from nats.aio.client import Client
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

log = structlog.get_logger(__name__)

PARTS_HEADER = "Thienly-Parts"
ERROR_HEADER = "Thienly-Error"


class BusUnavailable(Exception):
    """The bus did not answer. The act was not done, or it is not known whether it was."""


class Bus:
    """A connection that reconnects for ever. Create with `Bus.connect`."""

    def __init__(self, nc: Client) -> None:
        self.nc = nc
        self.js: JetStreamContext = nc.jetstream(timeout=5)

    @classmethod
    async def connect(
        cls, url: str, *, user: str = "", password: str = "", name: str, patience_s: float = 30.0
    ) -> "Bus":
        """Waits up to `patience_s` seconds for the server. Raises BusUnavailable."""

        async def quiet(error: Exception) -> None:
            log.debug("bus_error", error=type(error).__name__)

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
                        allow_reconnect=True,
                    )
            except (OSError, NatsError, TimeoutError) as error:
                if asyncio.get_running_loop().time() >= deadline:
                    raise BusUnavailable(f"no NATS server answers at {url}") from error
                await asyncio.sleep(0.3)
            else:
                return cls(nc)

    async def close(self) -> None:
        if not self.nc.is_closed:
            await self.nc.close()

    @property
    def connected(self) -> bool:
        return self.nc.is_connected

    # --- set-up -----------------------------------------------------------------------------------------
    async def ensure(self, *, zones: list[str]) -> None:
        """Creates streams, buckets and consumers that are missing. Idempotent."""
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
        for bucket in (subjects.CAMERAS_BUCKET, subjects.HOLDERS_BUCKET, subjects.HOLDS_BUCKET):
            try:
                await self.js.key_value(bucket)
            except (BucketNotFoundError, NotFoundError):
                await self.js.create_key_value(KeyValueConfig(bucket=bucket, history=1))

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
        await self.publish_raw_fact(subjects.fact(fact.kind, fact.subject_camera), fact.encode(), fact.id)

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
