"""The reorganisation wizard: compose, preview, decide, and undo until its day."""

from datetime import date
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from thienly.core.access import gate
from thienly.core.areas.models import Area
from thienly.core.areas.services import where
from thienly.core.cases import engine
from thienly.core.registry.models import Site
from thienly.core.regulation.shelf import profiles
from thienly.core.text import fold
from thienly.core.units import reorganising
from thienly.core.units.carrying import right_ends_words, seat_ends_words
from thienly.core.units.models import Reorganisation, Unit
from thienly.core.units.previewing import RightLine, SeatLine, preview
from thienly.core.units.refusals import sentence
from thienly.core.units.reorganising import Paper
from thienly.rules.cases import IllegalStep
from thienly.rules.reorganisation import REORGANISATION, Act, End, Found, read_plan
from thienly.rules.succession import NEW
from thienly.rules.succession_facts import Fault, Outcome
from thienly.web.door import actor_of, require_any
from thienly.web.plan_form import acts_from
from thienly.web.words.cases import case_state_words, step_words
from thienly.web.words.given import kind_words as right_kind_words
from thienly.web.words.reasons import explain
from thienly.web.words.units import KINDS, act_words, function_words, functions_known, kind_words

MOST = 200
STEPS = ("return", "undo", "withdraw")


def listing(request: HttpRequest) -> HttpResponse:
    """The list; with POST `title` and the paper's fields a new draft."""
    actor = actor_of(request)
    errors: dict[str, list[str]] = {}
    if request.method == "POST":
        try:
            row = reorganising.compose(
                actor=actor, title=request.POST.get("title", ""), paper=_paper(request)
            )
        except ValidationError as error:
            errors = error.message_dict
        else:
            return redirect("reorganisation", row.pk)
    else:
        require_any(actor=actor, actions=REORGANISATION.seen_by, obj=None)
    rows = reorganising.visible_reorganisations(actor=actor)[:MOST]
    context = {
        "rows": [(row, case_state_words(row.case.state)) for row in rows],
        "errors": errors,
        "given": request.POST,
        "may_compose": _may_compose(request),
        "proposals": proposals(),
    }
    return render(request, "reorganisations/list.html", context, status=400 if errors else 200)


def show(request: HttpRequest, reorganisation: UUID) -> HttpResponse:
    """The wizard of one; with POST `version` and the paper's fields its paper is written."""
    actor = actor_of(request)
    errors: dict[str, list[str]] = {}
    if request.method == "POST":
        try:
            reorganising.revise(
                actor=actor, case_id=reorganisation, version=_version(request), paper=_paper(request)
            )
        except ValidationError as error:
            errors = error.message_dict
        except (engine.Conflict, IllegalStep):
            _somebody_was_faster(request)
            return redirect("reorganisation", reorganisation)
        else:
            messages.success(request, _("The decision’s data are saved."))
            return redirect("reorganisation", reorganisation)
    row = reorganising.fetch(actor=actor, case_id=reorganisation)
    context = _context(request, row) | {"errors": errors}
    return render(request, "reorganisations/one.html", context, status=400 if errors else 200)


@require_POST
def act(request: HttpRequest, reorganisation: UUID) -> HttpResponse:
    """POST `version`, and `remove` (the number of an act) or what `web.plan_form` reads."""
    actor = actor_of(request)
    row = reorganising.fetch(actor=actor, case_id=reorganisation)
    acts = list(row.acts)
    remove = request.POST.get("remove", "")
    try:
        if remove.isdecimal() and int(remove) < len(acts):
            del acts[int(remove)]
        else:
            keys = {one.key for one in read_plan(acts) if isinstance(one, Found)}
            acts += acts_from(request.POST, keys=keys)
        reorganising.revise(actor=actor, case_id=row.pk, version=_version(request), acts=acts)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    except (engine.Conflict, IllegalStep):
        _somebody_was_faster(request)
    return redirect(f"{request.path.removesuffix('act/')}#plan")


@require_POST
def step(request: HttpRequest, reorganisation: UUID) -> HttpResponse:
    """POST `version`, `action` (submit, decide, return, undo, withdraw), `note`."""
    actor, action = actor_of(request), request.POST.get("action", "")
    version, note = _version(request), request.POST.get("note", "")
    try:
        if action == "submit":
            reorganising.submit(actor=actor, case_id=reorganisation, version=version)
        elif action == "decide":
            reorganising.decide(actor=actor, case_id=reorganisation, version=version, note=note)
        else:
            reorganising.step(
                actor=actor,
                case_id=reorganisation,
                action=action if action in STEPS else "",
                version=version,
                note=note,
            )
    except ValidationError as error:
        for message in error.messages:
            messages.error(request, message)
    except (engine.Conflict, IllegalStep):
        _somebody_was_faster(request)
    else:
        messages.success(request, _done(action))
    return redirect("reorganisation", reorganisation)


def _done(action: str) -> str:
    words = {
        "submit": _("Laid before whoever decides. Somebody else than you has to decide."),
        "decide": _("Decided. It takes effect on its day by itself; until then it can be undone."),
        "return": _("Given back to be changed."),
        "undo": _("Undone: nothing will change on that day."),
        "withdraw": _("Withdrawn."),
    }
    return words.get(action, "")


