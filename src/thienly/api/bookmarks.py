"""Moments of recordings that the person marked, or that were shared with his unit."""

from datetime import UTC, datetime, time
from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router, Schema
from ninja.responses import Status
from pydantic import AwareDatetime, Field

from thienly.api.session import actor_of
from thienly.core.access.actor import Actor
from thienly.core.bookmarks.models import Bookmark
from thienly.core.bookmarks.services import add_bookmark, bookmarks_between, remove_bookmark
from thienly.core.recording.queries import FIRST_DAY, LAST_DAY

Instant = Annotated[
    AwareDatetime,
    Field(
        ge=datetime.combine(FIRST_DAY, time(), UTC),
        le=datetime.combine(LAST_DAY, time(), UTC),
    ),
]
"""Beyond, the calendar of the database itself ends."""

router = Router(tags=["bookmarks"])
mine = Router(tags=["bookmarks"])


class BookmarkIn(Schema):
    at: Instant
    until: Instant | None = Field(None, description="end of a span; left out: a moment")
    title: str = Field(max_length=1000)
    note: str = Field("", max_length=10_000)
    shared: bool = Field(False, description="the people of the person's unit see it too")


class BookmarkOut(Schema):
    id: str
    at: datetime
    until: datetime | None
    title: str
    note: str
    own: bool = Field(description="made by the person who asks")
    by: str = Field(description="name of its maker")
    unit: str | None = Field(description="the unit it is shared with")

    @classmethod
    def of(cls, row: Bookmark, actor: Actor) -> "BookmarkOut":
        return cls(
            id=row.id.hex,
            at=row.at,
            until=row.until,
            title=row.title,
            note=row.note,
            own=actor.account is not None and row.account_id == actor.account.pk,
            by=row.account.full_name or row.account.username,
            unit=row.unit.name if row.unit else None,
        )


class Span(Schema):
    """A span of time, in instants with their zone."""

    start: Instant
    end: Instant


@router.get("/{camera_id}/bookmarks", response=list[BookmarkOut])
def bookmarks(request: HttpRequest, camera_id: str, ask: Query[Span]) -> list[BookmarkOut]:
    """Bookmarks in the recordings of a camera that touch the span, oldest first; at most 1,000."""
    actor = actor_of(request)
    found = bookmarks_between(actor=actor, camera_id=camera_id, start=ask.start, end=ask.end)
    return [BookmarkOut.of(row, actor) for row in found]


@router.post("/{camera_id}/bookmarks", response={201: BookmarkOut})
def bookmark_add(request: HttpRequest, camera_id: str, bookmark: BookmarkIn) -> Status[BookmarkOut]:
    """Marks a moment or a span; needs the right to play recordings of the camera."""
    actor = actor_of(request)
    row = add_bookmark(actor=actor, camera_id=camera_id, **bookmark.model_dump())
    return Status(201, BookmarkOut.of(row, actor))


@mine.delete("/{bookmark_id}", response={204: None})
def bookmark_remove(request: HttpRequest, bookmark_id: str) -> Status[None]:
    """Removes an own bookmark; another's is not found."""
    remove_bookmark(actor=actor_of(request), bookmark_id=bookmark_id)
    return Status(204, None)
