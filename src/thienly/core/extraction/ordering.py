"""The order to extract: laid down when every approval is had and all of it still holds; read as one value."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.access.refusal import NotAllowed
from thienly.core.accounts.models import Account
from thienly.core.cases import engine
from thienly.core.documents.models import StoredDocument
from thienly.core.documents.services import outside_reasons
from thienly.core.extraction.facts import cameras_of, first_post, wanted_of
from thienly.core.extraction.models import Extraction, Verdict
from thienly.core.extraction.reading import fetch_request, requests
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.registry.models import Camera
from thienly.core.service import service
from thienly.rules.access import Reason, ReasonCode
from thienly.rules.actions import Action
from thienly.rules.extraction import ASKERS, Gate, Sort, Urgency
from thienly.rules.extraction_needs import Need, Wanted
from thienly.rules.order import Agreed, Order, Paper, Person, Stretch

_STEWARD = Actor.machine("extraction")


@dataclass(frozen=True, slots=True)
class HeldUp:
    """Why nothing is ordered although it was approved. `what`: asker, secret, moved, document, open."""

    what: str
    detail: str = ""


def order_when_ready(request: Extraction, *, now: datetime) -> bool:
    """Lays the order down, in the caller's transaction, with the asker as performer; everything is looked at
    again. What no longer holds is written down instead; True when it is ordered."""
    problems = held_up(request, now)
    opener = request.case.opened_by
    assert opener is not None  # noqa: S101 - requests are opened by persons
    if problems:
        request.held_up = [[one.what, one.detail] for one in problems]
        request.save(update_fields=["held_up"])
        record(
            actor=_STEWARD,
            kind=Kind.EXTRACTION_HELD_UP,
            obj=request.case,
            camera=request.case.camera,
            detail={"reasons_held": [f"{one.what}: {one.detail}" for one in problems]},
            at=now,
        )
        return False
    engine.step_by_clock(actor=_STEWARD, case=request.case, action="order", now=now)
    _lay(request, opener, _STEWARD, now)
    return True


@service
def perform(*, actor: Actor, case_id: UUID | str, version: int) -> Extraction:
    """Has an approved request carried out that was held up or has failed, once nothing stands in the way.

    Who sent it may, and who extracts from every one of its cameras. Raises OutsideScope, NotAllowed,
    engine.Conflict, IllegalStep; ValidationError while something is in the way.
    """
    request, now = fetch_request(actor=actor, case_id=case_id), timezone.now()
    account = actor.account
    if account is None or request.case.opened_by_id != account.pk:
        for camera in cameras_of(request):
            gate.require(actor=actor, action=Action.EXTRACT, obj=camera)
    assert account is not None  # noqa: S101 - machines hold no right to extract
    if held_up(request, now):
        raise ValidationError(_("Something still stands in the way; it is named above."), "held_up")
    engine.step_by_rule(actor=actor, case=request.case, action="perform", version=version, now=now)
    request.held_up = []
    _lay(request, account, actor, now)
    return request


def held_up(request: Extraction, now: datetime) -> list[HeldUp]:
    """What stands in the way of ordering, as things are now."""
    found: list[HeldUp] = []
    cameras, opener = cameras_of(request), request.case.opened_by
    if opener is None or not _still_there(opener, cameras):
        found.append(HeldUp("asker"))
    wanted = wanted_of(request, now)
    if wanted.lacking:
        secret = any(reason.code == ReasonCode.SECRET for reason in wanted.lacking)
        cites = "; ".join(dict.fromkeys(reason.cite for reason in wanted.lacking if reason.cite))
        found.append(HeldUp("secret" if secret else "open", cites))
    found += _lost(request, wanted, "extract", now)
    return found


def release_of(request: Extraction, now: datetime) -> Literal["own", "waits", "allowed", "forbidden"]:
    """Whether the copy may go to its recipient. See `rules.order.Order`."""
    if not request.for_others:
        return "own"
    verdicts = request.verdicts.filter(void_at=None, gate="provide")
    if request.case.state == "revoked" or verdicts.filter(agreed=False).exists():
        return "forbidden"
    wanted = wanted_of(request, now)
    blocked = wanted.lacking or _lost(request, wanted, "provide", now)
    return "waits" if blocked or not wanted.of("provide") else "allowed"


@service
def require_release(*, actor: Actor, case_id: UUID | str) -> Order:
    """The order, when its copy may be handed over. Raises OutsideScope; NotAllowed with the articles by which
    it waits for the permission to provide, or was refused it."""
    request, now = fetch_request(actor=actor, case_id=case_id), timezone.now()
    if release_of(request, now) in ("own", "allowed") and request.ordered_at is not None:
        return order_of(request, now=now)
    needs = wanted_of(request, now).of("provide")
    raise NotAllowed(
        action=Action.PROVIDE,
        object_kind="case",
        object_id=request.case_id.hex,
        label=str(request.case),
        reasons=[Reason(ReasonCode.NOT_PERMITTED, need.cite, {"action": "provide"}) for need in needs]
        or [Reason(ReasonCode.NOT_PERMITTED, facts={"action": "provide"})],
    )


def order_of(request: Extraction, *, now: datetime) -> Order:
    """Everything that whoever carries the order out must know. Raises ValueError when nothing is ordered."""
    if request.ordered_at is None or request.performer is None:
        raise ValueError("nothing is ordered")
    case, governing = request.case, engine.governing(request.case)
    rules = governing[request.profile]
    purpose = next(one for one in rules.purposes if one.id == request.purpose)
    opener = case.opened_by
    assert opener is not None  # noqa: S101 - requests are opened by persons
    entered = Person(opener.id.hex, opener.full_name, request.post, "")
    outsider = request.unit is None
    wanted = wanted_of(request, now)
    agreed = [_agreed(one) for one in request.verdicts.filter(void_at=None, agreed=True)]
    return Order(
        case=case.id.hex,
        number=f"{case.number}/{case.year}",
        stretches=tuple(_stretch(camera, request) for camera in cameras_of(request)),
        sort=Sort(request.sort),
        urgency=Urgency(request.urgency),
        purpose=request.purpose,
        purpose_words=purpose.vi,
        purpose_cite=rules.cited(purpose),
        why=request.why,
        basis=request.basis,
        sound=request.sound,
        asked_by=Person("", request.applicant, "", "") if outsider else entered,
        entered_by=entered if outsider else None,
        performed_by=Person(
            request.performer.id.hex, request.performer.full_name, request.performer_post, ""
        ),
        recipient=request.recipient,
        agreed=tuple(agreed),
        application=_paper(request.application),
        standing=tuple(request.standing),
        articles=tuple(dict.fromkeys((*wanted.cites, *request.standing, *(one.cite for one in agreed)))),
        regulations=tuple(sorted((name, int(number)) for name, number in case.regulations.items())),
        sent_at=request.sent_at,
        ordered_at=request.ordered_at,
        justify_by=request.justify_by if request.justified_at is None else None,
        release=release_of(request, now),
    )


def orders_waiting() -> list[Extraction]:
    """What is ordered and not carried out, the oldest first."""
    return list(requests().filter(case__state="ordered").order_by("ordered_at", "pk"))


def note_extracted(request: Extraction, *, now: datetime) -> None:
    """The footage is extracted and can be looked at. Raises engine.Conflict, IllegalStep."""
    engine.step_by_clock(actor=_STEWARD, case=request.case, action="complete", now=now)


def note_failed(request: Extraction, *, why: str, now: datetime) -> None:
    """It could not be extracted; whoever may can order it again. Raises engine.Conflict, IllegalStep."""
    with transaction.atomic():
        request.held_up = [["failed", why[:300]]]
        request.save(update_fields=["held_up"])
        engine.step_by_clock(actor=_STEWARD, case=request.case, action="fail", now=now)


def _lay(request: Extraction, performer: Account, actor: Actor, now: datetime) -> None:
    request.performer, request.performer_post = performer, first_post(performer, now)[0]
    request.ordered_at = now
    request.save(update_fields=["performer", "performer_post", "ordered_at", "held_up"])
    order = order_of(request, now=now)
    record(
        actor=actor,
        kind=Kind.EXTRACTION_ORDERED,
        obj=request.case,
        camera=request.case.camera,
        purpose=request.purpose,
        # The four fields of QN Đ20.4: purpose, time, who performs, who asks.
        detail={
            "performer": f"{performer.full_name}, {request.performer_post}",
            "requester": order.asked_by.name,
            "from": request.start.isoformat(),
            "until": request.end.isoformat(),
            "codes": [one.code for one in order.stretches],
            "why": request.why,
            "cite": "; ".join(order.articles),
            "document": str(request.application or ""),
            "release": order.release,
        },
        at=now,
    )


def _lost(request: Extraction, wanted: Wanted, side: Gate, now: datetime) -> list[HeldUp]:
    """Needs without an agreement that still counts: the camera is another unit's now, the document on which
    it rests was revoked or has expired."""
    if side == "extract" and request.justify_by is not None:
        return []
    given = {one.need: one for one in request.verdicts.filter(void_at=None, agreed=True)}
    found: list[HeldUp] = []
    for need in wanted.of(side):
        verdict = given.get(need.key)
        if verdict is None:
            found.append(HeldUp("moved", f"{need.unit_name} ({need.cite})"))
        elif verdict.document is not None and (why := _unusable(request, need, verdict.document, now)):
            found.append(HeldUp("document", f"{verdict.document}: {why}"))
    return found


def _unusable(request: Extraction, need: Need, document: StoredDocument, now: datetime) -> str:
    return ", ".join(
        outside_reasons(
            document,
            cameras={camera.id for camera in need.cameras},
            start=request.start,
            end=request.end,
            purpose=request.purpose,
            recipient=request.recipient,
            today=timezone.localdate(now),
        )
    )


def _still_there(opener: Account, cameras: list[Camera]) -> bool:
    active = opener.suspended_at is None and opener.is_active
    return active and all(_still_asks(opener, camera) for camera in cameras)


def _still_asks(opener: Account, camera: Camera) -> bool:
    actor = Actor.person(opener)
    # Where somebody sits now decides, not from which network this process runs.
    decided = (gate.decide(actor=actor, action=action, obj=camera) for action in ASKERS)
    return any(one.allow or one.visible for one in decided)


def _stretch(camera: Camera, request: Extraction) -> Stretch:
    return Stretch(
        camera=camera.id.hex,
        code=camera.code,
        name=camera.name,
        site=camera.site.name,
        unit=camera.site.unit.name,
        start=request.start,
        end=request.end,
    )


def _agreed(verdict: Verdict) -> Agreed:
    return Agreed(
        gate="extract" if verdict.gate == "extract" else "provide",
        cite=verdict.cite,
        by=Person(verdict.by.id.hex, verdict.by.full_name, verdict.post, ""),
        at=verdict.at,
        form=verdict.form,
        paper=_paper(verdict.document),
    )


def _paper(document: StoredDocument | None) -> Paper | None:
    if document is None:
        return None
    return Paper(
        number=document.number,
        issued=document.issued,
        issuer=document.issuer,
        signatory=document.signatory,
        file=document.id.hex if document.media else "",
        sha256=document.sha256,
    )
