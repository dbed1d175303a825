"""Giving, receiving and ending seats."""

from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from thienly.core.access import epoch, gate
from thienly.core.access.actor import Actor
from thienly.core.access.document import Document, incompetent
from thienly.core.access.facts import unended
from thienly.core.access.layouts import WALL_SIZES, layouts_of, save_layout
from thienly.core.access.limits import own_case, post_of, refused, require_free, require_reach, wrong_place
from thienly.core.access.models import Right, Seat
from thienly.core.access.rights import end_rights_of
from thienly.core.access.telling import seat_told
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
from thienly.rules.profile import Profile, Role, Scope

DOCUMENT_LETTERS = 200  # the width of its column; SQLite would not mind

__all__ = ["WALL_SIZES", "appoint", "end_seat", "layouts_of", "receive_seat", "save_layout"]


@service
def appoint(
    *,
    actor: Actor,
    account: Account,
    unit: Unit,
    profile: str,
    role: str,
    document: Document | str,
    valid_from: datetime | None = None,
    valid_to: datetime | None = None,
    sector: str = "",
    sites: Sequence[Site] = (),
    succeeds: Seat | None = None,
) -> Seat:
    """Puts a person into a role of a unit, by a numbered decision, from `valid_from` (default: now).

    Where the role's regulation has the unit receive the account (BDP II), it counts from the moment at which
    its holder acknowledges it. `document` as one line: only for the installation itself, before there is
    anybody to sign.

    Raises OutsideScope, NotAllowed (own case; the unit lacks the role's function; all places taken; a role
    that the person already holds is kept apart from this one; places of another type; another body must
    decide; the role reaches further than the appointing person may appoint — each with its article);
    ValidationError by field.
    """
    gate.require(actor=actor, action=Action.ADMIN_ACCOUNTS, obj=unit)
    now = timezone.now()
    begins = valid_from or now
    paper = document.tidy() if isinstance(document, Document) else None
    if own_case(actor, account, paper):
        raise refused(unit, Reason(ReasonCode.OWN_CASE))
    rules, post = post_of(profile, role)
    facts = {"role": post.vi, "role_id": post.id, "profile": rules.id, "unit": unit.name}
    if post.unit not in unit.functions:
        reason = Reason(ReasonCode.WRONG_FUNCTION, rules.cited(post), facts | {"function": post.unit})
        raise refused(unit, reason)
    line = paper.line if paper else normalise(str(document))
    _check(
        rules=rules,
        post=post,
        document=line,
        paper=paper,
        by_machine=actor.kind == "machine",
        begins=begins,
        ends=valid_to,
        sector=sector,
        sites=sites,
    )
    _require_place(unit, rules, post, paper, sites)
    require_reach(actor, unit, rules.scopes_of(role), sites)
    # The row locks queue two appointments to the last free place, or of one person.
    Unit.objects.select_for_update().get(pk=unit.pk)
    Account.objects.select_for_update().get(pk=account.pk)
    others = Seat.objects.filter(unended(begins), profile=rules.id)
    if valid_to is not None:
        others = others.filter(valid_from__lt=valid_to)
    if others.filter(account=account, unit=unit, role=role, sector=sector).exists():
        raise ValidationError(_("The person holds this seat already."), "duplicate")
    require_free(unit, rules, post, others)
    for separation, never in rules.separations_of(role):
        lent = Right.objects.filter(
            seat__account=account, lender__profile=rules.id, lender__role__in=never, valid_to__gt=begins
        ).first()
        held = others.filter(account=account, role__in=never).first() or (lent.lender if lent else None)
        if held is not None:
            other = post_of(rules.id, held.role)[1]
            kept_apart = facts | {"other": other.vi, "other_id": other.id}
            raise refused(unit, Reason(ReasonCode.SEPARATED, rules.cited(separation), kept_apart))
    seat = Seat.objects.create(
        account=account,
        unit=unit,
        profile=rules.id,
        role=role,
        sector=sector,
        document=line,
        number=paper.number if paper else "",
        issued=paper.issued if paper else None,
        issuer=paper.issuer if paper else "",
        signatory=paper.signatory if paper else "",
        assigned_by=actor.account,
        assigning_unit=_assigning(actor, now),
        must_receive=post.received,
        succeeds=succeeds,
        valid_from=begins,
        valid_to=valid_to,
    )
    seat.sites.set(sites)
    record(
        actor=actor,
        kind=Kind.SEAT_APPOINTED,
        obj=seat,
        object_label=_label(seat, post),
        detail=seat_told(seat, cite=rules.cited(post)) | (paper.told() if paper else {}),
    )
    epoch.bump()
    return seat


