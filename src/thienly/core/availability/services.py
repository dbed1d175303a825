"""What persons do about outages of the platform: they read, acknowledge, and say that a recorder is out of
use. Nobody changes or removes an outage: the report is computed from history, which only grows."""

from datetime import datetime
from unicodedata import normalize

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.access.refusal import NotAllowed
from thienly.core.availability.measuring import RECORDER
from thienly.core.availability.models import ServiceState
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.ledger.writer import record
from thienly.core.regulation.prohibited import TAMPERING, articles
from thienly.core.service import service
from thienly.core.text import normalise
from thienly.rules.access import Reason, ReasonCode
from thienly.rules.actions import Action
from thienly.rules.availability import Cause

MAY_READ = (Action.INSPECT_META, Action.ADMIN_SYSTEM, Action.STATISTICS)
"""Over the whole installation."""


def may_read(actor: Actor) -> bool:
    return bool(gate.allowed_actions(actor=actor, obj=None) & set(MAY_READ))


@service
def require_reader(*, actor: Actor) -> None:
    """Raises NotAllowed."""
    if not may_read(actor):
        gate.require(actor=actor, action=Action.STATISTICS, obj=None)


@service
def acknowledge(*, actor: Actor, outage: str, note: str, now: datetime) -> Entry:
    """A person has taken note, and says what is done or was found. It stands beside what was measured.

    Raises NotAllowed; ValidationError by field.
    """
    gate.require(actor=actor, action=Action.ADMIN_SYSTEM, obj=None, now=now)
    note = normalize("NFC", note.replace("\0", " ")).strip()[:500]
    if not note:
        raise ValidationError({"note": [ValidationError(_("Say what was done or found."), "required")]})
    outage = normalise(outage)[:64]
    lost = Entry.objects.filter(
        kind=Kind.SERVICE_LOST, object_id=outage.partition("@")[0][:64], detail__outage=outage
    ).first()
    if lost is None:
        raise ValidationError(_("There is no such outage."), "unknown")
    return record(
        actor=actor,
        kind=Kind.OUTAGE_ACKNOWLEDGED,
        object_kind="service",
        object_id=lost.object_id,
        object_label=lost.object_label,
        detail={"outage": outage, "note": note},
        at=now,
    )


@service
def retire(*, actor: Actor, name: str, note: str, now: datetime) -> Entry:
    """A recorder that is lost will not come back: it is measured no longer. If it does come, it is again.

    Raises NotAllowed; ValidationError by field.
    """
    gate.require(actor=actor, action=Action.ADMIN_SYSTEM, obj=None, now=now)
    note = normalize("NFC", note.replace("\0", " ")).strip()[:500]
    if not note:
        raise ValidationError({"note": [ValidationError(_("Say what was done or found."), "required")]})
    rows = ServiceState.objects.select_for_update().filter(name__startswith=RECORDER)
    row = rows.filter(name=normalise(name)[:60]).first()
    if row is None or not row.outage:
        raise ValidationError(_("Only a recorder that is away can be taken out of use."), "not_away")
    about = {"object_kind": "service", "object_id": row.name, "object_label": row.name, "at": now}
    until = {"until": now.isoformat()}
    back = {"outage": row.outage, "cause": Cause.RETIRED.value}
    record(actor=actor, kind=Kind.SERVICE_BACK, detail=until | back, **about)  # type: ignore[arg-type]  # by name
    row.delete()
    return record(
        actor=actor,
        kind=Kind.SERVICE_RETIRED,
        detail=until | {"note": note},
        **about,  # type: ignore[arg-type]
    )


@service
def refuse_change(*, actor: Actor, outage: str) -> None:
    """Always raises NotAllowed: measured outages are neither changed nor removed, by nobody."""
    cite = articles(TAMPERING, timezone.localdate())
    raise NotAllowed(
        action=Action.ADMIN_SYSTEM,
        object_kind="installation",
        object_id="",
        label=outage[:80],
        reasons=[Reason(ReasonCode.MEASURED_STANDS, cite, {"outage": outage[:64]})],
    )
