"""What is promised to be kept, in versions, and how old the oldest footage of each camera really is."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from thienly.core.recording.oldest import OldestRow, Standing, oldest_of
from thienly.core.recording.overview import cameras_with_coverage
from thienly.core.recording.retention_versions import versions
from thienly.web.door import actor_of
from thienly.web.words.continuity import class_of_scope, standing_words, violation_words

PER_PAGE = 100
MOST_VERSIONS = 20


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """GET `page`."""
    actor, now = actor_of(request), timezone.now()
    known = cameras_with_coverage(actor=actor, now=now).filter(retired_at=None)
    rows = oldest_of(known.select_related("site__unit"), now=now)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [_row(row) for row in page.object_list],
        "total": len(rows),
        "broken": sum(row.standing is Standing.BROKEN for row in rows),
        "versions": [
            (version, [(class_of_scope(str(rule["scope"])), rule) for rule in version.rules])
            for version in versions(most=MOST_VERSIONS)
        ],
        "now": now,
    }
    return render(request, "continuity/keeping.html", context)


def _row(row: OldestRow) -> dict[str, object]:
    return {
        "of": row,
        "bad": row.standing is Standing.BROKEN,
        "words": violation_words(row.proof.violation) if row.proof and row.proof.violation else "",
        "standing": standing_words(row.standing),
        "days": None if row.days is None else int(row.days * 10) / 10,
    }
