"""Which of the time asked for is in no clip, and why."""

from collections.abc import Sequence
from itertools import pairwise

from thienly.evidence.manifest import Clip, Gap, Wanted

SHORTEST_US = 100_000
"""Less than what rounding makes is no gap."""


def lack(from_us: int, until_us: int, reason: str, detail: str) -> Gap:
    """Between the two, something may be missing."""
    return Gap(from_us=from_us, until_us=until_us, reason=reason, words=detail[:200])


def missing(wanted: Wanted, clips: Sequence[Clip], reasons: Sequence[Gap]) -> list[Gap]:
    """At each time the first of `reasons` that covers it; what none explains is `unknown`."""
    gaps: list[Gap] = []
    reached = wanted.from_us
    spans = sorted((clip.start_us, clip.end_us) for clip in clips)
    for begin, end in [*spans, (wanted.until_us, wanted.until_us)]:
        start = min(begin, wanted.until_us)
        if start - reached >= SHORTEST_US:
            gaps += _explained(reached, start, reasons)
        reached = max(reached, end)
    return gaps


def _explained(start: int, end: int, reasons: Sequence[Gap]) -> list[Gap]:
    """Pieces that fill [start, end): at each time the first reason that covers it."""
    inside = [gap for gap in reasons if gap.from_us < end and gap.until_us > start]
    edges = sorted({start, end, *(e for g in inside for e in (g.from_us, g.until_us) if start < e < end)})
    pieces: list[Gap] = []
    for begin, until in pairwise(edges):
        why = next((gap for gap in inside if gap.from_us <= begin and gap.until_us >= until), None)
        reason, words = (why.reason, why.words) if why else ("unknown", "")
        if pieces and (pieces[-1].reason, pieces[-1].words) == (reason, words):
            pieces[-1] = pieces[-1].model_copy(update={"until_us": until})
        else:
            pieces.append(Gap(from_us=begin, until_us=until, reason=reason, words=words))
    return pieces
