"""What a unit is to look after by a document: an area, or a place that supplies a work it is linked to.

The scopes `area` and `linked_works` of the regulations are read from here (BDM Đ3.5, Đ3.8; QN Đ6.3).
"""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from thienly.core.access import epoch, gate
from thienly.core.access.actor import Actor
from thienly.core.access.document import Document, Errors
from thienly.core.access.facts import unended
from thienly.core.access.limits import post_of, refused, wrong_place
from thienly.core.access.refusal import OutsideScope
from thienly.core.areas.models import Area, Remit
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.registry.models import Site
from thienly.core.regulation.shelf import profiles
from thienly.core.service import service
from thienly.core.text import normalise
from thienly.core.units.models import Unit
from thienly.rules.access import Reason, ReasonCode
from thienly.rules.actions import Action
from thienly.rules.hashchain import JSON
from thienly.rules.profile import Scope


@dataclass(frozen=True, slots=True)
class Wanted:
    """Either an area, or a site with the work that it supplies. `valid_to`: the first day after it."""

    document: Document
    area: Area | None = None
    site: Site | None = None
    work: str = ""
    valid_from: date | None = None
    valid_to: date | None = None


@service
def give_remit(*, actor: Actor, unit: Unit, wanted: Wanted) -> Remit:
    """From a day on (default: today) the unit has this area, or is linked to the work that a place supplies.

    Raises OutsideScope, NotAllowed (whoever gives an area administers the accounts of the installation,
    whoever links a place those of its unit as well; nobody gives to his own unit); ValidationError by field.
    """
    gate.require(actor=actor, action=Action.ADMIN_ACCOUNTS, obj=unit)
    gate.require(actor=actor, action=Action.ADMIN_ACCOUNTS, obj=wanted.site.unit if wanted.site else None)
    now = timezone.now()
    own = actor.account.seats.filter(unended(now), unit=unit).first() if actor.account else None
    if own is not None:
        rules, post = post_of(own.profile, own.role)
        raise refused(unit, Reason(ReasonCode.OWN_CASE, rules.cited(post)))
    document, work = wanted.document.tidy(), normalise(wanted.work)[:200]
    begins = wanted.valid_from or timezone.localdate(now)
    unit = Unit.objects.select_for_update().get(pk=unit.pk)
    _check(unit, wanted, document, work, begins)
    _require_place(unit, wanted.site)
    assert document.issued is not None  # noqa: S101 - checked
    remit = Remit.objects.create(
        unit=unit,
        area=wanted.area,
        site=wanted.site,
        work=work if wanted.site else "",
        number=document.number,
        issued=document.issued,
        issuer=document.issuer,
        signatory=document.signatory,
        valid_from=begins,
        valid_to=wanted.valid_to,
        given_by=actor.account,
    )
    tell_given(actor, remit)
    epoch.bump()
    return remit


@service
def end_remit(*, actor: Actor, remit: Remit, reason: str) -> Remit:
    """From today on it no longer holds. Raises OutsideScope, NotAllowed; ValidationError."""
    gate.require(actor=actor, action=Action.ADMIN_ACCOUNTS, obj=remit.unit)
    gate.require(actor=actor, action=Action.ADMIN_ACCOUNTS, obj=remit.site.unit if remit.site else None)
    rows = Remit.objects.select_for_update(of=("self",)).select_related("unit", "site", "area")
    remit = rows.get(pk=remit.pk)
    reason, today = normalise(reason)[:300], timezone.localdate()
    if not reason:
        raise ValidationError({"reason": [ValidationError(_("Say why it ends."), "required")]})
    if remit.valid_to is not None and remit.valid_to <= today:
        raise ValidationError(_("It has ended already."), "ended")
    close_remit(actor, remit, reason, max(today, remit.valid_from))
    epoch.bump()
    return remit


def remits_of(unit: Unit) -> QuerySet[Remit]:
    """What holds or will hold, with its area or place."""
    today = timezone.localdate()
    rows = Remit.objects.filter(Q(valid_to=None) | Q(valid_to__gt=today), unit=unit)
    return rows.select_related("area__parent", "site__unit").order_by("work", "area__folded", "site__folded")


@service
def fetch_remit(*, actor: Actor, id: UUID) -> Remit:
    """Of a unit whose accounts the actor administers. Raises OutsideScope."""
    units = gate.visible(actor=actor, action=Action.ADMIN_ACCOUNTS, model=Unit)
    rows = Remit.objects.select_related("unit", "site__unit", "area")
    found = rows.filter(pk=id, unit__in=units.values("pk")).first()
    if found is None:
        raise OutsideScope(
            action=Action.ADMIN_ACCOUNTS,
            object_kind="remit",
            object_id=id.hex,
            label="",
            reasons=[Reason(ReasonCode.UNKNOWN)],
        )
    return found


