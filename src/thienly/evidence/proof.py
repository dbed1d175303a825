"""The proof that goes with a clip: which bytes are which piece of which signed segment.

`pieces` lists every byte of the clip in order, each piece as one of

    ["frame", size, sha256]                                     what was put around the recorder's bytes
    ["init", segment, size]                                     the init segment of segments[segment]
    ["fragment", segment, ordinal, size, start_us, duration_us] a fragment of it

`leaves` of a segment: the digests of its init segment and of all its fragments (32 bytes each, base64):
the hash tree's leaves, so that its root can be worked out although only some fragments are handed over.
"""

from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr, ValidationError

from thienly.rules import hashtree
from thienly.rules.statement import Statement

FORMAT = "thienly-clip/1"
MAX_PIECE = 64 << 20
MAX_SEGMENTS, MAX_PIECES = 100_000, 2_000_000

Hex64 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", strict=True)]
Piece = list[str | int]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)


class StatementModel(_Part):
    """The fields of `rules.statement.Statement`, of exactly their types."""

    camera: StrictStr
    recorder: StrictStr
    stream: StrictStr
    segment: StrictInt
    media_us: StrictInt
    start_us: StrictInt
    end_us: StrictInt
    size: StrictInt
    fragments: StrictInt
    root: Hex64
    end_reason: StrictStr
    repaired: StrictBool


@dataclass(slots=True)
class SegmentProof:
    statement: Statement
    signature: str
    key: str
    leaves: str

    @property
    def digests(self) -> list[bytes]:
        raw = b64decode(self.leaves)
        return [raw[at : at + 32] for at in range(0, len(raw), 32)]


@dataclass(slots=True)
class ClipProof:
    format: str
    file: str
    segments: list[SegmentProof]
    pieces: list[Piece]


class _SegmentModel(_Part):
    statement: StatementModel
    signature: Annotated[str, Field(pattern=r"^[0-9a-f]{128}$", strict=True)]
    key: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$", strict=True)]
    leaves: StrictStr


class _ClipModel(_Part):
    format: Literal["thienly-clip/1"]
    file: StrictStr
    segments: list[_SegmentModel] = Field(max_length=MAX_SEGMENTS)
    pieces: list[list[StrictStr | StrictInt]] = Field(max_length=MAX_PIECES)


@dataclass(frozen=True, slots=True)
class Expected:
    """A piece with the digest that it must have. `ordinal`, `start_us` and `duration_us` of a fragment
    only."""

    kind: str
    size: int
    digest: bytes
    segment: int = -1
    ordinal: int = -1
    start_us: int = 0
    duration_us: int = 0

    @property
    def end_us(self) -> int:
        return self.start_us + self.duration_us


def parse(data: bytes, file: str) -> tuple[ClipProof, list[Expected]]:
    """Raises ValueError when it is no proof of the clip `file`: nothing in it is believed yet but its
    form."""
    try:
        model = _ClipModel.model_validate_json(data)
        proof = ClipProof(
            model.format,
            model.file,
            [
                SegmentProof(Statement(**dict(s.statement)), s.signature, s.key, s.leaves)
                for s in model.segments
            ],
            model.pieces,
        )
        if proof.file != file:
            raise ValueError("of another clip")
        return proof, _expected(proof)
    except (ValidationError, Base64Error, RecursionError, TypeError, IndexError) as error:
        raise ValueError("malformed") from error


def _expected(proof: ClipProof) -> list[Expected]:
    """Raises ValueError, TypeError, IndexError."""
    digests = [_leaves(segment) for segment in proof.segments]
    found: list[Expected] = []
    segment = last = -1
    for piece in proof.pieces:
        match piece:
            case ["frame", int(size), str(digest)]:
                found.append(Expected("frame", size, bytes.fromhex(digest)))
            case ["init", int(number), int(size)] if number == segment + 1:
                segment, last = number, -1
                found.append(Expected("init", size, digests[number][0], number))
            case ["fragment", int(number), int(ordinal), int(size), int(start), int(length)] if (
                number == segment >= 0 and ordinal >= 0 and (last < 0 or ordinal == last + 1)
            ):
                last = ordinal
                digest_of = digests[number][ordinal + 1]
                found.append(Expected("fragment", size, digest_of, number, ordinal, start, length))
            case _:
                raise ValueError("pieces that cannot be")
        if not 0 < found[-1].size <= MAX_PIECE or len(found[-1].digest) != 32:
            raise ValueError("sizes that cannot be")
    if segment != len(digests) - 1 or not any(piece.kind == "fragment" for piece in found):
        raise ValueError("segments without a piece")
    return found


def _leaves(segment: SegmentProof) -> list[bytes]:
    raw = b64decode(segment.leaves, validate=True)
    if len(raw) != 32 * (segment.statement.fragments + 1) or segment.statement.fragments < 1:
        raise ValueError("not as many digests as the statement names")
    return segment.digests


def root(digests: Sequence[bytes]) -> str:
    return hashtree.Tree(digests).root.hex()
