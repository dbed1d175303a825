"""One connection to a camera, plain or encrypted: interleaved frames to their tracks, answers to those who
wait for them."""

import asyncio
from collections.abc import Callable
from struct import Struct

from thienly.media.frames import SourceError
from thienly.media.rtp.packet import Buffer
from thienly.media.rtsp.limits import Limits
from thienly.media.rtsp.message import (
    MAX_HEAD,
    MIN_START,
    Message,
    format_request,
    parse_head,
    plausible_start,
)
from thienly.media.rtsp.sweep import Sweep
from thienly.media.rtsp.wire import Wire
from thienly.rules.problems import Problem

Channel = Callable[[Buffer, int, int], None]
"""Takes the packet `buffer[start:end]`; must copy what it keeps, for the buffer is used again at once."""

Run = Callable[[Buffer, int, int, int], tuple[int, int]]
"""Takes as many interleaved frames from `buffer[start:end]` as it likes, on the channel of the last argument;
returns where it stopped, and how many it took."""

_DOLLAR = 0x24
_parse_frame = Struct(">BBH").unpack_from  # `$`, channel, length (RFC 2326 section 10.12)
_READS_A_TURN = 4


class Connection:
    """Owns the wire. Reads when ready while it is set up, and on the sweep's beat once it streams.

    Whatever ends it is set on `ended`, once: a SourceError, or the exception of a handler, which thus never
    reaches other cameras.
    """

    def __init__(self, wire: Wire, limits: Limits, live: Callable[[], bool]) -> None:
        self.live = live
        self.limits = limits
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.bytes = 0
        self.packets = 0
        self.stray = 0  # interleaved frames on channels that were never set up
        self._wire = wire
        self._recv_into = wire.recv_into
        self._sweep = Sweep.running()
        self._loop = asyncio.get_running_loop()
        self._channels: list[Channel | None] = [None] * 256
        self._runs: list[Run | None] = [None] * 256
        self._carry = b""  # the incomplete rest of what was read
        self._waiting: dict[str, asyncio.Future[Message]] = {}
        self._cseq = 0
        self._writing = asyncio.Lock()
        self._seen: Callable[[int], None] | None = None
        self._arrived_ns = 0
        self._loop.add_reader(wire.fileno(), self.read)

    @property
    def addresses(self) -> tuple[str, str]:
        """Our IP address and the camera's."""
        return self._wire.addresses

    def route(self, number: int, channel: Channel, run: Run | None = None) -> None:
        """Hand the packets of channel `number` to `channel`; after each, `run` may take what follows it at
        once."""
        self._channels[number] = channel
        self._runs[number] = run

    def taken(self, number: int) -> bool:
        """Whether packets of this channel go somewhere."""
        return self._channels[number] is not None

    @property
    def may_look(self) -> bool:
        """Whether this is a good moment to `look_closely`."""
        return self._sweep.may_look

    def look_closely(self, seen: Callable[[int], None] | None) -> None:
        """From now on read whenever something comes, and tell `seen` when it arrived (Unix, nanoseconds)
        each time that what was read ends with a whole frame. None: no more, and back to the beat."""
        self._sweep.closely += (seen is not None) - (self._seen is not None)
        self._seen = seen
        if self._wire.fileno() < 0:
            return
        self._wire.stamp(on=seen is not None)
        if seen is None:
            self._recv_into = self._wire.recv_into
            self._loop.remove_reader(self._wire.fileno())
        else:
            self._recv_into = self._recv_stamped
            self._loop.add_reader(self._wire.fileno(), self.read)

    def _recv_stamped(self, view: memoryview, /) -> int:
        got, self._arrived_ns = self._wire.recv_stamped(view)
        return got

    def stream(self) -> None:
        """From now on read on the sweep's beat."""
        self._loop.remove_reader(self._wire.fileno())
        self._sweep.join(self)

    async def request(self, method: str, uri: str, headers: dict[str, str]) -> Message:
        """Send a request and wait for its answer.

        Raises SourceError: TIMEOUT when none comes, or whatever ends the connection.
        """
        self._cseq += 1
        cseq = str(self._cseq)
        answer: asyncio.Future[Message] = self._loop.create_future()
        self._waiting[cseq] = answer
        try:
            async with asyncio.timeout(self.limits.answer_s):
                await self._send(format_request(method, uri, {"CSeq": cseq, **headers}))
                await asyncio.wait((answer, self.ended), return_when=asyncio.FIRST_COMPLETED)
        except TimeoutError:
            raise SourceError(Problem.TIMEOUT, f"no answer to {method}") from None
        finally:
            del self._waiting[cseq]
        if answer.done():
            return answer.result()
        self.ended.result()
        raise SourceError(Problem.CLOSED, "connection closed")

    def close(self) -> None:
        """Close the socket; without effect the second time."""
        self._sweep.leave(self)
        self._sweep.closely -= self._seen is not None
        self._seen = None
        if self._wire.fileno() >= 0:
            self._loop.remove_reader(self._wire.fileno())
            self._wire.close()
        # The reason of the end refers to this connection, and this to the reason: what the depacketisers
        # hold must not wait until that circle is found.
        self._channels, self._runs = [None] * 256, [None] * 256
        self._carry = b""
        if not self.ended.done():
            self.ended.set_result(None)
        else:
            self.ended.exception()  # retrieved, so that asyncio does not report it

    def read(self) -> None:
        """Take what the kernel holds and hand it on; never raises."""
        if self.ended.done():
            return
        try:
            for _ in range(_READS_A_TURN):
                if not self._read_once():
                    break
        except Exception as error:
            self.fail(error)

    def _read_once(self) -> bool:
        """Whether there may be more to read at once. Raises SourceError."""
        buffer, view, carry = self._sweep.buffer, self._sweep.view, self._carry
        kept = len(carry)
        if kept:
            view[:kept] = carry
        try:
            got = self._recv_into(view[kept:])
        except (BlockingIOError, InterruptedError):
            return False
        except OSError as error:
            raise SourceError(Problem.CLOSED, "connection lost") from error
        if not got:
            raise SourceError(Problem.CLOSED, "the device closed the connection")
        self.bytes += got
        end = kept + got
        used = self._parse(buffer, end)
        self._carry = bytes(view[used:end]) if used < end else b""
        if self._seen is not None and used == end:
            self._seen(self._arrived_ns)
        return end == len(buffer)

    def _parse(self, buffer: bytearray, end: int) -> int:
        """Hand on all that is complete in `buffer[:end]`; returns how much that was."""
        position = 0
        packets = 0
        channels, runs = self._channels, self._runs
        while end - position >= 4:
            dollar, number, length = _parse_frame(buffer, position)
            if dollar == _DOLLAR:
                start = position + 4
                following = start + length
                if following > end:
                    break
                channel = channels[number]
                packets += 1
                if channel is not None:
                    channel(buffer, start, following)
                else:
                    self.stray += 1
                position = following
                run = runs[number]
                if run is not None:
                    position, taken = run(buffer, position, end, number)
                    packets += taken
            elif dollar in b"\r\n":
                position += 1  # some put an empty line after a body
            else:
                used = self._message(buffer, position, end)
                if not used:
                    break
                position += used
        self.packets += packets
        return position

    def _message(self, buffer: bytearray, start: int, end: int) -> int:
        """Take the message at `start`; returns its length, or 0 while it is incomplete. Raises
        SourceError."""
        if end - start >= MIN_START and not plausible_start(bytes(buffer[start : start + 24])):
            # No search for the next `$`: it would find one inside a picture.
            raise SourceError(Problem.PROTOCOL, "neither RTSP nor interleaved RTP")
        head_end = buffer.find(b"\r\n\r\n", start, min(end, start + MAX_HEAD))
        if head_end < 0:
            if end - start >= MAX_HEAD:
                raise SourceError(Problem.PROTOCOL, "headers without end")
            return 0
        head = parse_head(bytes(buffer[start:head_end]))
        body = head_end + 4
        following = body + head.body_length
        if following > end:
            return 0
        self._answer(Message(head.status, head.headers, bytes(buffer[body:following])))
        return following - start

    def _answer(self, message: Message) -> None:
        """Wake who waits for it. Requests by the camera, and late answers, are passed over."""
        if message.status < 200:
            return
        cseq = message.get("cseq") or next(iter(self._waiting), "")
        waiting = self._waiting.get(cseq)
        if waiting is not None and not waiting.done():
            waiting.set_result(message)

    async def _send(self, data: bytes) -> None:
        async with self._writing:
            try:
                await self._wire.send(data)
            except OSError as error:
                raise SourceError(Problem.CLOSED, "connection lost") from error

    def fail(self, error: Exception) -> None:
        """End the stream for this reason, unless it has ended.

        What a camera did needs no traceback; it would keep megabytes of an endless frame alive.
        """
        self._sweep.leave(self)
        if self._wire.fileno() >= 0:
            self._loop.remove_reader(self._wire.fileno())
        if not self.ended.done():
            expected = isinstance(error, SourceError)
            self.ended.set_exception(error.with_traceback(None) if expected else error)
