"""The transcoder process: few places, shared by all who watch, free again when nobody does."""

import asyncio
import signal
from concurrent.futures import ThreadPoolExecutor

import structlog
from nats.aio.msg import Msg
from pydantic import ValidationError

from thienly.bus import subjects
from thienly.bus.client import Bus, BusRefused, BusUnavailable
from thienly.bus.messages import LiveOpened, LiveWant
from thienly.bus.questions import ReadBytes, TranscodedFragment, TranscodeFragment
from thienly.conf import Conf
from thienly.media.clock import wall_us
from thienly.media.live import LiveSender
from thienly.media.transcode.convert import CannotConvert, Converter
from thienly.media.transcode.job import Job
from thienly.media.transcode.remix import Remixer

log = structlog.get_logger(__name__)

SLOTS_TAKEN = "slots_taken"
NOT_CONVERTED = "not_converted"
SOUNDS_A_SLOT = 20
"""Converting sound alone costs about a twentieth of a picture."""
_WAITING_A_SLOT = 4
"""Fragments of playback that may wait for each slot; more would come too late to be shown."""


class Transcoder:
    """Answers on the bus from `start` on."""

    def __init__(self, bus: Bus, *, slots: int) -> None:
        self._bus = bus
        self._slots = slots
        self._threads = ThreadPoolExecutor(slots + 1, thread_name_prefix="convert")
        self._sender = LiveSender()
        self._jobs: dict[tuple[str, str], Job] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._fragments = 0

    async def start(self) -> None:
        for subject, handle in (
            (subjects.TRANSCODE_WANTS, self._want),
            (subjects.TRANSCODE_FRAGMENT, self._fragment),
        ):

            async def on_message(message: Msg, handle=handle) -> None:  # type: ignore[no-untyped-def]  # bound at once
                self._spawn(handle(message))

            await self._bus.subscribe(subject, on_message, queue=subjects.TRANSCODERS)
        self._spawn(self._sender.run(self._bus))
        log.info("transcoder_started", slots=self._slots)

    async def stop(self) -> None:
        await asyncio.gather(*(job.stop() for job in self._jobs.values()))
        for task in list(self._tasks):
            task.cancel()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _spawn(self, work) -> None:  # type: ignore[no-untyped-def]  # any coroutine
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("transcoder_task_failed", exc_info=error)

    # --- live -------------------------------------------------------------------------------------------
    async def _want(self, message: Msg) -> None:
        camera = message.subject.split(".")[1]
        try:
            want = LiveWant.decode(message.data)
        except ValidationError:
            await self._bus.reply_error(message, "not a LiveWant")
            return
        if want.stream not in subjects.TRANSCODED:
            await self._bus.reply_error(message, "no such stream")
            return
        job = self._jobs.get((camera, want.stream)) or self._new(camera, want.stream)
        if job is None:
            refused = LiveOpened(ok=False, reason=SLOTS_TAKEN)
            await self._bus.reply_parts(message, [refused.encode()])
            return
        await self._bus.reply_parts(message, await job.answer(want))

    def _new(self, camera: str, stream: str) -> Job | None:
        most = self._slots if stream == "h264" else self._slots * SOUNDS_A_SLOT
        if sum(kind == stream for _, kind in self._jobs) >= most:
            return None
        job = Job(
            camera,
            stream=stream,
            seq=wall_us() // 1000,
            bus=self._bus,
            send=self._sender.send,
            threads=self._threads,
            make=Converter if stream == "h264" else Remixer,
            on_over=lambda job: self._over(job, stream),
        )
        self._jobs[camera, stream] = job
        log.info("converting", camera=camera, stream=stream, jobs=len(self._jobs))
        return job

    def _over(self, job: Job, stream: str) -> None:
        if self._jobs.get((job.camera, stream)) is job:
            del self._jobs[job.camera, stream]
        log.info("converted_for_the_last_viewer", camera=job.camera, stream=stream)

    # --- playback ---------------------------------------------------------------------------------------
    async def _fragment(self, message: Msg) -> None:
        try:
            wanted = TranscodeFragment.decode(message.data)
        except ValidationError:
            await self._bus.reply_error(message, "not a TranscodeFragment")
            return
        if self._fragments >= self._slots * _WAITING_A_SLOT:
            await self._bus.reply_parts(message, [TranscodedFragment(ok=False, reason=SLOTS_TAKEN).encode()])
            return
        self._fragments += 1
        try:
            parts = await self._converted(wanted)
        except (CannotConvert, BusUnavailable, BusRefused) as error:
            log.warning("fragment_not_converted", recorder=wanted.recorder, error=str(error))
            parts = [TranscodedFragment(ok=False, reason=NOT_CONVERTED).encode()]
        finally:
            self._fragments -= 1
        await self._bus.reply_parts(message, parts)

    async def _converted(self, wanted: TranscodeFragment) -> list[bytes]:
        """Raises CannotConvert, BusUnavailable, BusRefused."""
        ref = wanted.fragment
        init = await self._read(wanted.recorder, ref.segment, 0, ref.init_bytes)
        data = await self._read(wanted.recorder, ref.segment, ref.offset, ref.bytes)

        def convert() -> list[bytes]:
            # By itself, so that its media time is that of the recording and it can be shown after any other.
            converter = Converter(base_us=ref.segment_us)
            converter.begin(init)
            made = converter.convert(data, ref.segment_us, last=True)
            if not made.init:
                raise CannotConvert("no picture")
            told = TranscodedFragment(ok=True, mime=made.mime).encode()
            return [told, made.init, b"".join(chunk.data for chunk in made.chunks)]

        return await asyncio.get_running_loop().run_in_executor(self._threads, convert)

    async def _read(self, recorder: str, segment: int, offset: int, length: int) -> bytes:
        data = b""
        while len(data) < length:
            size = min(length - len(data), subjects.PART)
            ask = ReadBytes(segment=segment, offset=offset + len(data), length=size)
            part = await self._bus.request(subjects.archive_read(recorder), ask.encode(), timeout_s=5)
            if len(part) != size:
                raise CannotConvert("the recording is cut short")
            data += part
        return data


async def run(conf: Conf) -> None:
    """Converts until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    bus = await _reach(conf, stop)
    if bus is None:
        return
    transcoder = Transcoder(bus, slots=conf.file.transcode_slots)
    await transcoder.start()
    await stop.wait()
    await transcoder.stop()
    await bus.close()


async def _reach(conf: Conf, stop: asyncio.Event) -> Bus | None:
    """The bus, however long it takes; None when the process is to end."""
    while not stop.is_set():
        try:
            return await Bus.join(conf.bus_login(), name="transcoder")
        except (BusUnavailable, FileNotFoundError) as error:
            log.info("bus_not_reachable", error=type(error).__name__)
            await asyncio.sleep(1)
    return None
