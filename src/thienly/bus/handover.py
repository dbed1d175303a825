"""What a recorder and its successor of the same name say to each other; see `media/recorder/handover.py`.

One subject, `subjects.handover`. Times are Unix microseconds of the server.
"""

from typing import Literal

from thienly.bus.messages import CameraId, DesiredCamera, Message
from thienly.rules.problems import Problem


class HandoverRequest(Message):
    """`begin` → `HandoverOffer`; `release` (of `camera`) → `Released`; `finish` → nothing, and it ends.

    `at_key`: let go at the next key frame, because the successor receives pictures already. Otherwise at
    once, connection included: some cameras serve one client only.
    """

    op: Literal["begin", "release", "finish"]
    by: str  # the successor, a fresh token for each
    camera: CameraId | Literal[""] = ""
    at_key: bool = True


class HeldNow(Message):
    desired: DesiredCamera
    since_us: int


class HandoverOffer(Message):
    """`first_id`: from here on segment ids are the successor's."""

    cameras: list[HeldNow]
    first_id: int


class OpenGap(Message):
    gap: str
    start_us: int
    reason: Problem
    detail: str = ""


class Watched(Message):
    """One live stream: the number of its last chunk, and how long viewers still want it."""

    seq: int = 0
    lease_s: float = 0.0


class Released(Message):
    """The predecessor writes this camera no more. `end_us`: the end of what it kept, if it knows; `last_us`:
    the start of the last GOP of that, of which the successor may hold a longer piece."""

    end_us: int | None = None
    last_us: int | None = None
    gap: OpenGap | None = None
    state: str = "connecting"
    state_since_us: int = 0
    watched: Watched
    sub_watched: Watched
