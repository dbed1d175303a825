"""Seats as cards: role, unit, article, from when to when."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from thienly.core.access.models import Seat
from thienly.core.accounts.models import Account
from thienly.core.registry.vocabulary import Sector
from thienly.core.regulation.shelf import profiles
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


def seat_cards(account: Account) -> list[SeatCard]:
    """Every seat of the account, live ones first."""
    seats = account.seats.select_related("unit").prefetch_related("sites")
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
    )
