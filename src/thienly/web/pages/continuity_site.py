"""One site (a mine, a port): how continuously its cameras were recorded each month, and the gaps of one."""

from datetime import timedelta
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from thienly.core.recording.gaps import longest_gaps
from thienly.core.recording.months import Month, months_of
from thienly.core.recording.overview import cameras_with_coverage, coverage_of
from thienly.core.recording.spans import midnight
from thienly.core.recording.words import problem_words
from thienly.web.door import actor_of, known_site
from thienly.web.pages.continuity import month_of
from thienly.web.words.continuity import class_words

MOST_GAPS = 20


@require_safe
def show(request: HttpRequest, site: UUID) -> HttpResponse:
    """GET `month` (2026-11): whose gaps are listed."""
    actor, now = actor_of(request), timezone.now()
    found = known_site(actor=actor, id=site)
    cameras = cameras_with_coverage(actor=actor, now=now).filter(site=found)
    today = timezone.localdate(now)
    first, last = month_of(request.GET.get("month", ""), now=today)
    tz = timezone.get_default_timezone()
    start, end = midnight(first, tz), min(midnight(last + timedelta(days=1), tz), now)
    of_month = {row.camera: row for row in coverage_of(cameras, first, last)}
    listed = []
    for camera in cameras.order_by("code"):
        gaps, more = longest_gaps(camera, start, end, now=now, most=MOST_GAPS)
        sums = of_month.get(camera.pk)
        listed.append(
            {
                "camera": camera,
                "percent": _percent(sums.ratio if sums else None),
                "gaps": [(gap, problem_words(gap.reason), class_words(gap.cls)) for gap in gaps],
                "more": more,
            }
        )
    context = {
        "site": found,
        "first": first,
        "month": f"{first:%Y-%m}",
        "months": [(month, _percent(month.ratio), _bar(month)) for month in months_of(cameras, last=today)],
        "cameras": listed,
    }
    return render(request, "continuity/site.html", context)


def _percent(share: float | None) -> float | None:
    """Never rounded up to a hundred."""
    return None if share is None else int(share * 10_000) / 100


def _bar(month: Month) -> float:
    return 0 if month.ratio is None else round(100 * month.ratio, 1)
