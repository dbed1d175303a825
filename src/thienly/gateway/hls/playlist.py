"""Media playlists (RFC 8216) over stored fragments. Pure text."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from thienly.gateway.archive import Stored

SEAM_US = 100_000
"""Fragments nearer than this follow each other."""
LEAST_TARGET_S = 2
TYPE = "application/vnd.apple.mpegurl"


@dataclass(frozen=True, slots=True)
class Item:
    """A fragment with its place in the playlist. `jump`: media time, or time itself, does not go on here."""

    stored: Stored
    jump: bool

    @property
    def name(self) -> str:
        ref = self.stored.ref
        return f"{self.stored.recorder}-{ref.segment}-{ref.ordinal}.m4s"

    @property
    def init_name(self) -> str:
        return f"{self.stored.recorder}-{self.stored.ref.segment}.mp4"


def following(last: Stored | None, found: Sequence[Stored]) -> list[Item]:
    """What comes after `last`, in order, nothing twice: two recorders may both have kept a moment."""
    items = []
    for stored in found:
        if last is not None and stored.start_us < last.end_us - SEAM_US:
            continue
        items.append(Item(stored, last is not None and _jumps(last, stored)))
        last = stored
    return items


def _jumps(last: Stored, stored: Stored) -> bool:
    # Media time restarts with every stored segment.
    other = (last.recorder, last.ref.segment) != (stored.recorder, stored.ref.segment)
    return other or stored.start_us - last.end_us > SEAM_US


def target_s(items: Sequence[Item]) -> int:
    """The longest fragment, in whole seconds."""
    longest = max((item.stored.ref.duration_us for item in items), default=0)
    return max(LEAST_TARGET_S, math.ceil(longest / 1e6))


def render(
    items: Sequence[Item], *, folder: str, first: int = 0, jumps_before: int = 0, target: int, live: bool
) -> str:
    """`folder`: where the names lie, relative to the playlist. `first`: number of the first item;
    `jumps_before`: discontinuities that have left the playlist."""
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", f"#EXT-X-TARGETDURATION:{target}"]
    if live:
        lines += [f"#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,HOLD-BACK={target * 3}.0"]
    else:
        lines += ["#EXT-X-PLAYLIST-TYPE:VOD"]
    lines += [f"#EXT-X-MEDIA-SEQUENCE:{first}", f"#EXT-X-DISCONTINUITY-SEQUENCE:{jumps_before}"]
    lines += ["#EXT-X-INDEPENDENT-SEGMENTS"]
    for number, item in enumerate(items):
        if item.jump:
            lines.append("#EXT-X-DISCONTINUITY")
        if item.jump or number == 0:
            lines.append(f'#EXT-X-MAP:URI="{folder}/{item.init_name}"')
            lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{moment(item.stored.start_us)}")
        lines += [f"#EXTINF:{item.stored.ref.duration_us / 1e6:.6f},", f"{folder}/{item.name}"]
    if not live:
        lines.append("#EXT-X-ENDLIST")
    return "\n".join(lines) + "\n"


def moment(us: int) -> str:
    """For EXT-X-PROGRAM-DATE-TIME."""
    at = datetime.fromtimestamp(us / 1e6, UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{us // 1000 % 1000:03d}Z"
