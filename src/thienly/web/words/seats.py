"""Seats as cards: role, unit, article, from when to when."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from thienly.core.access.models import Right, Seat
from thienly.core.access.rights import SOON
from thienly.core.accounts.models import Account
from thienly.core.registry.vocabulary import Sector
from thienly.core.regulation.shelf import profiles
from thienly.rules.held import NEVER_LENT
from thienly.web.words.given import kind_words
from thienly.web.words.reasons import action_words, scope_words
from thienly.web.words.rules import language_now


@dataclass(frozen=True, slots=True)
class SeatCard:
    seat: Seat
    role: str
    cite: str
    may: list[str]
    scopes: list[str]
    live: bool
    ends: datetime | None
    to_receive: bool = False
    undocumented: bool = False  # nothing structured says who appointed (NB Đ6.2)
    lendable: list[tuple[str, str]] = field(default_factory=list)
    rights: list["RightCard"] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class RightCard:
    right: Right
    kind: str
    role: str
    cite: str
    may: list[str]
    places: list[str]
    lender: str
    soon: bool
    over: bool
    may_end: bool = False


def seat_cards(account: Account) -> list[SeatCard]:
    """Every seat of the account, live ones first."""
    seats = account.seats.select_related("unit", "assigned_by", "succeeds__account")
    seats = seats.prefetch_related("sites", "rights__sites", "rights__cameras", "rights__lender__account")
    return sorted((_card(seat) for seat in seats), key=lambda card: not card.live)


def live_seat_cards(people: Iterable[Account]) -> dict[UUID, list[SeatCard]]:
    """Of each account its live seats, with one question for all."""
    cards: dict[UUID, list[SeatCard]] = defaultdict(list)
    seats = Seat.objects.filter(account__in=list(people)).select_related("unit").prefetch_related("sites")
    for card in map(_card, seats):
        if card.live:
            cards[card.seat.account_id].append(card)
    return cards


def role_words(profile: str, role: str) -> tuple[str, str]:
    """The role's name and its article."""
    rules = profiles().get(profile)
    post = rules.role(role) if rules else None
    return (post.label(language_now()), rules.cited(post)) if rules and post else (role, "")


def right_card(right: Right, *, may_end: bool = False) -> RightCard:
    now = timezone.now()
    role, _cite = role_words(right.seat.profile, right.seat.role)
    rules = profiles().get(right.seat.profile)
    entry = rules.entry(right.entry) if rules and right.entry else None
    places = [site.name for site in right.sites.all()] + [camera.code for camera in right.cameras.all()]
    return RightCard(
        right=right,
        kind=kind_words(right.kind),
        role=role[:1].upper() + role[1:],
        cite=rules.cited(entry) if rules and entry else "",
        may=[action_words(action) for action in right.actions],
        places=places,
        lender=str(right.lender.account) if right.lender else "",
        soon=now < right.valid_to <= now + SOON,
        over=right.valid_to <= now,
        may_end=may_end and right.valid_to > now,
    )


def _card(seat: Seat) -> SeatCard:
    now = timezone.now()
    name, cite = role_words(seat.profile, seat.role)
    rules = profiles().get(seat.profile)
    grants = rules.grants_of(seat.role) if rules else ()
    where = [site.name for site in seat.sites.all()] or (
        [str(Sector(seat.sector).label)] if seat.sector else []
    )
    actions = sorted({action for grant in grants for action in grant.actions})
    return SeatCard(
        seat=seat,
        role=name[:1].upper() + name[1:],
        cite=cite,
        may=[action_words(action) for action in actions],
        scopes=where or sorted({scope_words(grant.scope.value) for grant in grants}),
        live=seat.valid_from <= now and (seat.valid_to is None or now < seat.valid_to),
        ends=seat.valid_to,
        to_receive=seat.must_receive and seat.received_at is None,
        undocumented=not (seat.number and seat.issued and seat.signatory),
        lendable=[(a.value, action_words(a)) for a in actions if a not in NEVER_LENT],
        rights=[right_card(right) for right in seat.rights.all() if right.valid_to > now],
    )
