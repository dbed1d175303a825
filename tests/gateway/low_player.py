"""A player of low-latency HLS that believes nothing.

Each playlist is held against RFC 8216bis and against the one before it.
"""

import asyncio
import re
import time
from dataclasses import dataclass, field
from datetime import datetime

from tests.gateway.player import Site

_ATTRIBUTE = re.compile(r'([A-Z-]+)=("[^"]*"|[^,]*)')


def attributes(line: str) -> dict[str, str]:
    return {name: text.strip('"') for name, text in _ATTRIBUTE.findall(line.split(":", 1)[1])}


@dataclass
class Segment:
    number: int
    parts: list[dict[str, str]] = field(default_factory=list)
    uri: str = ""
    duration_s: float = 0.0
    jump: bool = False
    at: datetime | None = None


@dataclass
class Playlist:
    text: str
    segments: list[Segment]
    hint: str
    maps: list[str]
    part_target_s: float
    target_s: int

    @property
    def next(self) -> tuple[int, int]:
        """Number and part that are still to come."""
        last = self.segments[-1]
        return (last.number + 1, 0) if last.uri else (last.number, len(last.parts))

    def part(self, number: int, part: int) -> dict[str, str] | None:
        for segment in self.segments:
            if segment.number == number and part < len(segment.parts):
                return segment.parts[part]
        return None


def read(text: str) -> Playlist:
    """Raises AssertionError where the rules are broken."""
    lines = text.splitlines()
    assert lines[:2] == ["#EXTM3U", "#EXT-X-VERSION:9"]
    tags = {line.split(":", 1)[0]: line for line in lines if line.startswith("#EXT-X-")}
    control = attributes(tags["#EXT-X-SERVER-CONTROL"])
    target = int(tags["#EXT-X-TARGETDURATION"].split(":")[1])
    part_target = float(attributes(tags["#EXT-X-PART-INF"])["PART-TARGET"])
    assert control["CAN-BLOCK-RELOAD"] == "YES"
    assert float(control["PART-HOLD-BACK"]) >= 3 * part_target - 0.001  # at least twice; thrice is advised
    assert float(control["HOLD-BACK"]) >= 3 * target
    assert "#EXT-X-ENDLIST" not in text and "#EXT-X-INDEPENDENT-SEGMENTS" in text
    made = Playlist(text, [], attributes(tags["#EXT-X-PRELOAD-HINT"])["URI"], [], part_target, target)
    assert attributes(tags["#EXT-X-PRELOAD-HINT"])["TYPE"] == "PART"
    assert lines[-1].startswith("#EXT-X-PRELOAD-HINT")
    number = int(tags["#EXT-X-MEDIA-SEQUENCE"].split(":")[1])
    open_ = Segment(number)
    for line in lines:
        if line == "#EXT-X-DISCONTINUITY":
            open_.jump = True
        elif line.startswith("#EXT-X-MAP:"):
            made.maps.append(attributes(line)["URI"])
        elif line.startswith("#EXT-X-PROGRAM-DATE-TIME:"):
            open_.at = datetime.fromisoformat(line.split(":", 1)[1])
        elif line.startswith("#EXT-X-PART:"):
            open_.parts.append(attributes(line))
        elif line.startswith("#EXTINF:"):
            open_.duration_s = float(line.split(":")[1].rstrip(","))
        elif not line.startswith("#"):
            open_.uri = line
            made.segments.append(open_)
            open_ = Segment(open_.number + 1)
    if open_.parts:
        made.segments.append(open_)
    for place, segment in enumerate(made.segments):
        _judge(segment, made, first=place == 0)
    return made


def _judge(segment: Segment, playlist: Playlist, *, first: bool) -> None:
    durations = [float(part["DURATION"]) for part in segment.parts]
    assert all(0 < one <= playlist.part_target_s + 0.001 for one in durations), playlist.text
    assert all(one >= 0.85 * playlist.part_target_s - 0.001 for one in durations[:-1]), playlist.text
    assert [part.get("INDEPENDENT", "NO") for part in segment.parts] == [
        "YES",
        *["NO"] * (len(durations) - 1),
    ][: len(durations)]
    if segment.uri:
        assert round(segment.duration_s) <= playlist.target_s
        assert not durations or abs(sum(durations) - segment.duration_s) < 0.001
    assert segment.at is not None or not (first or segment.jump)


@dataclass
class Followed:
    """What a player saw: the playlists, and how old the newest part was when its playlist came, in s."""

    playlists: list[Playlist] = field(default_factory=list)
    hinted: dict[str, bytes] = field(default_factory=dict)
    ages_s: list[float] = field(default_factory=list)


async def follow(site: Site, headers: dict[str, str], *, parts: int) -> Followed:
    """Plays for so many parts: asks for the next one while it waits for the playlist that names it."""
    seen = Followed()
    playlist = read((await site.get("low.m3u8", **headers)).text)
    while len(seen.playlists) < parts:
        seen.playlists.append(playlist)
        number, part = playlist.next
        hint = asyncio.create_task(site.get(playlist.hint, **headers))
        answer = await site.get(f"low.m3u8?_HLS_msn={number}&_HLS_part={part}", **headers)
        came = time.time()
        assert answer.status_code == 200
        after = read(answer.text)
        assert after.next > (number, part), "what was asked for is there"
        _goes_on(playlist, after)
        got = await hint
        if got.status_code == 200:
            seen.hinted[playlist.hint] = got.content
        ages = _newest_at(after)
        if ages is not None:
            seen.ages_s.append(came - ages)
        playlist = after
    return seen


def _goes_on(before: Playlist, after: Playlist) -> None:
    """Nothing that was told changes."""
    assert after.segments[0].number >= before.segments[0].number
    known = {segment.number: segment for segment in before.segments}
    for segment in after.segments:
        old = known.get(segment.number)
        if old is None:
            continue
        if old.uri:
            assert (old.uri, old.duration_s) == (segment.uri, segment.duration_s)
        if segment.parts:
            assert segment.parts[: len(old.parts)] == old.parts
    assert set(range(after.segments[0].number, after.segments[-1].number + 1)) == {
        segment.number for segment in after.segments
    }


def _newest_at(playlist: Playlist) -> float | None:
    """Unix time of the end of the newest part."""
    at: float | None = None
    for segment in playlist.segments:
        if segment.at is not None:
            at = segment.at.timestamp()
        if at is not None:
            at += segment.duration_s or sum(float(part["DURATION"]) for part in segment.parts)
    return at
