"""The rows that a batch of facts touches, read at once and written back at once."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from thienly.bus.messages import Fact, SegmentClosed, SegmentDeleted
from thienly.core.recording.days import HOURS_KEPT, make_stale
from thienly.core.recording.models import CameraState, Coverage, Gap
from thienly.core.recording.moments import instant, microseconds
from thienly.core.registry.models import Camera
from thienly.rules.coverage import Span, by_hour, mark, merge, runs, unmark

_STATE_FIELDS = [f.attname for f in CameraState._meta.concrete_fields if not f.primary_key]


class Book:
    """Lives inside one transaction. Cameras are named by their hex id."""

    def __init__(self, facts: Sequence[Fact], *, now: datetime) -> None:
        self._now = now
        ids = {UUID(fact.subject_camera) for fact in facts if fact.subject_camera != "-"}
        self.cameras = {camera.id.hex: camera for camera in Camera.objects.filter(id__in=ids)}
        found = CameraState.objects.filter(camera__in=ids)
        self._states = {state.camera_id.hex: state for state in found}
        self._touched: set[str] = set()
        open_gaps = Gap.objects.filter(end=None, camera__in=ids).values_list("camera", flat=True)
        self.with_open_gap = {camera.hex for camera in open_gaps}
        """Cameras that may have one; those that surely have none cost no question."""
        footage = [fact for fact in facts if isinstance(fact, SegmentClosed | SegmentDeleted)]
        hours = {instant(hour) for f in footage for hour, _, _ in by_hour(f.start_us, f.end_us)}
        rows = Coverage.objects.filter(camera__in={UUID(f.camera) for f in footage}, hour__in=hours)
        self._coverage = {(row.camera_id.hex, row.hour, row.recorder): row for row in rows}
        self._changed: set[tuple[str, datetime, str]] = set()
        self._stale: dict[str, Span] = {}

    def state(self, camera: str) -> CameraState | None:
        """The state, to be changed in place; written by `save`."""
        self._touched.add(camera)
        return self._states.get(camera)

    def put_state(self, camera: str, state: CameraState) -> None:
        state.camera = self.cameras[camera]
        self._states[camera] = state
        self._touched.add(camera)

    def mark(self, camera: str, hour_us: int, recorder: str, first: int, last: int) -> None:
        row = self._hour(camera, hour_us, recorder)
        row.seconds = mark(bytes(row.seconds), first, last)

    def unmark(self, camera: str, hour_us: int, recorder: str, first: int, last: int) -> None:
        """The seconds were recorded, and are deleted: a deletion proves as much, also when it comes first."""
        row = self._hour(camera, hour_us, recorder)
        left = unmark(bytes(row.seconds), first, last)
        row.seconds = left if any(left) else b""
        row.deleted = mark(bytes(row.deleted), first, last)

    def tell_days(self, camera: str, start_us: int, end_us: int) -> None:
        """The days that this touches are added up again."""
        seen = self._stale.get(camera)
        if seen is not None:
            start_us, end_us = min(seen.start_us, start_us), max(seen.end_us, end_us)
        self._stale[camera] = Span(start_us, end_us)

    def recorded_after(self, camera: str, at: datetime, *, not_by: str = "") -> datetime | None:
        """The first moment at or after `at` that is recorded (by another than `not_by`), within some days."""
        self._save_coverage()
        rows = Coverage.objects.filter(camera=self.cameras[camera], hour__gt=at - timedelta(hours=1))
        rows = rows.exclude(seconds=b"")
        hours: dict[int, list[bytes]] = {}
        for row in rows.exclude(recorder=not_by).order_by("hour")[:100]:
            hours.setdefault(microseconds(row.hour), []).append(bytes(row.seconds))
        for span in runs({hour: merge(bitmaps) for hour, bitmaps in hours.items()}):
            if instant(span.end_us) > at:
                return max(at, instant(span.start_us))
        return None

    def save(self) -> None:
        states = [self._states[camera] for camera in sorted(self._touched) if camera in self._states]
        if states:
            CameraState.objects.bulk_create(
                states, update_conflicts=True, unique_fields=["camera"], update_fields=_STATE_FIELDS
            )
        self._save_coverage()
        make_stale(
            ((UUID(c), instant(span.start_us), instant(span.end_us)) for c, span in self._stale.items()),
            now=self._now,
        )

    def _save_coverage(self) -> None:
        rows = [self._coverage[key] for key in sorted(self._changed)]
        self._changed.clear()
        settled = self._now - HOURS_KEPT
        spent = [row for row in rows if not any(row.seconds) and row.hour < settled]
        if spent:
            Coverage.objects.filter(id__in=[row.id for row in spent if row.id is not None]).delete()
            rows = [row for row in rows if row not in spent]
            for row in spent:
                row.id = None
        Coverage.objects.bulk_update([row for row in rows if row.id is not None], ["seconds", "deleted"])
        Coverage.objects.bulk_create([row for row in rows if row.id is None])

    def _hour(self, camera: str, hour_us: int, recorder: str) -> Coverage:
        hour = instant(hour_us)
        key = (camera, hour, recorder)
        row = self._coverage.get(key)
        if row is None:
            row = Coverage(
                camera=self.cameras[camera], hour=hour, recorder=recorder, seconds=b"", deleted=b""
            )
            self._coverage[key] = row
        self._changed.add(key)
        return row
