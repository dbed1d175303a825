"""Reviews of rights: how each unit stands, each right and what was answered, answering; who can see what."""

from datetime import datetime

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema
from ninja.responses import Status
from pydantic import Field

from thienly.api.session import actor_of
from thienly.core.access import gate
from thienly.core.cases.engine import Conflict
from thienly.core.reviews import seeing, services
from thienly.core.reviews.models import Item, UnitReview
from thienly.core.reviews.responsible import fetch_review, reviews_of
from thienly.core.reviews.services import Counts, Stale
from thienly.core.service import service
from thienly.rules.actions import Action
from thienly.rules.cases import IllegalStep

MOST = 1000

router = Router(tags=["reviews"])
_fetch = service(fetch_review)


class ReviewOut(Schema):
    id: str
    unit: str
    unit_name: str
    state: str = Field(description="open, escalated (gone up), lapsed (the rest suspended), completed")
    opened_at: datetime
    due_at: datetime
    cite: str = Field(description="articles that want it")
    certified: int
    revoked: int
    lapsed: int = Field(description="suspended, because nobody answered")
    ended: int
    pending: int

    @classmethod
    def of(cls, review: UnitReview, counts: Counts) -> "ReviewOut":
        return cls(
            id=review.pk.hex,
            unit=review.unit_id.hex,
            unit_name=review.unit.name,
            state=review.case.state,
            opened_at=review.campaign.opened_at,
            due_at=review.campaign.due_at,
            cite=review.campaign.cite,
            certified=counts.certified,
            revoked=counts.revoked,
            lapsed=counts.lapsed,
            ended=counts.ended,
            pending=counts.pending,
        )


class ItemOut(Schema):
    id: str
    kind: str = Field(description="seat")
    right: str
    holder: str
    holder_name: str
    label: str
    document: str
    decision: str = Field(description='"" (none yet), certified, revoked, lapsed, ended')
    reason: str
    decided_at: datetime | None

    @classmethod
    def of(cls, item: Item) -> "ItemOut":
        return cls(
            id=item.pk.hex,
            kind=item.kind,
            right=item.right.hex,
            holder=item.holder_id.hex,
            holder_name=str(item.holder),
            label=item.label,
            document=item.document,
            decision=item.decision,
            reason=item.reason,
            decided_at=item.decided_at,
        )


class Answer(Schema):
    item: str
    decision: str = Field(description="certified or revoked")
    reason: str = Field(max_length=1000)
    seen: str = Field(default="", description="the decision that was looked at")


class SeenOut(Schema):
    unit: str
    unit_name: str
    persons: int = Field(description="of the unit, who can see pictures, live or recorded")
    cameras: int = Field(description="that one of them at least can see")
    pairs: int = Field(description="persons × cameras, counted one by one")
    persons_change: int | None = Field(description="since the quarter began; null: not counted then")
    cameras_change: int | None


@router.get("", response=list[ReviewOut])
def reviews(request: HttpRequest, everything: bool = False) -> list[ReviewOut]:
    """Reviews that I answer for, administer or inspect, at most 1,000; `everything`: also what is over."""
    known = reviews_of(actor_of(request), timezone.now()).order_by("campaign__due_at", "unit__folded")
    shown = list((known if everything else known.filter(case__closed_at=None))[:MOST])
    counted = services.counts(shown)
    return [ReviewOut.of(review, counted.get(review.pk, Counts())) for review in shown]


@router.get("/seeing", response=list[SeenOut])
def who_sees(request: HttpRequest) -> list[SeenOut]:
    """Who can see what, by unit, of the units whose accounts I administer or inspect."""
    actor, now = actor_of(request), timezone.now()
    found = seeing.seeing(actor=actor, now=now)
    if not found:
        service(gate.require)(actor=actor, action=Action.INSPECT_META, obj=None)
    return [
        SeenOut(
            unit=row.unit.id.hex,
            unit_name=row.unit.name,
            persons=row.persons,
            cameras=row.cameras,
            pairs=row.pairs,
            persons_change=row.persons_change,
            cameras_change=row.cameras_change,
        )
        for row in found
    ]


@router.get("/{review_id}", response=list[ItemOut])
def review_items(request: HttpRequest, review_id: str) -> list[ItemOut]:
    """Every right that the review lists."""
    review = _fetch(actor=actor_of(request), id=review_id, now=timezone.now())
    return [ItemOut.of(item) for item in services.items_of(review)]


@router.post("/{review_id}", response={200: ItemOut, 409: dict[str, str]})
def review_answer(request: HttpRequest, review_id: str, answer: Answer) -> ItemOut | Status[dict[str, str]]:
    """Certifies a right or takes it away. 409: somebody was faster, or the review is over."""
    try:
        item = services.decide(
            actor=actor_of(request),
            review_id=review_id,
            item_id=answer.item,
            decision=answer.decision,
            reason=answer.reason,
            seen=answer.seen,
            now=timezone.now(),
        )
    except Stale as stale:
        return Status(409, {"error": "conflict", "decision": stale.item.decision})
    except (Conflict, IllegalStep):
        return Status(409, {"error": "over"})
    return ItemOut.of(item)