def proposals() -> list[dict[str, object]]:
    """What became of unit types by later law, as the regulations note it, where a unit still has it.

    A proposal until the province decides (requirements F5): nothing follows from it by itself.
    """
    today, found = timezone.localdate(), []
    living = list(Unit.objects.filter(valid_to=None).order_by("folded"))
    for rules in profiles().values():
        for entry in rules.transition if rules.in_force(today) else ():
            units = [unit for unit in living if entry.unit in unit.functions]
            if units and entry.since <= today:
                found.append({"entry": entry, "units": units, "cite": rules.cited(entry)})
    return found


def _context(request: HttpRequest, row: Reorganisation) -> dict[str, object]:
    actor, case = actor_of(request), row.case
    acts = read_plan(row.acts)
    seen = preview(row)
    possible = {one.transition.action: one for one in engine.possible_steps(actor=actor, case=case)}
    units = list(Unit.objects.filter(valid_to=None).order_by("folded"))
    names = _names(acts, units)
    drafting = "revise" in possible and not possible["revise"].reasons
    return {
        "row": row,
        "case": case,
        "state": case_state_words(case.state),
        "acts": [act_words(one, names) for one in acts],
        "preview": seen,
        "problems": [sentence(problem) for problem in seen.outcome.problems],
        "lost": [(unit, function, cite) for unit, function, cite in seen.lost],
        "unit_lines": seen.units[:MOST],
        "seats_lost": [_seat(line) for line in seen.seats_lost[:MOST]],
        "seats_moved": [_seat(line) for line in seen.seats_moved[:MOST]],
        "rights_lost": [_right(line) for line in seen.rights_lost[:MOST]],
        "rights_moved": [_right(line) for line in seen.rights_moved[:MOST]],
        "site_lines": seen.sites[:MOST],
        "most": MOST,
        "drafting": drafting,
        "may": {action: not one.reasons for action, one in possible.items()},
        "why_not": [explain(reason, allowed=False) for reason in possible["decide"].reasons]
        if "decide" in possible
        else [],
        "steps": [(one, step_words(one.action)) for one in case.steps.select_related("actor")],
        "today": timezone.localdate(),
        **(_choices(seen.outcome, acts, units, row.effective) if drafting else {}),
    }


def _choices(outcome: Outcome, acts: list[Act], units: list[Unit], day: date | None) -> dict[str, object]:
    """What the forms of the wizard offer."""
    new = [(NEW + one.key, one.name) for one in acts if isinstance(one, Found)]
    ended = {UUID(one.unit) for one in acts if isinstance(one, End)}
    living = [unit for unit in units if unit.id not in ended]
    targets = [*new, *((unit.id.hex, unit.name) for unit in living)]
    orphans = {
        (problem.facts["site"], problem.facts["unit"])
        for problem in outcome.problems
        if problem.code is Fault.ORPHANED_SITE
    }
    lost = [
        site
        for site in Site.objects.filter(unit__in=ended).select_related("unit").order_by("folded")
        if (site.name, site.unit.name) in orphans
    ][:MOST]
    lies = where(lost, day=day or timezone.localdate())
    return {
        "units": [(unit.id.hex, unit.name) for unit in units],
        "targets": targets,
        "kinds": [(kind, kind_words(kind)) for kind in KINDS],
        "functions": sorted(functions_known().items(), key=lambda pair: pair[1]),
        "held": [
            (f"{unit.id.hex}|{function}", unit.name, function_words(function))
            for unit in units
            for function in unit.functions
        ],
        "sites": Site.objects.select_related("unit").order_by("folded"),
        "orphan_sites": [
            (site, lies.get(site.pk), _of_area(lies.get(site.pk), targets, acts)) for site in lost
        ],
    }


def _of_area(area: Area | None, targets: list[tuple[str, str]], acts: list[Act]) -> str:
    """The one heir, or else the one unit, that is called by the area: `UBND xã Hoa Lư` of `Xã Hoa Lư`."""
    if area is None:
        return ""
    heirs = {ref for act in acts if isinstance(act, End) for ref in act.successors}
    called = [ref for ref, name in targets if fold(name).endswith(fold(area.name))]
    fitting = [ref for ref in called if ref in heirs] or called
    return fitting[0] if len(fitting) == 1 else ""


def _names(acts: list[Act], units: list[Unit]) -> dict[str, str]:
    names = {unit.id.hex: unit.name for unit in units}
    named = reorganising.named(acts) - names.keys()
    names |= {unit.id.hex: unit.name for unit in Unit.objects.filter(pk__in=named)}
    names |= {site.id.hex: site.name for site in Site.objects.filter(pk__in=named)}
    return names | {NEW + one.key: one.name for one in acts if isinstance(one, Found)}


def _seat(line: SeatLine) -> tuple[SeatLine, str]:
    why = line.outcome.why
    return line, seat_ends_words(why) if why else ""


def _right(line: RightLine) -> tuple[RightLine, str, str]:
    why = line.outcome.why
    return line, right_kind_words(line.kind), right_ends_words(why) if why else ""


def _paper(request: HttpRequest) -> Paper:
    given = request.POST
    return Paper(
        number=given.get("number", ""),
        signed=_day(given.get("signed", "")),
        issuer=given.get("issuer", ""),
        effective=_day(given.get("effective", "")),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _version(request: HttpRequest) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isdecimal() else 0


def _somebody_was_faster(request: HttpRequest) -> None:
    messages.error(request, _("Somebody was faster. This is how it stands now; please look again."))


def _may_compose(request: HttpRequest) -> bool:
    return any(
        gate.decide(actor=actor_of(request), action=action, obj=None).allow
        for action in REORGANISATION.opened_by
    )
