"""A regulation as data: the schema `camera-regulation-profile/1` and the checks that its parts fit together.

Validated here is what decides already: units, sites, purposes, roles, quotas, grants, exclusions,
separations, retention. The other sections are kept as they stand for what will read them.
"""

import datetime as dt
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from thienly.rules.actions import Action

SCHEMA = "camera-regulation-profile/1"

Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,59}$")]
Cite = Annotated[str, Field(min_length=2, description="article and clause, e.g. Đ6.1")]
Basis = Literal["explicit", "derived"]
"""`explicit`: the text says so. `derived`: we infer it, and a province may switch it off."""

UNDECIDED_ACTIONS = frozenset({"process", "share.via_hub"})
"""Verbs that a profile may already name but that no part of the platform carries out: they decide nothing."""


class Scope(StrEnum):
    """Over which objects a grant reaches, seen from the seat that holds it."""

    ALL = "all"
    OWN_UNIT = "own_unit"
    OWN_AND_SUB = "own_and_sub"
    AREA = "area"  # until boundaries are imported: the unit and everything below it
    SECTOR = "sector"
    GRANT_LIST = "grant_list"  # the sites named in the seat
    PUBLIC_CATALOGUE = "public_catalogue"  # no item can be published yet: reaches nothing


class Entry(BaseModel):
    """Anything in a profile: named, and resting on an article."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Id
    cite: Cite
    note: str = ""


class Named(Entry):
    vi: str
    en: str = ""

    def label(self, language: str) -> str:
        """The name in English where there is one, else in the words of the document."""
        return self.en if language.startswith("en") and self.en else self.vi


class UnitType(Named):
    level: str
    parent: Id | None
    kind: str


class SiteType(Named):
    pass


class Purpose(Named):
    pass


class Role(Named):
    """A post in a unit that has the function `unit`."""

    unit: Id
    seat: str
    basis: Basis


class Quota(Entry):
    """At most so many live seats of each role in one unit."""

    unit: Id
    max: Annotated[int, Field(ge=1)]
    seats: dict[Id, Annotated[int, Field(ge=0)]]


class Grant(Entry):
    """`to` (a role, or a unit type such as the public) may do `actions` over `scope`, for `purpose`."""

    to: Id
    actions: frozenset[Action]
    undecided: frozenset[str] = frozenset()
    scope: Scope
    purpose: Id
    basis: Basis
    condition: str = ""

    @model_validator(mode="before")
    @classmethod
    def _set_undecided_apart(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(data.get("actions"), list):
            named = set(data["actions"])
            return data | {"actions": named - UNDECIDED_ACTIONS, "undecided": named & UNDECIDED_ACTIONS}
        return data


class Separation(Entry):
    """Who holds `role` holds none of `never_with` at the same time."""

    role: Id
    never_with: frozenset[Id]
    basis: Basis


class Exclusion(Entry):
    """A flag of a camera that takes every action away except those that it `leaves`."""

    vi: str
    flag: Literal["secret"]
    leaves: frozenset[Action]
    basis: Basis


_DAYS_OF = {"D": 1, "W": 7, "M": 31, "Y": 366}
"""A promise of months is kept whichever months they are."""

Duration = Annotated[str, Field(pattern=r"^(parameter|P[1-9][0-9]{0,3}[DWMY])$")]


class Retention(Entry):
    """For how long footage is kept. `scope`: `all`, `sector:<sector>` or `site:<site type>`."""

    scope: Annotated[str, Field(pattern=r"^(all|(sector|site):[a-z][a-z0-9_-]{0,59})$")]
    min: Duration | None  # ISO 8601 duration, or `parameter`: a document prescribes it
    max: Duration | None
    meaning: str = ""

    @property
    def min_days(self) -> int | None:
        """None where the text gives no number."""
        if self.min is None or self.min == "parameter":
            return None
        return int(self.min[1:-1]) * _DAYS_OF[self.min[-1]]


class Head(BaseModel):
    """Which document this is and when it is in force."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(pattern=r"^[A-Z]{2,20}$")]
    schema_: Annotated[Literal["camera-regulation-profile/1"], Field(alias="schema")]
    version: int
    title_vi: str
    number: str | None
    date: dt.date | None
    issuer_vi: str
    instrument: str
    temporary: bool
    domain: str
    territory: dict[str, str]
    effective_from: dt.date
    effective_to: dt.date | None  # first day on which it is no longer in force
    source_file: str = ""


