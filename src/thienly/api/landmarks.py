"""What is worth looking at on a camera's line of time, and the next of it."""

from datetime import datetime

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from thienly.api.bookmarks import Instant, Span
from thienly.api.session import actor_of
from thienly.core.footage.landmarks import Landmark, Sort, Way, events_between, nearest
from thienly.core.recording.words import problem_words

router = Router(tags=["cameras"])


class LandmarkOut(Schema):
    sort: Sort
    id: str
    at: datetime
    until: datetime | None = Field(description="null: a moment, or it lasts")
    reason: str = Field(description="of a gap its problem, of an event its kind")
    words: str = Field(description="its title, or the reason in the person's language")

    @classmethod
    def of(cls, mark: Landmark) -> "LandmarkOut":
        return cls(
            sort=mark.sort,
            id=mark.id,
            at=mark.at,
            until=mark.until,
            reason=mark.reason,
            words=problem_words(mark.reason) if mark.sort is Sort.GAP else mark.title,
        )


class Found(Schema):
    found: LandmarkOut | None


class Ask(Schema):
    sort: Sort
    at: Instant
    way: Way = Way.NEXT


@router.get("/{camera_id}/events", response=list[LandmarkOut])
def events(request: HttpRequest, camera_id: str, ask: Query[Span]) -> list[LandmarkOut]:
    """What happened with the camera in the span, oldest first; at most 1,000."""
    found = events_between(actor=actor_of(request), camera_id=camera_id, start=ask.start, end=ask.end)
    return [LandmarkOut.of(mark) for mark in found]


@router.get("/{camera_id}/nearest", response=Found)
def nearest_of(request: HttpRequest, camera_id: str, ask: Query[Ask]) -> Found:
    """The first gap, event or bookmark that begins after the moment, or the last that began before it."""
    mark = nearest(actor=actor_of(request), camera_id=camera_id, sort=ask.sort, at=ask.at, way=ask.way)
    return Found(found=LandmarkOut.of(mark) if mark else None)
