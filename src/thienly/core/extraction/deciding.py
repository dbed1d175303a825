"""Deciding on a request: received, agreed to, permitted, refused, given back, revoked.

Each time it is asked anew, by the regulations under which the case opened and the seats of now: who may,
on what, whether the document carries it. Two at once: the version that the decider looked at decides.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.access.models import Seat
from thienly.core.access.refusal import NotAllowed
from thienly.core.accounts.models import Account
from thienly.core.cases import engine
from thienly.core.cases.models import Case
from thienly.core.documents.models import StoredDocument
from thienly.core.documents.services import NewDocument, attached, usable
from thienly.core.extraction import ordering
from thienly.core.extraction.facts import (
    approver_words,
    cameras_of,
    first_post,
    issues,
    post_words,
    seat_for,
    wanted_of,
)
from thienly.core.extraction.models import Extraction, Verdict
from thienly.core.extraction.reading import fetch_request
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.service import service
from thienly.core.text import fold, normalise
from thienly.rules.access import Reason, ReasonCode
from thienly.rules.actions import Action
from thienly.rules.cases import IllegalStep
from thienly.rules.extraction import ANSWERABLE, INTAKE, UNDER_WAY, Gate, Sort
from thienly.rules.extraction_needs import Need
from thienly.rules.profile_sections import Form


@dataclass(frozen=True, slots=True)
class Decision:
    """`needs`: keys of what is decided on. `document`: the written decision, where there is one; `attach`:
    one that comes along."""

    needs: Collection[str]
    agreed: bool
    note: str = ""
    document: StoredDocument | None = None
    attach: NewDocument | None = None


@dataclass(frozen=True, slots=True)
class _Given:
    need: Need
    seat: Seat | None
    form: Form


@service
def decide(*, actor: Actor, case_id: UUID | str, decision: Decision, version: int) -> Extraction:
    """Gives or refuses what a request needs; with the last agreement the order is laid down.

    Raises OutsideScope; NotAllowed (not his to decide; his own request — with the article); ValidationError
    (a document is wanted, is another body's, or does not cover it; no reason given; the camera is another
    unit's meanwhile); engine.Conflict when somebody was faster; IllegalStep when it is over.
    """
    with attached(actor, decision.attach) as document:
        made = replace(decision, document=document or decision.document)
        return _decide(actor, case_id, made, version)


def _decide(actor: Actor, case_id: UUID | str, decision: Decision, version: int) -> Extraction:
    request, now = fetch_request(actor=actor, case_id=case_id), timezone.now()
    account = _person(actor, request.case)
    if request.case.version != version:
        raise engine.Conflict(request.case)
    wanted = wanted_of(request, now)
    known = {need.key: need for need in wanted.needs}
    keys = list(dict.fromkeys(decision.needs))
    if not keys or not set(keys) <= set(known):
        message = _("What has to be decided is another now: the camera or its unit has changed. Look again.")
        raise ValidationError(message, "changed")
    if wanted.lacking and decision.agreed:
        raise _refused(request, list(wanted.lacking))
    needs = [known[key] for key in keys]
    _require_open(request, needs)
    given = [_give(actor, request, need, decision=decision, now=now) for need in needs]
    _require_reason(request, decision)
    _write(account, request, given, decision, now)
    _step(actor, request, needs, decision, now)
    return request


@service
def receive(*, actor: Actor, case_id: UUID | str, version: int) -> Extraction:
    """The approver acknowledges that he has the request. Raises as `decide`."""
    request, now = fetch_request(actor=actor, case_id=case_id), timezone.now()
    _require_decider(actor, request, now)
    engine.step_by_rule(actor=actor, case=request.case, action="receive", version=version, now=now)
    return request


@service
def give_back(*, actor: Actor, case_id: UUID | str, version: int, note: str) -> Extraction:
    """Asks back: the request returns to whoever sent it, to be completed. Raises as `decide`."""
    request, now = fetch_request(actor=actor, case_id=case_id), timezone.now()
    _require_decider(actor, request, now)
    engine.step_by_rule(actor=actor, case=request.case, action="return", version=version, note=note, now=now)
    return request


@service
def revoke(*, actor: Actor, case_id: UUID | str, version: int, note: str) -> Extraction:
    """Takes an approval back: nothing is carried out or handed over any more. What has been handed over is
    with its recipient. By who could have decided. Raises as `decide`."""
    request, now = fetch_request(actor=actor, case_id=case_id), timezone.now()
    account = _person(actor, request.case)
    needs = wanted_of(request, now).needs
    if not any(seat_for(need, account, now) for need in needs):
        raise _refused(request, [_not_his(need) for need in needs])
    engine.step_by_rule(actor=actor, case=request.case, action="revoke", version=version, note=note, now=now)
    return request


def _give(actor: Actor, request: Extraction, need: Need, *, decision: Decision, now: datetime) -> _Given:
    """By which seat and in which form. Raises NotAllowed, ValidationError (document)."""
    document, account = decision.document, _person(actor, request.case)
    seat = seat_for(need, account, now)
    form: Form = "written" if document is not None else "in_app"
    if document is not None:
        usable(
            document,
            cameras={camera.id for camera in need.cameras},
            start=request.start,
            end=request.end,
            purpose=request.purpose,
            recipient=fold(request.recipient) if need.gate == "provide" else "",
            field="document",
        )
    # Whoever keeps the records may enter the document by which the competent body has decided.
    if seat is None and (document is None or not keeps_records(actor, request)):
        raise _refused(request, [_not_his(need)])
    if document is not None and (seat is None or not need.satisfied_by("in_app")):
        _require_issuer(need, document)
    if decision.agreed and not need.satisfied_by(form):
        message = _("%(cite)s wants this in writing: attach the document with number, date and signatory.")
        raise ValidationError({"document": [ValidationError(message, "required", {"cite": need.cite})]})
    return _Given(need, seat, form)


def _require_issuer(need: Need, document: StoredDocument) -> None:
    """Raises ValidationError (document) when another body issued it than the one that decides."""
    if not issues(need, document.words):
        message = _("“%(issuer)s” cannot decide this; the document must come from: %(approver)s. %(cite)s")
        facts = {"issuer": document.issuer, "approver": approver_words(need), "cite": need.cite}
        raise ValidationError({"document": [ValidationError(message, "issuer", facts)]})


def _require_open(request: Extraction, needs: Sequence[Need]) -> None:
    """Raises IllegalStep when there is nothing to decide any more."""
    state = request.case.state
    answerable = ANSWERABLE if any(need.gate == "extract" for need in needs) else UNDER_WAY
    if state not in answerable:
        raise IllegalStep(state=state, action="decide", possible=())


def _require_reason(request: Extraction, decision: Decision) -> None:
    if decision.agreed:
        return
    if not normalise(decision.note):
        raise ValidationError({"note": [ValidationError(_("Say why it is refused."), "required")]})
    if request.sort == Sort.PROCEDURAL and decision.document is None:
        message = _(
            "A request under procedural law is not refused by a click: attach the written answer to the body."
        )
        raise ValidationError({"document": [ValidationError(message, "procedural")]})


def _write(
    account: Account, request: Extraction, given: Sequence[_Given], decision: Decision, now: datetime
) -> None:
    own_post = first_post(account, now)[0]
    for one in given:
        try:
            with transaction.atomic():
                Verdict.objects.create(
                    request=request,
                    need=one.need.key,
                    gate=one.need.gate,
                    cite=one.need.cite,
                    agreed=decision.agreed,
                    form=one.form,
                    by=account,
                    seat=one.seat,
                    post=post_words(one.seat) if one.seat is not None else own_post,
                    document=decision.document,
                    note=normalise(decision.note)[:1000],
                    at=now,
                )
        except IntegrityError:
            # Decided already, by somebody else or by the same request sent twice.
            raise engine.Conflict(Case.objects.get(pk=request.case_id)) from None


def _step(
    actor: Actor, request: Extraction, needs: Sequence[Need], decision: Decision, now: datetime
) -> None:
    case = request.case
    gates: set[Gate] = {need.gate for need in needs}
    _tell(actor, request, needs, decision, now)
    if "extract" in gates:
        action = _extract_action(request, decision, now)
        engine.step_by_rule(
            actor=actor, case=case, action=action, version=case.version, note=decision.note, now=now
        )
    if "provide" in gates and case.state != "refused":
        verb = "permit" if decision.agreed else "forbid"
        engine.step_by_rule(
            actor=actor, case=case, action=verb, version=case.version, note=decision.note, now=now
        )
    if "extract" in gates and case.state == "approved":
        ordering.order_when_ready(request, now=now)


def _extract_action(request: Extraction, decision: Decision, now: datetime) -> str:
    if not decision.agreed:
        return "refuse"
    given = set(request.verdicts.filter(void_at=None, agreed=True).values_list("need", flat=True))
    missing = [need for need in wanted_of(request, now).of("extract") if need.key not in given]
    return "agree" if missing else "approve"


def _require_decider(actor: Actor, request: Extraction, now: datetime) -> None:
    """Raises NotAllowed."""
    account = _person(actor, request.case)
    needs = wanted_of(request, now).needs
    if not any(seat_for(need, account, now) is not None for need in needs):
        raise _refused(request, [_not_his(need) for need in needs])


def keeps_records(actor: Actor, request: Extraction) -> bool:
    """Whether the actor may enter a document by which the competent body has decided."""
    return all(
        any(gate.decide(actor=actor, action=action, obj=camera).allow for action in INTAKE)
        for camera in cameras_of(request)
    )


def _not_his(need: Need) -> Reason:
    facts = {"approver": approver_words(need), "unit": need.unit_name}
    return Reason(ReasonCode.NOT_APPROVER, need.cite, facts)


def _refused(request: Extraction, reasons: list[Reason]) -> NotAllowed:
    return NotAllowed(
        action=Action.APPROVE,
        object_kind="case",
        object_id=request.case_id.hex,
        label=str(request.case),
        reasons=reasons,
    )


def _person(actor: Actor, case: Case) -> Account:
    """Raises NotAllowed: no machine decides, and nobody on his own request."""
    if actor.account is None or actor.limits is not None:
        raise NotAllowed(
            action=Action.APPROVE,
            object_kind="case",
            object_id=case.id.hex,
            label=str(case),
            reasons=[Reason(ReasonCode.NO_SEAT)],
        )
    if case.opened_by_id == actor.account.pk:
        raise NotAllowed(
            action=Action.APPROVE,
            object_kind="case",
            object_id=case.id.hex,
            label=str(case),
            reasons=[Reason(ReasonCode.OWN_CASE)],
        )
    return actor.account


def _tell(
    actor: Actor, request: Extraction, needs: Sequence[Need], decision: Decision, now: datetime
) -> None:
    document = decision.document
    record(
        actor=actor,
        kind=Kind.EXTRACTION_DECIDED,
        obj=request.case,
        camera=request.case.camera,
        purpose=request.purpose,
        detail={
            "agreed": decision.agreed,
            "gates": sorted({need.gate for need in needs}),
            "cite": "; ".join(dict.fromkeys(need.cite for need in needs)),
            "note": normalise(decision.note)[:1000],
            "document": str(document or ""),
            "sha256": document.sha256 if document is not None else "",
        },
        at=now,
    )
