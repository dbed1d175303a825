"""Recorded fragments, found and fetched from the recorders that keep them."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import ValidationError

from thienly.bus import subjects
from thienly.bus.client import Bus, BusRefused, BusUnavailable
from thienly.bus.questions import (
    FindFragments,
    FragmentList,
    FragmentRef,
    ReadBytes,
    TranscodedFragment,
    TranscodeFragment,
)
from thienly.core.footage.recordings import recorders_near
from thienly.core.recording.words import NO_ARCHIVE, NO_TRANSCODER, NOT_CONVERTED, STORE_AWAY, STORE_LOST
from thienly.gateway.database import query
from thienly.rules.copies import Trouble

PAGE = 30  # fragments asked for at once
CONVERTED_WITHIN_S = 15.0


class ArchiveAway(Exception):
    """Recordings cannot be had now. `problem`: a code of `core.recording.words`."""

    def __init__(self, problem: str = NO_ARCHIVE) -> None:
        super().__init__(problem)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Stored:
    """A fragment and the recorder that keeps it."""

    recorder: str
    ref: FragmentRef

    @property
    def start_us(self) -> int:
        return self.ref.start_us

    @property
    def end_us(self) -> int:
        return self.ref.start_us + self.ref.duration_us


async def find(bus: Bus, camera: str, from_us: int) -> list[Stored]:
    """The fragments from `from_us` on, oldest first, over all recorders. Raises ArchiveAway.

    Only as far as every recorder has told everything: beyond that, one could still know something earlier.
    """
    at = datetime.fromtimestamp(from_us / 1e6, UTC)
    recorders = await query(recorders_near, camera=camera, at=at)
    lists = await asyncio.gather(*(_ask(bus, recorder, camera, from_us) for recorder in recorders))
    answered = [
        (recorder, found) for recorder, found in zip(recorders, lists, strict=True) if found is not None
    ]
    if recorders and not answered:
        raise ArchiveAway
    horizon = min(
        (found.fragments[-1].start_us for _, found in answered if found.more and found.fragments),
        default=None,
    )
    stored = [
        Stored(recorder, ref)
        for recorder, found in answered
        for ref in found.fragments
        if horizon is None or ref.start_us <= horizon
    ]
    return sorted(stored, key=lambda fragment: fragment.start_us)


async def _ask(bus: Bus, recorder: str, camera: str, from_us: int) -> FragmentList | None:
    wanted = FindFragments(camera=camera, from_us=from_us, limit=PAGE)
    try:
        answer = await bus.request(subjects.archive_find(recorder), wanted.encode())
        return FragmentList.decode(answer)
    except (BusUnavailable, BusRefused, ValidationError):
        return None


def _problem(refused: str) -> str:
    """The recorder answers with a `Trouble` when only a copy in a store has what is wanted."""
    if refused == Trouble.LOST:
        return STORE_LOST
    return STORE_AWAY if refused in Trouble._value2member_map_ else NO_ARCHIVE


async def read_init(bus: Bus, fragment: Stored) -> bytes:
    """Raises ArchiveAway, as `read` does."""
    return await _read(bus, fragment.recorder, fragment.ref.segment, 0, fragment.ref.init_bytes)


async def read(bus: Bus, fragment: Stored, *, at_most: int | None = None) -> bytes:
    """The fragment's bytes, or its first `at_most`. Raises ArchiveAway when they cannot be had (also: deleted
    meanwhile)."""
    ref = fragment.ref
    length = ref.bytes if at_most is None else min(ref.bytes, at_most)
    return await _read(bus, fragment.recorder, ref.segment, ref.offset, length)


class NotConverted(Exception):
    """The transcoder has no answer; `reason` is a code of core.recording.words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


async def read_converted(bus: Bus, fragment: Stored) -> tuple[str, bytes, bytes]:
    """Type, init segment and bytes in H.264 and AAC, with the same media time. Raises NotConverted."""
    wanted = TranscodeFragment(recorder=fragment.recorder, fragment=fragment.ref)
    try:
        parts = await bus.request_parts(
            subjects.TRANSCODE_FRAGMENT, wanted.encode(), timeout_s=CONVERTED_WITHIN_S
        )
        answer = TranscodedFragment.decode(parts[0])
    except (BusUnavailable, BusRefused, ValidationError) as error:
        raise NotConverted(NO_TRANSCODER) from error
    if not answer.ok or len(parts) != 3:
        raise NotConverted(answer.reason or NOT_CONVERTED)
    return answer.mime, parts[1], parts[2]


async def _read(bus: Bus, recorder: str, segment: int, offset: int, length: int) -> bytes:
    parts: list[bytes] = []
    while length > 0:
        wanted = ReadBytes(segment=segment, offset=offset, length=min(length, subjects.PART))
        try:
            part = await bus.request(subjects.archive_read(recorder), wanted.encode(), timeout_s=8)
        except BusRefused as error:
            raise ArchiveAway(_problem(str(error))) from error
        except BusUnavailable as error:
            raise ArchiveAway from error
        if len(part) != wanted.length:
            raise ArchiveAway
        parts.append(part)
        offset += len(part)
        length -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)
