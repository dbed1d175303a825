"""Reviews of rights: opened, answered right by right, remembered, sent up, and closed by the clock."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils import timezone
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.access.refusal import NotAllowed
from thienly.core.cases import engine
from thienly.core.cases.models import Case
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.regulation.models import Version
from thienly.core.regulation.settling import settlements
from thienly.core.regulation.shelf import profiles
from thienly.core.reviews.models import Campaign, Item, UnitReview
from thienly.core.reviews.responsible import fetch_review, heads_of, leads
from thienly.core.reviews.rights import SORTS, Listed
from thienly.core.service import service
from thienly.core.text import normalise
from thienly.core.units.models import Unit
from thienly.rules.access import Reason, ReasonCode
from thienly.rules.actions import Action
from thienly.rules.cases import IllegalStep
from thienly.rules.review import (
    ESCALATE_BEFORE,
    LASTS,
    OPEN,
    REMIND_BEFORE,
    REVIEW,
    Decision,
    ReviewDuty,
    duty,
    may_decide,
    next_due,
)

_CLOCK = Actor.machine("steward")


class Stale(Exception):
    """Somebody decided on this right since the caller last looked; `item` is as it is now."""

    def __init__(self, item: Item) -> None:
        super().__init__(str(item.pk))
        self.item = item


@dataclass(frozen=True, slots=True)
class Counts:
    """Rights of a review: still needed, taken away, suspended, ended by themselves, not answered for."""

    certified: int = 0
    revoked: int = 0
    lapsed: int = 0
    ended: int = 0
    pending: int = 0

    @property
    def total(self) -> int:
        return self.certified + self.revoked + self.lapsed + self.ended + self.pending


def review_duty(now: datetime) -> ReviewDuty | None:
    """How often the regulations in force want a review, and where they say so."""
    held = [
        (rules, {name: row.value for name, row in settlements(rules).items()})
        for rules in profiles().values()
    ]
    return duty(held, timezone.localdate(now))


def due_from(now: datetime) -> datetime | None:
    """When the next review must open; None: no regulation in force wants one."""
    wanted = review_duty(now)
    if wanted is None:
        return None
    last = Campaign.objects.order_by("-opened_at").values_list("opened_at", flat=True).first()
    since = Version.objects.order_by("made_at").values_list("made_at", flat=True).first() or now
    return next_due(last=last, since=since, every=wanted.every)


@service
def open_campaign(*, actor: Actor, now: datetime) -> Campaign:
    """Lists every right of every unit to whoever answers for it.

    Raises NotAllowed (whoever administers the accounts of the installation opens one); ValidationError while
    another is still open, or when nobody holds a right.
    """
    gate.require(actor=actor, action=Action.ADMIN_ACCOUNTS, obj=None)
    if Campaign.objects.filter(reviews__case__closed_at=None).exists():
        raise ValidationError(_("A review is still open; end that one first."), "open")
    by_unit: dict[UUID, list[tuple[str, Listed]]] = {}
    for kind, sort in SORTS.items():
        for listed in sort.listed(now):
            by_unit.setdefault(listed.unit, []).append((kind, listed))
    if not by_unit:
        raise ValidationError(_("Nobody holds a right; there is nothing to review."), "empty")
    wanted = review_duty(now)
    campaign = Campaign.objects.create(
        opened_at=now, due_at=now + LASTS, cite=wanted.cite if wanted else "", opened_by=actor.account
    )
    items: list[Item] = []
    for unit in Unit.objects.filter(pk__in=by_unit).order_by("path"):
        review = UnitReview.objects.create(case=_case(actor, unit, now), campaign=campaign, unit=unit)
        items += [
            Item(
                review=review,
                kind=kind,
                right=listed.id,
                holder=listed.holder,
                label=listed.label[:300],
                document=listed.document,
            )
            for kind, listed in by_unit[unit.pk]
        ]
    Item.objects.bulk_create(items, batch_size=500)
    record(
        actor=actor,
        kind=Kind.REVIEW_OPENED,
        object_kind="review",
        object_id=campaign.id.hex,
        object_label=f"{timezone.localtime(now):%d/%m/%Y}",
        detail={
            "units": len(by_unit),
            "rights": len(items),
            "due": campaign.due_at.isoformat(),
            "cite": campaign.cite,
        },
        at=now,
    )
    return campaign


@service
def decide(
    *,
    actor: Actor,
    review_id: UUID | str,
    item_id: UUID | str,
    decision: str,
    reason: str,
    seen: str,
    now: datetime,
) -> Item:
    """Certifies a right or takes it away. `seen`: the decision that the caller saw, mostly none yet.

    Raises OutsideScope; NotAllowed (his own right; a unit for which he does not answer); Stale;
    ValidationError by field; rules.cases.IllegalStep when the review is over.
    """
    review = fetch_review(actor=actor, id=review_id, now=now)
    item = _item(review, item_id)
    _require_may(actor, review, item, now)
    if review.case.closed_at is not None:
        raise IllegalStep(state=review.case.state, action=decision, possible=())
    reason = normalise(reason)[:300]
    if decision not in (Decision.CERTIFIED, Decision.REVOKED):
        raise ValidationError({"decision": [ValidationError(_("Certify it, or take it away."), "invalid")]})
    if not reason:
        raise ValidationError({"reason": [ValidationError(_("Say why."), "required")]})
    if item.decision != seen or item.decision not in OPEN:
        raise Stale(item)
    taken = Item.objects.filter(pk=item.pk, decision=seen).update(
        decision=decision, reason=reason, decided_by=actor.account, decided_at=now
    )
    if not taken:
        raise Stale(Item.objects.get(pk=item.pk))
    sort = SORTS[item.kind]
    if decision == Decision.REVOKED and item.decision != Decision.LAPSED:
        sort.end(actor, item.right, reason, now)
    if decision == Decision.CERTIFIED and item.decision == Decision.LAPSED:
        sort.revive(actor, item.right, item.lasted_until, reason, now)
    _tell(actor, review, item, decision=decision, reason=reason, now=now)
    item.decision, item.reason, item.decided_by, item.decided_at = decision, reason, actor.account, now
    _complete(review, now)
    return item


def counts(reviews: Iterable[UnitReview]) -> dict[UUID, Counts]:
    """Of each review, by the id of its case."""
    found: dict[UUID, Counter[str]] = {}
    rows = Item.objects.filter(review__in=[review.pk for review in reviews])
    for review, decision, number in rows.values_list("review", "decision").annotate(Count("pk")).order_by():
        found.setdefault(review, Counter())[decision or "pending"] = number
    return {review: Counts(**number) for review, number in found.items()}


def items_of(review: UnitReview) -> QuerySet[Item]:
    return review.items.select_related("holder", "decided_by")


def why_not(*, actor: Actor, review: UnitReview, item: Item, leading: bool, administers: bool) -> str:
    """As `rules.review.may_decide`, of a page's many rows at once."""
    return may_decide(
        deciding=actor.account.id.hex if actor.account else "",
        holder=item.holder_id.hex,
        responsible=leading,
        administers=administers,
    )


