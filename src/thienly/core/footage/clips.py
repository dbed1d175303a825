"""Footage for a package, from the recorders that keep it, by the bus."""

from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import Protocol
from uuid import UUID

from pydantic import ValidationError

from thienly.bus import subjects
from thienly.bus.client import BusRefused, BusUnavailable
from thienly.bus.questions import (
    STILL_OPEN,
    FindFragments,
    FragmentList,
    FragmentRef,
    ReadBytes,
    Sealed,
    SealedAsk,
)
from thienly.core.recording.models import CameraState, Coverage
from thienly.core.recording.moments import instant
from thienly.evidence.proof import StatementModel
from thienly.evidence.source import NotYetClosed, Piece, RecorderKey, Slice, Unreadable
from thienly.rules.statement import Statement

PAGE = 1000
_TIMEOUT_S = 15.0


class Ask(Protocol):
    """A request on the bus. Raises BusUnavailable, BusRefused."""

    def __call__(self, subject: str, data: bytes, *, timeout_s: float) -> bytes: ...


Recorders = Callable[[str, int, int], Sequence[str]]


def recorders_of(camera: str, from_us: int, until_us: int) -> list[str]:
    """Who recorded the camera (its id) in the time, or records it now."""
    start = instant(from_us) - timedelta(hours=1)
    rows = Coverage.objects.filter(camera=UUID(camera), hour__gt=start, hour__lt=instant(until_us))
    now = CameraState.objects.filter(camera=UUID(camera)).exclude(recorder="")
    return sorted({*rows.values_list("recorder", flat=True), *now.values_list("recorder", flat=True)})


@dataclass(frozen=True, slots=True)
class BusSource:
    """An `evidence.source.Source`. `recorders`: whom to ask about a camera."""

    ask: Ask
    recorders: Recorders = recorders_of

    def slices(self, camera: str, stream: str, from_us: int, until_us: int) -> Iterator[Slice]:
        """Raises Unreadable: one that may have it does not answer; what the others have comes first."""
        found: list[Slice] = []
        silent: Unreadable | None = None
        for recorder in self.recorders(camera, from_us, until_us):
            try:
                for _, refs in groupby(
                    self._refs(recorder, camera, stream, from_us, until_us), key=lambda ref: ref.segment
                ):
                    found.append(self._slice(recorder, list(refs)))
            except NotYetClosed:
                raise
            except Unreadable as away:
                silent = away
        yield from sorted(found, key=lambda part: part.statement.start_us)
        if silent is not None:
            raise silent

    def read(self, part: Slice, offset: int, length: int) -> bytes:
        """Raises Unreadable."""
        pieces: list[bytes] = []
        while length > 0:
            size = min(length, subjects.PART)
            want = ReadBytes(segment=part.statement.segment, offset=offset, length=size)
            data = self._asked(subjects.archive_read(part.recorder), want.encode())
            if len(data) != size:
                raise Unreadable("an answer of another length")
            pieces.append(data)
            offset, length = offset + size, length - size
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _refs(
        self, recorder: str, camera: str, stream: str, from_us: int, until_us: int
    ) -> Iterator[FragmentRef]:
        seen: set[tuple[int, int]] = set()
        while True:
            want = FindFragments(camera=camera, stream=stream, from_us=from_us, until_us=until_us, limit=PAGE)
            try:
                page = FragmentList.decode(self._asked(subjects.archive_find(recorder), want.encode()))
            except ValidationError as error:
                raise Unreadable("an answer that cannot be read") from error
            fresh = [ref for ref in page.fragments if (ref.segment, ref.ordinal) not in seen]
            yield from fresh
            if not page.more or not fresh:
                return
            seen = {(ref.segment, ref.ordinal) for ref in page.fragments}
            from_us = fresh[-1].start_us + 1

    def _slice(self, recorder: str, refs: Sequence[FragmentRef]) -> Slice:
        data = self._asked(subjects.archive_sealed(recorder), SealedAsk(segment=refs[0].segment).encode())
        try:
            told = Sealed.decode(data)
            statement = Statement(**dict(StatementModel.model_validate(told.statement)))
            raw = b64decode(told.leaves, validate=True)
            return Slice(
                statement=statement,
                signature=bytes.fromhex(told.signature),
                key=RecorderKey(told.key, bytes.fromhex(told.public), told.key_from_us, told.key_until_us),
                leaves=[raw[at : at + 32] for at in range(0, len(raw), 32)],
                init_bytes=refs[0].init_bytes,
                pieces=[Piece(ref.ordinal, ref.offset, ref.bytes) for ref in refs],
                tier=told.tier,
                recorder=recorder,
            )
        except (ValidationError, ValueError, Base64Error) as error:
            raise Unreadable("an answer that cannot be read") from error

    def _asked(self, subject: str, data: bytes) -> bytes:
        """Raises Unreadable."""
        try:
            return self.ask(subject, data, timeout_s=_TIMEOUT_S)
        except BusRefused as refused:
            if str(refused) == STILL_OPEN:
                raise NotYetClosed(STILL_OPEN) from refused
            raise Unreadable(str(refused)) from refused
        except BusUnavailable as away:
            raise Unreadable("the recorder does not answer") from away