class Profile(BaseModel):
    """One regulation. Raises pydantic.ValidationError that names every reference which does not resolve."""

    model_config = ConfigDict(frozen=True, extra="allow")

    profile: Head
    unit_types: list[UnitType]
    site_types: list[SiteType]
    purposes: list[Purpose]
    roles: list[Role]
    quotas: list[Quota]
    grants: list[Grant]
    exclusions: list[Exclusion]
    separations: list[Separation]
    retention: list[Retention]

    @field_validator(
        "unit_types",
        "site_types",
        "purposes",
        "roles",
        "quotas",
        "grants",
        "exclusions",
        "separations",
        "retention",
    )
    @classmethod
    def _ids_are_unique(cls, entries: list[Entry]) -> list[Entry]:
        ids = [entry.id for entry in entries]
        if repeated := sorted({name for name in ids if ids.count(name) > 1}):
            raise ValueError(f"repeated ids: {', '.join(repeated)}")
        return entries

    @model_validator(mode="after")
    def _references_resolve(self) -> Self:
        units = {unit.id for unit in self.unit_types}
        roles = {role.id: role for role in self.roles}
        purposes = {purpose.id for purpose in self.purposes}
        problems = [
            f"unit type {unit.id}: parent {unit.parent}"
            for unit in self.unit_types
            if unit.parent and unit.parent not in units
        ]
        problems += [f"role {r.id}: unit {r.unit}" for r in self.roles if r.unit not in units]
        for quota in self.quotas:
            if quota.unit not in units:
                problems.append(f"quota {quota.id}: unit {quota.unit}")
            problems += [f"quota {quota.id}: role {name}" for name in quota.seats if name not in roles]
            problems += [
                f"quota {quota.id}: {name} is a role of {roles[name].unit}, not of {quota.unit}"
                for name in quota.seats
                if name in roles and roles[name].unit != quota.unit
            ]
            if sum(quota.seats.values()) != quota.max:
                problems.append(f"quota {quota.id}: seats do not add up to {quota.max}")
        for grant in self.grants:
            if grant.to not in roles.keys() | units:
                problems.append(f"grant {grant.id}: to {grant.to}")
            if grant.purpose not in purposes:
                problems.append(f"grant {grant.id}: purpose {grant.purpose}")
        for separation in self.separations:
            named = {separation.role, *separation.never_with}
            problems += [f"separation {separation.id}: role {name}" for name in sorted(named - roles.keys())]
        if problems:
            raise ValueError("does not resolve: " + "; ".join(problems))
        return self

    @property
    def id(self) -> str:
        return self.profile.id

    def in_force(self, day: dt.date) -> bool:
        head = self.profile
        return head.effective_from <= day and (head.effective_to is None or day < head.effective_to)

    def cited(self, entry: Entry) -> str:
        """`QN Đ6.1`."""
        return f"{self.id} {entry.cite}"

    @cached_property
    def _roles(self) -> dict[str, Role]:
        return {role.id: role for role in self.roles}

    @cached_property
    def _grants(self) -> dict[str, tuple[Grant, ...]]:
        names = {grant.to for grant in self.grants}
        return {name: tuple(grant for grant in self.grants if grant.to == name) for name in names}

    def role(self, role: str) -> Role | None:
        return self._roles.get(role)

    def grants_of(self, role: str) -> tuple[Grant, ...]:
        """What the text gives to a role; silence gives nothing."""
        return self._grants.get(role, ())

    def scopes_of(self, role: str) -> frozenset[Scope]:
        return frozenset(grant.scope for grant in self.grants_of(role))

    def quota_of(self, role: str) -> tuple[Quota, int] | None:
        """The rule that limits seats of this role in one unit, and its number."""
        for quota in self.quotas:
            if role in quota.seats:
                return quota, quota.seats[role]
        return None

    def separations_of(self, role: str) -> list[tuple[Separation, frozenset[str]]]:
        """The rules that keep this role apart, each with the roles from which; they hold both ways."""
        apart: list[tuple[Separation, frozenset[str]]] = []
        for separation in self.separations:
            if role == separation.role:
                apart.append((separation, separation.never_with))
            elif role in separation.never_with:
                apart.append((separation, frozenset({separation.role})))
        return apart

    @property
    def allows_sound(self) -> bool:
        """Whether the text lets anybody hear at all; where it is silent, sound is not even recorded."""
        return any(Action.LISTEN in grant.actions for grant in self.grants)
