"""Where recordings are kept, who answers for it, and whether a backup was really restored."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from thienly.core.storage.looking import look_at_storage
from thienly.core.storage.sync import sync_by_site
from thienly.core.storage.tiers import TierView
from thienly.web.door import actor_of
from thienly.web.words.storage import alarm_sentences, purpose_words, step_words


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    views = look_at_storage(actor=actor_of(request), now=now)
    rows = [_row(view, now.timestamp()) for view in views]
    context = {
        "rows": rows,
        "alarms": sum(len(view.alarms) for view in views),
        "backed_up": any(view.told.purpose == "backup" for view in views),
        "sync": [(row, row.lag.total_seconds() if row.lag else 0) for row in sync_by_site(views, now=now)],
        "now": now,
    }
    return render(request, "storage.html", context)


def _row(view: TierView, now_s: float) -> dict[str, object]:
    test = view.last_test
    return {
        "view": view,
        "told": view.told,
        "purpose": purpose_words(view.told.purpose),
        "alarms": alarm_sentences(view, now_s),
        "test": test,
        "failed": step_words(test.step) if test and not test.ok else "",
    }
