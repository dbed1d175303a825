"""Looking into history: everybody sees his own acts, whoever inspects sees what is in his scope."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.db import connection, models
from django.db.models import Max, Min, Q, QuerySet, Value
from django.db.models.functions import Cast, Replace

from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.accounts.models import Account
from thienly.core.ledger import finding
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.labels import distinct
from thienly.core.ledger.models import Entry, Name, Quotation, Stretch
from thienly.core.ledger.writer import record
from thienly.core.registry.models import Camera
from thienly.core.service import service
from thienly.core.text import fold, normalise
from thienly.rules.actions import Action
from thienly.rules.hashchain import JSON, instant
from thienly.rules.zones import ADMINISTERING

M = TypeVar("M", bound=models.Model)

PAGE = 50
INSPECT = Action.INSPECT_META  # the verb that opens other people's history


@dataclass(frozen=True, slots=True)
class Found:
    """A page of entries, newest first. `older`: give it as `before` for the next page; None at the end."""

    entries: list[Entry]
    older: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is looked for; what is empty does not matter. `text`, `person`, `unit` and `document` ignore
    diacritics. `from_` belongs to the span, `until` does not."""

    text: str = ""
    person: str = ""
    camera: Camera | None = None
    kinds: Collection[Kind] = ()
    purpose: str = ""
    unit: str = ""  # part of the name of a unit in which the actor then held a seat
    zone: str = ""  # network zone, as it was called then
    document: str = ""  # the beginning of a document's number
    from_: datetime | None = None
    until: datetime | None = None

    def told(self) -> dict[str, JSON]:
        """As it is written into history."""
        sought: dict[str, JSON] = {
            "text": normalise(self.text),
            "person": normalise(self.person),
            "camera": self.camera.id.hex if self.camera else "",
            "kinds": [kind.value for kind in self.kinds],
            "purpose": self.purpose,
            "unit": normalise(self.unit),
            "zone": self.zone,
            "document": normalise(self.document),
            "from": instant(self.from_) if self.from_ else "",
            "until": instant(self.until) if self.until else "",
        }
        return {name: value for name, value in sought.items() if value}


@service
def search(*, actor: Actor, asked: Asked, before: int | None = None, size: int = PAGE) -> Found:
    """Entries that this actor may see, newest first.

    Looking at other people's acts is an act of its own, and recorded; the entry about it is not part of its
    own result.
    """
    entries = matching(actor=actor, asked=asked)
    if before:
        entries = entries.filter(seq__lt=before)
    page = list(entries.order_by("-seq")[: size + 1])
    if may_see(actor) != _own(actor):
        detail = asked.told() | ({"before": before} if before else {})
        record(actor=actor, kind=Kind.LEDGER_SEARCHED, camera=asked.camera, detail=detail)
    return Found(page[:size], page[size - 1].seq if len(page) > size else None)


def matching(*, actor: Actor, asked: Asked) -> QuerySet[Entry]:
    """Entries that this actor may see and that fit."""
    entries = Entry.objects.filter(may_see(actor))
    if text := normalise(asked.text):
        entries = entries.filter(_mentions(text))
    if person := normalise(asked.person):
        entries = entries.filter(actor_id__in=_called(person))
    if asked.camera:
        entries = entries.filter(camera_id=asked.camera.id.hex)
    if asked.kinds:
        entries = entries.filter(kind__in=[kind.value for kind in asked.kinds])
    if asked.purpose:
        entries = entries.filter(purpose=asked.purpose)
    if unit := fold(asked.unit):
        entries = entries.filter(unit_label__in=[one for one in distinct("unit_label") if unit in fold(one)])
    if asked.zone:
        entries = entries.filter(network_zone=asked.zone)
    if document := fold(asked.document):
        entries = entries.filter(seq__in=_quoting(document))
    if asked.from_:
        entries = entries.filter(at__gte=asked.from_)
    if asked.until:
        entries = entries.filter(at__lt=asked.until)
    if asked.from_ or asked.until:
        first, last = _numbers(asked.from_, asked.until)
        entries = entries.filter(seq__gte=first, seq__lte=last)
    return entries


def _numbers(begin: datetime | None, end: datetime | None) -> tuple[int, int]:
    """The first and the last number that an entry of that span can have. A database that walks history by
    number would otherwise pass everything that is newer."""
    lasts = Stretch.objects.order_by("last")
    whole = lasts.values_list("last", flat=True).last() or 0
    tail = (
        Entry.objects.filter(seq__gt=whole)
        .order_by()
        .aggregate(earliest=Min("at"), latest=Max("at"), first=Min("seq"), last=Max("seq"))
    )
    if begin:
        lasts = lasts.filter(latest__gte=begin)
    if end:
        lasts = lasts.filter(earliest__lt=end)
    found = list(lasts.values_list("last", flat=True))
    first, last = (found[0] - finding.STRETCH + 1, found[-1]) if found else (0, 0)
    in_tail = tail["last"] and (not begin or tail["latest"] >= begin) and (not end or tail["earliest"] < end)
    if in_tail:
        return (first or tail["first"]), tail["last"]
    return first, last


def may_see(actor: Actor) -> Q:
    """His own acts; those about cameras in his inspect.meta scope; all, when that scope is everything.

    Who administers sees nothing of what inspectors did.
    """
    if gate.decide(actor=actor, action=INSPECT, obj=None).allow:
        return _own(actor) | ~Q(actor_id__in=inspectors()) if _administers(actor) else Q()
    cameras = gate.visible(actor=actor, action=INSPECT)
    if not cameras.exists():
        return _own(actor)
    return _own(actor) | Q(camera_id__in=_hex(cameras))


def inspectors() -> set[str]:
    """Accounts that inspect everything and administer nothing. Their acts are not for those whom they
    inspect: an inspector sees the histories of administrators, not the reverse."""
    able = {seat.account_id.hex for seat in gate.who_can(action=INSPECT, obj=None)}
    for action in ADMINISTERING:
        able -= {seat.account_id.hex for seat in gate.who_can(action=action, obj=None)}
    return able


def _administers(actor: Actor) -> bool:
    return any(gate.decide(actor=actor, action=action, obj=None).allow for action in ADMINISTERING)


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


def _called(name: str) -> list[str]:
    """Who is called so, or was when he acted. A list, so that the database sees how few they are."""
    then = Name.objects.filter(folded__contains=fold(name)).values_list("actor_id", flat=True)
    return sorted({*then, *_accounts(name)})


def _quoting(document: str) -> QuerySet[Quotation, int]:
    found = Quotation.objects.filter(folded__startswith=document)
    if connection.vendor == "sqlite":  # LIKE uses no index there; texts are ordered by their letters' numbers
        found = found.filter(folded__gte=document, folded__lt=document + chr(0x10FFFF))
    return found.order_by().values_list("seq", flat=True)


def _hex(rows: QuerySet[M]) -> QuerySet[M, str]:
    """Ids as 32 hex digits: PostgreSQL writes a UUID with hyphens, SQLite stores it without."""
    plain = Replace(Cast("id", models.CharField()), Value("-"), Value(""))
    return rows.order_by().values_list(plain, flat=True)
