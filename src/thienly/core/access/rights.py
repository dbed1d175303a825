"""Rights beside those of a role: individual grants, consents to use outside the remit, delegations.

Each rests on an entry of the regulation and on a document, is for named actions and for a time, and ends with
the seat that holds it. Nothing is given that the regulation does not let be given; see `rules.held`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from thienly.core.access import epoch, gate
from thienly.core.access.actor import Actor
from thienly.core.access.document import Document, Errors, incompetent
from thienly.core.access.facts import seat_facts, seats_with_facts
from thienly.core.access.limits import own_case, post_of, refused, require_reach, wrong_place
from thienly.core.access.models import Right, Seat
from thienly.core.access.telling import right_label, right_told
from thienly.core.accounts.models import Account
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.registry.models import Camera, Site
from thienly.core.regulation.shelf import profiles
from thienly.core.service import service
from thienly.core.text import normalise
from thienly.rules.access import Reason, ReasonCode, idle_reason
from thienly.rules.actions import Action
from thienly.rules.held import NEVER_LENT, VIEW_ANY, consent_entry, grantable
from thienly.rules.profile import Profile, Role

SOON = timedelta(days=14)
"""What ends within this is listed, so that it can be renewed or let go in time."""


@dataclass(frozen=True, slots=True)
class Given:
    """What is given: which actions, for what, on which document, from when to when (`valid_to` excluded)."""

    actions: Collection[Action]
    reason: str
    document: Document
    valid_to: datetime | None
    valid_from: datetime | None = None
    sites: Sequence[Site] = ()
    cameras: Sequence[Camera] = ()


@service
def give_grant(*, actor: Actor, seat: Seat, given: Given) -> Right:
    """Further places for a right that the seat's role has over listed places (QN Đ6.2), for a time.

    Raises OutsideScope, NotAllowed (own case; the regulation lets nothing be given beside this role; places
    of another type — each with its article); ValidationError by field.
    """
    seat, rules, post = _to_give(actor, seat, given)
    able = grantable(rules, seat.role, frozenset(given.actions))
    if not able:
        raise refused(seat.unit, _not_to_be_given(rules, post, seat, given.actions))
    _check(given, seat, places=True)
    for site in {*given.sites, *(camera.site for camera in given.cameras)}:
        if reason := wrong_place(rules, able[0], site):
            raise refused(seat.unit, reason)
    return _give(actor, seat, given, kind=Right.Kind.GRANT, entry=able[0].id, purpose=able[0].purpose)


@service
def give_consent(*, actor: Actor, seat: Seat, given: Given) -> Right:
    """Use outside the seat's remit, to which the competent body has agreed in writing (QN Đ9.1).

    Raises OutsideScope, NotAllowed (own case; the regulation knows no such consent, or not for these actions;
    another body must issue the document — each with its article); ValidationError by field.
    """
    seat, rules, post = _to_give(actor, seat, given)
    entry = consent_entry(rules)
    if entry is None or not VIEW_ANY.issuperset(given.actions):
        raise refused(seat.unit, _not_to_be_given(rules, post, seat, given.actions))
    _check(given, seat, places=True)
    if reason := incompetent(given.document, entry, rules):
        raise refused(seat.unit, reason)
    grants = rules.grants_of(seat.role)
    purpose = grants[0].purpose if grants else ""
    return _give(actor, seat, given, kind=Right.Kind.CONSENT, entry=entry.id, purpose=purpose)


@service
def delegate(*, actor: Actor, lender: Seat, seat: Seat, given: Given) -> Right:
    """The holder of `lender` lets the holder of `seat`, of his unit or below, act in his place for a time.

    Raises NotAllowed (another person's seat; to himself; not his unit or below; more than his own right, and
    what he himself was lent is not his own; what the regulation lets nobody pass on; roles kept apart — each
    with its article); ValidationError by field.
    """
    lender, seat = _locked(lender), _locked(seat)
    given = _tidy(given)
    rules, post = post_of(lender.profile, lender.role)
    facts = {"role": post.vi, "role_id": post.id, "profile": rules.id, "unit": lender.unit.name}
    if actor.account is None or lender.account_id != actor.account.pk:
        raise refused(lender.unit, Reason(ReasonCode.WIDER_THAN_OWN, rules.cited(post), facts))
    if seat.account_id == lender.account_id:
        raise refused(lender.unit, Reason(ReasonCode.OWN_CASE))
    if not seat.unit.path.startswith(lender.unit.path):
        other = facts | {"other": seat.unit.name}
        raise refused(lender.unit, Reason(ReasonCode.NOT_BELOW, rules.cited(post), other))
    _check(given, seat, places=False)
    _require_live(lender, given)
    if given.sites or given.cameras:
        raise ValidationError({"sites": [ValidationError(_("A delegation has the places of the role."))]})
    own = {action for grant in rules.grants_of(lender.role) for action in grant.actions}
    for action in sorted(set(given.actions)):
        told = facts | {"action": action.value}
        if action not in own:
            raise refused(lender.unit, Reason(ReasonCode.WIDER_THAN_OWN, rules.cited(post), told))
        if cite := _kept_personal(rules, post, action):
            raise refused(lender.unit, Reason(ReasonCode.NOT_TO_BE_GIVEN, cite, told))
    for separation, never in rules.separations_of(lender.role):
        now = timezone.now()
        held = seat.account.seats.filter(Q(valid_to=None) | Q(valid_to__gt=now), profile=rules.id)
        if apart := held.filter(role__in=never).first():
            other_post = post_of(rules.id, apart.role)[1]
            told = facts | {"other": other_post.vi, "other_id": other_post.id}
            raise refused(lender.unit, Reason(ReasonCode.SEPARATED, rules.cited(separation), told))
    return _give(actor, seat, given, kind=Right.Kind.DELEGATION, entry="", purpose="", lender=lender)


@service
def end_right(*, actor: Actor, right: Right, reason: str) -> Right:
    """Ends it now. Who lent it may, who was given it may give it up, and who administers the seat's accounts.

    Raises OutsideScope, NotAllowed; ValidationError without a reason, or when it has ended.
    """
    rows = Right.objects.select_for_update(of=("self",)).select_related("seat__unit", "lender")
    right = rows.get(pk=right.pk)
    own = {right.seat.account_id} | ({right.lender.account_id} if right.lender else set())
    if actor.account is None or actor.account.pk not in own:
        gate.require(actor=actor, action=Action.ADMIN_ACCOUNTS, obj=right.seat.unit)
    reason = normalise(reason)
    if not reason:
        raise ValidationError({"reason": [ValidationError(_("Say why the right ends."), "required")]})
    now = timezone.now()
    if right.valid_to <= now:
        raise ValidationError(_("The right has ended already."), "ended")
    close_right(actor=actor, right=right, reason=reason, at=now)
    epoch.bump()
    return right


def end_rights_of(*, actor: Actor, seat: Seat, reason: str, at: datetime) -> None:
    """Inside the transaction that ends the seat: what it was given and what it lent ends with it."""
    for right in Right.objects.select_for_update().filter(Q(seat=seat) | Q(lender=seat), valid_to__gt=at):
        close_right(actor=actor, right=right, reason=reason, at=at)


def known_rights(*, actor: Actor, now: datetime | None = None) -> QuerySet[Right]:
    """Rights of people whom the actor may know, and those that he lent; what ends first stands first."""
    known = gate.visible(actor=actor, model=Account, now=now)
    mine = Q(seat__account__in=known)
    if actor.account is not None:
        mine |= Q(lender__account=actor.account)
    rows = Right.objects.filter(mine)
    rows = rows.select_related("seat__unit", "seat__account", "lender__account", "lender__unit")
    return rows.prefetch_related("sites", "cameras").order_by("valid_to", "id")


def _to_give(actor: Actor, seat: Seat, given: Given) -> tuple[Seat, Profile, Role]:
    gate.require(actor=actor, action=Action.ADMIN_ACCOUNTS, obj=seat.unit)
    seat = _locked(seat)
    rules, post = post_of(seat.profile, seat.role)
    if own_case(actor, seat.account, given.document):
        raise refused(seat.unit, Reason(ReasonCode.OWN_CASE, rules.cited(post)))
    require_reach(actor, seat.unit, frozenset(), [*given.sites, *(camera.site for camera in given.cameras)])
    return seat, rules, post


def _locked(seat: Seat) -> Seat:
    return Seat.objects.select_for_update(of=("self",)).select_related("unit", "account").get(pk=seat.pk)


def _tidy(given: Given) -> Given:
    return Given(
        actions=frozenset(given.actions),
        reason=normalise(given.reason)[:300],
        document=given.document.tidy(),
        valid_to=given.valid_to,
        valid_from=given.valid_from,
        sites=given.sites,
        cameras=given.cameras,
    )


def _check(given: Given, seat: Seat, *, places: bool) -> None:
    errors: Errors = given.document.tidy().wrong()
    now = timezone.now()
    begins = given.valid_from or now
    if not given.actions:
        errors["actions"] = [ValidationError(_("Choose what may be done."), "required")]
    if not normalise(given.reason):
        errors["reason"] = [ValidationError(_("Say what it is for."), "required")]
    if given.valid_to is None:
        errors["valid_to"] = [ValidationError(_("Say when it ends."), "required")]
    elif given.valid_to <= max(begins, now):
        errors["valid_to"] = [ValidationError(_("It ends before it begins, or is over already."), "order")]
    if places and not given.sites and not given.cameras:
        errors["sites"] = [ValidationError(_("Name the places or cameras."), "required")]
    if errors:
        raise ValidationError(errors)
    _require_live(seat, given)


def _require_live(seat: Seat, given: Given) -> None:
    """The seat counts at the beginning, and does not end before the right does."""
    begins = given.valid_from or timezone.now()
    (facts,) = seat_facts(seats_with_facts().filter(pk=seat.pk))
    if reason := idle_reason(facts, profiles(), timezone.localtime(begins)):
        raise refused(seat.unit, reason)
    if seat.valid_to is not None and given.valid_to is not None and given.valid_to > seat.valid_to:
        message = _("The seat itself ends before that.")
        raise ValidationError({"valid_to": [ValidationError(message, "order")]})


def _not_to_be_given(rules: Profile, post: Role, seat: Seat, actions: Collection[Action]) -> Reason:
    cites = [rules.cited(grant) for grant in rules.grants_of(post.id)] or [rules.cited(post)]
    facts = {"role": post.vi, "role_id": post.id, "profile": rules.id, "unit": seat.unit.name}
    facts["action"] = "; ".join(sorted(action.value for action in actions))
    return Reason(ReasonCode.NOT_TO_BE_GIVEN, "; ".join(dict.fromkeys(cites)), facts)


def _kept_personal(rules: Profile, post: Role, action: Action) -> str:
    """By which articles nobody passes this on; "" when it may be.

    The account administrator answers himself. Who approves may empower another only where the text says so.
    """
    if action in NEVER_LENT:
        return rules.cited(post)
    if action is Action.APPROVE:
        named = [one for one in rules.approvals if {post.id, post.unit} & set(one.approver)]
        if not any(one.delegable for one in named):
            return "; ".join(dict.fromkeys(rules.cited(one) for one in named)) or rules.cited(post)
    return ""


def _give(
    actor: Actor,
    seat: Seat,
    given: Given,
    *,
    kind: Right.Kind,
    entry: str,
    purpose: str,
    lender: Seat | None = None,
) -> Right:
    given = _tidy(given)
    now = timezone.now()
    begins = given.valid_from or now
    assert given.valid_to is not None and given.document.issued is not None  # noqa: S101 - checked
    _refuse_overlap(seat, given, kind, lender, begins)
    right = Right.objects.create(
        kind=kind,
        seat=seat,
        lender=lender,
        entry=entry,
        actions=sorted(action.value for action in given.actions),
        purpose=purpose,
        reason=given.reason,
        number=given.document.number,
        issued=given.document.issued,
        issuer=given.document.issuer,
        signatory=given.document.signatory,
        valid_from=begins,
        valid_to=given.valid_to,
        given_by=actor.account,
        given_at=now,
    )
    right.sites.set(given.sites)
    right.cameras.set(given.cameras)
    record(
        actor=actor,
        kind=Kind.RIGHT_GIVEN,
        obj=right,
        object_label=right_label(right),
        purpose=purpose,
        detail=right_told(right),
    )
    epoch.bump()
    return right


def _refuse_overlap(
    seat: Seat, given: Given, kind: Right.Kind, lender: Seat | None, begins: datetime
) -> None:
    """The same right twice at a time could be ended once and live on."""
    wanted = {action.value for action in given.actions}
    there = Right.objects.filter(
        kind=kind, seat=seat, lender=lender, valid_from__lt=given.valid_to, valid_to__gt=begins
    ).prefetch_related("sites", "cameras")
    for right in there:
        places = {*right.sites.all()} & {*given.sites} or {*right.cameras.all()} & {*given.cameras}
        if wanted & set(right.actions) and (lender is not None or places):
            message = _("This is given already at that time, by %(document)s.")
            raise ValidationError(message, "overlap", {"document": right.document})


def close_right(*, actor: Actor, right: Right, reason: str, at: datetime) -> None:
    """Inside the transaction that moves the access epoch, after what gives the actor the right to."""
    before = right.valid_to
    # What had not begun never counts: it ends at its beginning.
    right.valid_to, right.ended_reason = max(at, right.valid_from), reason[:300]
    right.save(update_fields=["valid_to", "ended_reason"])
    record(
        actor=actor,
        kind=Kind.RIGHT_ENDED,
        obj=right,
        object_label=right_label(right),
        detail={
            "reason": reason,
            "before": {"valid_to": before.isoformat()},
            "after": {"valid_to": right.valid_to.isoformat()},
            "seat": right.seat_id.hex,
        },
    )
