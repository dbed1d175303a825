"""What is recorded, what is not, since when and why. Reads only; who may know it is decided before."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from thienly.bus.subjects import ALIVE_LOST_S
from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.recording.line import known
from thienly.core.recording.models import CameraState, Gap, RecorderState
from thienly.core.registry.models import Camera
from thienly.rules.coverage import Stretch, share
from thienly.rules.problems import Problem

ALIVE_LOST = timedelta(seconds=ALIVE_LOST_S)
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)
_FIRST_GOP = timedelta(seconds=30)


class State(StrEnum):
    """What a person is told. Four are the words of recorders; `unknown` is what none of them vouches for."""

    RECORDING = "recording"
    CONNECTING = "connecting"
    OFFLINE = "offline"
    STOPPED = "stopped"
    UNKNOWN = "unknown"


class Unknown(StrEnum):
    """Why a state is unknown."""

    NEVER_REPORTED = "never_reported"
    RECORDER_SILENT = "recorder_silent"


@dataclass(frozen=True, slots=True)
class CameraNow:
    """A camera's state at a moment. `reported` is the last report, also when it no longer counts."""

    state: State
    since: datetime | None = None
    problem: Problem | None = None
    detail: str = ""
    why_unknown: Unknown | None = None
    reported: CameraState | None = None


def status_of(cameras: Iterable[Camera], now: datetime) -> dict[UUID, CameraNow]:
    """By camera id, for every camera given."""
    cameras = list(cameras)
    reports = {row.camera_id: row for row in CameraState.objects.filter(camera__in=[c.pk for c in cameras])}
    heard = dict(RecorderState.objects.values_list("name", "seen_at"))
    return {camera.id: _now(camera, reports.get(camera.id), heard, now) for camera in cameras}


def _now(camera: Camera, report: CameraState | None, heard: dict[str, datetime], now: datetime) -> CameraNow:
    if not camera.record or camera.retired_at is not None:
        since = report.since if report and report.state == State.STOPPED else camera.retired_at
        return CameraNow(State.STOPPED, since, Problem.NOT_SCHEDULED, reported=report)
    if report is None:
        return CameraNow(State.UNKNOWN, why_unknown=Unknown.NEVER_REPORTED)
    last_heard = heard.get(report.recorder)
    if last_heard is None or now - last_heard > ALIVE_LOST:
        since = last_heard or report.reported_at
        return CameraNow(State.UNKNOWN, since, why_unknown=Unknown.RECORDER_SILENT, reported=report)
    problem = Problem(report.problem) if report.problem in set(Problem) else None
    return CameraNow(State(report.state), report.since, problem, report.detail, reported=report)


class Troubled(NamedTuple):
    camera: Camera
    now: CameraNow


@dataclass(frozen=True, slots=True)
class Overall:
    """The answer to "is everything recording?" for one person."""

    total: int  # cameras that should be recording
    counts: dict[State, int]
    switched_off: int  # cameras of which no recording is wanted
    troubled: list[Troubled] = field(default_factory=list)  # longest trouble first

    @property
    def recording(self) -> int:
        return self.counts.get(State.RECORDING, 0)

    @property
    def fine(self) -> bool:
        return self.total > 0 and self.recording == self.total


def overall(actor: Actor, now: datetime) -> Overall:
    """Over all cameras that the actor may know."""
    known = gate.visible(actor=actor, now=now).filter(retired_at=None).select_related("site__unit")
    cameras = list(known)
    wanted = [camera for camera in cameras if camera.record]
    status = status_of(wanted, now)
    troubled = [Troubled(c, status[c.id]) for c in wanted if status[c.id].state is not State.RECORDING]
    troubled.sort(key=lambda t: (t.now.since or now, t.camera.code))
    return Overall(
        total=len(wanted),
        counts=dict(Counter(status[c.id].state for c in wanted)),
        switched_off=len(cameras) - len(wanted),
        troubled=troubled,
    )


@dataclass(frozen=True, slots=True)
class DayTimeline:
    """One local day of a camera, until now."""

    start: datetime
    end: datetime  # the end of the day, also while it lasts
    stretches: list[Stretch]
    share: float | None  # recorded part of the day until now, 0 to 1; None before it begins


def day_timeline(camera: Camera, day: date, tz: tzinfo, now: datetime) -> DayTimeline:
    """What is known of the camera's recording on the local day `day`.

    A day before `FIRST_DAY` or after `LAST_DAY` becomes that day: beyond, the calendar itself ends.
    """
    day = min(max(day, FIRST_DAY), LAST_DAY)
    start = datetime.combine(day, time(), tz).astimezone(UTC)
    end = datetime.combine(day + timedelta(days=1), time(), tz).astimezone(UTC)
    stretches = stretches_of(camera, start, end, now)
    return DayTimeline(start, end, stretches, share(stretches))


def stretches_of(camera: Camera, start: datetime, end: datetime, now: datetime) -> list[Stretch]:
    """The line of time of [start, min(end, now))."""
    current = status_of([camera], now)[camera.id]
    return known([camera], start, end)[camera.id].stretches(
        start=start, end=end, now=now, recording_from=recording_from(current)
    )


def recording_from(current: CameraNow) -> datetime | None:
    """From when on the camera is being recorded beyond its closed segments; None when it is not."""
    if current.state is not State.RECORDING or current.reported is None:
        return None
    return _tail(current.reported)


def _tail(report: CameraState) -> datetime:
    """From when on a camera that is being recorded is, beyond its closed segments.

    A recorder says `recording` when the first fragment is complete; the gap before ended where that began.
    """
    ended = Gap.objects.filter(
        camera=report.camera_id, end__lte=report.since, end__gt=report.since - _FIRST_GOP
    )
    began = ended.order_by("-end").values_list("end", flat=True).first() or report.since
    return max(began, report.recorded_until or began)
