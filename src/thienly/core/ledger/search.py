"""Looking into history: everybody sees his own acts, whoever inspects sees what is in his scope."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.db import models
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Cast, Replace

from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.accounts.models import Account
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.ledger.writer import record
from thienly.core.registry.models import Camera
from thienly.core.service import service
from thienly.core.text import fold, normalise
from thienly.rules.actions import Action
from thienly.rules.hashchain import JSON

M = TypeVar("M", bound=models.Model)

PAGE = 50
INSPECT = Action.INSPECT_META  # the verb that opens other people's history


@dataclass(frozen=True, slots=True)
class Found:
    """A page of entries, newest first. `older`: give it as `before` for the next page; None at the end."""

    entries: list[Entry]
    older: int | None


@service
def search(
    *,
    actor: Actor,
    text: str = "",
    person: str = "",
    camera: Camera | None = None,
    kinds: Collection[Kind] = (),
    from_: datetime | None = None,
    until: datetime | None = None,
    before: int | None = None,
    size: int = PAGE,
) -> Found:
    """Entries that this actor may see. `text` and `person` ignore diacritics of people's and cameras' names.

    `from_` belongs to the span, `until` does not. Looking at other people's acts is an act of its own, and
    recorded; the entry about it is not part of its own result.
    """
    scope = may_see(actor)
    entries = Entry.objects.filter(scope)
    if text := normalise(text):
        entries = entries.filter(_mentions(text))
    if person := normalise(person):
        entries = entries.filter(Q(actor_label__icontains=person) | Q(actor_id__in=_accounts(person)))
    if camera:
        entries = entries.filter(camera_id=camera.id.hex)
    if kinds:
        entries = entries.filter(kind__in=[kind.value for kind in kinds])
    if from_:
        entries = entries.filter(at__gte=from_)
    if until:
        entries = entries.filter(at__lt=until)
    if before:
        entries = entries.filter(seq__lt=before)
    page = list(entries.order_by("-seq")[: size + 1])
    if scope != _own(actor):
        sought = {
            "text": text,
            "person": person,
            "kinds": [kind.value for kind in kinds],
            "from": from_.isoformat() if from_ else "",
            "until": until.isoformat() if until else "",
            "before": before,
        }
        detail: dict[str, JSON] = {name: value for name, value in sought.items() if value}
        record(actor=actor, kind=Kind.LEDGER_SEARCHED, camera=camera, detail=detail)
    return Found(page[:size], page[size - 1].seq if len(page) > size else None)


def may_see(actor: Actor) -> Q:
    """His own acts; those about cameras in his inspect.meta scope; all, when that scope is everything."""
    if gate.decide(actor=actor, action=INSPECT, obj=None).allow:
        return Q()
    cameras = gate.visible(actor=actor, action=INSPECT)
    if not cameras.exists():
        return _own(actor)
    return _own(actor) | Q(camera_id__in=_hex(cameras))


def _own(actor: Actor) -> Q:
    if actor.account is None:
        return Q(pk__in=[])
    return Q(actor_kind="account", actor_id=actor.account.id.hex)


def _mentions(text: str) -> Q:
    cameras, accounts = _hex(Camera.objects.filter(folded__contains=fold(text))), _accounts(text)
    return (
        Q(object_label__icontains=text)
        | Q(actor_label__icontains=text)
        | Q(unit_label__icontains=text)
        | Q(camera_id__in=cameras)
        | Q(actor_id__in=accounts)
        | Q(object_id__in=accounts)
    )


def _accounts(name: str) -> QuerySet[Account, str]:
    return _hex(Account.objects.filter(folded__contains=fold(name)))


def _hex(rows: QuerySet[M]) -> QuerySet[M, str]:
    """Ids as 32 hex digits: PostgreSQL writes a UUID with hyphens, SQLite stores it without."""
    plain = Replace(Cast("id", models.CharField()), Value("-"), Value(""))
    return rows.order_by().values_list(plain, flat=True)
