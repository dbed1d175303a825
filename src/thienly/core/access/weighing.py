"""Everybody who holds a seat and every camera, once in memory: for questions about thousands of people."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from thienly.core.access.facts import AREA_AND_ABOVE, area_ids, seat_facts, seats_with_facts, unended
from thienly.core.areas.models import Placement
from thienly.core.registry.models import Camera
from thienly.rules.ground import Ground, Spot
from thienly.rules.scope import SeatFacts

NOWHERE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Everybody:
    """`seats` of each account (its id, hex) that have not ended; `places`: cameras by sector and type of
    place; `units`: for each bit of the ground the unit's id."""

    seats: dict[str, list[SeatFacts]]
    names: dict[str, str]
    ground: Ground
    places: Counter[tuple[str, str]]
    units: list[str]

    @classmethod
    def load(cls, *, now: datetime) -> "Everybody":
        """As it stands at `now`; seats that begin later are there."""
        rows = list(seats_with_facts().filter(unended(now)).order_by("account__folded", "id"))
        seats: dict[str, list[SeatFacts]] = {}
        names: dict[str, str] = {}
        for row, facts in zip(rows, seat_facts(rows), strict=True):
            seats.setdefault(row.account_id.hex, []).append(facts)
            names[row.account_id.hex] = str(row.account)
        living = Camera.objects.filter(Q(retired_at=None) | Q(retired_at__gt=now))
        cameras = list(
            living.order_by("pk").values_list(
                "pk", "site__unit_id", "site__unit__path", "site_id", "sector", "secret", "site__kind"
            )
        )
        lies = {
            site: area_ids([areas]) for site, *areas in Placement.objects.values_list("site", *AREA_AND_ABOVE)
        }
        spots = [
            Spot(camera.hex, unit.hex, path, site.hex, sector, secret, areas=lies.get(site, NOWHERE))
            for camera, unit, path, site, sector, secret, _ in cameras
        ]
        return cls(
            seats=seats,
            names=names,
            ground=Ground(spots),
            places=Counter((sector, kind) for *_, sector, _, kind in cameras),
            units=[spot.unit for spot in spots],
        )