@service
def receive_seat(*, actor: Actor, seat: Seat) -> Seat:
    """The holder acknowledges that he has received the seat that was assigned to him (BDP II, BDM Đ3).

    Raises NotAllowed when it is another person's; ValidationError when there is nothing to receive.
    """
    seat = Seat.objects.select_for_update(of=("self",)).select_related("unit", "account").get(pk=seat.pk)
    rules = profiles().get(seat.profile)
    post = rules.role(seat.role) if rules else None
    if actor.account is None or actor.account.pk != seat.account_id:
        cite = rules.cited(post) if rules and post else ""
        raise refused(seat.unit, Reason(ReasonCode.NOT_RECEIVED, cite, {"unit": seat.unit.name}))
    now = timezone.now()
    if not seat.must_receive or seat.received_at is not None or (seat.valid_to and seat.valid_to <= now):
        raise ValidationError(_("There is nothing to receive here."), "nothing")
    seat.received_at = now
    seat.save(update_fields=["received_at"])
    record(
        actor=actor,
        kind=Kind.SEAT_RECEIVED,
        obj=seat,
        object_label=_label(seat, post),
        detail={"received_at": now.isoformat(), "account": seat.account_id.hex},
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
        raise refused(seat.unit, Reason(ReasonCode.OWN_CASE))
    rules = profiles().get(seat.profile)
    post = rules.role(seat.role) if rules else None
    require_reach(actor, seat.unit, rules.scopes_of(seat.role) if rules else frozenset({Scope.ALL}))
    seat = Seat.objects.select_for_update(of=("self",)).select_related("unit", "account").get(pk=seat.pk)
    moment, reason = at or timezone.now(), normalise(reason)
    if not reason:
        raise ValidationError({"reason": [ValidationError(_("Say why the seat ends."), "required")]})
    if seat.valid_to is not None and seat.valid_to <= moment:
        raise ValidationError(_("The seat has ended already."), "ended")
    before = seat.valid_to
    seat.valid_to, seat.ended_reason = moment, reason[:300]
    seat.save(update_fields=["valid_to", "ended_reason"])
    end_rights_of(actor=actor, seat=seat, reason=reason, at=moment)
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


def _require_place(
    unit: Unit, rules: Profile, post: Role, paper: Document | None, sites: Sequence[Site]
) -> None:
    """Listed places are of the types that the grant names; a sector wants the decision of who may give it."""
    for grant in rules.grants_of(post.id):
        for site in sites:
            if reason := wrong_place(rules, grant, site):
                raise refused(unit, reason)
    approval = next((one for one in rules.approvals if one.action == "grant.sector"), None)
    if paper is None or approval is None or Scope.SECTOR not in rules.scopes_of(post.id):
        return
    if reason := incompetent(paper, approval, rules):
        raise refused(unit, reason)


def _assigning(actor: Actor, now: datetime) -> str:
    """The unit by whose right the actor assigns: that of his seat which administers accounts."""
    if actor.account is None:
        return ""
    for seat in actor.account.seats.filter(unended(now), valid_from__lte=now).select_related("unit"):
        rules = profiles().get(seat.profile)
        if rules and any(Action.ADMIN_ACCOUNTS in grant.actions for grant in rules.grants_of(seat.role)):
            return seat.unit.name
    return ""


def _check(
    *,
    rules: Profile,
    post: Role,
    document: str,
    paper: Document | None,
    by_machine: bool,
    begins: datetime,
    ends: datetime | None,
    sector: str,
    sites: Sequence[Site],
) -> None:
    errors = paper.wrong() if paper else {}
    scopes = rules.scopes_of(post.id)
    if paper is None and not by_machine:
        message = _("Give number, date, issuer and signatory of the appointing decision.")
        errors["document"] = [ValidationError(message, "required")]
    elif paper is None and not 0 < len(document) <= DOCUMENT_LETTERS:
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


def _label(seat: Seat, post: Role | None) -> str:
    return f"{seat.account} · {post.vi if post else seat.role} · {seat.unit}"
