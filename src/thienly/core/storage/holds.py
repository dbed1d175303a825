"""Holds: placed and released by who may extract, ended by the clock; each a case with its row in history."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from thienly.bus.messages import HoldWish
from thienly.core import hints
from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.cases import engine
from thienly.core.cases.models import Case
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.recording.moments import microseconds
from thienly.core.registry.models import Camera
from thienly.core.service import service
from thienly.core.storage.models import Hold
from thienly.core.text import normalise
from thienly.rules.hold import HOLD, HOLDERS, NOTICE

MAY_READ = HOLD.seen_by
"""Any of these over the camera."""
LONGEST = timedelta(days=366)
_AT_ONCE = 500
_STEWARD = Actor.machine("steward")


@dataclass(frozen=True, slots=True)
class HoldFields:
    """What a hold is about. `start`, `end`: of the footage; `until`: when the hold itself ends."""

    start: datetime | None
    end: datetime | None
    purpose: str
    basis: str
    until: datetime | None


@service
def place_hold(*, actor: Actor, camera: Camera, fields: HoldFields) -> Hold:
    """Raises OutsideScope, NotAllowed; ValidationError by field."""
    now = timezone.now()
    purpose, basis = normalise(fields.purpose)[:500], normalise(fields.basis)[:300]
    case = engine.open_case(actor=actor, kind=HOLD.kind, camera=camera, title=purpose or "-", note=basis)
    if errors := _wrong(fields, purpose, basis, now):
        raise ValidationError(errors)
    assert fields.start and fields.end and fields.until  # noqa: S101 - checked just now
    hold = Hold.objects.create(
        case=case,
        camera=camera,
        start=fields.start,
        end=fields.end,
        purpose=purpose,
        basis=basis,
        until=fields.until,
    )
    record(
        actor=actor,
        kind=Kind.HOLD_PLACED,
        obj=case,
        camera=camera,
        purpose=purpose,
        detail={
            "from": hold.start.isoformat(),
            "until": hold.end.isoformat(),
            "document": basis,
            "held_until": hold.until.isoformat(),
        },
        at=now,
    )
    hints.desired_changed()
    return hold


@service
def camera_to_hold(*, actor: Actor, camera_id: UUID | str) -> Camera:
    """The camera, when the actor may hold its footage. Raises OutsideScope, NotAllowed."""
    (action,) = HOLDERS
    return gate.fetch(actor=actor, action=action, model=Camera, id=camera_id)


@service
def release_hold(*, actor: Actor, case_id: UUID | str, version: int, note: str) -> Case:
    """The footage may go again when its time has come.

    Raises OutsideScope, NotAllowed, engine.Conflict, rules.cases.IllegalStep, ValidationError (note).
    """
    case = engine.step(actor=actor, case_id=case_id, action="release", version=version, note=note)
    hints.desired_changed()
    return case


def visible_holds(*, actor: Actor) -> QuerySet[Hold]:
    """The holds that the actor may know of; `held` ones first, the next to end first."""
    known = Q()
    for action in MAY_READ:
        known |= Q(camera__in=gate.visible(actor=actor, action=action).values("pk"))
    return (
        Hold.objects.filter(known)
        .select_related("case__opened_by", "camera__site")
        .order_by("case__state", "until")
    )


def ending_holds(*, actor: Actor, now: datetime) -> QuerySet[Hold]:
    """Those in force that end within `NOTICE`: the actor's own, and those that he may release. The next to
    end first."""
    mine = Q(case__opened_by=actor.account)
    for action in HOLDERS:
        mine |= Q(camera__in=gate.visible(actor=actor, action=action).values("pk"))
    soon = visible_holds(actor=actor).filter(mine, case__state=HOLD.initial)
    return soon.filter(until__gt=now, until__lte=now + NOTICE)


def close_ended(*, now: datetime) -> int:
    """Closes the holds whose time has come, each in history; how many. Called by the steward."""
    due = Hold.objects.filter(case__state=HOLD.initial, until__lte=now).select_related("case__camera")
    closed = 0
    for hold in due.order_by("until")[:_AT_ONCE]:
        try:
            engine.step_by_clock(actor=_STEWARD, case=hold.case, action="expire", now=now)
        except engine.Conflict:
            continue  # somebody has released it just now
        closed += 1
    if closed:
        hints.desired_changed()
    return closed


def tell_ending(*, now: datetime) -> int:
    """Writes into history, once for each hold, that it will end; how many. Called by the steward."""
    soon = Hold.objects.filter(
        case__state=HOLD.initial, notice_at=None, until__gt=now, until__lte=now + NOTICE
    )
    told = 0
    for hold in soon.select_related("case__camera", "case__opened_by", "camera")[:_AT_ONCE]:
        with transaction.atomic():
            if not Hold.objects.filter(pk=hold.pk, notice_at=None).update(notice_at=now):
                continue
            record(
                actor=_STEWARD,
                kind=Kind.HOLD_ENDING,
                obj=hold.case,
                camera=hold.camera,
                detail={"held_until": hold.until.isoformat(), "person": str(hold.case.opened_by)},
                at=now,
            )
            told += 1
    return told


def in_force(hold: Hold, now: datetime) -> bool:
    return hold.case.state == HOLD.initial and now < hold.until


def hold_wishes(now: datetime) -> dict[str, HoldWish]:
    """What recorders must know, by the case's id in hex: also which holds are over, because silence releases
    nothing."""

    def each() -> Iterator[HoldWish]:
        for hold in Hold.objects.select_related("case").iterator(chunk_size=1000):
            yield HoldWish(
                hold=hold.case_id.hex,
                camera=hold.camera_id.hex,
                from_us=microseconds(hold.start),
                until_us=microseconds(hold.end),
                released=not in_force(hold, now),
            )

    return {wish.hold: wish for wish in each()}


def _wrong(fields: HoldFields, purpose: str, basis: str, now: datetime) -> dict[str, list[ValidationError]]:
    errors: dict[str, list[ValidationError]] = {}
    if not purpose:
        errors["purpose"] = [ValidationError(_("Say what the footage is kept for."), "required")]
    if not basis:
        message = _("Name the legal basis, or the number of the document that asks for it.")
        errors["basis"] = [ValidationError(message, "required")]
    if fields.start is None:
        errors["start"] = [ValidationError(_("Give a date and a time."), "invalid")]
    if fields.end is None:
        errors["end"] = [ValidationError(_("Give a date and a time."), "invalid")]
    elif fields.start is not None and fields.end <= fields.start:
        errors["end"] = [ValidationError(_("The end comes after the beginning."), "invalid")]
    elif fields.start is not None and fields.end - fields.start > LONGEST:
        errors["end"] = [ValidationError(_("At most a year in one hold."), "invalid")]
    if fields.until is None:
        errors["until"] = [ValidationError(_("Give a date and a time."), "invalid")]
    elif fields.until <= now:
        errors["until"] = [ValidationError(_("The hold ends in the future."), "invalid")]
    return errors
