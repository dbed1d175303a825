"""Footage as a recorder would have it, in memory: real H.264 muxed and signed by the product's own code."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.media.camera.clip import Codec, clip
from tests.media.camera.fragmenting import mux
from thienly.evidence.source import Piece, RecorderKey, Slice, Unreadable
from thienly.media.index.segments import SegmentHead
from thienly.media.index.table import FragmentRow, decode, leaves, placed
from thienly.media.keys import key_id
from thienly.media.mp4 import reader
from thienly.media.segments import seal

CAMERA = "0123456789abcdef" * 2
OTHER = "f" * 32
RECORDER = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
BEGIN_US = 1_800_000_000_000_000  # 15 January 2027, 08:00 UTC


@dataclass
class Recorded:
    """One closed segment: its bytes, and what was signed."""

    data: bytes
    slice: Slice


@dataclass
class Memory:
    """A source; `broken`: (segment, ordinal) that cannot be read, `silent`: cameras whose recorder is
    away."""

    segments: list[Recorded]
    broken: set[tuple[int, int]] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)
    reads: int = 0

    def slices(self, camera: str, stream: str, from_us: int, until_us: int) -> Iterator[Slice]:
        if camera in self.silent:
            raise Unreadable("the recorder does not answer")
        for one in self.segments:
            statement = one.slice.statement
            if statement.camera == camera and statement.end_us > from_us and statement.start_us < until_us:
                yield one.slice

    def read(self, part: Slice, offset: int, length: int) -> bytes:
        self.reads += 1
        for piece in part.pieces:
            inside = piece.offset < offset + length and piece.offset + piece.size > offset
            if inside and (part.statement.segment, piece.ordinal) in self.broken:
                raise Unreadable("no such segment")
        return next(one for one in self.segments if one.slice == part).data[offset : offset + length]


def segment(
    number: int,
    *,
    camera: str = CAMERA,
    start_us: int = BEGIN_US,
    key: Ed25519PrivateKey = RECORDER,
    recorder: str = "r1",
    sound: bool = True,
    codec: Codec = "h264",
    bframes: int = 0,
    frames: int = 50,
    gop: int = 10,
    width: int = 160,
    height: int = 90,
    until_us: int | None = None,
) -> Recorded:
    """Two seconds in GOPs of 0.4 s, unless told otherwise; the pictures of odd numbers are equal, and of
    even ones."""
    filmed = clip(frames=2 * frames, gop=gop, bframes=bframes, codec=codec, width=width, height=height)
    half = slice(frames, None) if number % 2 == 0 else slice(frames)
    shown = tuple(index - (half.start or 0) for index in filmed.shown[half])
    muxed = mux(replace(filmed, pictures=filmed.pictures[half], shown=shown), "aac" if sound else None)
    init_bytes = len(muxed.files[0]) - sum(len(fragment.data) for fragment in muxed.fragments)
    init = bytes(muxed.files[0][:init_bytes])
    shift = start_us - muxed.starts[0][0]
    rows = [
        FragmentRow(f.start_us + shift, f.duration_us, len(f.data), sha256(f.data).digest())
        for f in muxed.fragments
    ]
    assert init_bytes < reader.MAX_INIT
    head = SegmentHead(number, camera, "main", "footage", start_us, init_bytes, "0" * 16, muxed.mime)
    closed = seal(
        head=head,
        recorder=recorder,
        key=(key_id(key.public_key()), key),
        init_sha256=sha256(init).digest(),
        rows=rows,
        end_reason="duration",
        repaired=False,
    )
    init_sha, kept = decode(closed.table)
    public = key.public_key().public_bytes_raw()
    return Recorded(
        bytes(muxed.files[0]),
        Slice(
            statement=closed.statement,
            signature=closed.signed.signature,
            key=RecorderKey(sha256(public).hexdigest()[:16], public, 0, until_us),
            leaves=leaves(init_sha, kept),
            init_bytes=init_bytes,
            pieces=[Piece(p.ordinal, p.offset, p.row.size) for p in placed(init_bytes, kept)],
            tier="footage",
            recorder=recorder,
        ),
    )


def following(count: int, **options: object) -> list[Recorded]:
    """Segments one after the other."""
    found: list[Recorded] = []
    start = BEGIN_US
    for number in range(1, count + 1):
        found.append(segment(number, start_us=start, **options))  # type: ignore[arg-type]
        start = found[-1].slice.statement.end_us
    return found