def standing_of(actor: Actor, review: UnitReview, now: datetime) -> tuple[bool, bool]:
    """Whether the actor answers for the unit, and whether he administers its accounts."""
    administers = gate.decide(actor=actor, action=Action.ADMIN_ACCOUNTS, obj=review.unit, now=now).allow
    return leads(actor, review, now), administers


def tick(*, now: datetime) -> None:
    """What is due by the clock. Called by the steward."""
    due = due_from(now)
    if due is not None and due <= now and not Campaign.objects.filter(reviews__case__closed_at=None).exists():
        _open_by_clock(now)
    waiting = UnitReview.objects.filter(case__closed_at=None).select_related("case", "campaign", "unit")
    for review in waiting.order_by("campaign__due_at", "pk"):
        with transaction.atomic():
            _tick(review, now)


def _open_by_clock(now: datetime) -> None:
    try:
        with transaction.atomic():
            open_campaign(actor=_CLOCK, now=now)
    except ValidationError:
        return  # nobody holds a right yet


def _tick(review: UnitReview, now: datetime) -> None:
    left = review.campaign.due_at - now
    try:
        if left <= REMIND_BEFORE and review.reminded_at is None and review.case.state == "open":
            UnitReview.objects.filter(pk=review.pk, reminded_at=None).update(reminded_at=now)
            _tell_unit(Kind.REVIEW_REMINDED, review, heads_of(review.unit, now), now)
        if left <= ESCALATE_BEFORE and review.case.state == "open":
            engine.step_by_clock(actor=_CLOCK, case=review.case, action="escalate", now=now)
            above = review.unit.parent
            _tell_unit(Kind.REVIEW_ESCALATED, review, heads_of(above, now) if above else [], now)
        if left.total_seconds() <= 0 and review.case.state in ("open", "escalated"):
            engine.step_by_clock(actor=_CLOCK, case=review.case, action="lapse", now=now)
            _suspend(review, now)
        _complete(review, now)
    except engine.Conflict:
        return  # somebody was faster; the next tick looks again


