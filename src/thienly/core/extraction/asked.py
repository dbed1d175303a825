"""What is asked for, and what whoever asks is shown before he sends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.access.memory import seats_of
from thienly.core.cases import engine
from thienly.core.documents.models import StoredDocument
from thienly.core.extraction.facts import (
    asked_of,
    asker_of,
    wanted_for,
)
from thienly.core.extraction.models import AskedCamera, Extraction
from thienly.core.recording.looking import MAY_SEE_COVERAGE
from thienly.core.recording.queries import stretches_of
from thienly.core.registry.models import Camera
from thienly.core.regulation.shelf import profiles
from thienly.core.service import service
from thienly.core.text import normalise
from thienly.rules.actions import Action
from thienly.rules.coverage import Stretch, share
from thienly.rules.extraction import (
    EXTRACTION,
    INTAKE,
    LONGEST,
    MOST_CAMERAS,
    Sort,
    Urgency,
)
from thienly.rules.extraction_needs import Wanted, is_contractor, may_be_emergency
from thienly.rules.profile import Profile
from thienly.rules.profile_sections import Outside


@dataclass(frozen=True, slots=True)
class RequestFields:
    """What is asked for. `purpose`: regulation and purpose, `QN:traffic_safety`. `applicant`: who asks, where
    it is somebody outside. `recipient`: who is given the copy, empty where it stays in the asker's unit.
    `declared`: nothing of it is outside the regulation (State secrets, systems under special law)."""

    cameras: tuple[str, ...]
    start: datetime | None
    end: datetime | None
    purpose: str
    why: str
    basis: str
    sort: str = Sort.SERVICE.value
    urgency: str = Urgency.ORDINARY.value
    sound: bool = False
    applicant: str = ""
    contact: str = ""
    recipient: str = ""
    declared: bool = False
    application: StoredDocument | None = None


@dataclass(frozen=True, slots=True)
class Covered:
    """What is known of the recording of one camera; without `seen` the asker may not know it."""

    camera: Camera
    seen: bool
    share: float | None
    missing: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class Look:
    """What whoever asks is shown before he sends."""

    wanted: Wanted
    covered: tuple[Covered, ...]
    overlapping: tuple[Extraction, ...]
    purposes: tuple[tuple[str, str, str], ...]  # key, words, article
    outside: tuple[tuple[str, str], ...]  # what the regulations do not govern, article
    emergency: tuple[str, ...]  # articles by which it may go at once
    may_intake: bool


def cameras_to_ask(*, actor: Actor, ids: Sequence[str]) -> list[Camera]:
    """The cameras, when the actor has anything to do with every one. Raises OutsideScope, NotAllowed;
    ValidationError for none, or too many."""
    wanted = list(dict.fromkeys(ids))
    if not wanted or len(wanted) > MOST_CAMERAS:
        message = _("Choose at least one camera, and at most %(most)s.")
        error = ValidationError(message, "number", {"most": MOST_CAMERAS})
        raise ValidationError({"cameras": [error]})
    found = [_camera(actor, id_) for id_ in wanted]
    return sorted(found, key=lambda camera: camera.code)


def _camera(actor: Actor, id_: str) -> Camera:
    try:
        camera = Camera.objects.select_related("site__unit").filter(pk=UUID(id_)).first()
    except ValueError:
        camera = None
    if camera is None:
        return gate.fetch(actor=actor, action=Action.VIEW_LIVE, model=Camera, id=id_)
    engine.require_opening(actor=actor, kind=EXTRACTION.kind, camera=camera)
    return camera


@service
def look(
    *, actor: Actor, cameras: Sequence[Camera], start: datetime, end: datetime, outside: bool, others: bool
) -> Look:
    """What would be needed, what is recorded, who has asked already. `others`: somebody outside asks."""
    now = timezone.now()
    assert actor.account is not None  # noqa: S101 - pages let nobody else in
    governing = governing_today(cameras, now)
    asker = asker_of(None if others else actor.account, outside=outside or others)
    asked = asked_of(cameras, governing, now)
    return Look(
        wanted=wanted_for(cameras, asker, governing, now),
        covered=tuple(_covered(actor, camera, start, end, now) for camera in cameras),
        overlapping=tuple(_overlapping(actor, cameras, start, end)),
        purposes=tuple(purposes(cameras, governing)),
        outside=tuple((one.vi, rules.cited(one)) for rules, one in outside_of(governing)),
        emergency=may_be_emergency(asked, asker=asker, today=profiles(), now=timezone.localtime(now)),
        may_intake=may_intake(actor, cameras, now),
    )


def may_intake(actor: Actor, cameras: Sequence[Camera], now: datetime) -> bool:
    """Enters what somebody outside asks for; whoever runs the system for the province does not."""
    assert actor.account is not None  # noqa: S101 - pages let nobody else in
    if is_contractor(seats_of(actor.account), profiles(), timezone.localtime(now)):
        return False
    return all(
        any(gate.decide(actor=actor, action=action, obj=camera).allow for action in INTAKE)
        for camera in cameras
    )


def purposes(cameras: Sequence[Camera], governing: Mapping[str, Profile]) -> list[tuple[str, str, str]]:
    """The closed list (QN Đ4.3): purposes of the regulations that govern every one of the cameras."""
    sectors = [{camera.sector} for camera in cameras]
    return [
        (f"{rules.id}:{purpose.id}", purpose.vi, rules.cited(purpose))
        for rules in governing.values()
        if all(rules.governs(sector) for sector in sectors)
        for purpose in rules.purposes
    ]


def governing_today(cameras: Sequence[Camera], now: datetime) -> dict[str, Profile]:
    today = timezone.localdate(now)
    return {
        rules.id: rules
        for rules in profiles().values()
        if rules.in_force(today) and any(rules.governs([camera.sector]) for camera in cameras)
    }


def outside_of(governing: Mapping[str, Profile]) -> list[tuple[Profile, Outside]]:
    return [(rules, one) for rules in governing.values() for one in rules.outside]


def _covered(actor: Actor, camera: Camera, start: datetime, end: datetime, now: datetime) -> Covered:
    if not gate.allowed_actions(actor=actor, obj=camera).intersection(MAY_SEE_COVERAGE) or end <= start:
        return Covered(camera, False, None, ())
    stretches = stretches_of(camera, start, min(end, start + LONGEST), now)
    return Covered(
        camera,
        True,
        share(stretches),
        tuple(one for one in stretches if one.kind not in ("recorded", "recording")),
    )


def _overlapping(
    actor: Actor, cameras: Sequence[Camera], start: datetime, end: datetime
) -> QuerySet[Extraction]:
    """Requests for some of the same footage that the asker may know: his own, and those he may read."""
    from thienly.core.extraction.reading import visible_requests  # noqa: PLC0415 - a ring else

    same = AskedCamera.objects.filter(camera__in=cameras)
    return (
        visible_requests(actor=actor)
        .filter(pk__in=same.values("request"), start__lt=end, end__gt=start)
        .exclude(case__state__in=["refused", "withdrawn"])[:5]
    )


def tidy(fields: RequestFields) -> RequestFields:
    return RequestFields(
        cameras=fields.cameras,
        start=fields.start,
        end=fields.end,
        purpose=fields.purpose,
        why=normalise(fields.why)[:1000],
        basis=normalise(fields.basis)[:300],
        sort=fields.sort,
        urgency=fields.urgency,
        sound=fields.sound,
        applicant=normalise(fields.applicant)[:200],
        contact=normalise(fields.contact)[:200],
        recipient=normalise(fields.recipient)[:200],
        declared=fields.declared,
        application=fields.application,
    )
