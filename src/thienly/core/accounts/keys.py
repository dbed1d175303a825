"""Keys of machines: issued only against an approving document, shown once, kept as a hash (QN Đ3.5).

A key belongs to an account that holds an ordinary seat in the unit which owns it, so that the gate, quotas,
dates and the why-page treat a machine like a person; the key itself narrows the seat to actions and cameras.
"""

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from thienly.core.access import epoch, gate
from thienly.core.access.actor import Actor, Limits
from thienly.core.access.document import Document
from thienly.core.access.refusal import NotAllowed
from thienly.core.access.services import appoint
from thienly.core.accounts.models import Account, ServiceKey
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.registry.models import Site
from thienly.core.regulation.settling import require_settled
from thienly.core.service import service
from thienly.core.text import fold, normalise
from thienly.core.units.models import Unit
from thienly.rules.access import Reason, ReasonCode
from thienly.rules.actions import Action

SCHEME = "tl_"
PREFIX_BYTES = 5
SECRET_BYTES = 32
FOR_MACHINES = (
    Action.INSPECT_META,
    Action.STATISTICS,
    Action.VIEW_LIVE,
    Action.VIEW_PLAYBACK,
)
"""What a key may be issued for: machines read. People decide, administer and take footage out."""


@dataclass(frozen=True, slots=True)
class Issued:
    """`secret` is known only now."""

    key: ServiceKey
    secret: str


@service
def issue_key(
    *,
    actor: Actor,
    unit: Unit,
    name: str,
    profile: str,
    role: str,
    actions: Sequence[str],
    document: Document,
    expires_at: datetime | None,
    sector: str = "",
    sites: Sequence[Site] = (),
    cameras: Sequence[str] = (),
) -> Issued:
    """A key for a machine of `unit`, in the role that the regulation knows for it.

    Raises OutsideScope, NotAllowed (as `appoint` does; a parameter about interfaces that is still open);
    ValidationError by field: no name, no document, no end, no action.
    """
    gate.require(actor=actor, action=Action.ADMIN_ACCOUNTS, obj=unit)
    require_settled(profile=profile, action="api.issue")
    name, document = normalise(name), document.tidy()
    now = timezone.now()
    _check(name=name, document=document, actions=actions, expires_at=expires_at, now=now)
    if actor.account is None:
        raise NotAllowed(
            action=Action.ADMIN_ACCOUNTS,
            object_kind="unit",
            object_id=unit.id.hex,
            label=str(unit),
            reasons=[Reason(ReasonCode.NOT_GRANTED, facts={"action": Action.ADMIN_ACCOUNTS.value})],
        )
    chosen = _cameras(actor, cameras)
    prefix = SCHEME + secrets.token_hex(PREFIX_BYTES)
    account = Account(username=f"key-{prefix[len(SCHEME) :]}", full_name=name, machine=True)
    account.folded = fold(f"{account.username} {name}")
    account.set_unusable_password()
    account.save(force_insert=True)
    appoint(
        actor=actor,
        account=account,
        unit=unit,
        profile=profile,
        role=role,
        document=document,
        valid_to=expires_at,
        sector=sector,
        sites=sites,
    )
    secret = f"{prefix}.{secrets.token_urlsafe(SECRET_BYTES)}"
    assert expires_at is not None  # noqa: S101 - checked
    key = ServiceKey.objects.create(
        account=account,
        unit=unit,
        name=name,
        prefix=prefix,
        digest=_digest(secret),
        actions=sorted({Action(action).value for action in actions}),
        cameras=chosen,
        document=document.line,
        issued_at=now,
        issued_by=actor.account,
        expires_at=expires_at,
    )
    record(
        actor=actor,
        kind=Kind.KEY_ISSUED,
        obj=key,
        detail={
            "unit": unit.name,
            "profile": profile,
            "role": role,
            "actions": key.actions,
            "cameras": key.cameras,
            "until": expires_at.isoformat(),
        }
        | document.told(),
    )
    return Issued(key, secret)


