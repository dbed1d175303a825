"""What the giving of seats and rights must keep to, whoever gives: places, quotas, reach, types of places."""

import re
from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.access.document import Document
from thienly.core.access.facts import unended
from thienly.core.access.models import Seat
from thienly.core.access.refusal import NotAllowed
from thienly.core.accounts.models import Account
from thienly.core.registry.models import Site
from thienly.core.registry.vocabulary import SiteKind
from thienly.core.regulation.shelf import profiles
from thienly.core.text import fold
from thienly.core.units.models import Unit
from thienly.rules.access import Reason, ReasonCode
from thienly.rules.actions import Action
from thienly.rules.profile import Grant, Profile, Role, Scope, SiteType


def refused(unit: Unit, reason: Reason) -> NotAllowed:
    return NotAllowed(
        action=Action.ADMIN_ACCOUNTS,
        object_kind="unit",
        object_id=unit.id.hex,
        label=str(unit),
        reasons=[reason],
    )


def own_case(actor: Actor, account: Account, document: Document | None) -> bool:
    """Nobody gives to himself, be it as the one who enters or as the one who signed."""
    name = _words(account.full_name)
    signed = document is not None and bool(name.strip()) and name in _words(document.signatory)
    return signed or (actor.account is not None and actor.account.pk == account.pk)


def _words(text: str) -> str:
    """Folded words with a space around each, so that An is not found in Văn."""
    return f" {' '.join(re.findall(r'[a-z0-9]+', fold(text)))} "


def require_reach(actor: Actor, unit: Unit, scopes: frozenset[Scope], sites: Sequence[Site] = ()) -> None:
    """Nobody gives or takes a right over what he does not administer. Raises OutsideScope, NotAllowed."""
    if scopes & {Scope.ALL, Scope.SECTOR, Scope.PUBLIC_CATALOGUE}:
        gate.require(actor=actor, action=Action.ADMIN_ACCOUNTS, obj=None)
    for site in sites:
        gate.require(actor=actor, action=Action.ADMIN_ACCOUNTS, obj=site.unit)
    if scopes & {Scope.AREA, Scope.OWN_AND_SUB}:
        reached = gate.visible(actor=actor, action=Action.ADMIN_ACCOUNTS, model=Unit)
        for below in Unit.objects.filter(path__startswith=unit.path).exclude(pk__in=reached.values("pk"))[:1]:
            gate.require(actor=actor, action=Action.ADMIN_ACCOUNTS, obj=below)


def require_free(unit: Unit, rules: Profile, post: Role, others: QuerySet[Seat]) -> None:
    """A place of the role is free at the unit; a suspended account frees its own. Raises NotAllowed."""
    limit = rules.quota_of(post.id)
    if limit is None:
        return
    taken = others.filter(unit=unit, profile=rules.id, role=post.id, account__suspended_at=None)
    if taken.count() >= limit[1]:
        facts = {"role": post.vi, "role_id": post.id, "profile": rules.id, "unit": unit.name}
        reason = Reason(ReasonCode.QUOTA_FULL, rules.cited(limit[0]), facts | {"max": str(limit[1])})
        raise refused(unit, reason)


def require_places_of(account: Account) -> None:
    """Every place that the account, about to be restored, comes back to is still free. Raises NotAllowed."""
    now = timezone.now()
    others = Seat.objects.filter(unended(now), valid_from__lte=now).exclude(account=account)
    for seat in account.seats.filter(unended(now), valid_from__lte=now).select_related("unit"):
        Unit.objects.select_for_update().get(pk=seat.unit_id)
        rules = profiles().get(seat.profile)
        post = rules.role(seat.role) if rules else None
        if rules and post:
            require_free(seat.unit, rules, post, others)


def post_of(profile: str, role: str) -> tuple[Profile, Role]:
    rules = profiles().get(profile)
    post = rules.role(role) if rules else None
    if rules is None or post is None:
        raise ValidationError({"role": [ValidationError(_("No regulation knows this role."), "unknown")]})
    return rules, post


def wrong_place(rules: Profile, grant: Grant, site: Site) -> Reason | None:
    """Why a place cannot be listed under this grant, or None: it is of none of the types it names."""
    if grant.scope not in (Scope.GRANT_LIST, Scope.LINKED_WORKS) or not grant.sites:
        return None
    types = [kind for kind in rules.site_types if kind.id in grant.sites]
    if any(is_of_type(site, kind) for kind in types):
        return None
    places = "; ".join(kind.vi for kind in types)
    return Reason(ReasonCode.WRONG_PLACE, rules.cited(grant), {"place": site.name, "places": places})


def is_of_type(site: Site, kind: SiteType) -> bool:
    """A place is of a type of places by its kind, or, of types that are single places, by its name.

    `port_de_gi` is named “… Đề Gi” (or Đê Gi): the last two syllables of the name tell the place.
    """
    if site.kind == kind.id:
        return True
    last = " ".join(fold(kind.vi).split()[-2:])
    names = [last, *(fold(alias) for alias in kind.aliases)]
    single = kind.id not in SiteKind.values
    return single and any(f" {name} " in f" {site.folded} " for name in names)
