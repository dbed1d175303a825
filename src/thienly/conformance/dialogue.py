"""What is asked of a device beside watching it: does it want a password, does it keep a session alive?"""

from dataclasses import dataclass, replace

from thienly.media.frames import SourceError
from thienly.media.rtsp.connection import Connection
from thienly.media.rtsp.lanes import Interleaved
from thienly.media.rtsp.limits import Limits
from thienly.media.rtsp.session import Session
from thienly.media.rtsp.stream import open_wire
from thienly.media.rtsp.url import Credentials, parse_url
from thienly.media.sources.origin import Origin
from thienly.rules.problems import Problem


@dataclass(frozen=True, slots=True)
class Answered:
    """`problem` None: it did what was asked."""

    problem: SourceError | None = None
    timeout_s: float = 0.0  # after which the device ends a silent session

    @property
    def refused(self) -> bool:
        return self.problem is not None and self.problem.problem is Problem.AUTH_FAILED


async def describes_to_strangers(origin: Origin) -> Answered:
    """Whether the description of the stream is given to who names no user and no password."""
    return await _ask(replace(origin, username="", password=""), setup=False, stranger=True)


async def keeps_alive(origin: Origin) -> Answered:
    """Whether a session that was set up is kept alive, by the method that the device names."""
    return await _ask(origin, setup=True, stranger=False)


async def _ask(origin: Origin, *, setup: bool, stranger: bool) -> Answered:
    limits = Limits()
    try:
        target, inside = parse_url(origin.url)
        given = Credentials(origin.username, origin.password)
        credentials = None if stranger else given if given.username or given.password else inside
        wire = await open_wire(
            target, origin.trust, allow_local=origin.allow_local, timeout_s=limits.connect_s
        )
    except SourceError as error:
        return Answered(error)
    connection = Connection(wire, limits, lambda: True)
    session = Session(connection, target, credentials)
    try:
        await session.options()
        description = await session.describe()
        if setup:
            lane = Interleaved(connection, 0)
            lane.accept(await session.setup(description.video.control, lane.offer))
            await session.keep_alive()
            await session.teardown()
        return Answered(timeout_s=session.timeout_s)
    except SourceError as error:
        return Answered(error)
    finally:
        connection.close()
