"""Faults of cameras: reported, taken on, repaired, confirmed by somebody else."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from thienly.core.cases import engine
from thienly.core.cases.models import Case
from thienly.core.pictures.words import PICTURE_WORDS, picture_words
from thienly.core.registry.models import Camera
from thienly.rules.actions import Action
from thienly.rules.cases import IllegalStep
from thienly.rules.extraction import EXTRACTION
from thienly.rules.fault import FAULT
from thienly.rules.hold import HOLD
from thienly.rules.outage import OUTAGE
from thienly.rules.reorganisation import REORGANISATION
from thienly.web.door import actor_of, any_of, fetch_case
from thienly.web.words.cases import case_state_words, step_button, step_words
from thienly.web.words.reasons import explain

MOST = 200
ELSEWHERE = {HOLD.kind: "holds", EXTRACTION.kind: "extractions", REORGANISATION.kind: "reorganisations"}
"""Kinds of cases that have a page of their own, and its name."""


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """GET `all`: with the closed ones."""
    cases = engine.visible_cases(actor=actor_of(request)).filter(kind=FAULT.kind)
    everything = "all" in request.GET
    shown = cases if everything else cases.filter(closed_at=None)
    context = {
        "cases": [(case, case_state_words(case.state)) for case in shown.order_by("-opened_at")[:MOST]],
        "everything": everything,
        "open": cases.filter(closed_at=None).count(),
        "total": cases.count(),
    }
    return render(request, "faults/list.html", context)


@require_safe
def show(request: HttpRequest, case: UUID) -> HttpResponse:
    actor = actor_of(request)
    found = fetch_case(actor=actor, case_id=case)
    if found.kind in ELSEWHERE:
        return redirect(ELSEWHERE[found.kind])
    _require_camera(found)
    return render(request, "faults/case.html", _context(request, found))


def report(request: HttpRequest, camera: UUID) -> HttpResponse:
    """The form (GET `picture`: a problem of the picture that fills in the title), and with POST `title`,
    `note` the report."""
    actor = actor_of(request)
    subject = any_of(actor=actor, actions=FAULT.opened_by, model=Camera, id=camera)
    errors: dict[str, list[str]] = {}
    if request.method == "POST":
        try:
            case = engine.open_case(
                actor=actor,
                kind=FAULT.kind,
                camera=subject,
                title=request.POST.get("title", ""),
                note=request.POST.get("note", ""),
            )
        except ValidationError as error:
            errors = error.message_dict
        else:
            messages.success(request, _("The fault is reported."))
            return redirect("fault", case=case.id)
    context = {
        "camera": subject,
        "errors": errors,
        "title": request.POST.get("title", _picture_title(request)),
        "note": request.POST.get("note", ""),
    }
    return render(request, "faults/report.html", context, status=400 if errors else 200)


def _picture_title(request: HttpRequest) -> str:
    problem = request.GET.get("picture", "")
    return _("Picture: %(problem)s") % {"problem": picture_words(problem)} if problem in PICTURE_WORDS else ""


@require_POST
def step(request: HttpRequest, case: UUID) -> HttpResponse:
    """POST `action`, `version`, `note`."""
    actor, version = actor_of(request), request.POST.get("version", "")
    _require_camera(fetch_case(actor=actor, case_id=case))
    try:
        engine.step(
            actor=actor,
            case_id=case,
            action=request.POST.get("action", ""),
            version=int(version) if version.isdecimal() else 0,
            note=request.POST.get("note", ""),
        )
    except engine.Conflict:
        messages.error(request, _("Somebody was faster. This is how it stands now; please look again."))
    except IllegalStep:
        messages.error(request, _("This step is not possible any more."))
    except ValidationError as error:
        found = fetch_case(actor=actor, case_id=case)
        return render(
            request, "faults/case.html", _context(request, found, " ".join(error.messages)), status=400
        )
    return HttpResponseRedirect(reverse("fault", kwargs={"case": case}))


def _require_camera(case: Case) -> None:
    """What is about a unit or the installation has its own page. Raises Http404."""
    if case.camera is None:
        raise Http404


def _context(request: HttpRequest, case: Case, error: str = "") -> dict[str, object]:
    possible = engine.possible_steps(actor=actor_of(request), case=case)
    return {
        "case": case,
        "state": case_state_words(case.state),
        "steps": [(step, step_words(step.action)) for step in case.steps.select_related("actor")],
        "can": [
            (p.transition, step_button(p.transition.action))
            for p in possible
            if not p.reasons and not p.transition.by_service
        ],
        "outage": case.kind == OUTAGE.kind,
        "cannot": [
            (step_button(p.transition.action), [explain(reason, allowed=False) for reason in p.reasons])
            for p in possible
            if p.reasons
        ],
        "needs_note": any(p.transition.needs_note for p in possible if not p.reasons),
        "error": error,
        "watch": Action.VIEW_LIVE,
    }
