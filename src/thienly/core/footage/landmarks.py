"""What is worth looking at on a camera's line of time: events, gaps, bookmarks; and the next of them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet
from django.utils import timezone

from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.bookmarks.services import seen_by
from thienly.core.cases.engine import visible_cases
from thienly.core.cases.models import Case
from thienly.core.pictures.models import PictureFinding
from thienly.core.pictures.words import picture_words
from thienly.core.recording.looking import MAY_SEE_COVERAGE, known_camera
from thienly.core.recording.models import Gap
from thienly.core.registry.models import Camera
from thienly.core.service import service
from thienly.rules.actions import Action

MOST_AT_ONCE = 1000
M = TypeVar("M", bound=Model)


class Sort(StrEnum):
    GAP = "gap"
    EVENT = "event"
    BOOKMARK = "bookmark"


class Way(StrEnum):
    NEXT = "next"
    PREVIOUS = "previous"


@dataclass(frozen=True, slots=True)
class Landmark:
    """`until` None: a moment, or it lasts. `reason`: a `rules.problems.Problem` (gaps), else the kind."""

    sort: Sort
    id: str
    at: datetime
    until: datetime | None
    reason: str
    title: str


@service
def events_between(*, actor: Actor, camera_id: UUID | str, start: datetime, end: datetime) -> list[Landmark]:
    """What happened with the camera in [start, end): the cases about it, and times in which its picture
    showed too little; oldest first, at most `MOST_AT_ONCE`.

    Raises OutsideScope, NotAllowed as the line of time does.
    """
    camera = _camera(actor, camera_id)
    cases = visible_cases(actor=actor).filter(camera=camera, opened_at__gte=start, opened_at__lt=end)
    pictures = PictureFinding.objects.filter(camera=camera, start__gte=start, start__lt=end)
    marks = [_of_case(case) for case in cases.order_by("opened_at")[:MOST_AT_ONCE]]
    marks += [_of_picture(row) for row in pictures.order_by("start")[:MOST_AT_ONCE]]
    return sorted(marks, key=lambda mark: mark.at)[:MOST_AT_ONCE]


@service
def nearest(*, actor: Actor, camera_id: UUID | str, sort: Sort, at: datetime, way: Way) -> Landmark | None:
    """The first that begins after `at`, or the last that began before it. Raises OutsideScope, NotAllowed."""
    if sort is Sort.BOOKMARK:
        camera = gate.fetch(actor=actor, action=Action.VIEW_PLAYBACK, model=Camera, id=camera_id)
        mark = _step(seen_by(actor).filter(camera=camera), "at", at, way)
        return Landmark(sort, mark.id.hex, mark.at, mark.until, "", mark.title) if mark else None
    camera = _camera(actor, camera_id)
    if sort is Sort.EVENT:
        case = _step(visible_cases(actor=actor).filter(camera=camera), "opened_at", at, way)
        picture = _step(PictureFinding.objects.filter(camera=camera), "start", at, way)
        marks = [*([_of_case(case)] if case else []), *([_of_picture(picture)] if picture else [])]
        nearer = min if way is Way.NEXT else max
        return nearer(marks, key=lambda mark: mark.at, default=None)
    gap = _step(Gap.objects.filter(camera=camera), "start", at, way)
    return Landmark(sort, gap.gap, gap.start, gap.end, gap.reason, "") if gap else None


def _of_case(case: Case) -> Landmark:
    return Landmark(Sort.EVENT, case.id.hex, case.opened_at, case.closed_at, case.kind, case.title)


def _of_picture(row: PictureFinding) -> Landmark:
    return Landmark(Sort.EVENT, row.finding, row.start, row.end, "picture", picture_words(row.problem))


def _step(rows: QuerySet[M], column: str, at: datetime, way: Way) -> M | None:
    if way is Way.NEXT:
        return rows.filter(**{f"{column}__gt": at}).order_by(column).first()
    return rows.filter(**{f"{column}__lt": at}).order_by(f"-{column}").first()


def _camera(actor: Actor, camera_id: UUID | str) -> Camera:
    """As `look_at_day`: who may know what was recorded may know what happened."""
    now = timezone.now()
    camera = known_camera(actor=actor, camera_id=camera_id, now=now)
    if not gate.allowed_actions(actor=actor, obj=camera, now=now).intersection(MAY_SEE_COVERAGE):
        gate.require(actor=actor, action=Action.VIEW_PLAYBACK, obj=camera, now=now)
    return camera
