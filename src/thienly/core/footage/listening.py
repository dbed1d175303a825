"""Hearing a camera: a right of its own, asked for when somebody begins to listen, and a row of its own."""

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from django.utils import timezone

from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.registry.models import Camera
from thienly.core.service import service
from thienly.rules.actions import Action


@dataclass(frozen=True, slots=True)
class Listening:
    """A permission to hear that was given and recorded."""

    id: str
    camera: str  # hex
    purpose: str
    cite: str
    at: datetime


@service
def start_listening(
    *, actor: Actor, camera: str, stream: str, gateway: str, now: datetime | None = None
) -> Listening:
    """Asks the gate and records that the actor hears the camera from now on. `stream`: what he looks at.

    Raises OutsideScope, NotAllowed.
    """
    at = now or timezone.now()
    found = gate.fetch(actor=actor, action=Action.LISTEN, model=Camera, id=camera, now=now)
    decision = gate.require(actor=actor, action=Action.LISTEN, obj=found, now=now)
    granted = decision.grants[0] if decision.grants else None
    listening = Listening(uuid4().hex, found.id.hex, decision.purpose, granted.cite if granted else "", at)
    record(
        actor=actor,
        kind=Kind.LISTEN_OPENED,
        camera=found,
        purpose=decision.purpose,
        detail={
            "stream": listening.id,
            "of": stream,
            "gateway": gateway,
            "seat": granted.seat if granted else "",
            "cite": listening.cite,
        },
        at=at,
    )
    return listening


@service
def stop_listening(
    *, actor: Actor, listening: Listening, gateway: str, why: str, now: datetime | None = None
) -> None:
    """Records the end. Needs no right: ending is always allowed."""
    at = now or timezone.now()
    record(
        actor=actor,
        kind=Kind.LISTEN_CLOSED,
        camera=Camera.objects.get(pk=listening.camera),
        purpose=listening.purpose,
        detail={
            "stream": listening.id,
            "gateway": gateway,
            "seconds": round((at - listening.at).total_seconds(), 1),
            "why": why,
        },
        at=at,
    )
