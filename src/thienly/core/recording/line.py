"""The lines of time of many cameras at once: what the hours, the gaps and the announcements say together."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from thienly.core.recording.models import Coverage, Gap, OutageFinding, PlannedOutage
from thienly.core.recording.moments import microseconds
from thienly.core.registry.models import Camera
from thienly.rules.coverage import Kind, KnownGap, Span, Stretch, merge, overlay, runs, subtract, timeline
from thienly.rules.outage import OutageClass
from thienly.rules.problems import Problem

HOUR = timedelta(hours=1)
_PROBLEMS = {problem.value: problem for problem in Problem}
_UNTRUE = frozenset({Kind.GAP, Kind.UNKNOWN})


@dataclass(slots=True)
class Known:
    """Everything that is known of one camera over some span."""

    hours: dict[int, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    deleted: dict[int, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    gaps: list[KnownGap] = field(default_factory=list)
    planned: list[Span] = field(default_factory=list)
    findings: list[tuple[Span, OutageClass]] = field(default_factory=list)

    def stretches(
        self, *, start: datetime, end: datetime, now: datetime, recording_from: datetime | None = None
    ) -> list[Stretch]:
        """The line of time of [start, min(end, now))."""
        there = {hour: _one(bitmaps) for hour, bitmaps in self.hours.items()}
        ever = there
        if self.deleted:
            ever = {
                hour: _one([*self.hours.get(hour, ()), *self.deleted.get(hour, ())])
                for hour in self.hours.keys() | self.deleted.keys()
            }
        line = timeline(
            start_us=microseconds(start),
            end_us=microseconds(end),
            now_us=microseconds(now),
            hours=ever,
            gaps=self.gaps,
            recording_from_us=None if recording_from is None else microseconds(recording_from),
        )
        if self.deleted:
            line = overlay(line, _gone(ever, there), over=frozenset({Kind.RECORDED}), kind=Kind.DELETED)
        return overlay(line, self.planned, over=_UNTRUE, kind=Kind.PLANNED) if self.planned else line


def known(cameras: Sequence[Camera], start: datetime, end: datetime) -> dict[UUID, Known]:
    """By camera id, in a number of queries that does not depend on how many cameras there are."""
    book: dict[UUID, Known] = {camera.pk: Known() for camera in cameras}
    ids = list(book)
    rows = Coverage.objects.filter(camera__in=ids, hour__gt=start - HOUR, hour__lt=end)
    # One camera is what a page waits for: its id need not be read out of every row.
    only = ids[0] if len(ids) == 1 else None
    columns = ("hour", "seconds", "deleted", *(() if only else ("camera",)))
    for hour, seconds, deleted, *whose in rows.values_list(*columns).order_by().iterator(chunk_size=5000):
        camera = only or whose[0]
        hour_us = microseconds(hour)
        if len(seconds):
            book[camera].hours[hour_us].append(bytes(seconds))
        if len(deleted):
            book[camera].deleted[hour_us].append(bytes(deleted))
    gaps = Gap.objects.filter(Q(end=None) | Q(end__gt=start), camera__in=ids, start__lt=end)
    for camera, begin, until, reason in gaps.values_list("camera", "start", "end", "reason"):
        problem = _PROBLEMS.get(reason, Problem.UNEXPLAINED)
        end_us = None if until is None else microseconds(until)
        book[camera].gaps.append(KnownGap(microseconds(begin), end_us, problem))
    for camera, span in planned_spans(cameras, start, end):
        book[camera].planned.append(span)
    findings = OutageFinding.objects.filter(
        Q(end=None) | Q(end__gt=start), camera__in=ids, start__lt=end
    ).exclude(cls="")
    for finding in findings:
        span = Span(microseconds(finding.start), microseconds(finding.end or end))
        book[finding.camera_id].findings.append((span, OutageClass(finding.cls)))
    return book


def planned_of(cameras: Iterable[Camera], start: datetime, end: datetime) -> list[PlannedOutage]:
    """Announcements in force that touch the span, for the cameras or their sites."""
    sites = {camera.site_id for camera in cameras}
    ids = [camera.pk for camera in cameras]
    where = Q(camera__in=ids) | Q(site__in=sites)
    rows = PlannedOutage.objects.filter(where, start__lt=end, end__gt=start, withdrawn_at=None)
    return list(rows.order_by("start"))


def planned_spans(cameras: Sequence[Camera], start: datetime, end: datetime) -> list[tuple[UUID, Span]]:
    """What the announcements excuse: from the announcement on, never before."""
    by_site: Mapping[UUID, list[UUID]] = defaultdict(list)
    for camera in cameras:
        by_site[camera.site_id].append(camera.pk)
    spans: list[tuple[UUID, Span]] = []
    for row in planned_of(cameras, start, end):
        begin = max(row.start, row.announced_at)
        if begin >= row.end:
            continue
        span = Span(microseconds(begin), microseconds(row.end))
        subjects = [row.camera_id] if row.camera_id else by_site[row.site_id] if row.site_id else []
        spans += [(camera, span) for camera in subjects]
    return spans


def _gone(ever: Mapping[int, bytes], there: Mapping[int, bytes]) -> list[Span]:
    left = runs(there)
    return [part for span in runs(ever) for part in subtract(span, left)]


def _one(bitmaps: Sequence[bytes]) -> bytes:
    return bitmaps[0] if len(bitmaps) == 1 else merge(bitmaps)
