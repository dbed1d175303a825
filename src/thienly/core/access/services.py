"""Giving and ending seats, and saving walls."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from thienly.core.access import epoch, gate
from thienly.core.access.actor import Actor
from thienly.core.access.facts import unended
from thienly.core.access.models import Seat, WallLayout
from thienly.core.access.refusal import NotAllowed, OutsideScope
from thienly.core.accounts.models import Account
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.registry.models import Site
from thienly.core.registry.vocabulary import Sector
from thienly.core.regulation.shelf import profiles
from thienly.core.service import service
from thienly.core.text import normalise
from thienly.core.units.models import Unit
from thienly.rules.access import Reason, ReasonCode
from thienly.rules.actions import Action
from thienly.rules.hashchain import JSON
from thienly.rules.profile import Profile, Role, Scope

WALL_SIZES = (1, 4, 9, 16)
DOCUMENT_LETTERS = 200  # the width of its column; SQLite would not mind


@service
def appoint(
    *,
    actor: Actor,
    account: Account,
    unit: Unit,
    profile: str,
    role: str,
    document: str,
    valid_from: datetime | None = None,
    valid_to: datetime | None = None,
    sector: str = "",
    sites: Sequence[Site] = (),
) -> Seat:
    """Puts a person into a role of a unit, by a numbered decision, from `valid_from` (default: now).

    Raises OutsideScope, NotAllowed (own case; the unit lacks the role's function; all places taken; a role
    that the person already holds is kept apart from this one; the role reaches further than the appointing
    person may appoint — each with its article); ValidationError by field.
    """
    gate.require(actor=actor, action=Action.ADMIN_ACCOUNTS, obj=unit)
    now = timezone.now()
    begins = valid_from or now
    if actor.account is not None and actor.account.pk == account.pk:
        raise _refused(unit, Reason(ReasonCode.OWN_CASE))
    rules, post = _post(profile, role)
    facts = {"role": post.vi, "role_id": post.id, "profile": rules.id, "unit": unit.name}
    if post.unit not in unit.functions:
        reason = Reason(ReasonCode.WRONG_FUNCTION, rules.cited(post), facts | {"function": post.unit})
        raise _refused(unit, reason)
    document = normalise(document)
    _check(
        rules=rules,
        post=post,
        document=document,
        begins=begins,
        ends=valid_to,
        sector=sector,
        sites=sites,
    )
    _require_reach(actor, unit, rules.scopes_of(role), sites)
    # The row locks queue two appointments to the last free place, or of one person.
    Unit.objects.select_for_update().get(pk=unit.pk)
    Account.objects.select_for_update().get(pk=account.pk)
    others = Seat.objects.filter(unended(begins), profile=rules.id)
    if valid_to is not None:
        others = others.filter(valid_from__lt=valid_to)
    if others.filter(account=account, unit=unit, role=role, sector=sector).exists():
        raise ValidationError(_("The person holds this seat already."), "duplicate")
    limit = rules.quota_of(role)
    if limit and others.filter(unit=unit, role=role).count() >= limit[1]:
        reason = Reason(ReasonCode.QUOTA_FULL, rules.cited(limit[0]), facts | {"max": str(limit[1])})
        raise _refused(unit, reason)
    for separation, never in rules.separations_of(role):
        if held := others.filter(account=account, role__in=never).first():
            other = _post(rules.id, held.role)[1]
            kept_apart = facts | {"other": other.vi, "other_id": other.id}
            raise _refused(unit, Reason(ReasonCode.SEPARATED, rules.cited(separation), kept_apart))
    seat = Seat.objects.create(
        account=account,
        unit=unit,
        profile=rules.id,
        role=role,
        sector=sector,
        document=document,
        valid_from=begins,
        valid_to=valid_to,
    )
    seat.sites.set(sites)
    record(
        actor=actor,
        kind=Kind.SEAT_APPOINTED,
        obj=seat,
        object_label=_label(seat, post),
        detail=_facts(seat, post),
    )
    epoch.bump()
    return seat


@service
def end_seat(*, actor: Actor, seat: Seat, reason: str, at: datetime | None = None) -> Seat:
    """Ends a seat at `at` (default: now); the rights are gone from that moment.

    A seat of a role that no profile knows any more can be ended, too. Raises OutsideScope, NotAllowed (own
    case, or a seat that reaches further than the actor administers); ValidationError without a reason, or
    when the seat ends earlier anyway.
    """
    gate.require(actor=actor, action=Action.ADMIN_ACCOUNTS, obj=seat.unit)
    if actor.account is not None and actor.account.pk == seat.account_id:
        raise _refused(seat.unit, Reason(ReasonCode.OWN_CASE))
    rules = profiles().get(seat.profile)
    post = rules.role(seat.role) if rules else None
    _require_reach(actor, seat.unit, rules.scopes_of(seat.role) if rules else frozenset({Scope.ALL}))
    seat = Seat.objects.select_for_update(of=("self",)).select_related("unit", "account").get(pk=seat.pk)
    moment, reason = at or timezone.now(), normalise(reason)
    if not reason:
        raise ValidationError({"reason": [ValidationError(_("Say why the seat ends."), "required")]})
    if seat.valid_to is not None and seat.valid_to <= moment:
        raise ValidationError(_("The seat has ended already."), "ended")
    before = seat.valid_to
    seat.valid_to, seat.ended_reason = moment, reason[:300]
    seat.save(update_fields=["valid_to", "ended_reason"])
    record(
        actor=actor,
        kind=Kind.SEAT_ENDED,
        obj=seat,
        object_label=_label(seat, post),
        detail={
            "reason": reason,
            "before": {"valid_to": before.isoformat() if before else None},
            "after": {"valid_to": moment.isoformat()},
            "account": seat.account_id.hex,
        },
    )
    epoch.bump()
    return seat


@service
def save_layout(
    *,
    actor: Actor,
    name: str,
    size: int,
    tiles: Sequence[str | None],
    streams: Mapping[str, str] | None = None,
) -> WallLayout:
    """Saves (or replaces) the actor's own arrangement; it grants nothing and is asked again when it is shown.

    `tiles`: camera ids or None in reading order, at most `size` (1, 4, 9 or 16). `streams`: `main` or `sub`
    by camera id (hex), for those that are not shown by the size of their tile; the rest is left out.
    Raises OutsideScope for a camera that the actor may not know; ValidationError by field.
    """
    if actor.account is None:
        raise NotAllowed(
            action=Action.VIEW_LIVE,
            object_kind="layout",
            object_id="",
            label="",
            reasons=[Reason(ReasonCode.ANONYMOUS)],
        )
    name, ids = normalise(name)[:80], [_camera_id(tile) for tile in tiles]
    if not name:
        raise ValidationError({"name": [ValidationError(_("Give the layout a name."), "required")]})
    if size not in WALL_SIZES or len(ids) > size:
        raise ValidationError({"size": [ValidationError(_("A wall has 1, 4, 9 or 16 tiles."), "invalid")]})
    wanted = {camera for camera in ids if camera}
    if wanted.difference(gate.visible(actor=actor).filter(pk__in=wanted).values_list("pk", flat=True)):
        raise OutsideScope(
            action=Action.VIEW_LIVE,
            object_kind="camera",
            object_id="",
            label="",
            reasons=[Reason(ReasonCode.UNKNOWN)],
        )
    layout, _new = WallLayout.objects.update_or_create(
        account=actor.account,
        name=name,
        defaults={
            "size": size,
            "tiles": [camera.hex if camera else None for camera in ids],
            "streams": {
                camera.hex: streams[camera.hex]
                for camera in wanted
                if streams and streams.get(camera.hex) in ("main", "sub")
            },
            "updated_at": timezone.now(),
        },
    )
    detail: dict[str, JSON] = {"size": size, "cameras": sorted(camera.hex for camera in wanted)}
    record(actor=actor, kind=Kind.LAYOUT_SAVED, obj=layout, object_label=name, detail=detail)
    return layout


def layouts_of(*, actor: Actor) -> QuerySet[WallLayout]:
    """The actor's own saved layouts, by name."""
    return WallLayout.objects.filter(account=actor.account).order_by("name")


