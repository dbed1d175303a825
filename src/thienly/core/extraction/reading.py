"""Who may read a request: who takes part in it, and who keeps or inspects every one of its cameras."""

from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.access.memory import seats_of
from thienly.core.access.refusal import OutsideScope
from thienly.core.extraction.facts import seat_for, wanted_of
from thienly.core.extraction.models import AskedCamera, Extraction
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.registry.models import Camera
from thienly.core.regulation.shelf import profiles
from thienly.core.service import service
from thienly.rules.access import Reason, ReasonCode
from thienly.rules.actions import Action
from thienly.rules.extraction import READERS, UNDER_WAY
from thienly.rules.extraction_needs import Need, might_decide


def requests() -> QuerySet[Extraction]:
    return Extraction.objects.select_related(
        "case__opened_by", "case__camera__site__unit", "unit", "application", "performer", "told"
    )


def visible_requests(*, actor: Actor) -> QuerySet[Extraction]:
    """Those that the actor may read, the last sent first."""
    reached = Q()
    for action in READERS:
        reached |= Q(pk__in=gate.visible(actor=actor, action=action).values("pk"))
    beyond = AskedCamera.objects.filter(request=OuterRef("pk")).exclude(
        camera__in=Camera.objects.filter(reached).values("pk")
    )
    found = requests().filter(_takes_part(actor) | ~Exists(beyond))
    return found.order_by("-sent_at", "-pk")


def own_requests(*, actor: Actor) -> QuerySet[Extraction]:
    """Those that the actor has sent, for himself or for somebody outside."""
    return requests().filter(case__opened_by=actor.account).order_by("-sent_at", "-pk")


def told_of(*, actor: Actor) -> QuerySet[Extraction]:
    """Extractions by right of others of which the actor is told, and that he has not looked at."""
    return requests().filter(told=actor.account, told_seen_at=None).order_by("-sent_at", "-pk")


def speaks(actor: Actor) -> bool:
    """Whether the actor holds a seat by which requests can be decided at all."""
    return actor.account is not None and might_decide(
        seats_of(actor.account), today=profiles(), now=timezone.localtime()
    )


def waiting_for(*, actor: Actor, now: datetime) -> list[tuple[Extraction, list[Need]]]:
    """What the actor can decide now, the next due first. Requests under way are few: tens a day."""
    if not speaks(actor):
        return []
    found: list[tuple[Extraction, list[Need]]] = []
    open_ = requests().filter(case__state__in=UNDER_WAY).exclude(case__opened_by=actor.account)
    for request in open_.order_by("due_at", "sent_at"):
        if needs := decidable(actor, request, now):
            found.append((request, needs))
    return sorted(found, key=lambda one: (one[0].due_at is None, one[0].due_at or one[0].sent_at))


def decidable(actor: Actor, request: Extraction, now: datetime) -> list[Need]:
    """The needs that are open still and that the actor can give by one of his seats."""
    if actor.account is None or request.case.opened_by_id == actor.account.pk:
        return []
    return [need for need in open_needs(request, now) if seat_for(need, actor.account, now) is not None]


def could_decide(actor: Actor, request: Extraction, now: datetime) -> bool:
    """Whether the actor holds a seat by which something of the request is decided, whoever did."""
    account = actor.account
    if account is None or request.case.opened_by_id == account.pk:
        return False
    return any(seat_for(need, account, now) is not None for need in wanted_of(request, now).needs)


def open_needs(request: Extraction, now: datetime) -> list[Need]:
    """What nobody has decided on, of the gates that can still be decided."""
    if request.case.state not in UNDER_WAY:
        return []
    given = set(request.verdicts.filter(void_at=None).values_list("need", flat=True))
    answerable = request.case.state in ("sent", "received")
    return [
        need
        for need in wanted_of(request, now).needs
        if need.key not in given and (answerable or need.gate == "provide")
    ]


@service
def fetch_request(*, actor: Actor, case_id: UUID | str) -> Extraction:
    """Raises OutsideScope, alike for an id that never was; NotAllowed for who may know the cameras only."""
    request = _by_id(case_id)
    if actor.account is not None and (
        requests().filter(_takes_part(actor), pk=request.pk).exists()
        or could_decide(actor, request, timezone.now())
    ):
        return request
    for row in request.cameras.select_related("camera__site__unit"):
        *others, last = READERS
        if not any(gate.decide(actor=actor, action=one, obj=row.camera).allow for one in others):
            gate.require(actor=actor, action=last, obj=row.camera)
    return request


@service
def fetch_own(*, actor: Actor, case_id: UUID | str) -> Extraction:
    """A request that the actor has sent. Raises OutsideScope, alike for another's and for none."""
    request = _by_id(case_id)
    if actor.account is None or request.case.opened_by_id != actor.account.pk:
        raise _unknown(case_id)
    return request


@service
def see_told(*, actor: Actor, case_id: UUID | str) -> Extraction:
    """The second person has looked at an extraction of which he is told. Raises OutsideScope."""

    request, now = _by_id(case_id), timezone.now()
    if actor.account is None or request.told_id != actor.account.pk:
        raise _unknown(case_id)
    if request.told_seen_at is None:
        request.told_seen_at = now
        request.save(update_fields=["told_seen_at"])
        record(actor=actor, kind=Kind.EXTRACTION_SEEN, obj=request.case, camera=request.case.camera, at=now)
    return request


def _takes_part(actor: Actor) -> Q:
    return (
        Q(case__opened_by=actor.account)
        | Q(told=actor.account)
        | Q(performer=actor.account)
        | Q(verdicts__by=actor.account)
    )


def _by_id(case_id: UUID | str) -> Extraction:
    try:
        request = requests().filter(pk=UUID(str(case_id))).first()
    except ValueError:
        request = None
    if request is None:
        raise _unknown(case_id)
    return request


def _unknown(case_id: UUID | str) -> OutsideScope:
    return OutsideScope(
        action=Action.EXTRACT,
        object_kind="case",
        object_id=str(case_id)[:64],
        label="",
        reasons=[Reason(ReasonCode.UNKNOWN)],
    )
