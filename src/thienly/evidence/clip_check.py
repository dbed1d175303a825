"""Checks one clip: every byte against the proof, every segment against its recorder's signature, every
time."""

import hashlib
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from hashlib import sha256
from itertools import pairwise

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from thienly.evidence import boxes
from thienly.evidence.boxes import BadBox
from thienly.evidence.contents import Contents
from thienly.evidence.diagnosis import differences
from thienly.evidence.faults import Fault
from thienly.evidence.manifest import Clip, PackedKey
from thienly.evidence.proof import ClipProof, Expected, SegmentProof, parse, root

Read = Callable[[int, int], bytes]
_STEP = 4 << 20
SLACK_US = 100_000
"""What rounding and the last picture of a segment may differ by."""
LONGEST_HOLE_US = 1_000_000
"""Fragments further apart than this do not stand in one clip."""
KEY_SLACK_US = 300 * 1_000_000
"""A recorder that runs takes a new key within seconds; what it closes until then is signed with the old."""


def check_clip(
    *,
    clip: Clip,
    camera: str,
    read: Read,
    size: int,
    sha256_hex: str,
    proof: bytes,
    keys: Mapping[str, PackedKey],
    revoked: Mapping[str, int],
) -> list[Fault]:
    """`camera`: its id. `size`, `sha256_hex`: what the file has, and should have. Raises OSError."""
    try:
        told, expected = parse(proof, clip.file)
    except ValueError:
        return [Fault("proof_malformed", clip.proof)]
    faults = list(_segments(clip.file, told, camera, keys, revoked))
    faults += _left_out(clip.file, told, expected)
    whole = sha256()
    good = size == sum(piece.size for piece in expected)
    fragments = _Times(clip, told, expected)
    contents = Contents()
    with closing(_read_along(read, expected, whole)) as pieces:  # nobody else reads when it is closed
        for piece, data in pieces:
            good &= len(data) == piece.size and sha256(data).digest() == piece.digest
            if not good:
                break
            if piece.kind == "init":
                fragments.init(data)
            elif piece.kind == "fragment":
                fragments.take(piece, data)
            contents.take(piece, data, _media_us(told, piece))
    if not good and _digest(read, size) == sha256_hex:
        # The clip is what the organisation packed; it is the proof that speaks of something else.
        return [*faults, Fault("proof_other", clip.proof)]
    if not good:
        return faults + differences(clip.file, read, size, expected)
    if whole.hexdigest() != sha256_hex:
        faults.append(Fault("file_changed", clip.file))
    faults += fragments.faults()
    if not faults and not contents.true(clip.start_us):
        faults.append(Fault("contents_false", clip.file))
    return faults


def _left_out(file: str, told: ClipProof, expected: Sequence[Expected]) -> Iterator[Fault]:
    """Inside a clip a segment goes on to its last fragment: where one is left out, a clip ends."""
    fragments = (piece for piece in expected if piece.kind == "fragment")
    for before, after in pairwise(fragments):
        last = told.segments[before.segment].statement.fragments - 1
        if before.segment != after.segment and (before.ordinal != last or after.ordinal != 0):
            yield Fault("left_out", file, before.end_us, after.start_us)


def _media_us(told: ClipProof, piece: Expected) -> int:
    return told.segments[piece.segment].statement.media_us if piece.segment >= 0 else 0


def _read_along(
    read: Read, expected: Sequence[Expected], whole: "hashlib._Hash"
) -> Generator[tuple[Expected, bytes], None, None]:
    """Each piece with its bytes. Beside the caller's work the next is read and `whole` brought up to date."""
    with ThreadPoolExecutor(1, thread_name_prefix="verifying") as reader, ThreadPoolExecutor(1) as hasher:
        at = 0
        ahead = reader.submit(read, 0, expected[0].size)
        for number, piece in enumerate(expected, 1):
            data = ahead.result()
            at += piece.size
            if number < len(expected):
                ahead = reader.submit(read, at, expected[number].size)
            updated = hasher.submit(whole.update, data)
            yield piece, data
            updated.result()  # so that no more than two pieces are in memory


def _digest(read: Read, size: int) -> str:
    digest = sha256()
    for at in range(0, size, _STEP):
        digest.update(read(at, _STEP))
    return digest.hexdigest()


def _segments(
    file: str, told: ClipProof, camera: str, keys: Mapping[str, PackedKey], revoked: Mapping[str, int]
) -> Iterator[Fault]:
    for segment in told.segments:
        statement = segment.statement
        kind = _signature(segment, keys.get(segment.key), revoked)
        if not kind and root(segment.digests) != statement.root:
            kind = "segment_tree"
        if not kind and statement.camera != camera:
            kind = "other_camera"
        if kind:
            facts = {"key": segment.key, "recorder": statement.recorder}
            yield Fault(kind, file, statement.start_us, statement.end_us, facts)


def _signature(segment: SegmentProof, key: PackedKey | None, revoked: Mapping[str, int]) -> str:
    if key is None:
        return "segment_key_unknown"
    public = bytes.fromhex(key.public)
    end = segment.statement.end_us
    if sha256(public).hexdigest()[:16] != key.id:
        return "segment_signature"
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(
            bytes.fromhex(segment.signature), segment.statement.canonical()
        )
    except (InvalidSignature, ValueError):
        return "segment_signature"
    if key.until_us is not None and end > key.until_us + KEY_SLACK_US:
        return "segment_key_replaced"
    gone = [at for at in (key.revoked_us, revoked.get(key.id)) if at is not None]
    return "segment_key_revoked" if gone and end > min(gone) else ""


class _Times:
    """The time of each fragment, by its own bytes and what was signed of its segment."""

    def __init__(self, clip: Clip, told: ClipProof, expected: Sequence[Expected]) -> None:
        self._clip = clip
        self._told = told
        self._scale = 0
        self._first: int | None = None
        self._reached = 0
        self._wrong: list[tuple[int, int]] = []
        self._bad = False

    def init(self, data: bytes) -> None:
        try:
            self._scale = next(track.timescale for track in boxes.tracks(data) if track.video)
        except BadBox:
            self._bad = True

    def take(self, piece: Expected, data: bytes) -> None:
        statement = self._told.segments[piece.segment].statement
        try:
            run = next((run for run in boxes.runs(data) if run.track == boxes.VIDEO_ID), None)
        except BadBox:
            run = None
        if run is None or not self._scale:
            self._bad = True
            return
        start = boxes.start_us(statement.media_us, run, self._scale)
        length = boxes.round_div(run.duration * 1_000_000, self._scale)
        good = (start, length) == (piece.start_us, piece.duration_us)
        good &= statement.start_us - SLACK_US <= start
        good &= start + length <= statement.end_us + SLACK_US
        if self._first is None:
            self._first = start
        else:
            good &= -SLACK_US <= start - self._reached <= LONGEST_HOLE_US
        self._reached = max(self._reached, start + length)
        if not good:
            self._wrong.append((start, start + length))

    def faults(self) -> Iterator[Fault]:
        if self._bad:
            yield Fault("unreadable_footage", self._clip.file)
            return
        for start, end in self._wrong:
            yield Fault("clock", self._clip.file, start, end)
        if (self._clip.start_us, self._clip.end_us) != (self._first, self._reached) and not self._wrong:
            yield Fault("clock", self._clip.file, self._clip.start_us, self._clip.end_us)