@service
def revoke_key(*, actor: Actor, key: ServiceKey, reason: str) -> ServiceKey:
    """The key opens nothing from now on. Raises OutsideScope, NotAllowed; ValidationError (reason)."""
    gate.require(actor=actor, action=Action.ADMIN_ACCOUNTS, obj=key.unit)
    reason = normalise(reason)
    if not reason:
        raise ValidationError({"reason": [ValidationError(_("Say why."), "required")]})
    key = ServiceKey.objects.select_related("account", "unit").get(pk=key.pk)
    if key.revoked_at is None:
        now = timezone.now()
        key.revoked_at, key.revoked_reason = now, reason[:300]
        key.save(update_fields=["revoked_at", "revoked_reason"])
        account = key.account
        account.suspended_at, account.is_active = now, False
        account.save(update_fields=["suspended_at", "is_active"])
        record(actor=actor, kind=Kind.KEY_REVOKED, obj=key, detail={"reason": reason})
        epoch.bump()
    return key


def keys_of(*, actor: Actor) -> QuerySet[ServiceKey]:
    """The keys of the units whose accounts the actor administers."""
    units = gate.visible(actor=actor, action=Action.ADMIN_ACCOUNTS, model=Unit)
    return ServiceKey.objects.filter(unit__in=units).select_related("unit", "account", "issued_by")


def actor_of_key(
    *, secret: str, method: str, path: str, address: str, network_zone: str, now: datetime | None = None
) -> Actor | None:
    """Who asks with this key; None when it is none, revoked, expired or its account suspended.

    Every use stands in history before it is answered, and every refusal of a key.
    """
    now = now or timezone.now()
    prefix = secret.partition(".")[0]
    key = ServiceKey.objects.select_related("account", "unit").filter(prefix=prefix[:16]).first()
    unknown = Actor.anonymous(address=address, network_zone=network_zone)
    if key is None or not hmac.compare_digest(key.digest, _digest(secret)):
        _refused(unknown, None, "unknown")
        return None
    why = _shut(key, now)
    if why:
        _refused(unknown, key, why)
        return None
    actor = Actor.client(
        key.account,
        label=str(key),
        address=address,
        network_zone=network_zone,
        limits=Limits(frozenset(Action(one) for one in key.actions), frozenset(key.cameras)),
    )
    with transaction.atomic():
        ServiceKey.objects.filter(pk=key.pk).update(used_at=now)
        record(
            actor=actor, kind=Kind.KEY_USED, obj=key, detail={"method": method, "path": path[:300]}, at=now
        )
    return actor


def _shut(key: ServiceKey, now: datetime) -> str:
    if key.revoked_at is not None:
        return "revoked"
    if key.expires_at <= now:
        return "expired"
    return "suspended" if key.account.suspended_at is not None or not key.account.is_active else ""


def _refused(actor: Actor, key: ServiceKey | None, why: str) -> None:
    with transaction.atomic():
        record(actor=actor, kind=Kind.KEY_REFUSED, obj=key, object_kind="servicekey", detail={"reason": why})


def _check(
    *, name: str, document: Document, actions: Sequence[str], expires_at: datetime | None, now: datetime
) -> None:
    errors: dict[str, list[ValidationError]] = {}
    if not 0 < len(name) <= 150:
        message = _("Say which machine of which system will use the key.")
        errors["name"] = [ValidationError(message, "required")]
    if wrong := document.wrong():
        message = _("No key without an approving document: give its number, date and issuer (QN Đ3.5).")
        errors |= wrong | {"document": [ValidationError(message, "required")]}
    if expires_at is None or expires_at <= now:
        errors["expires_at"] = [ValidationError(_("Give the last day of the key."), "required")]
    if not actions or set(actions) - {action.value for action in FOR_MACHINES}:
        errors["actions"] = [ValidationError(_("Choose what the machine may do."), "required")]
    if errors:
        raise ValidationError(errors)


def _cameras(actor: Actor, ids: Sequence[str]) -> list[str]:
    """Raises ValidationError (cameras) for one that the actor may not know."""
    try:
        wanted = {UUID(one) for one in ids}
    except ValueError:
        wanted = {UUID(int=0)}
    found = set(gate.visible(actor=actor).filter(pk__in=wanted).values_list("pk", flat=True))
    if wanted - found:
        raise ValidationError({"cameras": [ValidationError(_("Choose cameras of the list."), "unknown")]})
    return sorted(pk.hex for pk in found)


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
