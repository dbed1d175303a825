"""Continuity: which cameras were recorded how well, the worst first; and as a sheet."""

from datetime import date, timedelta
from typing import TypeVar
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.recording.models import Assessment
from thienly.core.recording.overview import CameraSums, cameras_with_coverage, coverage_of
from thienly.core.recording.proving import broken
from thienly.core.registry.models import Camera, Site
from thienly.core.registry.vocabulary import Sector
from thienly.core.service import service
from thienly.core.units.models import Unit
from thienly.rules.continuity import ratio
from thienly.web.confirm import require_confirmed
from thienly.web.csv_cells import as_csv
from thienly.web.door import actor_of
from thienly.web.words.continuity import verdict_words, violation_words

M = TypeVar("M", Unit, Site)
PER_PAGE = 100


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """GET `month` (2026-11), `unit`, `site`, `sector`, `page`; `csv` for the sheet."""
    actor, now = actor_of(request), timezone.now()
    first, last = month_of(request.GET.get("month", ""), now=timezone.localdate(now))
    unit, site = (
        _known(actor, Unit, request.GET.get("unit", "")),
        _known(actor, Site, request.GET.get("site", "")),
    )
    sector = request.GET.get("sector", "") if request.GET.get("sector") in Sector.values else ""
    known = cameras_with_coverage(actor=actor, now=now)
    chosen = known
    if unit:
        chosen = chosen.filter(site__unit__path__startswith=unit.path)
    if site:
        chosen = chosen.filter(site=site)
    if sector:
        chosen = chosen.filter(sector=sector)
    sums = coverage_of(chosen, first, last)
    if "csv" in request.GET:
        require_confirmed(request)
        return _sheet(actor, sums, first, last)
    page = Paginator(sums, PER_PAGE).get_page(request.GET.get("page"))
    expected = sum(row.sums["expected"] for row in sums)
    recorded = sum(row.sums["recorded"] for row in sums)
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "first": first,
        "month": f"{first:%Y-%m}",
        "months": months_with(first, timezone.localdate(now)),
        "running": last >= timezone.localdate(now),
        "before": f"{first - timedelta(days=1):%Y-%m}",
        "after": f"{last + timedelta(days=1):%Y-%m}" if last < timezone.localdate(now) else "",
        "page": page,
        "rows": _rows(list(page.object_list), first),
        "total": len(sums),
        "whole": _percent(ratio(recorded=recorded, expected=expected)),
        "unit": unit,
        "site": site,
        "sector": sector,
        "filtered": bool(unit or site or sector),
        "query": query.urlencode(),
        "units": gate.visible(actor=actor, model=Unit).filter(sites__cameras__isnull=False).distinct(),
        "sites": gate.visible(actor=actor, model=Site).filter(cameras__isnull=False).distinct(),
        "sectors": Sector.choices,
        "broken": [(row, violation_words(row.violation)) for row in broken(known)[:20]],
    }
    return render(request, "continuity/list.html", context)


def month_of(text: str, *, now: date) -> tuple[date, date]:
    """The first and the last day of the month `2026-11`; of this one when it is none or has not begun."""
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        first = now.replace(day=1)
    if not date(2000, 1, 1) <= first <= now:
        first = now.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def months_with(chosen: date, today: date) -> list[tuple[str, str]]:
    """This month and the 23 before, and the chosen one when it is older."""
    months = [today.replace(day=1)]
    while len(months) < 24:
        months.append((months[-1] - timedelta(days=1)).replace(day=1))
    if chosen not in months:
        months.append(chosen)
    return [(f"{month:%Y-%m}", f"{month:%m/%Y}") for month in months]


def _rows(sums: list[CameraSums], first: date) -> list[dict[str, object]]:
    ids = [row.camera for row in sums]
    cameras = Camera.objects.select_related("site__unit").in_bulk(ids)
    made = {a.camera_id: a for a in Assessment.objects.filter(camera__in=ids, first_day=first, monthly=True)}
    return [_row(row, cameras[row.camera], made.get(row.camera)) for row in sums]


def _row(row: CameraSums, camera: Camera, made: Assessment | None) -> dict[str, object]:
    return {
        "camera": camera,
        "percent": _percent(row.ratio),
        "bar": 0 if row.ratio is None else round(100 * row.ratio, 1),
        "missing": row.missing,
        "excused": row.sums["planned"] + row.sums["off"],
        "verdict": verdict_words(made.verdict) if made else "",
        "missed": bool(made and made.verdict == "missed"),
        "signed": made.signed_at if made else None,
    }


def _percent(share: float | None) -> float | None:
    """Never rounded up to a hundred."""
    return None if share is None else int(share * 10_000) / 100


def _sheet(actor: Actor, sums: list[CameraSums], first: date, last: date) -> HttpResponse:
    _tell(actor=actor, first=first, cameras=len(sums))
    cameras = Camera.objects.select_related("site__unit").in_bulk([row.camera for row in sums])
    head = [
        _("Code"),
        _("Camera"),
        _("Site"),
        _("Unit"),
        _("Recorded, %"),
        _("Expected, s"),
        _("Recorded, s"),
        _("Planned, s"),
        _("Switched off, s"),
        _("Unknown, s"),
        _("Gaps, s"),
    ]
    rows: list[list[object]] = [[*head]]
    for row in sums:
        camera, of = cameras[row.camera], row.sums
        gaps = row.missing - of["unknown"]
        seconds = [of[name] for name in ("expected", "recorded", "planned", "off", "unknown")]
        place = [camera.code, camera.name, camera.site.name, camera.site.unit.name]
        rows.append([*place, _percent(row.ratio), *seconds, gaps])
    answer = HttpResponse(as_csv(rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="tinh-lien-tuc-{first:%Y-%m}.csv"'
    return answer


@service
def _tell(*, actor: Actor, first: date, cameras: int) -> None:
    record(
        actor=actor,
        kind=Kind.CONTINUITY_EXPORTED,
        object_kind="month",
        object_id=f"{first:%Y-%m}",
        object_label=f"{first:%m/%Y}",
        detail={"month": f"{first:%Y-%m}", "cameras": cameras},
    )


def _known(actor: Actor, model: type[M], text: str) -> M | None:
    """The object when the actor may know it; anything else filters nothing."""
    try:
        return gate.visible(actor=actor, model=model).filter(pk=UUID(text)).first()
    except ValueError:
        return None
