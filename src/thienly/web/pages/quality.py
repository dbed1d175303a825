"""Quality: what is not integrated and whose clock is wrong, the service of each system, four indicators."""

from datetime import date, timedelta
from uuid import UUID

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.quality.integration import Lack, integration_of
from thienly.core.quality.months import Service, by_unit, indicators_of, services_of, whole_service
from thienly.core.recording.overview import cameras_with_coverage
from thienly.core.service import service
from thienly.core.units.models import Unit
from thienly.rules.indicators import NAMES, Indicators
from thienly.web.confirm import require_confirmed
from thienly.web.csv_cells import as_csv
from thienly.web.door import actor_of
from thienly.web.pages.continuity import month_of, months_with
from thienly.web.words.quality import indicator_words
from thienly.web.words.status import clock_words, status_words

PER_PAGE = 100


@require_safe
def integration(request: HttpRequest) -> HttpResponse:
    """What is entered and does not reach the centre, and whose clock is wrong."""
    now = timezone.now()
    found = integration_of(actor=actor_of(request), now=now)
    lacks = {
        Lack.NEVER: _("never received"),
        Lack.OFF: _("recording is switched off"),
        Lack.DARK: _("not connected now"),
    }
    context = {
        "tab": "integration",
        "found": found,
        "limit": number_format(found.clock_ms / 1000, decimal_pos=0 if found.clock_ms % 1000 == 0 else 1),
        "missing": [(one, lacks[one.lack], status_words(one.now)) for one in found.missing],
        "clocks": [(one, clock_words(one.offset_ms)) for one in found.clocks],
    }
    return render(request, "quality/integration.html", context)


@require_safe
def services(request: HttpRequest) -> HttpResponse:
    """GET `month` (2026-11); `csv` for the sheet."""
    actor, now = actor_of(request), timezone.now()
    first, last = month_of(request.GET.get("month", ""), now=timezone.localdate(now))
    systems = services_of(cameras_with_coverage(actor=actor, now=now), first, last)
    if "csv" in request.GET:
        require_confirmed(request)
        return _sheet(actor, _service_cells(systems), first, "dich-vu")
    context = {
        "tab": "services",
        **_month(first, last),
        "rows": [_service(system) for system in systems],
        "whole": _service(whole_service(systems)) if len(systems) > 1 else None,
    }
    return render(request, "quality/services.html", context)


@require_safe
def indicators(request: HttpRequest) -> HttpResponse:
    """GET `month`; `unit`: its cameras one by one, `page`; `csv` for the sheet of what is shown."""
    actor, now = actor_of(request), timezone.now()
    first, last = month_of(request.GET.get("month", ""), now=timezone.localdate(now))
    unit = _unit(actor, request.GET.get("unit", ""))
    cameras = cameras_with_coverage(actor=actor, now=now)
    if unit is not None:
        cameras = cameras.filter(site__unit=unit)
    figures = indicators_of(cameras, first, last)
    if "csv" in request.GET:
        require_confirmed(request)
        return _sheet(actor, _indicator_cells(figures, unit), first, "chi-so")
    page = None
    if unit is None:
        rows = [{"unit": one, "cameras": n, **_figures(sums)} for one, n, sums in by_unit(figures)]
    else:
        figures.sort(key=lambda row: min(_ratio(row.figures, name) for name in NAMES))
        page = Paginator(figures, PER_PAGE).get_page(request.GET.get("page"))
        rows = [{"camera": row.camera, **_figures(row.figures)} for row in page.object_list]
    conf = settings.CONF.file.quality
    numbers = {
        "time": _span(conf.timely_s),
        "clock": number_format(conf.clock_ms / 1000, decimal_pos=0 if conf.clock_ms % 1000 == 0 else 1),
    }
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "tab": "indicators",
        **_month(first, last),
        "unit": unit,
        "rows": rows,
        "page": page,
        "query": query.urlencode(),
        "document": conf.timely_document,
        "definitions": [(words, how % numbers) for words, how in map(indicator_words, NAMES)],
    }
    return render(request, "quality/indicators.html", context)


