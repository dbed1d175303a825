"""Home answers one question for each post before any click."""

from datetime import datetime, timedelta

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from thienly import membership
from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.access.staffing import short_of
from thienly.core.accounts.models import Account
from thienly.core.availability.measuring import lost_services
from thienly.core.availability.services import may_read
from thienly.core.cases.engine import visible_cases
from thienly.core.cases.models import Case
from thienly.core.extraction.models import Extraction
from thienly.core.extraction.reading import decidable, requests, told_of, waiting_for
from thienly.core.ledger.checkpoints import status
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.ledger.search import may_see
from thienly.core.pictures.services import open_findings
from thienly.core.pictures.words import picture_advice, picture_words
from thienly.core.recording.hours import recorded_hours
from thienly.core.recording.models import RecorderState
from thienly.core.recording.overview import cameras_with_coverage
from thienly.core.recording.proving import broken
from thienly.core.recording.queries import ALIVE_LOST, overall
from thienly.core.storage.holds import ending_holds
from thienly.core.storage.looking import may_see_storage
from thienly.rules.actions import Action
from thienly.rules.fault import FAULT
from thienly.web.door import actor_of
from thienly.web.words.availability import service_words
from thienly.web.words.disks import disk_rows
from thienly.web.words.status import status_words
from thienly.web.words.storage import store_rows

MOST = 20
DAY = timedelta(days=1)
REQUESTS_KEPT_S = 60


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """For htmx (it asks again every 15 s) only the answer."""
    actor, now = actor_of(request), timezone.now()
    whole = overall(actor, now)
    watches = gate.visible(actor=actor, action=Action.VIEW_LIVE, now=now).exists()
    hours = recorded_hours(actor, now) if whole.total else []
    context = {
        "whole": whole,
        "dark": whole.total - whole.recording,
        "troubled": [(t.camera, status_words(t.now)) for t in whole.troubled[:MOST]],
        "more": max(0, len(whole.troubled) - MOST),
        "first": status_words(whole.troubled[0].now) if whole.troubled else None,
        "watches": watches,
        "hours": hours,
        "charted": any(hour.share is not None for hour in hours),
        "faults": _open_faults(actor),
        "keeper": _keeper(actor, now),
        "door": _door(actor)
        if gate.decide(actor=actor, action=Action.INSPECT_META, obj=None).allow
        else None,
        "storage": [*disk_rows(now), *store_rows(now)] if may_see_storage(actor) else [],
        "requests": _requests(actor, now),
        "told": told_of(actor=actor).count(),
        "ending": ending_holds(actor=actor, now=now)[:5],
        "away": [(service_words(one.name), one.seen_at) for one in lost_services()]
        if may_read(actor)
        else [],
        "broken": broken(cameras_with_coverage(actor=actor, now=now)).count(),
        **_pictures(actor, now),
        "now": now,
    }
    return render(
        request, "home/answer.html" if request.headers.get("HX-Request") else "home/page.html", context
    )


def _requests(actor: Actor, now: datetime) -> list[Extraction]:
    """Requests for footage that wait for whoever looks. Which, is sought once a minute: this page asks again
    every 15 s; whether they still do, each time."""
    key = f"requests-waiting:{actor.id}"
    ids = cache.get(key)
    if ids is None:
        ids = [request.pk for request, _needs in waiting_for(actor=actor, now=now)][:5]
        cache.set(key, ids, REQUESTS_KEPT_S)
    rows = requests().filter(pk__in=ids).order_by("due_at", "sent_at") if ids else []
    return [request for request in rows if decidable(actor, request, now)]


def _pictures(actor: Actor, now: datetime) -> dict[str, object]:
    """Cameras that are recorded and show too little."""
    found = open_findings(actor=actor, now=now)
    rows = list(found[: MOST + 1])
    return {
        "pictures": [(row, picture_words(row.problem), picture_advice(row.problem)) for row in rows[:MOST]],
        "more_pictures": max(0, found.count() - MOST) if len(rows) > MOST else 0,
    }


def _open_faults(actor: Actor) -> list[Case]:
    faults = visible_cases(actor=actor).filter(kind=FAULT.kind, closed_at=None)
    return list(faults.order_by("opened_at")[:5])


def _keeper(actor: Actor, now: datetime) -> dict[str, object] | None:
    """For who administers accounts: how many there are, who has no role yet, which units lack somebody."""
    people = gate.visible(actor=actor, action=Action.ADMIN_ACCOUNTS, model=Account)
    if not people.exists():
        return None
    return {
        "people": people.filter(suspended_at=None).count(),
        "suspended": people.exclude(suspended_at=None).count(),
        "idle": people.filter(suspended_at=None, seats__isnull=True).count(),
        "short": len(short_of(actor=actor, now=now)),
    }


def _certificates() -> list[str]:
    """Names whose certificate for the bus ends soon, or has ended."""
    try:
        return [member.name for member in membership.ending(settings.CONF, now=timezone.now())]
    except (OSError, ValueError):
        return ["?"]


def _door(actor: Actor) -> dict[str, object]:
    """For who inspects the installation: refusals and failed sign-ins of the last day, the chain,
    and recorders whose clock, which dates the recordings, follows no time server."""
    recent = Entry.objects.filter(may_see(actor), at__gte=timezone.now() - DAY)
    return {
        "refused": recent.filter(kind=Kind.REFUSED).count(),
        "failed": recent.filter(kind__in=[Kind.SIGN_IN_FAILED, Kind.LOCKED_OUT]).count(),
        "chain": status(),
        "strays": list(
            RecorderState.objects.filter(clock_synced=False, seen_at__gt=timezone.now() - ALIVE_LOST)
            .order_by("name")
            .values_list("name", flat=True)
        ),
        "certificates": _certificates(),
    }
