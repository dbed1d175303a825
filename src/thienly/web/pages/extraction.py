"""Requests for footage: mine, those that wait for me, and one of them with what can be decided on it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.cases import engine
from thienly.core.documents.services import own_document
from thienly.core.extraction import deciding, ordering, reading, sending
from thienly.core.extraction.drafts import drafts_of
from thienly.core.extraction.facts import approver_words, deciders, wanted_of
from thienly.core.extraction.models import Extraction, Verdict
from thienly.core.recording.moments import microseconds
from thienly.core.registry.models import Camera
from thienly.core.regulation import in_force
from thienly.rules.actions import Action
from thienly.rules.cases import IllegalStep
from thienly.rules.extraction_needs import Need
from thienly.web.confirm import is_confirmed, note_confirmed
from thienly.web.door import actor_of
from thienly.web.pages.extraction_ask import attached_file
from thienly.web.pages.extraction_package import package_card
from thienly.web.pages.lock import proved
from thienly.web.words.extraction import (
    form_words,
    gate_words,
    held_up_words,
    release_words,
    request_state_words,
    request_step_words,
    request_tone,
    sort_words,
    urgency_words,
)

MOST = 100
MOST_PICTURES = 4
REVOCABLE = ("approved", "ordered", "extracted", "failed")


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """GET `all`: with those of mine that are over."""
    actor, now = actor_of(request), timezone.now()
    own = reading.own_requests(actor=actor)
    everything = "all" in request.GET
    shown = own if everything else own.filter(case__closed_at=None)
    context = {
        "waiting": [(one, _brief(needs), _late(one, now)) for one, needs in _waiting(actor, now)],
        "told": reading.told_of(actor=actor)[:MOST],
        "mine": [_line(one, now) for one in shown[:MOST]],
        "drafts": [(draft, _draft_camera(draft.fields)) for draft in drafts_of(actor)],
        "everything": everything,
        "open": own.filter(case__closed_at=None).count(),
        "total": own.count(),
        "keeps": _keeps(actor),
    }
    return render(request, "extraction/list.html", context)


@require_safe
def show(request: HttpRequest, extraction: UUID) -> HttpResponse:
    found = reading.fetch_request(actor=actor_of(request), case_id=extraction)
    return render(request, "extraction/one.html", _context(request, found))


@require_POST
def decide(request: HttpRequest, extraction: UUID) -> HttpResponse:
    """POST `version`, `verdict` (agree, refuse, return), `needs` (keys), `note`, `proof` (password or code
    where the last proof is older than five minutes: that signs it), and a document: `document` that is
    stored already, or the fields of `attached_file`."""
    actor, given = actor_of(request), request.POST
    version = int(given.get("version", "")) if given.get("version", "").isdecimal() else 0
    stored = given.get("document", "")
    errors = _unproved(request, extraction)
    try:
        if errors:
            raise ValidationError(errors)
        if given.get("verdict") == "return":
            deciding.give_back(actor=actor, case_id=extraction, version=version, note=given.get("note", ""))
        else:
            deciding.decide(
                actor=actor,
                case_id=extraction,
                decision=deciding.Decision(
                    needs=given.getlist("needs"),
                    agreed=given.get("verdict") == "agree",
                    note=given.get("note", ""),
                    document=own_document(actor=actor, id=stored) if stored else None,
                    attach=attached_file(request),
                ),
                version=version,
            )
    except (engine.Conflict, IllegalStep):
        messages.error(request, _("Somebody was faster. This is how it stands now; please look again."))
        return redirect("extraction", extraction=extraction)
    except ValidationError as error:
        errors = error.message_dict if hasattr(error, "error_dict") else {"__all__": error.messages}
    if errors:
        found = reading.fetch_request(actor=actor, case_id=extraction)
        context = _context(request, found) | {"errors": errors, "given": given}
        return render(request, "extraction/one.html", context, status=400)
    messages.success(request, _("Your decision stands."))
    return redirect("extraction", extraction=extraction)


def _unproved(request: HttpRequest, extraction: UUID) -> dict[str, list[str]]:
    """What is wrong with the proof of who decides; {} when it is good, and for who may not decide anyway."""
    actor = actor_of(request)
    found = reading.fetch_request(actor=actor, case_id=extraction)
    attached = bool(request.POST.get("document") or request.POST.get("number"))
    decides = attached or reading.could_decide(actor, found, timezone.now())
    if actor.account is None or not decides or is_confirmed(request):
        return {}
    if method := proved(request, actor.account, request.POST.get("proof", "")):
        note_confirmed(request, method=method)
        return {}
    return {"proof": [_("Say once more who you are: the password, or the code of the authenticator app.")]}


@require_POST
def act(request: HttpRequest, extraction: UUID) -> HttpResponse:
    """POST `act` (receive, withdraw, revoke, perform, justify, seen), `version`, `note`."""
    actor, given = actor_of(request), request.POST
    version = int(given.get("version", "")) if given.get("version", "").isdecimal() else 0
    note = given.get("note", "")
    try:
        match given.get("act", ""):
            case "receive":
                deciding.receive(actor=actor, case_id=extraction, version=version)
            case "withdraw":
                sending.withdraw(actor=actor, case_id=extraction, version=version, note=note)
            case "revoke":
                deciding.revoke(actor=actor, case_id=extraction, version=version, note=note)
            case "perform":
                ordering.perform(actor=actor, case_id=extraction, version=version)
            case "justify":
                sending.justify(actor=actor, case_id=extraction, reason=note)
            case "seen":
                reading.see_told(actor=actor, case_id=extraction)
            case _:
                reading.fetch_request(actor=actor, case_id=extraction)
                messages.error(request, _("This step is not possible any more."))
    except engine.Conflict:
        messages.error(request, _("Somebody was faster. This is how it stands now; please look again."))
    except IllegalStep:
        messages.error(request, _("This step is not possible any more."))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("extraction", extraction=extraction)


@dataclass(frozen=True, slots=True)
class Shown:
    """A need and what was said to it. `open`: nobody has decided on it and somebody still can; `mine`:
    whoever looks can; `people`: who else could."""

    need: Need
    gate: str
    who: str
    form: str
    written: bool
    verdict: Verdict | None
    open: bool
    mine: bool
    people: list[str]


@dataclass(frozen=True, slots=True)
class Picture:
    camera: Camera
    at: datetime
    at_us: int


def _context(request: HttpRequest, found: Extraction) -> dict[str, object]:
    actor, now = actor_of(request), timezone.now()
    state, rows = found.case.state, [row.camera for row in found.cameras.select_related("camera__site__unit")]
    needs = _needs(actor, found, now)
    mine = [one for one in needs if one.mine]
    own = actor.account is not None and found.case.opened_by_id == actor.account.pk
    purpose, cite = _purpose(found)
    release = ordering.release_of(found, now) if found.ordered_at else ""
    return package_card(actor, found, release=release) | {
        "one": found,
        "case": found.case,
        "state": request_state_words(state),
        "tone": request_tone(state),
        "own": own,
        "cameras": rows,
        "known": _known(actor, rows),
        "pictures": _pictures(actor, found, rows),
        "purpose": purpose,
        "purpose_cite": cite,
        "sort": sort_words(found.sort),
        "urgency": urgency_words(found.urgency),
        "needs": needs,
        "mine": mine,
        "decides": bool(mine),
        "enters": not mine and _enters(actor, found, now),
        "answerable": state in ("sent", "received"),
        "wants_writing": any(one.written for one in mine),
        "moved": [
            row.camera
            for row in found.cameras.select_related("camera__site")
            if row.camera.site.unit_id != row.unit_id
        ],
        "steps": [
            (step, request_step_words(step.action)) for step in found.case.steps.select_related("actor")
        ],
        "held_up": [held_up_words(what, detail) for what, detail in found.held_up],
        "release": release_words(release) if release else "",
        "stands_still": state in ("approved", "failed"),
        "may_withdraw": own and state in ("sent", "received", "returned", "approved"),
        "may_edit": own and state == "returned",
        "may_perform": state in ("approved", "failed") and (own or _extracts(actor, rows)),
        "may_revoke": not own and state in REVOCABLE and _could_decide(actor, needs),
        "may_justify": own and found.justify_by is not None and found.justified_at is None,
        "is_told": found.told_id is not None and found.told == actor.account and found.told_seen_at is None,
        "late": _late(found, now),
        "must_prove": not is_confirmed(request),
        "errors": {},
        "given": {},
    }


def _known(actor: Actor, cameras: list[Camera]) -> set[UUID]:
    """Those whose pages whoever looks may open: a post that decides need not know the cameras."""
    known = gate.visible(actor=actor).filter(pk__in=[camera.pk for camera in cameras])
    return set(known.values_list("pk", flat=True))


def _moved(found: Extraction) -> list[Camera]:
    """Cameras that another unit manages than when the request was sent."""
    rows = found.cameras.select_related("camera__site__unit")
    return [row.camera for row in rows if row.camera.site.unit_id != row.unit_id]


def _needs(actor: Actor, found: Extraction, now: datetime) -> list[Shown]:
    mine = {need.key for need in reading.decidable(actor, found, now)}
    still = {need.key for need in reading.open_needs(found, now)}
    given = {one.need: one for one in found.verdicts.filter(void_at=None).select_related("by", "document")}
    shown: list[Shown] = []
    for need in wanted_of(found, now).needs:
        others = deciders(need, now, without=found.case.opened_by) if need.key not in given else []
        shown.append(
            Shown(
                need=need,
                gate=gate_words(need.gate),
                who=approver_words(need),
                form=form_words(need.approval.form),
                written=not need.satisfied_by("in_app"),
                verdict=given.get(need.key),
                open=need.key in still,
                mine=need.key in mine,
                people=list(dict.fromkeys(str(seat.account) for seat in others))[:5],
            )
        )
    return shown


def _enters(actor: Actor, found: Extraction, now: datetime) -> bool:
    """Whether whoever looks may enter the document by which somebody else decides."""
    own = actor.account is None or found.case.opened_by_id == actor.account.pk
    return not own and bool(reading.open_needs(found, now)) and deciding.keeps_records(actor, found)


def _could_decide(actor: Actor, needs: list[Shown]) -> bool:
    """Whether whoever looks has decided something here, or still can."""
    return any(
        one.mine or (one.verdict is not None and one.verdict.by_id == getattr(actor.account, "pk", None))
        for one in needs
    )


def _pictures(actor: Actor, found: Extraction, cameras: list[Camera]) -> list[Picture]:
    """The middle of the span of each camera; of a single one also its beginning and end. Only what whoever
    looks may play back."""
    shown = [
        camera
        for camera in cameras[:MOST_PICTURES]
        if gate.decide(actor=actor, action=Action.VIEW_PLAYBACK, obj=camera).allow
    ]
    span = found.end - found.start
    points = [0.02, 0.5, 0.98] if len(cameras) == 1 else [0.5]
    return [
        Picture(camera, found.start + span * point, microseconds(found.start + span * point))
        for camera in shown
        for point in points
    ]


def _purpose(found: Extraction) -> tuple[str, str]:
    """In the words of the regulation under which it was asked."""
    number = found.case.regulations.get(found.profile)
    if number is None:
        return found.purpose, ""
    rules = in_force.version(found.profile, number)
    for one in rules.purposes:
        if one.id == found.purpose:
            return one.vi, rules.cited(one)
    return found.purpose, ""


def _extracts(actor: Actor, cameras: list[Camera]) -> bool:
    return all(gate.decide(actor=actor, action=Action.EXTRACT, obj=camera).allow for camera in cameras)


def _waiting(actor: Actor, now: datetime) -> list[tuple[Extraction, list[Need]]]:
    return reading.waiting_for(actor=actor, now=now)[:MOST]


def _brief(needs: list[Need]) -> str:
    return "; ".join(dict.fromkeys(f"{gate_words(need.gate)} ({need.cite})" for need in needs))


def _line(one: Extraction, now: datetime) -> tuple[Extraction, str, str, bool]:
    return one, request_state_words(one.case.state), request_tone(one.case.state), _late(one, now)


def _late(one: Extraction, now: datetime) -> bool:
    """Unanswered beyond its deadline, or an emergency not justified in time."""
    due = one.due_at is not None and one.due_at < now and one.case.closed_at is None
    return due or (one.justify_by is not None and one.justified_at is None and one.justify_by < now)


def _draft_camera(fields: dict[str, object]) -> Camera | None:
    ids = fields.get("cameras")
    first = ids[0] if isinstance(ids, list) and ids else ""
    try:
        return Camera.objects.filter(pk=UUID(str(first))).first()
    except ValueError:
        return None


def _keeps(actor: Actor) -> bool:
    """Whether somebody keeps records of cameras and so has a register and a desk."""
    return any(
        gate.visible(actor=actor, action=one).exists() for one in (Action.EXTRACT, Action.INSPECT_META)
    )
