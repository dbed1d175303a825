"""Opening and closing a stream of pictures. Nobody sees a byte before its opening stands in history."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.utils import timezone

from thienly.core.access import epoch, gate
from thienly.core.access.actor import Actor
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.ledger.writer import record
from thienly.core.quality.access import note_access
from thienly.core.recording.models import CameraState
from thienly.core.registry.models import Camera
from thienly.core.service import service
from thienly.rules.actions import Action

Mode = Literal["live", "play"]

ACTION: dict[Mode, Action] = {"live": Action.VIEW_LIVE, "play": Action.VIEW_PLAYBACK}
_OPENED: dict[Mode, Kind] = {"live": Kind.LIVE_OPENED, "play": Kind.PLAYBACK_OPENED}
_CLOSED: dict[Mode, Kind] = {"live": Kind.LIVE_CLOSED, "play": Kind.PLAYBACK_CLOSED}
_CLOSING = {**{_OPENED[mode]: _CLOSED[mode] for mode in _OPENED}, Kind.LISTEN_OPENED: Kind.LISTEN_CLOSED}

FORGOTTEN_WITHIN = timedelta(days=3)
"""How far back a gateway looks for openings it left without a closing; no session lives that long."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What was opened. `mark` tells to which state of all rights the gate's answer belongs."""

    stream: str
    mode: Mode
    camera: str  # id, hex
    code: str
    name: str
    site: str
    fps: float  # 0 when no recorder has said yet
    from_file: bool  # no camera: a file is played
    has_sub: bool  # a second, smaller stream can be asked for
    actions: list[str]
    purpose: str
    mark: epoch.Mark
    at: datetime


@dataclass(frozen=True, slots=True)
class Watched:
    """What left the building in one stream. `spans` are recorded times, Unix microseconds, merged."""

    spans: list[tuple[int, int]]
    bytes: int
    fragments: int
    skipped: int = 0
    pictures: tuple[str, ...] = ()  # the streams of the camera that were shown live
    # Milliseconds until the first picture, the trouble told instead, whether nothing is recorded there.
    first: tuple[int | None, str, bool] = (None, "", False)


@service
def open_stream(
    *,
    actor: Actor,
    camera: str,
    mode: Mode,
    stream: str,
    gateway: str,
    from_: datetime | None = None,
    picture: str = "main",
    player: str = "",
    now: datetime | None = None,
) -> Opening:
    """Asks the gate and records the opening. `stream` is a fresh id; `gateway` names the process that sends;
    `picture` is which of the camera's streams the tile asked for; `player` the registered player of others
    that shows it, without our watermark.

    Raises OutsideScope, NotAllowed.
    """
    at = now or timezone.now()
    # Read before the gate is asked: a change that comes between makes the gateway ask again.
    seen = epoch.mark(at)
    action = ACTION[mode]
    found = gate.fetch(actor=actor, action=action, model=Camera, id=camera, now=now)
    decision = gate.require(actor=actor, action=action, obj=found, now=now)
    granted = decision.grants[0] if decision.grants else None
    record(
        actor=actor,
        kind=_OPENED[mode],
        camera=found,
        purpose=decision.purpose,
        detail={
            "stream": stream,
            "gateway": gateway,
            "from": from_.isoformat() if from_ else None,
            "picture": picture,
            "seat": granted.seat if granted else "",
            "cite": granted.cite if granted else "",
            **({"player": player} if player else {}),
        },
        at=at,
    )
    fps = CameraState.objects.filter(camera=found).values_list("fps", flat=True).first()
    return Opening(
        stream=stream,
        mode=mode,
        camera=found.id.hex,
        code=found.code,
        name=found.name,
        site=found.site.name,
        fps=fps or 0.0,
        from_file=found.from_file,
        has_sub=bool(found.sub_url),
        actions=sorted(a.value for a in gate.allowed_actions(actor=actor, obj=found, now=now)),
        purpose=decision.purpose,
        mark=seen,
        at=at,
    )


@service
def close_stream(
    *, actor: Actor, opening: Opening, gateway: str, watched: Watched, why: str, now: datetime | None = None
) -> None:
    """Records the end of a stream and what was seen in it. Needs no right: ending is always allowed."""
    at = now or timezone.now()
    camera = Camera.objects.get(pk=opening.camera)
    note_access(
        camera=camera,
        stream=opening.stream,
        mode=opening.mode,
        asked_at=opening.at,
        ended_at=at,
        pictures=watched.fragments,
        first=watched.first,
    )
    record(
        actor=actor,
        kind=_CLOSED[opening.mode],
        camera=camera,
        purpose=opening.purpose,
        detail={
            "stream": opening.stream,
            "gateway": gateway,
            "seconds": round((at - opening.at).total_seconds(), 1),
            "spans": [[start, end] for start, end in watched.spans],
            "bytes": watched.bytes,
            "fragments": watched.fragments,
            "skipped": watched.skipped,
            "pictures": list(watched.pictures),
            "picture_ms": watched.first[0],
            "why": why,
        },
        at=at,
    )


@service
def take_snapshot(
    *, actor: Actor, camera: str, mode: Mode, stream: str, at: datetime, now: datetime | None = None
) -> None:
    """Records that one picture of a stream is kept by the viewer. Raises OutsideScope, NotAllowed."""
    action = ACTION[mode]
    found = gate.fetch(actor=actor, action=action, model=Camera, id=camera, now=now)
    decision = gate.require(actor=actor, action=action, obj=found, now=now)
    record(
        actor=actor,
        kind=Kind.SNAPSHOT_TAKEN,
        camera=found,
        purpose=decision.purpose,
        detail={"stream": stream, "at": at.isoformat()},
        at=now or timezone.now(),
    )


@service
def close_forgotten(*, actor: Actor, gateway: str, now: datetime | None = None) -> int:
    """Closes, as `unknown`, what a gateway of this name opened before it was killed. Returns how many."""
    at = now or timezone.now()
    recent = Entry.objects.filter(at__gt=at - FORGOTTEN_WITHIN, detail__gateway=gateway)
    closed = {
        row["stream"] for row in recent.filter(kind__in=_CLOSING.values()).values_list("detail", flat=True)
    }
    forgotten = [
        entry
        for entry in recent.filter(kind__in=_CLOSING).order_by("seq")
        if entry.detail["stream"] not in closed
    ]
    cameras = Camera.objects.in_bulk([entry.camera_id for entry in forgotten])
    by_hex = {camera.id.hex: camera for camera in cameras.values()}
    for entry in forgotten:
        record(
            actor=actor,
            kind=_CLOSING[Kind(entry.kind)],
            camera=by_hex[entry.camera_id],
            purpose=entry.purpose,
            detail={
                "stream": entry.detail["stream"],
                "gateway": gateway,
                "viewer": entry.actor_label,
                "opened_in": entry.seq,
                "why": "unknown",
            },
            at=at,
        )
    return len(forgotten)
