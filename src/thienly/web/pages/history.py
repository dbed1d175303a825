"""History: what happened, in sentences, and whether the chain of its lines is whole."""

from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from thienly.core.access import gate
from thienly.core.ledger.checkpoints import status
from thienly.core.ledger.models import Entry
from thienly.core.ledger.search import search
from thienly.core.registry.models import Camera
from thienly.rules.actions import Action
from thienly.web.door import actor_of
from thienly.web.words.acts import GROUPS, ICONS, act_words, actor_words, group_of, group_words
from thienly.web.words.details import detail_rows


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """GET `q`, `camera`, `group`, `from`, `until`, `before`; for htmx only the rows."""
    actor, ask = actor_of(request), request.GET
    group = ask.get("group", "") if ask.get("group") in GROUPS else ""
    camera = _camera(request)
    before = ask.get("before", "")
    found = search(
        actor=actor,
        text=ask.get("q", "")[:100],
        camera=camera,
        kinds=GROUPS.get(group, ()),
        from_=_midnight(ask.get("from", "")),
        until=_midnight(ask.get("until", ""), days=1),
        before=int(before) if before.isdecimal() and len(before) < 19 else None,
    )
    query = request.GET.copy()
    query["before"] = str(found.older or "")
    words = group_words()
    context = {
        "rows": [_row(entry) for entry in found.entries],
        "older": f"?{query.urlencode()}" if found.older else "",
        "camera": camera,
        "group": group,
        "groups": words.items(),
        "ask": {name: ask.get(name, "") for name in ("q", "from", "until")},
        "filtered": any(ask.get(name) for name in ("q", "camera", "group", "from", "until")),
        "chain": status(),
        "sees_all": gate.decide(actor=actor, action=Action.INSPECT_META, obj=None).allow,
    }
    return render(
        request, "history/rows.html" if request.headers.get("HX-Request") else "history/list.html", context
    )


def _row(entry: Entry) -> dict[str, object]:
    group = group_of(entry.kind)
    return {
        "entry": entry,
        "icon": ICONS[group],
        "group": group,
        "actor": actor_words(entry),
        "act": act_words(entry),
        "facts": detail_rows(entry),
    }


def _camera(request: HttpRequest) -> Camera | None:
    try:
        return gate.visible(actor=actor_of(request)).filter(pk=UUID(request.GET.get("camera", ""))).first()
    except ValueError:
        return None


def _midnight(text: str, *, days: int = 0) -> datetime | None:
    """The first moment of that day of the site, or `days` later; None when it is no day."""
    try:
        return timezone.make_aware(datetime.combine(date.fromisoformat(text) + timedelta(days=days), time()))
    except (ValueError, OverflowError):
        return None
