"""One clip: the recorder's own fragments, byte for byte, in a file that every player plays.

    ftyp | mdat [ init fragment fragment … ] | mdat [ … ] | moov

Each outer `mdat` holds whole pieces of one segment as the recorder wrote them; players see media data and
pass over it, and find the samples in it by the `moov` at the end (`movie`). The proof (`proof`) says of
every byte of the file which piece it belongs to.
"""

from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from struct import pack

from thienly.evidence import boxes
from thienly.evidence.boxes import BadBox, Track
from thienly.evidence.movie import Table, moov
from thienly.evidence.proof import FORMAT, ClipProof, SegmentProof
from thienly.evidence.source import Slice

GROUP = 16 << 20
"""Bytes kept in memory before an outer `mdat` is written; one fragment more may come."""
HEADER = 8
FTYP = boxes.box(b"ftyp", b"isom", pack(">I", 512), b"isomiso2mp41")


class ClipWriter:
    """Fragments that follow each other in time and share their init segment."""

    def __init__(self, write: Callable[[bytes], None], *, file: str, init: bytes) -> None:
        """`file`: its name in the package. Raises BadBox, and what `write` raises."""
        self._write_out = write
        self._init = init
        self._tracks: dict[int, Track] = {track.id: track for track in boxes.tracks(init)}
        self._tables: dict[int, Table] = {}
        self._proof = ClipProof(format=FORMAT, file=file, segments=[], pieces=[])
        self._group: list[bytes] = []
        self._waiting = 0
        self._at = 0
        self._media_us = 0
        self._slice: Slice | None = None
        self.start_us: int | None = None
        self.end_us = 0
        self.frames = self.fragments = 0
        self._frame(FTYP)

    def begin(self, part: Slice) -> None:
        """The fragments that follow are of this slice; its init segment is the clip's. Raises OSError."""
        self._flush()
        self._slice = part
        self._proof.segments.append(
            SegmentProof(
                statement=part.statement,
                signature=part.signature.hex(),
                key=part.key.id,
                leaves=b64encode(b"".join(part.leaves)).decode(),
            )
        )
        self._group.append(self._init)
        self._waiting = len(self._init)
        self._proof.pieces.append(["frame", HEADER, ""])
        self._proof.pieces.append(["init", len(self._proof.segments) - 1, len(self._init)])

    def add(self, ordinal: int, data: bytes) -> None:
        """Raises BadBox when it is no fragment, OSError."""
        assert self._slice is not None  # noqa: S101 - the caller has begun
        media_us = self._slice.statement.media_us
        found = [run for run in boxes.runs(data) if run.track in self._tracks]
        video = next((run for run in found if run.track == boxes.VIDEO_ID), None)
        if video is None or not video.sizes:
            raise BadBox("no picture")
        if self._waiting >= GROUP:
            self._flush()
        if not self._group:
            self._proof.pieces.append(["frame", HEADER, ""])
        scale = self._tracks[video.track].timescale
        start = boxes.start_us(media_us, video, scale)
        length = boxes.round_div(video.duration * 1_000_000, scale)
        if self.start_us is None:
            self.start_us, self._media_us = start, media_us
        for run in found:
            table = self._tables.get(run.track)
            if table is None:
                table = self._tables[run.track] = Table(self._tracks[run.track], self._media_us)
            table.add(media_us, run, self._at + HEADER + self._waiting + run.offset)
        self.end_us = start + length
        self.frames += len(video.sizes)
        self.fragments += 1
        where = len(self._proof.segments) - 1
        self._proof.pieces.append(["fragment", where, ordinal, len(data), start, length])
        self._group.append(data)
        self._waiting += len(data)

    def finish(self) -> ClipProof:
        """Raises OSError. At least one fragment was added."""
        self._flush()
        tables = [self._tables[number] for number in sorted(self._tables)]
        self._frame(moov(self._init, tables, self.start_us or 0))
        return self._proof

    def _flush(self) -> None:
        if not self._group:
            return
        header = pack(">I4s", self._waiting + HEADER, b"mdat")
        for place in range(len(self._proof.pieces) - 1, -1, -1):
            piece = self._proof.pieces[place]
            if piece[0] == "frame":
                piece[2] = sha256(header).hexdigest()
                break
        self._out(header)
        for data in self._group:
            self._out(data)
        self._group, self._waiting = [], 0

    def _frame(self, data: bytes) -> None:
        self._proof.pieces.append(["frame", len(data), sha256(data).hexdigest()])
        self._out(data)

    def _out(self, data: bytes) -> None:
        self._write_out(data)
        self._at += len(data)
