"""The gaps of one camera as a person reads them: how long, why, and what they were."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from thienly.core.cases.models import Case
from thienly.core.recording.line import planned_spans
from thienly.core.recording.models import Gap, OutageFinding
from thienly.core.recording.moments import microseconds
from thienly.core.registry.models import Camera
from thienly.rules.outage import OutageClass, class_of
from thienly.rules.problems import Problem


@dataclass(frozen=True, slots=True)
class GapSeen:
    """`start` and `seconds` within the span asked for; `cls` found by a person (`case`) or derived."""

    gap: str
    start: datetime
    end: datetime | None  # None: it lasts
    seconds: float
    reason: str
    cls: OutageClass
    case: Case | None


def longest_gaps(
    camera: Camera, start: datetime, end: datetime, *, now: datetime, most: int
) -> tuple[list[GapSeen], int]:
    """The longest gaps that touch [start, end), longest first, and how many more there are."""
    rows = list(Gap.objects.filter(Q(end=None) | Q(end__gt=start), camera=camera, start__lt=end))
    rows.sort(key=lambda gap: gap.start - (gap.end or now))
    chosen = rows[:most]
    findings = {
        finding.gap: finding
        for finding in OutageFinding.objects.filter(gap__in=[gap.gap for gap in chosen]).select_related(
            "case"
        )
    }
    spans = [span for _, span in planned_spans([camera], start, end)]
    seen: list[GapSeen] = []
    for gap in chosen:
        until = min(gap.end or now, end)
        begin = max(gap.start, start)
        finding = findings.get(gap.gap)
        start_us, end_us = microseconds(begin), microseconds(until)
        if finding is not None and finding.cls:
            cls = OutageClass(finding.cls)
        elif any(span.start_us < end_us and span.end_us > start_us for span in spans):
            cls = OutageClass.PLANNED
        else:
            cls = class_of(Problem(gap.reason)) if gap.reason in set(Problem) else OutageClass.UNKNOWN
        seconds = (until - begin).total_seconds()
        case = finding.case if finding else None
        seen.append(GapSeen(gap.gap, begin, gap.end, seconds, gap.reason, cls, case))
    return seen, len(rows) - len(chosen)
