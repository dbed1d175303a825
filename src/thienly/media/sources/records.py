"""What a libav process tells its recorder: a head, and a payload of the length that it says.

Kinds: `I` (JSON: what was found), `T` (JSON: tracks), `K`/`V` (a picture, key or not), `A` (a sound), `E`
(JSON: problem and detail).
"""

import struct
from dataclasses import dataclass

HEAD = struct.Struct(">cqI")  # kind, timestamp in the track's clock, length of the payload
MAX_PAYLOAD = 8 << 20
VIDEO_RATE = 90_000


@dataclass(frozen=True, slots=True)
class Ask:
    """What the recorder tells its libav process, as one JSON line on its standard input. Secrets go this way,
    for anybody on the machine can read arguments.

    `url` is empty when the stream follows on the standard input. `form`: libav's name of the format, empty to
    look. `wall_clock`: times are those of arrival, because the format has none. `file`: the descriptor of a
    file that is to be played at its own pace again and again, negative when it is none.
    """

    url: str
    form: str
    options: dict[str, str]
    audio: bool
    wall_clock: bool = False
    file: int = -1


def pack(kind: bytes, ts: int, payload: bytes) -> bytes:
    """One record."""
    return HEAD.pack(kind, ts, len(payload)) + payload
