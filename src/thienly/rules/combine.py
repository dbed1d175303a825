"""Several regulations over one camera (requirements B6): what holds when each of them speaks.

Rights intersect: who may do something must be given it by every one of them; but a right that a regulation
marks with `prevails` (the command right of QN Đ6.1) holds whatever the others say. Prohibitions add up, and
no right prevails over them. Approvals add up, each in its own form. Of deadlines the earliest holds, of
retention the highest floor and the lowest ceiling; a floor above a ceiling is a contradiction and is refused
with both articles. What must be written into a register is what any of them wants.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from thienly.rules.actions import Action
from thienly.rules.profile import Grant, Profile, Retention
from thienly.rules.profile_entry import Entry
from thienly.rules.profile_sections import FORMS, Approval, Clock, Condition, Form, Limit, Prohibition

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ruled:
    """An entry with the regulation in which it stands."""

    profile: str
    entry: Entry

    @property
    def cite(self) -> str:
        """`QN Đ6.1`."""
        return f"{self.profile} {self.entry.cite}"


@dataclass(frozen=True, slots=True)
class Rights:
    """What a person may do to one camera, and the articles for it; and what not, and why."""

    allowed: Mapping[Action, tuple[str, ...]]
    not_given: Mapping[Action, tuple[str, ...]] = field(
        default_factory=dict
    )  # by which regulations (their ids)
    forbidden: Mapping[Action, tuple[str, ...]] = field(default_factory=dict)  # by which articles


class Contradiction(ValueError):
    """Two regulations cannot both be kept; `first` and `second` cite the articles."""

    def __init__(self, first: str, second: str, *, floor: int, ceiling: int) -> None:
        words = f"at least {floor} days and at most {ceiling} days cannot both be kept"
        super().__init__(f"{first} / {second}: {words}")
        self.first, self.second, self.floor, self.ceiling = first, second, floor, ceiling

    @property
    def vi(self) -> str:
        return (
            f"{self.first} / {self.second}: không thể vừa lưu tối thiểu {self.floor} ngày vừa lưu tối đa "
            f"{self.ceiling} ngày"
        )


def together(
    governing: Sequence[str], carrying: Sequence[T], *, of: Callable[[T], str], prevails: Callable[[T], bool]
) -> tuple[Sequence[T], tuple[str, ...]]:
    """What carries a right over one camera, and which of its regulations are silent about it.

    `carrying`: what gives the right, each `of` a regulation. When one is silent only what prevails carries.
    """
    speaking = {of(one) for one in carrying}
    silent = tuple(name for name in governing if name not in speaking)
    if not silent:
        return carrying, ()
    return [one for one in carrying if prevails(one)], silent


def rights(
    *, governing: Sequence[Profile], held: Mapping[str, Iterable[Grant]], secret: bool = False
) -> Rights:
    """`governing`: the regulations over the camera. `held`: by regulation, the grants that reach it."""
    given = {profile.id: tuple(held.get(profile.id, ())) for profile in governing}
    allowed: dict[Action, tuple[str, ...]] = {}
    not_given: dict[Action, tuple[str, ...]] = {}
    forbidden: dict[Action, tuple[str, ...]] = {}
    for action in Action:
        giving = [
            (profile, grant)
            for profile in governing
            for grant in given[profile.id]
            if action in grant.actions
        ]
        carrying, silent = together(
            [profile.id for profile in governing],
            giving,
            of=lambda one: one[0].id,
            prevails=lambda one: one[1].prevails,
        )
        taken = tuple(
            profile.cited(exclusion)
            for profile in governing
            for exclusion in profile.exclusions
            if secret and action not in exclusion.leaves
        )
        if taken:
            forbidden[action] = taken
        elif carrying:
            allowed[action] = tuple(profile.cited(grant) for profile, grant in carrying)
        else:
            not_given[action] = silent
    return Rights(allowed, not_given, forbidden)


def prohibitions(governing: Iterable[Profile]) -> list[tuple[Profile, Prohibition]]:
    """Everything that any of them forbids."""
    return [(profile, prohibition) for profile in governing for prohibition in profile.prohibitions]


def approvals(
    *, governing: Iterable[Profile], action: str, holding: Iterable[Condition], site: str | None = None
) -> list[Ruled]:
    """Every approval that the act needs; all of them must be had. `holding`: the conditions that are met."""
    met = {"always", *holding}
    return [
        Ruled(profile.id, approval)
        for profile in governing
        for approval in profile.approvals
        if approval.action == action and approval.when in met and approval.site in (None, site)
    ]


def strictest(needed: Iterable[Ruled]) -> Form | None:
    """The form that satisfies every one of the approvals, if one document is to serve for all."""
    forms = [ruled.entry.form for ruled in needed if isinstance(ruled.entry, Approval)]
    return max(forms, key=FORMS.index, default=None)


def earliest(
    *, governing: Iterable[Profile], trigger: str, due_of: Callable[[Limit], datetime]
) -> tuple[datetime, Ruled] | None:
    """The first deadline that an event sets, and its article. `due_of` counts by the calendar."""
    found: list[tuple[datetime, Profile, Clock]] = [
        (due_of(clock.limit), profile, clock)
        for profile in governing
        for clock in profile.clocks
        if clock.trigger == trigger
    ]
    if not found:
        return None
    due, profile, clock = min(found, key=lambda one: one[0])
    return due, Ruled(profile.id, clock)


@dataclass(frozen=True, slots=True)
class Kept:
    """Days; None: no regulation gives a number. With the articles."""

    floor: int | None
    floor_cite: str
    ceiling: int | None
    ceiling_cite: str


def retention(*, governing: Iterable[Profile], sector: str, site: str) -> Kept:
    """Raises Contradiction when one promises longer than another allows."""
    scopes = ("all", f"sector:{sector}", f"site:{site}")
    ruled: list[tuple[Profile, Retention]] = [
        (profile, kept) for profile in governing for kept in profile.retention if kept.scope in scopes
    ]
    floors = [(kept.min_days, profile.cited(kept)) for profile, kept in ruled if kept.min_days]
    ceilings = [(kept.max_days, profile.cited(kept)) for profile, kept in ruled if kept.max_days]
    floor, floor_cite = max(floors, default=(None, ""))
    ceiling, ceiling_cite = min(ceilings, default=(None, ""))
    if floor is not None and ceiling is not None and floor > ceiling:
        raise Contradiction(floor_cite, ceiling_cite, floor=floor, ceiling=ceiling)
    return Kept(floor, floor_cite, ceiling, ceiling_cite)


def contradiction(
    profiles: Sequence[Profile], *, sectors: Iterable[str], sites: Iterable[str]
) -> Contradiction | None:
    """The first camera class over which these regulations cannot all be kept; None: they can."""
    for sector in sectors:
        governing = [profile for profile in profiles if profile.governs([sector])]
        for site in sites:
            try:
                retention(governing=governing, sector=sector, site=site)
            except Contradiction as error:
                return error
    return None


def fields(*, governing: Iterable[Profile], register: str) -> list[str]:
    """What each line of a register must hold, when every one of them is to be satisfied."""
    wanted = [
        name
        for profile in governing
        for book in profile.registers
        if book.id == register
        for name in book.fields_
    ]
    return list(dict.fromkeys(wanted))
