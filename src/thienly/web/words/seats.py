"""Seats as cards: role, unit, article, from when to when."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from thienly.core.access.models import Seat
from thienly.core.accounts.models import Account
from thienly.core.registry.vocabulary import Sector
from thienly.core.regulation.shelf import profiles
from thienly.web.words.reasons import action_words, scope_words


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


def role_words(profile: str, role: str) -> tuple[str, str]:
    """The role's name and its article."""
    rules = profiles().get(profile)
    post = rules.role(role) if rules else None
    return (post.vi, rules.cited(post)) if rules and post else (role, "")


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
