"""The line of one day, ready to be drawn: stretches as parts of the day's width."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from django.utils.translation import gettext as _

from thienly.core.recording.queries import DayTimeline
from thienly.core.recording.words import problem_words
from thienly.rules.coverage import Kind, Stretch

US = 1_000_000
_LOOKS = {Kind.RECORDING: "recorded", Kind.PLANNED: "gap", Kind.DELETED: "unknown"}


@dataclass(frozen=True, slots=True)
class Bar:
    """One stretch. `left` and `width` in percent of the day."""

    kind: str
    left: float
    width: float
    start_us: int
    end_us: int
    title: str


@dataclass(frozen=True, slots=True)
class Day:
    day: date
    before: date
    after: date | None  # None: tomorrow has not begun
    start_us: int
    end_us: int
    now_us: int
    bars: list[Bar]
    recorded: float | None  # percent of what has passed; None when nothing has
    gaps: list[Bar]

    @classmethod
    def of(cls, day: date, zone: tzinfo, now: datetime, line: DayTimeline) -> "Day":
        start_us, end_us = int(line.start.timestamp()) * US, int(line.end.timestamp()) * US
        bars = [_bar(stretch, start_us, end_us, zone) for stretch in line.stretches]
        return cls(
            day=day,
            before=day - timedelta(days=1),
            after=day + timedelta(days=1) if line.end <= now else None,
            start_us=start_us,
            end_us=end_us,
            now_us=int(now.timestamp() * US),
            bars=bars,
            recorded=None if line.share is None else 100 * line.share,
            gaps=[bar for bar in bars if bar.kind == "gap"],
        )


def stretch_words(stretch: Stretch, zone: tzinfo, *, dated: bool = False) -> str:
    """`14:02:10 – 14:05:00 · Gap: no signal`; `dated`: with the day."""
    words = {
        Kind.RECORDED: _("Recorded"),
        Kind.RECORDING: _("Recorded"),
        Kind.GAP: _("Gap"),
        Kind.UNKNOWN: _("Unknown"),
        Kind.PLANNED: _("Planned outage"),
        Kind.DELETED: _("Recorded; deleted since under the rules on keeping"),
    }[stretch.kind]
    reason = f": {problem_words(stretch.reason)}" if stretch.reason else ""
    span = f"{_clock(stretch.start_us, zone)} – {_clock(stretch.end_us, zone)}"
    day = f"{datetime.fromtimestamp(stretch.start_us / US, zone):%d/%m/%Y} " if dated else ""
    return f"{day}{span} · {words}{reason}"


def _bar(stretch: Stretch, start_us: int, end_us: int, zone: tzinfo) -> Bar:
    whole = end_us - start_us
    return Bar(
        kind=_LOOKS.get(stretch.kind, stretch.kind.value),
        left=100 * (stretch.start_us - start_us) / whole,
        width=100 * (stretch.end_us - stretch.start_us) / whole,
        start_us=stretch.start_us,
        end_us=stretch.end_us,
        title=stretch_words(stretch, zone),
    )


def _clock(us: int, zone: tzinfo) -> str:
    return datetime.fromtimestamp(us / US, zone).strftime("%H:%M:%S")
