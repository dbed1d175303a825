"""Who can see what: of each unit its persons and the cameras before them, now and when the quarter began."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.access.weighing import Everybody
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.regulation.shelf import profiles
from thienly.core.reviews.models import SeeingCount
from thienly.core.service import service
from thienly.core.units.models import Unit
from thienly.rules import access
from thienly.rules.actions import Action
from thienly.rules.review import quarter_of

_SEEING = (Action.VIEW_LIVE, Action.VIEW_PLAYBACK)
MAY_READ = (Action.INSPECT_META, Action.ADMIN_ACCOUNTS)


@dataclass(frozen=True, slots=True)
class Seen:
    """As `SeeingCount`; the changes are None where nothing was counted when the quarter began."""

    unit: Unit
    persons: int
    cameras: int
    pairs: int
    persons_change: int | None = None
    cameras_change: int | None = None


def seeing(*, actor: Actor, now: datetime) -> list[Seen]:
    """Of the units whose accounts the actor administers or inspects, the widest sight first."""
    units = {
        unit.id.hex: unit
        for action in MAY_READ
        for unit in gate.visible(actor=actor, action=action, model=Unit, now=now)
    }
    quarter = quarter_of(timezone.localdate(now))
    before = {row.unit_id.hex: row for row in SeeingCount.objects.filter(quarter=quarter)}
    found: list[Seen] = []
    for name, (persons, cameras, pairs) in _counted(now).items():
        if name not in units:
            continue
        old = before.get(name)
        counted = bool(before)
        found.append(
            Seen(
                units[name],
                persons,
                cameras,
                pairs,
                persons - (old.persons if old else 0) if counted else None,
                cameras - (old.cameras if old else 0) if counted else None,
            )
        )
    return sorted(found, key=lambda one: (-one.pairs, one.unit.folded))


@service
def export(*, actor: Actor, now: datetime) -> list[Seen]:
    """As `seeing`, and that it was taken out stands in history."""
    rows = seeing(actor=actor, now=now)
    record(
        actor=actor,
        kind=Kind.REVIEW_EXPORTED,
        object_kind="seeing",
        object_id=quarter_of(timezone.localdate(now)),
        object_label=quarter_of(timezone.localdate(now)),
        detail={"units": len(rows)},
        at=now,
    )
    return rows


def count_quarter(*, now: datetime) -> int:
    """Counts once when a quarter has begun; how many units. Called by the steward."""
    quarter = quarter_of(timezone.localdate(now))
    if SeeingCount.objects.filter(quarter=quarter).exists():
        return 0
    counted = _counted(now)
    if not counted:
        return 0  # nobody holds a role yet
    ids = {unit.hex: unit for unit in Unit.objects.values_list("pk", flat=True)}
    rows = [
        SeeingCount(quarter=quarter, unit_id=ids[name], persons=persons, cameras=cameras, pairs=pairs, at=now)
        for name, (persons, cameras, pairs) in counted.items()
    ]
    with transaction.atomic():
        SeeingCount.objects.bulk_create(rows, batch_size=500)
        record(
            actor=Actor.machine("steward"),
            kind=Kind.SEEING_COUNTED,
            object_kind="seeing",
            object_id=quarter,
            object_label=quarter,
            detail={"units": len(rows)},
            at=now,
        )
    return len(rows)


def _counted(now: datetime) -> dict[str, tuple[int, int, int]]:
    """By unit: persons who can see a camera, cameras that one of them can, and persons × cameras."""
    moment, rules = timezone.localtime(now), profiles()
    everybody = Everybody.load(now=moment)
    persons: dict[str, int] = {}
    cameras: dict[str, int] = {}
    pairs: dict[str, int] = {}
    for seats in everybody.seats.values():
        mask = 0
        for action in _SEEING:
            reach = access.reach(action=action, kind="camera", seats=seats, profiles=rules, now=moment)
            mask |= everybody.ground.members(reach)
        for unit in {seat.unit.id for seat in seats if access.idle_reason(seat, rules, moment) is None}:
            persons[unit] = persons.get(unit, 0) + (mask != 0)
            cameras[unit] = cameras.get(unit, 0) | mask
            pairs[unit] = pairs.get(unit, 0) + mask.bit_count()
    return {unit: (persons[unit], cameras[unit].bit_count(), pairs[unit]) for unit in persons}