def pass_on(*, actor: Actor, before: Unit, after: Unit, day: date, reason: str) -> None:
    """Inside the transaction of a reorganisation: the one successor of a unit has its areas and works."""
    living = Remit.objects.filter(Q(valid_to=None) | Q(valid_to__gt=day), unit=before)
    for remit in living.select_for_update():
        until, begins = remit.valid_to, max(day, remit.valid_from)
        close_remit(actor, remit, reason, begins)
        there = Remit.objects.filter(Q(valid_to=None) | Q(valid_to__gt=day), unit=after)
        if there.filter(area=remit.area, site=remit.site, work=remit.work).exists():
            continue
        new = Remit.objects.create(
            unit=after,
            area=remit.area,
            site=remit.site,
            work=remit.work,
            number=remit.number,
            issued=remit.issued,
            issuer=remit.issuer,
            signatory=remit.signatory,
            valid_from=begins,
            valid_to=until,
            given_by=remit.given_by,
        )
        tell_given(actor, new)


def tell_given(actor: Actor, remit: Remit) -> None:
    detail: dict[str, JSON] = {
        "unit": remit.unit_id.hex,
        "area": remit.area.code if remit.area else None,
        "site": remit.site_id.hex if remit.site_id else None,
        "work": remit.work,
        "document": remit.document[:200],
        "signatory": remit.signatory,
        "valid_from": remit.valid_from.isoformat(),
        "valid_to": remit.valid_to.isoformat() if remit.valid_to else None,
    }
    record(actor=actor, kind=Kind.REMIT_GIVEN, obj=remit, object_label=_label(remit), detail=detail)


def close_remit(actor: Actor, remit: Remit, reason: str, day: date) -> None:
    """Inside the transaction that moves the access epoch."""
    before = remit.valid_to
    remit.valid_to, remit.ended_reason = day, reason[:300]
    remit.save(update_fields=["valid_to", "ended_reason"])
    record(
        actor=actor,
        kind=Kind.REMIT_ENDED,
        obj=remit,
        object_label=_label(remit),
        detail={
            "reason": reason,
            "before": {"valid_to": before.isoformat() if before else None},
            "after": {"valid_to": day.isoformat()},
        },
    )


def _check(unit: Unit, wanted: Wanted, document: Document, work: str, begins: date) -> None:
    errors: Errors = document.wrong()
    ends = wanted.valid_to
    if (wanted.area is None) == (wanted.site is None):
        errors["area"] = [ValidationError(_("Choose an area, or a place with its work."), "required")]
    if wanted.site is not None and not work:
        errors["work"] = [ValidationError(_("Name the work that the place supplies."), "required")]
    if wanted.area is not None and wanted.area.valid_to is not None and wanted.area.valid_to <= begins:
        gone = {"area": wanted.area.name}
        errors["area"] = [ValidationError(_("%(area)s is no more."), "ended", gone)]
    if unit.valid_to is not None and unit.valid_to <= begins:
        ended = _("%(unit)s exists no more: choose its successor.")
        errors["unit"] = [ValidationError(ended, "ended", {"unit": unit.name})]
    if ends is not None and ends <= begins:
        errors["valid_to"] = [ValidationError(_("The last day lies before the first."), "order")]
    if errors:
        raise ValidationError(errors)
    same = Remit.objects.filter(Q(valid_to=None) | Q(valid_to__gt=begins), unit=unit)
    same = same.filter(area=wanted.area, site=wanted.site, work=work if wanted.site else "")
    if ends is not None:
        same = same.filter(valid_from__lt=ends)
    if found := same.first():
        message = _("This is given already at that time, by %(document)s.")
        raise ValidationError(message, "overlap", {"document": found.document})


def _require_place(unit: Unit, site: Site | None) -> None:
    """A place is linked only where a regulation would have the unit look after places of its type."""
    if site is None:
        return
    for rules in profiles().values():
        for role in rules.roles:
            for grant in rules.grants_of(role.id) if role.unit in unit.functions else ():
                if grant.scope is Scope.LINKED_WORKS and (reason := wrong_place(rules, grant, site)):
                    raise refused(unit, reason)


def _label(remit: Remit) -> str:
    return f"{remit.unit} · {remit}"
