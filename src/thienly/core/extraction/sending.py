"""Requests are sent, sent anew, withdrawn; what goes at once is ordered at once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from thienly.core.access.actor import Actor
from thienly.core.accounts.models import Account
from thienly.core.cases import engine
from thienly.core.documents.services import NewDocument, attached
from thienly.core.extraction import deadline, ordering
from thienly.core.extraction.asked import RequestFields, cameras_to_ask, tidy
from thienly.core.extraction.checking import check, check_application, require_possible
from thienly.core.extraction.drafts import fetch_draft, person_of
from thienly.core.extraction.facts import (
    asked_of,
    asker_of,
    deciders,
    first_post,
    wanted_for,
)
from thienly.core.extraction.models import AskedCamera, Extraction, RequestDraft
from thienly.core.extraction.reading import fetch_own
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.registry.models import Camera
from thienly.core.regulation.shelf import profiles
from thienly.core.service import service
from thienly.core.text import normalise
from thienly.rules.extraction import (
    EXTRACTION,
    FOR_OTHERS,
    JUSTIFY_WITHIN,
    Urgency,
)
from thienly.rules.extraction_needs import Asker, Wanted, may_be_emergency


@service
def send(
    *, actor: Actor, fields: RequestFields, draft_id: str = "", attach: NewDocument | None = None
) -> Extraction:
    """Sends a request; it is a case from now on, under the regulations of today.

    Where the regulation gives the right to the post itself, or in an emergency of command, the order is laid
    down at once. Raises OutsideScope, NotAllowed (a State secret; what the text leaves open; nobody may give
    it — each with its article); ValidationError by field. `attach`: the application, where it comes along.
    """
    with attached(actor, attach) as document:
        return _send(actor, replace(fields, application=document or fields.application), draft_id)


def _send(actor: Actor, fields: RequestFields, draft_id: str) -> Extraction:
    account, now = person_of(actor), timezone.now()
    cameras = cameras_to_ask(actor=actor, ids=fields.cameras)
    fields = tidy(fields)
    # Who reads the history of the first camera need not know of the others.
    further = f" +{len(cameras) - 1}" if len(cameras) > 1 else ""
    title = f"{cameras[0].code}{further}: {fields.why}"
    case = engine.open_case(
        actor=actor, kind=EXTRACTION.kind, camera=cameras[0], title=title, note=fields.basis
    )
    governing = engine.governing(case)
    others = fields.sort in FOR_OTHERS
    asker = asker_of(None if others else account, outside=others or bool(fields.recipient))
    check(actor, fields, cameras, governing=governing, asker=asker, now=now)
    wanted = require_possible(cameras, wanted_for(cameras, asker, governing, now))
    check_application(fields, wanted, cameras)
    request = Extraction(case=case)
    _fill(request, fields, account, now)
    request.save(force_insert=True)
    _ask_for(request, cameras)
    if draft_id:
        RequestDraft.objects.filter(pk=fetch_draft(actor=actor, id=draft_id).pk).delete()
    _tell_sent(actor, request, cameras, wanted, now)
    _go_on(actor, request, cameras, asker=asker, wanted=wanted, now=now)
    return request


@service
def resend(
    *,
    actor: Actor,
    case_id: UUID | str,
    fields: RequestFields,
    version: int,
    attach: NewDocument | None = None,
) -> Extraction:
    """Sends a request anew that was given back; what was agreed before counts no more.

    The regulations stay those under which it opened. Raises as `send`; engine.Conflict, IllegalStep.
    """
    with attached(actor, attach) as document:
        return _resend(actor, case_id, replace(fields, application=document or fields.application), version)


def _resend(actor: Actor, case_id: UUID | str, fields: RequestFields, version: int) -> Extraction:
    account, now = person_of(actor), timezone.now()
    request = fetch_own(actor=actor, case_id=case_id)
    cameras = cameras_to_ask(actor=actor, ids=fields.cameras)
    fields = tidy(fields)
    governing = engine.governing(request.case)
    others = fields.sort in FOR_OTHERS
    asker = asker_of(None if others else account, outside=others or bool(fields.recipient))
    check(actor, fields, cameras, governing=governing, asker=asker, now=now, but=request)
    wanted = require_possible(cameras, wanted_for(cameras, asker, governing, now))
    check_application(fields, wanted, cameras)
    engine.step_by_rule(actor=actor, case=request.case, action="resend", version=version, now=now)
    request.verdicts.filter(void_at=None).update(void_at=now)
    _fill(request, fields, account, now)
    request.save()
    request.cameras.all().delete()
    _ask_for(request, cameras)
    _tell_sent(actor, request, cameras, wanted, now)
    _go_on(actor, request, cameras, asker=asker, wanted=wanted, now=now)
    return request


@service
def withdraw(*, actor: Actor, case_id: UUID | str, version: int, note: str) -> Extraction:
    """Takes one's own request back, as long as nothing was ordered.

    Raises OutsideScope, NotAllowed, engine.Conflict, IllegalStep.
    """
    request = fetch_own(actor=actor, case_id=case_id)
    now = timezone.now()
    engine.step_by_rule(
        actor=actor, case=request.case, action="withdraw", version=version, note=note, now=now
    )
    return request


@service
def justify(*, actor: Actor, case_id: UUID | str, reason: str) -> Extraction:
    """Says afterwards why an emergency was one. Raises OutsideScope; ValidationError."""
    request = fetch_own(actor=actor, case_id=case_id)
    reason, now = normalise(reason)[:1000], timezone.now()
    if request.justify_by is None or request.justified_at is not None:
        raise ValidationError(_("There is nothing to justify here."), "answered")
    if not reason:
        raise ValidationError({"reason": [ValidationError(_("Say why."), "required")]})
    request.justification, request.justified_at = reason, now
    request.save(update_fields=["justification", "justified_at"])
    record(
        actor=actor,
        kind=Kind.EXTRACTION_JUSTIFIED,
        obj=request.case,
        camera=request.case.camera,
        purpose=request.purpose,
        detail={"reason": reason, "late": now > request.justify_by},
        at=now,
    )
    return request


def _go_on(
    actor: Actor,
    request: Extraction,
    cameras: Sequence[Camera],
    *,
    asker: Asker,
    wanted: Wanted,
    now: datetime,
) -> None:
    """Where nobody has to agree first, it is approved by the text itself and ordered at once."""
    case, needs = request.case, wanted.of("extract")
    if not needs:
        request.standing = list(wanted.standing)
        request.told = _second_person(request, cameras, now)
        request.save(update_fields=["standing", "told"])
        note = "; ".join(wanted.standing)
        engine.step_by_rule(actor=actor, case=case, action="stand", version=case.version, note=note, now=now)
    elif request.urgency == Urgency.EMERGENCY and all(need.satisfied_by("in_app") for need in needs):
        cites = may_be_emergency(
            asked_of(cameras, engine.governing(case), now),
            asker=asker,
            today=profiles(),
            now=timezone.localtime(now),
        )
        request.justify_by, request.standing = now + JUSTIFY_WITHIN, list(cites)
        request.told = _second_person(request, cameras, now)
        request.save(update_fields=["justify_by", "standing", "told"])
        engine.step_by_rule(
            actor=actor, case=case, action="hurry", version=case.version, note="; ".join(cites), now=now
        )
    else:
        return
    ordering.order_when_ready(request, now=now)


def _second_person(request: Extraction, cameras: Sequence[Camera], now: datetime) -> Account | None:
    """Whoever would decide if anybody else asked; of several the first in the same unit, else the first."""
    governing = engine.governing(request.case)
    others = wanted_for(cameras, Asker(), governing, now).of("extract")
    seats = [seat for need in others for seat in deciders(need, now, without=request.case.opened_by)]
    near = [seat for seat in seats if seat.unit_id == request.unit_id]
    return (near or seats)[0].account if seats else None


def _fill(request: Extraction, fields: RequestFields, account: Account, now: datetime) -> None:
    assert fields.start and fields.end  # noqa: S101 - checked before
    others = fields.sort in FOR_OTHERS
    post, unit = first_post(account, now)
    request.profile, _colon, request.purpose = fields.purpose.partition(":")
    request.sort, request.urgency = fields.sort, fields.urgency
    request.why, request.basis, request.sound = fields.why, fields.basis, fields.sound
    request.start, request.end = fields.start, fields.end
    request.unit, request.post = None if others else unit, post
    request.applicant, request.contact = fields.applicant if others else "", fields.contact
    request.recipient = fields.recipient or (fields.applicant if others else "")
    request.application = fields.application
    request.sent_at = now
    due = deadline.answer_by(request.sort, request.case, now=now)
    request.due_at, request.due_cite, request.due_provisional = due.at, due.cite, due.provisional


def _ask_for(request: Extraction, cameras: Sequence[Camera]) -> None:
    AskedCamera.objects.bulk_create(
        AskedCamera(request=request, camera=camera, unit=camera.site.unit) for camera in cameras
    )


def _tell_sent(
    actor: Actor, request: Extraction, cameras: Sequence[Camera], wanted: Wanted, now: datetime
) -> None:
    record(
        actor=actor,
        kind=Kind.EXTRACTION_SENT,
        obj=request.case,
        camera=cameras[0],
        purpose=request.purpose,
        detail={
            "cameras": [camera.id.hex for camera in cameras],
            "codes": [camera.code for camera in cameras],
            "from": request.start.isoformat(),
            "until": request.end.isoformat(),
            "why": request.why,
            "basis": request.basis,
            "sort": request.sort,
            "urgency": request.urgency,
            "applicant": request.applicant,
            "recipient": request.recipient,
            "post": request.post,
            "document": str(request.application or ""),
            "cite": "; ".join(wanted.cites),
        },
        at=now,
    )
