"""Facts about pictures become rows: once, whatever the order and however often they are delivered."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from thienly.bus.messages import CameraStatus, Fact, PictureJudged
from thienly.core.access.actor import Actor
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.pictures.models import PictureFinding, PictureState
from thienly.core.recording.moments import instant
from thienly.core.registry.models import Camera


def apply_pictures(facts: Iterable[Fact], *, cameras: dict[str, Camera], now: datetime) -> None:
    """In the caller's transaction. `cameras`: by hex id, one for each fact."""
    told = [fact for fact in facts if isinstance(fact, PictureJudged | CameraStatus)]
    if not told:
        return
    ids = {UUID(fact.camera) for fact in told}
    still_open = list(PictureFinding.objects.filter(camera__in=ids, end=None).select_related("camera"))
    states = {row.camera_id.hex: row for row in PictureState.objects.filter(camera__in=ids)}
    for fact in told:
        if isinstance(fact, PictureJudged):
            _judged(fact, cameras[fact.camera], still_open, now)
        else:
            _measured(fact, cameras[fact.camera], states)
            _handed_over(fact, still_open, now)


def _judged(fact: PictureJudged, camera: Camera, still_open: list[PictureFinding], now: datetime) -> None:
    """A finding that has ended is never opened again: its end may come before its beginning."""
    end = None if fact.end_us is None else instant(fact.end_us)
    row, new = PictureFinding.objects.get_or_create(
        finding=fact.finding,
        defaults={
            "camera": camera,
            "recorder": fact.recorder,
            "problem": fact.problem.value,
            "start": instant(fact.start_us),
            "end": end,
            "judged_at": instant(fact.at_us),
            "good_at": instant(fact.good_us) if fact.good_us else None,
            "measures": _rounded(fact.measures.model_dump(exclude_none=True)),
            "ended": fact.ended,
        },
    )
    if new:
        _tell(row, Kind.PICTURE_PROBLEM, now)
        if end is None:
            still_open.append(row)
            return
    elif end is None or row.end is not None:
        return
    else:
        row.end, row.ended = end, fact.ended
        row.save(update_fields=["end", "ended"])
    still_open[:] = [other for other in still_open if other.finding != row.finding]
    _tell(row, Kind.PICTURE_FINE, now)


def _measured(fact: CameraStatus, camera: Camera, states: dict[str, PictureState]) -> None:
    if fact.picture is None:
        return
    at, state = instant(fact.picture.at_us), states.get(fact.camera)
    if state is not None and at < state.checked_at:
        return
    states[fact.camera], _ = PictureState.objects.update_or_create(
        camera=camera,
        defaults={
            "recorder": fact.recorder,
            "checked_at": at,
            "known": fact.picture.known,
            "failing": fact.picture.failing[:80],
            "measures": _rounded(fact.picture.measures.model_dump(exclude_none=True)),
        },
    )


def _handed_over(fact: CameraStatus, still_open: list[PictureFinding], now: datetime) -> None:
    """Another recorder records the camera now and judges anew; the one before may never speak again."""
    if fact.state != "recording":
        return
    at = instant(fact.since_us)
    for row in [row for row in still_open if row.camera_id.hex == fact.camera]:
        if row.recorder != fact.recorder and at > row.start:
            row.end, row.ended = at, "handover"
            row.save(update_fields=["end", "ended"])
            still_open.remove(row)
            _tell(row, Kind.PICTURE_FINE, now)


def _tell(row: PictureFinding, kind: Kind, now: datetime) -> None:
    record(
        actor=Actor.machine(row.recorder),
        kind=kind,
        camera=row.camera,
        object_kind="picture",
        object_id=row.finding,
        detail={
            "picture_problem": row.problem,
            "from": row.start.isoformat(),
            "until": row.end.isoformat() if row.end else None,
            "ended": row.ended,
            "recorder": row.recorder,
        },
        at=now,
    )


def _rounded(measures: dict[str, object]) -> dict[str, object]:
    return {name: round(v, 3) if isinstance(v, float) else v for name, v in measures.items()}