def _suspend(review: UnitReview, now: datetime) -> None:
    """Takes away for the time being what nobody has answered for."""
    suspended = 0
    with override("vi"):
        reason = gettext("Suspended: nobody answered for it in the review of rights.")
    for item in Item.objects.filter(review=review, decision="").order_by("pk"):
        lasted, before = SORTS[item.kind].end(_CLOCK, item.right, reason, now)
        item.decision = Decision.LAPSED if lasted else Decision.ENDED
        item.lasted_until, item.decided_at = before, now
        item.save(update_fields=["decision", "lasted_until", "decided_at"])
        suspended += lasted
    record(
        actor=_CLOCK,
        kind=Kind.REVIEW_LAPSED,
        obj=review.case,
        object_label=str(review.unit),
        detail={"suspended": suspended, "cite": review.campaign.cite},
        at=now,
    )


def _complete(review: UnitReview, now: datetime) -> None:
    """Closes a review in which everything is answered; what ended by itself meanwhile is."""
    waiting = list(Item.objects.filter(review=review, decision="").select_related("holder"))
    for kind, sort in SORTS.items():
        own = [item for item in waiting if item.kind == kind]
        lasting = sort.lasting([item.right for item in own], now)
        for item in own:
            if item.right not in lasting:
                Item.objects.filter(pk=item.pk).update(decision=Decision.ENDED, decided_at=now)
                _tell(_CLOCK, review, item, decision=Decision.ENDED, reason="", now=now)
    if Item.objects.filter(review=review, decision__in=OPEN).exists():
        return
    engine.step_by_clock(actor=_CLOCK, case=review.case, action="complete", now=now)


def _case(actor: Actor, unit: Unit, now: datetime) -> Case:
    with override("vi"):
        title = gettext("Review of rights: %(unit)s") % {"unit": unit.name}
    if actor.account is None:
        return engine.open_by_clock(actor=actor, kind=REVIEW.kind, unit=unit, title=title, now=now)
    return engine.open_case(actor=actor, kind=REVIEW.kind, unit=unit, title=title)


def _item(review: UnitReview, id: UUID | str) -> Item:
    """Raises ValidationError when the review does not list it."""
    try:
        item = review.items.select_related("holder").filter(pk=UUID(str(id))).first()
    except ValueError:
        item = None
    if item is None:
        message = _("This review does not list such a right.")
        raise ValidationError({"item": [ValidationError(message, "unknown")]})
    return item


def _require_may(actor: Actor, review: UnitReview, item: Item, now: datetime) -> None:
    """Raises NotAllowed."""
    leading, administers = standing_of(actor, review, now)
    why = why_not(actor=actor, review=review, item=item, leading=leading, administers=administers)
    if not why:
        return
    cite = review.campaign.cite
    reason = (
        Reason(ReasonCode.OWN_CASE, cite, {"step": "review", "own": "holder"})
        if why == "own"
        else Reason(ReasonCode.NOT_RESPONSIBLE, cite, {"unit": review.unit.name})
    )
    raise NotAllowed(
        action=Action.ADMIN_ACCOUNTS,
        object_kind="review",
        object_id=review.case_id.hex,
        label=str(review.unit),
        reasons=[reason],
    )


def _tell(actor: Actor, review: UnitReview, item: Item, *, decision: str, reason: str, now: datetime) -> None:
    record(
        actor=actor,
        kind=Kind.REVIEW_DECIDED,
        obj=review.case,
        object_label=f"{item.holder} · {item.label}",
        detail={
            "decision": decision,
            "before": item.decision,
            "reason": reason,
            "right": item.right.hex,
            "kind": item.kind,
            "account": item.holder_id.hex,
            "cite": review.campaign.cite,
        },
        at=now,
    )


def _tell_unit(kind: Kind, review: UnitReview, persons: Iterable[object], now: datetime) -> None:
    record(
        actor=_CLOCK,
        kind=kind,
        obj=review.case,
        object_label=str(review.unit),
        detail={"persons": [str(one) for one in persons], "due": review.campaign.due_at.isoformat()},
        at=now,
    )
