"""Where recordings are kept, who answers for it, and whether a backup was really restored."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from thienly.core.storage.backups import cover
from thienly.core.storage.looking import look_at_disks, look_at_storage, may_run_storage
from thienly.core.storage.sync import sync_by_site
from thienly.core.storage.tiers import TierView
from thienly.core.storage.words import step_words
from thienly.web.door import actor_of
from thienly.web.words.disks import disk_rows
from thienly.web.words.storage import alarm_sentences, purpose_words

MOST = 100
"""Cameras without a backup that are named."""


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    actor, now = actor_of(request), timezone.now()
    views = look_at_storage(actor=actor, now=now)
    rows = [_row(view, now.timestamp()) for view in views]
    wrong = disk_rows(now)
    context = {
        "rows": rows,
        "disks": look_at_disks(actor=actor, now=now),
        "wrong": wrong,
        "alarms": len(wrong) + sum(len(view.alarms) for view in views),
        "cover": cover(actor=actor, backups=settings.CONF.file.backups, today=timezone.localdate(now)),
        "most": MOST,
        "runs": may_run_storage(actor),
        "sync": [(row, row.lag.total_seconds() if row.lag else 0) for row in sync_by_site(views, now=now)],
        "now": now,
    }
    return render(request, "storage/page.html", context)


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
