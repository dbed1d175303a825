"""One camera's fragments become clips: a new one wherever recording stopped or the picture's description
changed."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import asdict
from hashlib import sha256
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from thienly.evidence import boxes
from thienly.evidence.boxes import BadBox
from thienly.evidence.clip import ClipWriter
from thienly.evidence.clip_check import KEY_SLACK_US, LONGEST_HOLE_US, SLACK_US
from thienly.evidence.container import Stream
from thienly.evidence.gaps import lack
from thienly.evidence.manifest import Clip, Gap, Wanted
from thienly.evidence.proof import ClipProof, root
from thienly.evidence.source import Piece, Slice
from thienly.rules.hashchain import canonical


class Refused(Exception):
    """Footage that does not prove itself. `kind`: a reason of a gap."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind


class ClipSink(Protocol):
    """Where clips go."""

    def opened(self, start_us: int) -> AbstractContextManager[tuple[str, Stream]]:
        """(its name, where its bytes go)."""

    def close(self, name: str, clip: Clip, proof: bytes) -> None:
        """After its bytes."""


class CameraCut:
    """`lacks`: what could not be packed; `reached_us`: how far it came; `used`: whether the slice gave
    anything."""

    def __init__(self, wanted: Wanted, sink: ClipSink, revoked: Mapping[str, int]) -> None:
        self._wanted = wanted
        self._sink = sink
        self._revoked = revoked
        self._open: ExitStack | None = None
        self._name = ""
        self._clip: ClipWriter | None = None
        self._init = self._init_of_clip = b""
        self._scale = 1
        self._part: Slice | None = None
        self._begun = False
        self._last: tuple[Slice, int] | None = None
        self._tiers: set[str] = set()
        self.lacks: list[Gap] = []
        self.reached_us = wanted.from_us
        self.used = False

    def begin(self, part: Slice, init: bytes) -> None:
        """Raises Refused when the segment does not prove itself."""
        self._part, self._begun, self.used = part, False, False
        _proves_itself(part, self._wanted.id, self._revoked)
        if sha256(init).digest() != part.leaves[0]:
            raise Refused("damaged", "the description of the picture was changed on its disk")
        try:
            self._scale = next(track.timescale for track in boxes.tracks(init) if track.video)
        except BadBox as wrong:
            raise Refused("damaged", str(wrong)) from wrong
        self._init = init

    def take(self, piece: Piece, data: bytes, digest: bytes) -> None:
        """`digest`: SHA-256 of `data`. Raises OSError of the place it is written to."""
        part = self._part
        assert part is not None  # noqa: S101 - the caller has begun
        try:
            if digest != part.leaves[piece.ordinal + 1]:
                raise BadBox("not what was signed")
            run = next((run for run in boxes.runs(data) if run.track == boxes.VIDEO_ID), None)
            if run is None or not run.sizes:
                raise BadBox("no picture")
        except BadBox as wrong:
            self.lacking(self.reached_us, part.statement.end_us, "damaged", str(wrong))
            return
        start = boxes.start_us(part.statement.media_us, run, self._scale)
        length = boxes.round_div(run.duration * 1_000_000, self._scale)
        if not (start + length > self._wanted.from_us and start < self._wanted.until_us):
            return
        clip = self._clip
        if (
            clip is None
            or self._init != self._init_of_clip
            or not -SLACK_US <= start - clip.end_us <= LONGEST_HOLE_US
            or not self._goes_on(part, piece.ordinal)
        ):
            self.end()
            clip = self._opened(start)
        if not self._begun:
            clip.begin(part)
            self._begun = True
        clip.add(piece.ordinal, data)
        self._last = part, piece.ordinal
        self._tiers.add(part.tier)
        self.used = True
        self.reached_us = max(self.reached_us, start + length)

    def _goes_on(self, part: Slice, ordinal: int) -> bool:
        """Whether nothing was left out since the last fragment that the clip has."""
        if self._last is None:
            return False
        before, last = self._last
        if before is part:
            return ordinal == last + 1
        return last == before.statement.fragments - 1 and ordinal == 0

    def unread(self, piece: Piece, reason: str) -> None:
        """A fragment that cannot be had."""
        assert self._part is not None  # noqa: S101 - the caller has begun
        self.lacking(self.reached_us, self._part.statement.end_us, "unreadable", reason)

    def lacking(self, from_us: int, until_us: int, kind: str, detail: str) -> None:
        """Says why something may be missing between the two; what is there after all is no gap."""
        if from_us < until_us:
            self.lacks.append(lack(from_us, until_us, kind, detail))

    def end(self) -> None:
        """Closes the clip that is open, if one is. Raises OSError."""
        clip, opened = self._clip, self._open
        self._clip = self._open = None
        self._begun = False
        if clip is None or opened is None or clip.start_us is None:
            return
        proof = clip.finish()
        opened.close()
        told = Clip(
            file=proof.file,
            proof=f"proofs/{self._name}.json",
            start_us=clip.start_us,
            end_us=clip.end_us,
            fragments=clip.fragments,
            frames=clip.frames,
            tiers=sorted(self._tiers),
        )
        self._tiers = set()
        self._sink.close(self._name, told, _encoded(proof))

    def _opened(self, start_us: int) -> ClipWriter:
        self._open = ExitStack()
        self._name, stream = self._open.enter_context(self._sink.opened(start_us))
        self._clip = ClipWriter(stream.write, file=f"clips/{self._name}.mp4", init=self._init)
        self._init_of_clip = self._init
        return self._clip


def _encoded(proof: ClipProof) -> bytes:
    return canonical(asdict(proof))


def _proves_itself(part: Slice, camera: str, revoked: Mapping[str, int]) -> None:
    """Raises Refused."""
    statement = part.statement
    if len(part.leaves) != statement.fragments + 1 or root(part.leaves) != statement.root:
        raise Refused("unproven", "its hashes are not those that were signed")
    if statement.camera != camera:
        raise Refused("unproven", "it was signed for another camera")
    try:
        Ed25519PublicKey.from_public_bytes(part.key.raw).verify(part.signature, statement.canonical())
    except (InvalidSignature, ValueError) as error:
        raise Refused("unproven", "its signature does not fit") from error
    until = part.key.until_us
    gone = revoked.get(part.key.id)
    if (until is not None and statement.end_us > until + KEY_SLACK_US) or (
        gone is not None and statement.end_us > gone
    ):
        raise Refused("unproven", "the key that signed it was no longer to be believed")
