"""The gaps of one camera as a person reads them: how long, why, and what they were."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from thienly.core.cases.models import Case
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.recording.line import planned_spans
from thienly.core.recording.models import Gap, OutageFinding
from thienly.core.recording.moments import microseconds
from thienly.core.registry.models import Camera
from thienly.rules.outage import DELIBERATE, OutageClass, class_of
from thienly.rules.problems import Problem

SOON = timedelta(minutes=2)


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
    stopped_by: str | None  # of what somebody did: who, as history knows; "" when it does not
    noticed: datetime  # when the centre learnt of it
    acknowledged: datetime | None  # when a person first took it up


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
        by = switched_off_by(camera, gap.start) if cls in DELIBERATE else None
        taken_up = case.opened_at if case else None
        seen.append(
            GapSeen(gap.gap, begin, gap.end, seconds, gap.reason, cls, case, by, gap.known_at, taken_up)
        )
    return seen, len(rows) - len(chosen)


def switched_off_by(camera: Camera, start: datetime) -> str:
    """The person who switched recording off at `start`, as history knows; "" when it does not. Recorders
    hear of it within seconds."""
    changes = Entry.objects.filter(
        camera_id=camera.pk.hex,
        kind__in=[Kind.CAMERA_CHANGED, Kind.CAMERA_RETIRED],
        at__gte=start - SOON,
        at__lte=start + SOON,
    )
    for entry in changes.order_by("-seq"):
        detail = entry.detail if isinstance(entry.detail, dict) else {}
        after = detail.get("after")
        if entry.kind == Kind.CAMERA_RETIRED or (isinstance(after, dict) and after.get("record") is False):
            return entry.actor_label
    return ""
