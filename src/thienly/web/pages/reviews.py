"""Reviews of rights: what is mine to answer for, right by right; how all units stand; who can see what."""

from dataclasses import dataclass, replace
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from thienly.core.access import gate
from thienly.core.cases.engine import Conflict
from thienly.core.reviews import seeing as sight
from thienly.core.reviews import services
from thienly.core.reviews.models import Item, UnitReview
from thienly.core.reviews.responsible import fetch_review, heads_of, reviews_of
from thienly.core.reviews.services import Counts, Stale
from thienly.core.service import service
from thienly.core.units.models import Unit
from thienly.rules.actions import Action
from thienly.rules.cases import IllegalStep
from thienly.rules.review import OPEN
from thienly.web.csv_cells import as_csv
from thienly.web.door import actor_of
from thienly.web.words.parameters import interval_words
from thienly.web.words.reviews import decision_words, review_state_words, why_not_words

MOST = 1000
_fetch = service(fetch_review)
"""`fetch_review` for plain reads: what is refused is recorded."""


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """GET `all`: with the reviews that are over."""
    actor, now = actor_of(request), timezone.now()
    known = reviews_of(actor, now)
    everything = "all" in request.GET
    shown = list(
        (known if everything else known.filter(case__closed_at=None)).order_by(
            "campaign__due_at", "unit__folded"
        )[:MOST]
    )
    counted = services.counts(shown)
    wanted = services.review_duty(now)
    rows = [
        (review, counted.get(review.pk, Counts()), review_state_words(review.case.state)) for review in shown
    ]
    may_open = gate.decide(actor=actor, action=Action.ADMIN_ACCOUNTS, obj=None).allow
    due = services.due_from(now)
    context = {
        "rows": rows,
        "everything": everything,
        "sums": _sums([counts for _review, counts, _state in rows]),
        "late": sum(review.case.state in ("escalated", "lapsed") for review in shown),
        "may_open": may_open,
        "open": known.filter(case__closed_at=None).exists(),
        "due": due,
        "overdue": due is not None and due < now,
        "every": interval_words(wanted.every) if wanted else "",
        "cite": wanted.cite if wanted else "",
        "sees": _may_see(request),
    }
    return render(request, "reviews/list.html", context)


@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    try:
        services.open_campaign(actor=actor_of(request), now=timezone.now())
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("The review is open; each unit's head has its rights before him."))
    return redirect("reviews")


@require_safe
def show(request: HttpRequest, review: UUID) -> HttpResponse:
    found = _fetch(actor=actor_of(request), id=review, now=timezone.now())
    return render(request, "reviews/one.html", _context(request, found))


@require_POST
def decide(request: HttpRequest, review: UUID) -> HttpResponse:
    """POST `item`, `decision` (certified, revoked), `reason`, `seen`; for htmx the row as it then is."""
    actor, now, given = actor_of(request), timezone.now(), request.POST
    error = ""
    try:
        services.decide(
            actor=actor,
            review_id=review,
            item_id=given.get("item", ""),
            decision=given.get("decision", ""),
            reason=given.get("reason", ""),
            seen=given.get("seen", ""),
            now=now,
        )
    except (Stale, Conflict):
        error = _("Somebody was faster. This is how it stands now; please look again.")
    except IllegalStep:
        error = _("This step is not possible any more.")
    except ValidationError as wrong:
        error = " ".join(wrong.messages)
    found = _fetch(actor=actor, id=review, now=now)
    if request.headers.get("HX-Request"):
        row = next((row for row in _rows(request, found) if row.item.pk.hex == given.get("item")), None)
        if row is not None:
            told = {"row": replace(row, error=error), "counts": _counts(found)}
            context = {"review": found, "swap": True, **told}
            return render(request, "reviews/row.html", context)
    if error:
        messages.error(request, error)
    return redirect(f"{reverse('review', kwargs={'review': review})}#next")


@require_safe
def seeing(request: HttpRequest) -> HttpResponse:
    """GET `csv`: as a sheet."""
    actor, now = actor_of(request), timezone.now()
    if not _may_see(request):
        service(gate.require)(actor=actor, action=Action.INSPECT_META, obj=None)
    if "csv" in request.GET:
        rows = sight.export(actor=actor, now=now)
        changes = [_("Persons, change"), _("Cameras, change")]
        head = [_("Unit"), _("Persons"), _("Cameras"), _("Persons × cameras"), *changes]
        cells = [
            (row.unit.name, row.persons, row.cameras, row.pairs, row.persons_change, row.cameras_change)
            for row in rows
        ]
        answer = HttpResponse(as_csv([head, *cells]), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="seeing-{timezone.localdate(now)}.csv"'
        return answer
    rows = sight.seeing(actor=actor, now=now)
    counted = any(row.persons_change is not None for row in rows)
    return render(request, "reviews/seeing.html", {"rows": rows, "counted": counted})


@dataclass(frozen=True, slots=True)
class Row:
    """`open`: somebody has still to answer; `why`: why not the person who looks, or ""."""

    item: Item
    open: bool
    why: str
    said: str
    error: str = ""


def _context(request: HttpRequest, review: UnitReview) -> dict[str, object]:
    rows = _rows(request, review)
    return {
        "review": review,
        "rows": rows,
        "counts": _counts(review),
        "state": review_state_words(review.case.state),
        "heads": heads_of(review.unit, timezone.now()),
        "late": review.case.state in ("escalated", "lapsed"),
    }


def _rows(request: HttpRequest, review: UnitReview) -> list[Row]:
    """What is still to be answered comes first."""
    actor, now = actor_of(request), timezone.now()
    leading, administers = services.standing_of(actor, review, now)
    rows: list[Row] = []
    for item in services.items_of(review):
        why = services.why_not(
            actor=actor, review=review, item=item, leading=leading, administers=administers
        )
        still = item.decision in OPEN and review.case.closed_at is None
        rows.append(Row(item, still, why_not_words(why), decision_words(item.decision)))
    return sorted(rows, key=lambda row: not row.open)


def _counts(review: UnitReview) -> Counts:
    return services.counts([review]).get(review.pk, Counts())


def _sums(counts: list[Counts]) -> Counts:
    return Counts(
        certified=sum(one.certified for one in counts),
        revoked=sum(one.revoked for one in counts),
        lapsed=sum(one.lapsed for one in counts),
        ended=sum(one.ended for one in counts),
        pending=sum(one.pending for one in counts),
    )


def _may_see(request: HttpRequest) -> bool:
    actor = actor_of(request)
    return any(gate.visible(actor=actor, action=action, model=Unit).exists() for action in sight.MAY_READ)
