"""Cameras: searching, one camera, its state."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from thienly.api.session import actor_of
from thienly.core.access import gate
from thienly.core.recording.looking import Look, look_at
from thienly.core.recording.queries import CameraNow, State, status_of
from thienly.core.registry.models import Camera, Site
from thienly.core.registry.search import search_cameras
from thienly.core.units.models import Unit
from thienly.rules.actions import Action
from thienly.rules.problems import Problem

router = Router(tags=["cameras"])


class StateOut(Schema):
    """`unknown` when no recorder vouches for it; `problem` says why there is no picture."""

    state: State
    since: datetime | None
    problem: Problem | None
    detail: str
    why_unknown: str | None
    recorder: str | None
    recorded_until: datetime | None = Field(description="end of the newest closed segment")

    @classmethod
    def of(cls, now: CameraNow) -> "StateOut":
        report = now.reported
        return cls(
            state=now.state,
            since=now.since,
            problem=now.problem,
            detail=now.detail,
            why_unknown=now.why_unknown,
            recorder=report.recorder if report else None,
            recorded_until=report.recorded_until if report else None,
        )


class CameraOut(Schema):
    id: str
    code: str
    name: str
    sector: str
    site: str
    site_id: str
    unit: str
    unit_id: str
    from_file: bool = Field(description="no camera: a recording is played in its place")
    retired_at: datetime | None
    state: StateOut

    @classmethod
    def of(cls, camera: Camera, now: CameraNow) -> "CameraOut":
        return cls(**_common(camera, now))


class DeviceOut(Schema):
    """What the recorder last saw of the device."""

    codec: str
    width: int
    height: int
    fps: float
    bitrate: int = Field(description="bit/s over the last minute")
    audio: str
    clock_offset_ms: int | None = Field(description="camera's clock minus server's")
    packets_lost: int = Field(description="since the connection began")


class CameraDetail(CameraOut):
    actions: list[Action] = Field(description="what the person who asks may do")
    device: DeviceOut | None
    url: str | None = Field(description="without credentials; only for who keeps the device")

    @classmethod
    def of_look(cls, look: Look) -> "CameraDetail":
        report = look.now.reported
        device = DeviceOut.model_validate(report, from_attributes=True) if report else None
        url = look.camera.url if Action.CONFIG_DEVICE in look.actions else None
        common = _common(look.camera, look.now)
        return cls(**common, actions=sorted(look.actions), device=device, url=url)


class CameraPage(Schema):
    total: int
    items: list[CameraOut]


class CameraFilter(Schema):
    q: str = Field("", max_length=100, description="code, name, site or unit; diacritics do not matter")
    unit: UUID | None = Field(None, description="also those below it")
    site: UUID | None = None
    sector: str = Field("", pattern=r"^[a-z_]{0,40}$")
    state: State | None = None
    limit: int = Field(50, ge=1, le=500)
    offset: int = Field(0, ge=0, le=1_000_000)


@router.get("", response=CameraPage)
def search(request: HttpRequest, ask: Query[CameraFilter]) -> CameraPage:
    """Cameras that the person may know, by code. What he may not know filters like what does not exist."""
    actor = actor_of(request)
    unit = gate.visible(actor=actor, model=Unit).filter(pk=ask.unit).first() if ask.unit else None
    site = gate.visible(actor=actor, model=Site).filter(pk=ask.site).first() if ask.site else None
    if (ask.unit and unit is None) or (ask.site and site is None):
        return CameraPage(total=0, items=[])
    cameras = list(search_cameras(actor=actor, text=ask.q, unit=unit, site=site, sector=ask.sector))
    status = status_of(cameras, timezone.now())
    chosen = [camera for camera in cameras if ask.state in (None, status[camera.id].state)]
    page = chosen[ask.offset : ask.offset + ask.limit]
    return CameraPage(total=len(chosen), items=[CameraOut.of(camera, status[camera.id]) for camera in page])


@router.get("/{camera_id}", response=CameraDetail)
def one(request: HttpRequest, camera_id: str) -> CameraDetail:
    """One camera, what it is doing, and what the person may do with it."""
    look = look_at(actor=actor_of(request), camera_id=camera_id, now=timezone.now())
    return CameraDetail.of_look(look)


@router.get("/{camera_id}/state", response=StateOut)
def state(request: HttpRequest, camera_id: str) -> StateOut:
    """What the camera is doing now."""
    look = look_at(actor=actor_of(request), camera_id=camera_id, now=timezone.now())
    return StateOut.of(look.now)


def _common(camera: Camera, now: CameraNow) -> dict[str, Any]:
    return {
        "id": camera.id.hex,
        "code": camera.code,
        "name": camera.name,
        "sector": camera.sector,
        "site": camera.site.name,
        "site_id": camera.site_id.hex,
        "unit": camera.site.unit.name,
        "unit_id": camera.site.unit_id.hex,
        "from_file": camera.from_file,
        "retired_at": camera.retired_at,
        "state": StateOut.of(now),
    }
