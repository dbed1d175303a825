"""The log of extraction, and the desk where the requests of others are entered and followed."""

from datetime import datetime, time, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.extraction import register
from thienly.core.extraction.ordering import order_of
from thienly.core.extraction.reading import visible_requests
from thienly.core.service import service
from thienly.rules.actions import Action
from thienly.rules.extraction import FOR_OTHERS, READERS, Sort
from thienly.rules.order import Order, Person
from thienly.web.csv_cells import as_csv
from thienly.web.door import actor_of
from thienly.web.pages.extraction_ask import day
from thienly.web.words.extraction import release_words, request_state_words, request_tone, sort_words

MOST = 200


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """GET `q`, `from`, `until` (days)."""
    actor, now = actor_of(request), timezone.now()
    _require_reader(actor)
    found = register.lines(actor=actor, asked=_asked(request))
    context = {
        "lines": [(one, order_of(one, now=now)) for one in found[:MOST]],
        "total": found.count(),
        "most": MOST,
        "q": request.GET.get("q", "")[:100],
        "from": request.GET.get("from", ""),
        "until": request.GET.get("until", ""),
    }
    return render(request, "extraction/register.html", context)


@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """POST, with the filters of the list in the address: the log as a sheet."""
    actor = actor_of(request)
    _require_reader(actor)
    rows = register.export(actor=actor, asked=_asked(request))
    # The four fields of QN Đ20.4 come first.
    head = [_("Purpose"), _("Time"), _("Performed by"), _("Requested by")]
    head += [
        _("No."),
        _("Cameras"),
        _("Footage from"),
        _("Footage until"),
        _("What it is needed for"),
        _("Legal basis"),
        _("Document"),
        _("Decided by"),
        _("Articles"),
        _("Recipient"),
        _("Handing over"),
    ]
    sheet = as_csv([head, *(_cells(order) for _one, order in rows)])
    answer = HttpResponse(sheet, content_type="text/csv; charset=utf-8")
    name = f"nhat-ky-trich-xuat-{timezone.localdate()}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """What bodies and persons outside have asked for, the next due first. GET `all`: with what is over."""
    actor, now = actor_of(request), timezone.now()
    _require_reader(actor)
    known = visible_requests(actor=actor).filter(sort__in=FOR_OTHERS)
    everything = "all" in request.GET
    shown = known if everything else known.filter(case__closed_at=None)
    rows = sorted(shown[:MOST], key=lambda one: (one.due_at is None, one.due_at or one.sent_at))
    context = {
        "rows": [
            (
                one,
                sort_words(one.sort),
                request_state_words(one.case.state),
                request_tone(one.case.state),
                one.due_at is not None and one.due_at < now and one.case.closed_at is None,
            )
            for one in rows
        ],
        "everything": everything,
        "open": known.filter(case__closed_at=None).count(),
        "total": known.count(),
        "subject": Sort.SUBJECT,
    }
    return render(request, "extraction/desk.html", context)


def _require_reader(actor: Actor) -> None:
    """For who keeps or inspects records of some camera. Raises NotAllowed."""
    if not any(gate.visible(actor=actor, action=action).exists() for action in READERS):
        service(gate.require)(actor=actor, action=Action.INSPECT_META, obj=None)


def _asked(request: HttpRequest) -> register.Asked:
    return register.Asked(
        text=request.GET.get("q", "")[:100].replace("\0", ""),
        start=_midnight(request.GET.get("from", "")),
        end=_midnight(request.GET.get("until", ""), days=1),
    )


def _midnight(text: str, *, days: int = 0) -> datetime | None:
    on = day(text)
    try:
        return timezone.make_aware(datetime.combine(on + timedelta(days=days), time())) if on else None
    except (ValueError, OverflowError):
        return None


def _cells(order: Order) -> list[object]:
    first = order.stretches[0]
    papers = [order.application, *(one.paper for one in order.agreed)]
    return [
        order.purpose_words,
        _moment(order.ordered_at),
        _who(order.performed_by),
        _who(order.asked_by),
        order.number,
        "; ".join(f"{one.code} {one.name}" for one in order.stretches),
        _moment(first.start),
        _moment(first.end),
        order.why,
        order.basis,
        "; ".join(f"{one.number}, {one.issuer}" for one in papers if one is not None),
        "; ".join(f"{_who(one.by)} ({one.cite})" for one in order.agreed),
        "; ".join(order.articles),
        order.recipient,
        release_words(order.release),
    ]


def _who(person: Person) -> str:
    return ", ".join(part for part in (person.name, person.post) if part)


def _moment(at: datetime) -> str:
    return timezone.localtime(at).strftime("%d/%m/%Y %H:%M:%S")
