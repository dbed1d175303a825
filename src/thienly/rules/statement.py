"""What a recorder says of a segment when it closes it, and signs (`media.signing`).

Here and not there, because whoever only verifies needs it too.
"""

from dataclasses import asdict, dataclass
from json import dumps

_CONTEXT = b"thienly segment 1\n"
"""Keeps a segment's signature from ever being one of something else made with the same key."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What is signed. Times in Unix microseconds; `size` in bytes; `root` in hexadecimal; `repaired`: closed
    after a crash."""

    camera: str
    recorder: str
    stream: str
    segment: int
    media_us: int
    start_us: int
    end_us: int
    size: int
    fragments: int
    root: str
    end_reason: str
    repaired: bool

    def canonical(self) -> bytes:
        """The signed bytes: a context line, then JSON with sorted keys and no spaces, in ASCII."""
        return _CONTEXT + dumps(asdict(self), sort_keys=True, separators=(",", ":")).encode()
