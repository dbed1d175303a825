"""The bus: reachable, large enough, with its streams, and nobody far behind."""

import asyncio
from collections.abc import Iterator

from nats.errors import Error as NatsError
from nats.js.errors import NotFoundError

from thienly.bus import subjects
from thienly.bus.client import Bus, BusUnavailable
from thienly.conf import Conf
from thienly.core.bus import connect
from thienly.doctor.finding import Finding, fault, ok, warning

_LAG = 10_000


def check(conf: Conf, *, running: bool) -> Iterator[Finding]:
    if not running and not conf.nats_url:
        yield ok("bus", "máy chủ bus chạy cùng hệ thống", "the bus runs when the system runs")
        return
    yield from asyncio.run(_ask(conf))


async def _ask(conf: Conf) -> list[Finding]:
    try:
        bus = await connect(conf, name="doctor", patience_s=3)
    except BusUnavailable as error:
        return [
            fault(
                "bus.connected",
                "bus (NATS) không trả lời; camera vẫn được ghi, hình trực tiếp dừng",
                f"the bus (NATS) does not answer ({error}); recording goes on, live pictures do not",
                "Xem logs/nats.log; với bus bên ngoài, kiểm tra nats_url và mạng.",
                "Read logs/nats.log; with a bus of your own, look at nats_url and the network.",
            )
        ]
    try:
        return [await _payload(bus), *await _streams(bus)]
    except (NatsError, OSError, TimeoutError) as error:
        return [
            fault(
                "bus.jetstream",
                f"bus trả lời nhưng JetStream không: {type(error).__name__}",
                f"the bus answers, JetStream does not: {type(error).__name__}",
                "Bật JetStream trên máy chủ NATS và kiểm tra đĩa của nó.",
                "Turn on JetStream at the NATS server, and look at its disk.",
            )
        ]
    finally:
        await bus.close()


async def _payload(bus: Bus) -> Finding:
    size = bus.nc.max_payload
    if size < subjects.MAX_PAYLOAD:
        return fault(
            "bus.payload",
            f"max_payload chỉ {size} byte",
            f"max_payload is only {size} bytes",
            f"Đặt max_payload: {subjects.MAX_PAYLOAD} trên máy chủ NATS.",
            f"Set max_payload: {subjects.MAX_PAYLOAD} at the NATS server.",
        )
    return ok("bus.payload", "kết nối tốt, gói tin đủ lớn", "reachable, payloads are large enough")


async def _streams(bus: Bus) -> list[Finding]:
    for stream in (subjects.JOBS_STREAM, subjects.FACTS_STREAM):
        try:
            await bus.js.stream_info(stream)
        except NotFoundError:
            return [
                fault(
                    "bus.streams",
                    f"thiếu luồng {stream}",
                    f"the stream {stream} is missing",
                    "Chạy lại `thienly up`; nó tạo lại các luồng.",
                    "Run `thienly up` again; it makes the streams.",
                )
            ]
    info = await bus.js.consumer_info(subjects.FACTS_STREAM, subjects.STEWARD_CONSUMER)
    lag = info.num_pending or 0
    if lag > _LAG:
        return [
            warning(
                "bus.lag",
                f"{lag} tin chờ được ghi vào cơ sở dữ liệu",
                f"{lag} facts wait to be written into the database",
                "Xem logs/steward.log; kiểm tra cơ sở dữ liệu có chậm không.",
                "Read logs/steward.log; see whether the database is slow.",
            )
        ]
    return [ok("bus.lag", f"đủ luồng; {lag} tin đang chờ", f"streams are there; {lag} facts wait")]
