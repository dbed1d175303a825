"""Cameras as bits of a number, so that the reach of thousands of people is counted without a database."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import reduce
from operator import and_, or_

from thienly.rules.scope import Reach

WEIGHED = frozenset(
    {
        "everything",
        "units",
        "subtrees",
        "sectors",
        "sites",
        "cameras",
        "areas",
        "unplaced",
        "without_secret",
        "without_retired",
        "within",
        "elsewhere",
        "all_of",
    }
)
"""The parts of a reach that are counted here; a part more would be counted wrong, so it is refused."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A camera: where it hangs. `path`: of its unit, see `UnitFacts`; `areas`: see `ObjectFacts`."""

    camera: str
    unit: str
    path: str
    site: str
    sector: str
    secret: bool = False
    retired: bool = False
    areas: frozenset[str] = frozenset()


class Ground:
    """Sets of cameras as integers: bit n is the n-th of the spots. Raises TypeError: see `WEIGHED`."""

    def __init__(self, spots: Iterable[Spot]) -> None:
        if unknown := {field.name for field in fields(Reach)} - WEIGHED:
            raise TypeError(f"a reach has parts that are not counted: {', '.join(sorted(unknown))}")
        self._units: dict[str, list[int]] = {}
        self._subtrees: dict[str, list[int]] = {}
        self._sectors: dict[str, list[int]] = {}
        self._sites: dict[str, list[int]] = {}
        self._cameras: dict[str, list[int]] = {}
        self._areas: dict[str, list[int]] = {}
        self._unplaced: dict[str, list[int]] = {}
        secret: list[int] = []
        retired: list[int] = []
        number = 0
        for number, spot in enumerate(spots, start=1):
            place = number - 1
            self._units.setdefault(spot.unit, []).append(place)
            self._sectors.setdefault(spot.sector, []).append(place)
            self._sites.setdefault(spot.site, []).append(place)
            self._cameras[spot.camera] = [place]
            path = ""
            for step in spot.path.split("/")[:-1]:
                path += f"{step}/"
                self._subtrees.setdefault(path, []).append(place)
                if not spot.areas:
                    self._unplaced.setdefault(path, []).append(place)
            for area in spot.areas:
                self._areas.setdefault(area, []).append(place)
            if spot.secret:
                secret.append(place)
            if spot.retired:
                retired.append(place)
        self.size = number
        self._all = (1 << number) - 1
        self._masks: dict[tuple[str, str], int] = {}
        self._counted: dict[Reach, int] = {}
        self._secret, self._retired = self._bits(secret), self._bits(retired)

    def members(self, reach: Reach) -> int:
        """The cameras in the reach."""
        found = self._counted.get(reach)
        if found is None:
            found = self._counted[reach] = self._members(reach)
        return found

    def _members(self, reach: Reach) -> int:
        found = self._all if reach.everything else self._parts(reach)
        if not reach.everything:
            for domain, own in reach.within:
                found |= self._mask("sector", domain, self._sectors) & self.members(own)
            if reach.elsewhere is not None:
                fields_, rest = reach.elsewhere
                found |= self.members(rest) & ~self._any("sector", fields_, self._sectors)
            for each in reach.all_of:
                found |= reduce(and_, map(self.members, each))
        if reach.without_secret:
            found &= ~self._secret
        if reach.without_retired:
            found &= ~self._retired
        return found

    def _parts(self, reach: Reach) -> int:
        found = 0
        for kind, names, lists in (
            ("camera", reach.cameras, self._cameras),
            ("unit", reach.units, self._units),
            ("subtree", reach.subtrees, self._subtrees),
            ("sector", reach.sectors, self._sectors),
            ("site", reach.sites, self._sites),
            ("area", reach.areas, self._areas),
            ("unplaced", reach.unplaced, self._unplaced),
        ):
            found |= self._any(kind, names, lists)
        return found

    def _any(self, kind: str, names: Iterable[str], lists: dict[str, list[int]]) -> int:
        return reduce(or_, (self._mask(kind, name, lists) for name in names), 0)

    def _mask(self, kind: str, name: str, lists: dict[str, list[int]]) -> int:
        key = (kind, name)
        if key not in self._masks:
            self._masks[key] = self._bits(lists.get(name, []))
        return self._masks[key]

    def _bits(self, places: list[int]) -> int:
        bits = bytearray(self.size // 8 + 1)
        for place in places:
            bits[place >> 3] |= 1 << (place & 7)
        return int.from_bytes(bits, "little")