def _month(first: date, last: date) -> dict[str, object]:
    today = timezone.localdate()
    return {
        "first": first,
        "month": f"{first:%Y-%m}",
        "months": months_with(first, today),
        "running": last >= today,
        "before": f"{first - timedelta(days=1):%Y-%m}",
        "after": f"{last + timedelta(days=1):%Y-%m}" if last < today else "",
    }


def _service(system: Service) -> dict[str, object]:
    return {
        "system": system,
        "uptime": _percent(system.uptime),
        "success": _percent(system.success),
        "asked": system.given + system.failed,
        "waits": [
            (_("live"), system.wait("live", 0.5), system.wait("live", 0.95)),
            (_("playback"), system.wait("play", 0.5), system.wait("play", 0.95)),
        ],
    }


def _service_cells(systems: list[Service]) -> list[list[object]]:
    head = [
        _("Unit"),
        _("Cameras"),
        _("Uptime, %"),
        _("Expected, s"),
        _("Recorded, s"),
        _("Access, %"),
        _("Asked"),
        _("Given"),
        _("Failed"),
        _("Live, median, ms"),
        _("Live, 95 %, ms"),
        _("Playback, median, ms"),
        _("Playback, 95 %, ms"),
    ]
    rows: list[list[object]] = [[*head]]
    for system in systems:
        access = [_percent(system.success), system.given + system.failed, system.given, system.failed]
        waits = [system.wait(mode, share) for mode in ("live", "play") for share in (0.5, 0.95)]
        place = [system.unit.name, system.cameras, _percent(system.uptime)]
        rows.append([*place, system.expected, system.recorded, *access, *waits])
    return rows


def _figures(sums: Indicators) -> dict[str, object]:
    cells = [(indicator_words(name)[0], _percent(sums.ratio(name)), *getattr(sums, name)) for name in NAMES]
    return {"cells": cells, "unmeasured": sums.unmeasured}


def _ratio(figures: Indicators, name: str) -> float:
    """For the order: what cannot be judged is no worse than good."""
    ratio = figures.ratio(name)
    return 1.0 if ratio is None else ratio


def _indicator_cells(figures: list, unit: Unit | None) -> list[list[object]]:  # type: ignore[type-arg]
    names = [f"{indicator_words(name)[0]}, %" for name in NAMES]
    if unit is None:
        rows: list[list[object]] = [[_("Unit"), _("Cameras"), *names]]
        return rows + [
            [one.name, n, *(_percent(sums.ratio(name)) for name in NAMES)]
            for one, n, sums in by_unit(figures)
        ]
    rows = [[_("Code"), _("Camera"), *names]]
    return rows + [
        [row.camera.code, row.camera.name, *(_percent(row.figures.ratio(name)) for name in NAMES)]
        for row in figures
    ]


def _percent(share: float | None) -> float | None:
    """Never rounded up to a hundred."""
    return None if share is None else int(share * 10_000) / 100


def _span(seconds: int) -> str:
    if seconds % 60:
        return ngettext("%(n)s second", "%(n)s seconds", seconds) % {"n": seconds}
    return ngettext("%(n)s minute", "%(n)s minutes", seconds // 60) % {"n": seconds // 60}


def _unit(actor: Actor, text: str) -> Unit | None:
    """The unit when the actor may know it; anything else filters nothing."""
    try:
        return gate.visible(actor=actor, model=Unit).filter(pk=UUID(text)).first()
    except ValueError:
        return None


def _sheet(actor: Actor, rows: list[list[object]], first: date, what: str) -> HttpResponse:
    _tell(actor=actor, first=first, what=what, rows=len(rows) - 1)
    answer = HttpResponse(as_csv(rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{what}-{first:%Y-%m}.csv"'
    return answer


@service
def _tell(*, actor: Actor, first: date, what: str, rows: int) -> None:
    record(
        actor=actor,
        kind=Kind.QUALITY_EXPORTED,
        object_kind="month",
        object_id=f"{first:%Y-%m}",
        object_label=f"{first:%m/%Y}",
        detail={"month": f"{first:%Y-%m}", "what": what, "rows": rows},
    )
