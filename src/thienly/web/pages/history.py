"""History: what happened, in sentences, and whether the chain of its lines is whole."""

from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from thienly.core.access import gate
from thienly.core.ledger.checkpoints import status
from thienly.core.ledger.evidence import export
from thienly.core.ledger.labels import distinct
from thienly.core.ledger.models import Entry
from thienly.core.ledger.search import Asked, search
from thienly.core.ledger.witness_state import states
from thienly.core.registry.models import Camera
from thienly.rules.actions import Action
from thienly.web.door import actor_of
from thienly.web.words.acts import GROUPS, ICONS, act_words, actor_words, group_of, group_words
from thienly.web.words.details import detail_rows

MORE = ("unit", "document", "purpose", "zone")
FILTERS = ("q", *MORE, "from", "until")


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """GET `q`, `camera`, `group`, `from`, `until`, `MORE`, `before`; for htmx only the rows."""
    actor, ask = actor_of(request), request.GET
    asked = _asked(request)
    before = ask.get("before", "")
    older_than = int(before) if before.isdecimal() and len(before) < 19 else None
    found = search(actor=actor, asked=asked, before=older_than)
    query = request.GET.copy()
    query["before"] = str(found.older or "")
    alone = request.GET.copy()
    alone.pop("before", None)
    words = group_words()
    context = {
        "rows": [_row(entry) for entry in found.entries],
        "older": f"?{query.urlencode()}" if found.older else "",
        "camera": asked.camera,
        "group": _group(request),
        "groups": words.items(),
        "ask": {name: ask.get(name, "") for name in FILTERS},
        "filtered": any(ask.get(name) for name in (*FILTERS, "camera", "group")),
        "more": any(ask.get(name) for name in MORE),
        "zones": distinct("network_zone"),
        "purposes": distinct("purpose"),
        "export": f"{reverse('history-export')}?{alone.urlencode()}",
        "chain": status(),
        "witnesses": states(settings.CONF),
        "sees_all": gate.decide(actor=actor, action=Action.INSPECT_META, obj=None).allow,
    }
    return render(
        request, "history/rows.html" if request.headers.get("HX-Request") else "history/list.html", context
    )


@require_POST
def export_file(request: HttpRequest) -> StreamingHttpResponse:
    """POST, with the filters of the list in the address: what fits them, as a file with its proof."""
    now = timezone.now()
    response = StreamingHttpResponse(
        export(actor=actor_of(request), asked=_asked(request), now=now), content_type="application/x-ndjson"
    )
    name = timezone.localtime(now).strftime("nhat-ky-%Y%m%d-%H%M%S.jsonl")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _group(request: HttpRequest) -> str:
    return request.GET.get("group", "") if request.GET.get("group") in GROUPS else ""


def _asked(request: HttpRequest) -> Asked:
    ask = request.GET
    return Asked(
        text=ask.get("q", "")[:100],
        camera=_camera(request),
        kinds=GROUPS.get(_group(request), ()),
        purpose=ask.get("purpose", "")[:60],
        unit=ask.get("unit", "")[:100],
        zone=ask.get("zone", "")[:60],
        document=ask.get("document", "")[:100],
        from_=_midnight(ask.get("from", "")),
        until=_midnight(ask.get("until", ""), days=1),
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
