"""The person's own saved walls."""

from datetime import datetime

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from thienly.api.session import actor_of
from thienly.core.access.models import WallLayout
from thienly.core.access.services import layouts_of, save_layout

router = Router(tags=["layouts"])


class LayoutIn(Schema):
    size: int = Field(description="tiles: 1, 4, 9 or 16")
    tiles: list[str | None] = Field(max_length=16, description="camera ids or null, in reading order")


class LayoutOut(Schema):
    id: str
    name: str
    size: int
    tiles: list[str | None]
    updated_at: datetime

    @classmethod
    def of(cls, row: WallLayout) -> "LayoutOut":
        return cls(id=row.id.hex, name=row.name, size=row.size, tiles=row.tiles, updated_at=row.updated_at)


@router.get("", response=list[LayoutOut])
def mine(request: HttpRequest) -> list[LayoutOut]:
    """The person's layouts, by name."""
    return [LayoutOut.of(row) for row in layouts_of(actor=actor_of(request))]


@router.put("/{name}", response=LayoutOut)
def save(request: HttpRequest, name: str, layout: LayoutIn) -> LayoutOut:
    """Saves or replaces the layout of this name. A camera that the person may not know is not found."""
    row = save_layout(actor=actor_of(request), name=name, size=layout.size, tiles=layout.tiles)
    return LayoutOut.of(row)
