"""History: what the person may see of it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import AwareDatetime, Field

from thienly.api.session import actor_of
from thienly.core.access.actor import Actor
from thienly.core.ledger.evidence import export
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.ledger.search import Asked, search
from thienly.core.recording.looking import known_camera

router = Router(tags=["ledger"])
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


class LedgerFilter(Schema):
    text: str = Field("", max_length=100)
    person: str = Field("", max_length=100, description="name or user name; diacritics do not matter")
    camera: str = Field("", max_length=40)
    kind: list[Kind] = []
    purpose: str = Field("", max_length=60)
    unit: str = Field("", max_length=200, description="part of a unit's name; diacritics do not matter")
    zone: str = Field("", max_length=60, description="network zone")
    document: str = Field("", max_length=200, description="the beginning of a document's number")
    from_: AwareDatetime | None = Field(None, alias="from", ge=EARLIEST)
    until: AwareDatetime | None = Field(None, ge=EARLIEST)
    before: int | None = Field(None, ge=1, le=2**62, description="older than this entry")
    size: int = Field(50, ge=1, le=200)


class EntryOut(Schema):
    """`previous` and `hash` tie each entry to the one before."""

    seq: int
    at: datetime
    kind: str
    actor_kind: str
    actor_id: str
    actor_label: str
    unit_label: str
    network_zone: str
    address: str
    camera_id: str
    object_kind: str
    object_id: str
    object_label: str
    purpose: str
    detail: dict[str, Any]
    previous: str
    hash: str

    @classmethod
    def of(cls, row: Entry) -> "EntryOut":
        return cls.model_validate(row, from_attributes=True)


class LedgerPage(Schema):
    entries: list[EntryOut]
    older: int | None = Field(description="give it as `before` for the next page; null at the end")


@router.get("", response=LedgerPage)
def look(request: HttpRequest, ask: Query[LedgerFilter]) -> LedgerPage:
    """Entries, newest first. Looking at other people's acts is itself an entry."""
    actor = actor_of(request)
    found = search(actor=actor, asked=_asked(actor, ask), before=ask.before, size=ask.size)
    return LedgerPage(entries=[EntryOut.of(entry) for entry in found.entries], older=found.older)


@router.post("/export", response={200: None})
def take(request: HttpRequest, ask: Query[LedgerFilter]) -> StreamingHttpResponse:
    """What fits the filters as a file with its proof; `thienly ledger verify FILE` checks it anywhere.

    `before` and `size` do not matter. That the file was taken is an entry, and part of what it proves.
    """
    actor = actor_of(request)
    return as_file(export(actor=actor, asked=_asked(actor, ask), now=timezone.now()), now=timezone.now())


def as_file(lines: Iterator[bytes], *, now: datetime) -> StreamingHttpResponse:
    response = StreamingHttpResponse(lines, content_type="application/x-ndjson")
    name = timezone.localtime(now).strftime("nhat-ky-%Y%m%d-%H%M%S.jsonl")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _asked(actor: Actor, ask: LedgerFilter) -> Asked:
    camera = None
    if ask.camera:
        camera = known_camera(actor=actor, camera_id=ask.camera, now=timezone.now())
    return Asked(
        text=ask.text,
        person=ask.person,
        camera=camera,
        kinds=ask.kind,
        purpose=ask.purpose,
        unit=ask.unit,
        zone=ask.zone,
        document=ask.document,
        from_=ask.from_,
        until=ask.until,
    )