def _require_reach(actor: Actor, unit: Unit, scopes: frozenset[Scope], sites: Sequence[Site] = ()) -> None:
    """Nobody gives or takes a right over what he does not administer. Raises OutsideScope, NotAllowed."""
    if scopes & {Scope.ALL, Scope.SECTOR, Scope.PUBLIC_CATALOGUE}:
        gate.require(actor=actor, action=Action.ADMIN_ACCOUNTS, obj=None)
    for site in sites:
        gate.require(actor=actor, action=Action.ADMIN_ACCOUNTS, obj=site.unit)
    if scopes & {Scope.AREA, Scope.OWN_AND_SUB}:
        reached = gate.visible(actor=actor, action=Action.ADMIN_ACCOUNTS, model=Unit)
        for below in Unit.objects.filter(path__startswith=unit.path).exclude(pk__in=reached.values("pk"))[:1]:
            gate.require(actor=actor, action=Action.ADMIN_ACCOUNTS, obj=below)


def _post(profile: str, role: str) -> tuple[Profile, Role]:
    rules = profiles().get(profile)
    post = rules.role(role) if rules else None
    if rules is None or post is None:
        raise ValidationError({"role": [ValidationError(_("No regulation knows this role."), "unknown")]})
    return rules, post


def _check(
    *,
    rules: Profile,
    post: Role,
    document: str,
    begins: datetime,
    ends: datetime | None,
    sector: str,
    sites: Sequence[Site],
) -> None:
    errors: dict[str, list[ValidationError]] = {}
    scopes = rules.scopes_of(post.id)
    if not 0 < len(document) <= DOCUMENT_LETTERS:
        message = _("Give number and date of the appointing decision.")
        errors["document"] = [ValidationError(message, "required")]
    if ends is not None and ends <= begins:
        errors["valid_to"] = [ValidationError(_("The seat ends before it begins."), "order")]
    if Scope.SECTOR in scopes and sector not in Sector.values:
        errors["sector"] = [ValidationError(_("Choose the sector that this seat serves."), "required")]
    if Scope.SECTOR not in scopes and sector:
        errors["sector"] = [ValidationError(_("This role is not tied to a sector."), "unexpected")]
    if Scope.GRANT_LIST in scopes and not sites:
        errors["sites"] = [ValidationError(_("Choose the places that this seat may see."), "required")]
    if Scope.GRANT_LIST not in scopes and sites:
        errors["sites"] = [ValidationError(_("This role is not tied to a list of places."), "unexpected")]
    if errors:
        raise ValidationError(errors)


def _refused(unit: Unit, reason: Reason) -> NotAllowed:
    return NotAllowed(
        action=Action.ADMIN_ACCOUNTS,
        object_kind="unit",
        object_id=unit.id.hex,
        label=str(unit),
        reasons=[reason],
    )


def _label(seat: Seat, post: Role | None) -> str:
    return f"{seat.account} · {post.vi if post else seat.role} · {seat.unit}"


def _facts(seat: Seat, post: Role) -> dict[str, JSON]:
    return {
        "account": seat.account_id.hex,
        "unit": seat.unit_id.hex,
        "profile": seat.profile,
        "role": seat.role,
        "cite": f"{seat.profile} {post.cite}",
        "sector": seat.sector,
        "sites": [site.name for site in seat.sites.all()],
        "document": seat.document,
        "valid_from": seat.valid_from.isoformat(),
        "valid_to": seat.valid_to.isoformat() if seat.valid_to else None,
    }


def _camera_id(tile: str | None) -> UUID | None:
    if tile is None:
        return None
    try:
        return UUID(tile)
    except ValueError:
        raise ValidationError({"tiles": [ValidationError(_("This is no camera."), "invalid")]}) from None
