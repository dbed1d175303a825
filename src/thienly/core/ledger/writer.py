"""THE writer of history. Nothing else inserts into the ledger."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, models
from django.db.models import Q
from django.utils import timezone

from thienly.core.access.actor import Actor
from thienly.core.access.models import Seat
from thienly.core.access.refusal import Refused
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.linking import append
from thienly.core.ledger.models import Entry
from thienly.core.registry.models import Camera
from thienly.core.text import fold
from thienly.rules.hashchain import JSON, instant, settle, settle_text

WIDTHS = {f.attname: f.max_length for f in Entry._meta.concrete_fields if isinstance(f, models.CharField)}

DOCUMENTS = frozenset({"document", "letter", "basis", "contract", "consent", "decision"})
"""Keys of `detail` under which services name a document."""


class OutsideTransaction(Exception):
    """History is written in the transaction of the act, or not at all."""


def record(
    *,
    actor: Actor,
    kind: Kind,
    camera: Camera | None = None,
    obj: models.Model | None = None,
    object_kind: str = "",
    object_id: str = "",
    object_label: str = "",
    purpose: str = "",
    detail: Mapping[str, JSON] | None = None,
    at: datetime | None = None,
) -> Entry:
    """Appends one entry in the caller's transaction.

    `obj` fills the three object fields that are not given; without it the camera is the object. `at` is the
    moment of the act (default: now). Texts longer than their column are cut. `detail` must hold no secret.
    Raises OutsideTransaction; TypeError when `detail` has no JSON form.
    """
    subject = obj if obj is not None else camera
    if camera is None and isinstance(obj, Camera):
        camera = obj
    if subject is not None:
        object_kind = object_kind or str(subject._meta.model_name)
        object_id = object_id or _id(subject.pk)
        object_label = object_label or str(subject)
    return _append(
        actor,
        kind,
        camera_id=camera.id.hex if camera else "",
        object_kind=object_kind,
        object_id=object_id,
        object_label=object_label,
        purpose=purpose,
        detail=detail or {},
        at=at or timezone.now(),
    )


def record_refusal(*, actor: Actor, refused: Refused) -> Entry:
    """Appends what was refused to whom, with the gate's reasons. Raises OutsideTransaction."""
    object_id = _id(refused.object_id)
    return _append(
        actor,
        Kind.REFUSED,
        camera_id=object_id if refused.object_kind == "camera" else "",
        object_kind=refused.object_kind,
        object_id=object_id,
        object_label=refused.label,
        purpose="",
        detail={
            "action": refused.action.value,
            "status": refused.status,
            "reasons": [
                {"code": str(r.code), "cite": str(r.cite), "facts": {k: str(v) for k, v in r.facts.items()}}
                for r in refused.reasons
            ],
        },
        at=timezone.now(),
    )


def chained_fields(entry: Entry) -> dict[str, JSON]:
    """The columns of `entry` as the chain hashes them, and `hash`."""
    columns = {field.attname: getattr(entry, field.attname) for field in Entry._meta.concrete_fields}
    return columns | {"at": instant(entry.at)}


def _append(actor: Actor, kind: Kind, *, detail: Mapping[str, JSON], at: datetime, **fields: str) -> Entry:
    if not connection.in_atomic_block:
        raise OutsideTransaction(kind.value)
    fields |= {
        "kind": kind.value,
        "actor_kind": actor.kind,
        "actor_id": actor.id,
        "actor_label": actor.label,
        "unit_label": _units(actor, at),
        "network_zone": actor.network_zone,
        "address": actor.address,
    }
    facts = settle(detail)
    texts = {name: _fit(name, text) for name, text in fields.items()}
    link = append(
        texts=texts,
        at=at,
        detail=facts,
        quoted=_quoted(facts) if isinstance(facts, dict) else (),
        name=fold(texts["actor_label"])[:200],
    )
    entry = Entry(seq=link.seq, at=at, detail=facts, previous=link.previous, hash=link.hash, **texts)
    entry._state.adding, entry._state.db = False, connection.alias
    return entry


def _quoted(detail: Mapping[str, JSON]) -> set[str]:
    """Numbers of documents that a detail names, at the top or in what was before and after."""
    found: set[str] = set()
    for name, value in detail.items():
        if isinstance(value, Mapping):
            found |= _quoted(value)
        elif isinstance(value, str) and name in DOCUMENTS and (folded := fold(value)):
            found.add(folded[:200])
    return found


def _units(actor: Actor, at: datetime) -> str:
    """Names of the units in which the actor then holds a seat."""
    if actor.account is None:
        return ""
    live = Q(valid_to__isnull=True) | Q(valid_to__gt=at)
    seats = Seat.objects.filter(live, account=actor.account, valid_from__lte=at)
    return " · ".join(seats.order_by("unit__folded").values_list("unit__name", flat=True).distinct())


def _fit(column: str, text: str) -> str:
    return settle_text(text)[: WIDTHS[column]]


def _id(pk: Any) -> str:
    """32 hex digits for anything that is a UUID, so that one object has one spelling in history."""
    try:
        return UUID(str(pk)).hex
    except ValueError:
        return str(pk)
