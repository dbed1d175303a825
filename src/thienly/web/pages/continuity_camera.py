"""One camera's month: seconds by kind, gaps and what they were, announced outages, assessments."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
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
from thienly.core.cases.engine import Conflict
from thienly.core.recording.assessing import assess, sign, visible_assessments
from thienly.core.recording.gaps import longest_gaps
from thienly.core.recording.line import planned_of
from thienly.core.recording.outages import announce, classify_gap, withdraw
from thienly.core.recording.overview import MAY_SEE, coverage_of
from thienly.core.recording.spans import midnight
from thienly.core.recording.words import problem_words
from thienly.core.registry.models import Camera
from thienly.rules.actions import Action
from thienly.rules.cases import IllegalStep
from thienly.rules.outage import OutageClass
from thienly.web.door import actor_of, any_of
from thienly.web.pages.continuity import month_of
from thienly.web.words.cases import case_state_words
from thienly.web.words.continuity import class_words, verdict_words

MOST_GAPS = 100
_CHOICES = [cls for cls in OutageClass if cls is not OutageClass.UNKNOWN] + [OutageClass.UNKNOWN]


@require_safe
def show(request: HttpRequest, camera: UUID) -> HttpResponse:
    """GET `month` (2026-11)."""
    return _page(request, camera, {}, {})


@require_POST
def act(request: HttpRequest, camera: UUID) -> HttpResponse:
    """POST `act` (announce, withdraw, classify, assess, sign) and what it needs; then back to the page."""
    actor = actor_of(request)
    found = any_of(actor=actor, actions=MAY_SEE, model=Camera, id=camera)
    name = request.POST.get("act", "")
    work = _ACTS.get(name)
    if work is None:
        messages.error(request, _("This step is not possible any more."))
        return redirect("continuity-camera", camera=camera)
    try:
        said = work(actor, found, request, timezone.now())
    except (Conflict, IllegalStep):
        messages.error(request, _("Somebody was faster. This is how it stands now; please look again."))
    except ValidationError as error:
        if not hasattr(error, "error_dict"):
            messages.error(request, " ".join(error.messages))
        else:
            wrong = {f"{name}-{field}": texts for field, texts in error.message_dict.items()}
            kept = {f"{name}-{field}": str(text) for field, text in request.POST.items()}
            return _page(request, camera, wrong, kept)
    else:
        messages.success(request, said)
    month = request.POST.get("month", "")
    answer = redirect("continuity-camera", camera=camera)
    if month:
        first, _last = month_of(month, now=timezone.localdate())
        answer["Location"] += f"?month={first:%Y-%m}"
    return answer


def _announce(actor: Actor, camera: Camera, request: HttpRequest, now: datetime) -> str:
    whole = request.POST.get("whole") == "site"
    announce(
        actor=actor,
        camera=None if whole else camera,
        site=camera.site if whole else None,
        start=_local(request.POST.get("start", "")),
        end=_local(request.POST.get("end", "")),
        reason=request.POST.get("reason", ""),
        document=request.POST.get("document", ""),
        now=now,
    )
    return _("The outage is announced. From now on this time counts as planned.")


def _withdraw(actor: Actor, camera: Camera, request: HttpRequest, now: datetime) -> str:
    withdraw(actor=actor, outage_id=request.POST.get("outage", ""), now=now)
    return _("The announcement is withdrawn.")


def _classify(actor: Actor, camera: Camera, request: HttpRequest, now: datetime) -> str:
    classify_gap(
        actor=actor,
        gap_id=request.POST.get("gap", ""),
        cls=request.POST.get("cls", ""),
        note=request.POST.get("note", ""),
        close=request.POST.get("close") == "1",
        suspect=request.POST.get("suspect") == "1",
        now=now,
    )
    return _("It is written down what this outage was.")


def _assess(actor: Actor, camera: Camera, request: HttpRequest, now: datetime) -> str:
    assess(
        actor=actor,
        camera=camera,
        first=_day(request.POST.get("first", "")),
        last=_day(request.POST.get("last", "")),
        instruction=request.POST.get("instruction", ""),
        now=now,
    )
    return _("The assessment is made.")


def _sign(actor: Actor, camera: Camera, request: HttpRequest, now: datetime) -> str:
    sign(
        actor=actor,
        assessment_id=request.POST.get("assessment", ""),
        note=request.POST.get("note", ""),
        now=now,
    )
    return _("The assessment is signed.")


_ACTS: dict[str, Callable[[Actor, Camera, HttpRequest, datetime], str]] = {
    "announce": _announce,
    "withdraw": _withdraw,
    "classify": _classify,
    "assess": _assess,
    "sign": _sign,
}


def _page(
    request: HttpRequest, camera: UUID, wrong: dict[str, list[str]], kept: dict[str, str]
) -> HttpResponse:
    actor, now = actor_of(request), timezone.now()
    found = any_of(actor=actor, actions=MAY_SEE, model=Camera, id=camera)
    asked = request.GET.get("month", "") or request.POST.get("month", "")
    first, last = month_of(asked, now=timezone.localdate(now))
    tz = timezone.get_default_timezone()
    start, end = midnight(first, tz), midnight(last + timedelta(days=1), tz)
    sums = coverage_of(Camera.objects.filter(pk=found.pk), first, last)
    may = gate.allowed_actions(actor=actor, obj=found, now=now)
    gaps, more = longest_gaps(found, start, min(end, now), now=now, most=MOST_GAPS)
    context = {
        "camera": found,
        "first": first,
        "month": f"{first:%Y-%m}",
        "before": f"{first - timedelta(days=1):%Y-%m}",
        "after": f"{last + timedelta(days=1):%Y-%m}" if last < timezone.localdate(now) else "",
        "sums": sums[0] if sums else None,
        "percent": int(sums[0].ratio * 10_000) / 100 if sums and sums[0].ratio is not None else None,
        "gap_seconds": sums[0].missing - sums[0].sums["unknown"] if sums else 0,
        "gaps": [
            (
                gap,
                problem_words(gap.reason),
                class_words(gap.cls),
                case_state_words(gap.case.state) if gap.case else "",
            )
            for gap in gaps
        ],
        "more": more,
        "planned": planned_of([found], start, max(end, now + timedelta(days=92))),
        "now": now,
        "assessments": [
            (row, verdict_words(row.verdict), None if row.ratio is None else int(row.ratio * 10_000) / 100)
            for row in visible_assessments(actor=actor, now=now)
            .filter(camera=found)
            .order_by("-first_day", "-made_at")[:12]
        ],
        "classes": [(cls.value, class_words(cls)) for cls in _CHOICES],
        "may_announce": Action.CONFIG_DEVICE in may,
        "may_classify": bool(may & {Action.CONFIG_DEVICE, Action.INSPECT_META}),
        "may_assess": bool(may & {Action.STATISTICS, Action.INSPECT_META}),
        "wrong": wrong,
        "kept": kept,
        "errors": wrong,
        # This form stands at each gap: what is wrong with it is said above them all.
        "unclassified": [
            text for name, texts in wrong.items() if name.startswith("classify-") for text in texts
        ],
    }
    return render(request, "continuity/camera.html", context, status=400 if wrong else 200)


def _local(text: str) -> datetime | None:
    """`2026-11-17T14:20` of the site; None when it is no moment."""
    try:
        moment = datetime.fromisoformat(text)
        return timezone.make_aware(moment) if moment.tzinfo is None else moment
    except (ValueError, OverflowError):
        return None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
