"""Whether a player shows what was signed: what stands around the fragments must follow from them.

The organisation writes the outer boxes and the table of contents. If it could write them freely, a clip might
hold the recorder's fragments and show something else. So the table is worked out anew and must be the same.
"""

from struct import unpack

from thienly.evidence import boxes
from thienly.evidence.boxes import BadBox, Track
from thienly.evidence.clip import FTYP, HEADER
from thienly.evidence.movie import Table, moov
from thienly.evidence.proof import Expected


class Contents:
    """Takes the pieces of a clip in their order, each known to be the one that the proof names."""

    def __init__(self) -> None:
        self._at = 0
        self._box_end = 0
        self._init = b""
        self._tracks: dict[int, Track] = {}
        self._tables: dict[int, Table] = {}
        self._begin_us: int | None = None
        self._last = b""
        self._right = True

    def take(self, piece: Expected, data: bytes, media_us: int) -> None:
        """`media_us`: of media time 0 of the piece's segment."""
        try:
            if piece.kind == "frame":
                self._frame(data)
            elif piece.kind == "init":
                self._begin(data)
            else:
                self._fragment(data, media_us)
        except BadBox:
            self._right = False
        self._at += len(data)

    def true(self, begin_us: int) -> bool:
        """`begin_us`: of the first picture."""
        if not self._right or not self._tables or boxes.VIDEO_ID not in self._tables:
            return False
        tables = [self._tables[number] for number in sorted(self._tables)]
        return self._last == moov(self._init, tables, begin_us)

    def _frame(self, data: bytes) -> None:
        self._right &= self._at == self._box_end
        if self._at == 0:
            self._right &= data == FTYP
            self._box_end = len(data)
        elif len(data) == HEADER:
            length, kind = unpack(">I4s", data)
            self._right &= kind == b"mdat" and length > HEADER
            self._box_end = self._at + length
        else:
            self._right &= not self._last
            self._last = data

    def _begin(self, data: bytes) -> None:
        if not self._init:
            self._init = data
            self._tracks = {track.id: track for track in boxes.tracks(data)}
        self._right &= data == self._init

    def _fragment(self, data: bytes, media_us: int) -> None:
        if self._begin_us is None:
            self._begin_us = media_us
        self._right &= self._at + len(data) <= self._box_end
        for run in boxes.runs(data):
            if run.track in self._tracks:
                table = self._tables.setdefault(run.track, Table(self._tracks[run.track], self._begin_us))
                table.add(media_us, run, self._at + run.offset)
