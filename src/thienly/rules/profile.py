"""A regulation as data: the schema `camera-regulation-profile/1`.

Here stand rights and what limits them; the other sections are in `rules.profile_sections`, how the parts fit
together in `rules.profile_checks`.
"""

import datetime as dt
from collections.abc import Collection, Iterator
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, model_validator

from thienly.rules.actions import Action
from thienly.rules.profile_checks import contradictions
from thienly.rules.profile_entry import Duration, Entry, Id, Named, days_of
from thienly.rules.profile_sections import (
    Approval,
    Bound,
    Clock,
    Defect,
    DeviceRule,
    Duty,
    Incident,
    Network,
    Notice,
    Outside,
    Parameter,
    Prohibition,
    Quality,
    Recurrence,
    Register,
    Transition,
)

SCHEMA = "camera-regulation-profile/1"

UNDECIDED_ACTIONS = frozenset(
    {"process", "share.via_hub", "data.propose", "data.approve", "notify", "reconcile"}
)
"""Verbs that a profile may already name but that no part of the platform carries out: they decide nothing."""


class Scope(StrEnum):
    """Over which objects a grant reaches, seen from the seat that holds it."""

    ALL = "all"
    OWN_UNIT = "own_unit"
    OWN_AND_SUB = "own_and_sub"
    AREA = "area"  # what lies in the areas of the unit; see `rules.scope.covers`
    SECTOR = "sector"
    GRANT_LIST = "grant_list"  # the sites named in the seat
    LINKED_WORKS = "linked_works"  # the sites that supply the works to which the unit is linked
    PUBLIC_CATALOGUE = "public_catalogue"  # no item can be published yet: reaches nothing


class UnitType(Named):
    """`single`: only one unit may have this function at a time."""

    level: Literal["province", "district", "commune", "station", "external", "any"]
    parent: Id | None
    kind: str
    single: bool = False


class SiteType(Named):
    aliases: list[str] = []  # other spellings


class Purpose(Named):
    pass


class Role(Named):
    """A post in a unit that has the function `unit`. `second_step`: a password alone does not open it.

    `received`: one unit assigns it and another receives it (BDP II.3-II.7): it counts from the receipt on.
    """

    unit: Id
    seat: Literal["leader", "head", "specialist", "admin", "operator", "assigned", "contact"]
    second_step: bool = False
    received: bool = False


class Quota(Entry):
    """At most so many live seats of each role in one unit."""

    unit: Id
    max: Annotated[int, Field(ge=1)]
    seats: dict[Id, Annotated[int, Field(ge=0)]]


class Grant(Entry):
    """`to` (a role, or a unit type such as the public) may do `actions` over `scope`, for `purpose`.

    `sites`: with a grant list, the types of places that its seats may list. `prevails`: it holds on a camera
    that other regulations govern as well, whatever they say (requirements B6).
    """

    to: Id
    actions: frozenset[Action]
    undecided: frozenset[str] = frozenset()
    scope: Scope
    purpose: Id
    condition: str = ""
    sites: frozenset[Id] = frozenset()
    prevails: bool = False

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


class Exclusion(Entry):
    """A flag of a camera that takes every action away except those that it `leaves`."""

    vi: str
    flag: Literal["secret"]
    leaves: frozenset[Action]


class Retention(Entry):
    """For how long footage is kept. `scope`: `all`, `sector:<sector>` or `site:<site type>`."""

    scope: Annotated[str, Field(pattern=r"^(all|(sector|site):[a-z][a-z0-9_-]{0,59})$")]
    min: Literal["parameter"] | Duration | None  # `parameter`: a document prescribes it
    max: Literal["parameter"] | Duration | None
    meaning: str = ""
    parameter: Id | None = None  # which one, where a document prescribes it

    @property
    def min_days(self) -> int | None:
        """None where the text gives no number."""
        return None if self.min is None or self.min == "parameter" else days_of(self.min)

    @property
    def max_days(self) -> int | None:
        return None if self.max is None or self.max == "parameter" else days_of(self.max)


class Head(BaseModel):
    """Which document this is and when it is in force."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(pattern=r"^[A-Z]{2,20}$")]
    schema_: Annotated[Literal["camera-regulation-profile/1"], Field(alias="schema")]
    version: Annotated[int, Field(ge=1)]
    title_vi: str
    number: str | None
    date: dt.date | None
    issuer_vi: str
    instrument: str
    temporary: bool
    domain: str
    territory: dict[str, str]
    title_en: str = ""
    effective_from: (
        dt.date | None
    )  # null: the copy held does not say; it is not in force before that is settled
    effective_to: dt.date | None  # first day on which it is no longer in force
    source_file: str = ""


class Profile(BaseModel):
    """One regulation. Raises pydantic.ValidationError that names everything that does not fit together."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    profile: Head
    defects: list[Defect] = []
    bound: list[Bound] = []
    outside: list[Outside] = []
    unit_types: list[UnitType]
    site_types: list[SiteType]
    purposes: list[Purpose]
    roles: list[Role]
    quotas: list[Quota]
    grants: list[Grant]
    exclusions: list[Exclusion]
    separations: list[Separation]
    approvals: list[Approval] = []
    prohibitions: list[Prohibition] = []
    clocks: list[Clock] = []
    recurrences: list[Recurrence] = []
    notices: list[Notice] = []
    incidents: list[Incident] = []
    retention: list[Retention]
    registers: list[Register] = []
    networks: list[Network] = []
    device_rules: list[DeviceRule] = []
    quality: list[Quality] = []
    duties: list[Duty] = []
    parameters: list[Parameter] = []
    transition: list[Transition] = []

    @model_validator(mode="after")
    def _fits_together(self, info: ValidationInfo) -> Self:
        if info.context and info.context.get("alone"):
            return self  # whoever reads it asks for the contradictions himself, with their places
        if found := contradictions(self):
            raise ValueError("; ".join(problem.en for problem in found))
        return self

    @classmethod
    def sections(cls) -> list[str]:
        """The names of the sections in the order of a file, without the head."""
        return [name for name in cls.model_fields if name != "profile"]

    def entries(self) -> Iterator[tuple[str, int, Entry]]:
        """Section, place in it, and entry, of everything."""
        for section in self.sections():
            for place, entry in enumerate(getattr(self, section)):
                yield section, place, entry

    @property
    def id(self) -> str:
        return self.profile.id

    def in_force(self, day: dt.date) -> bool:
        head = self.profile
        if head.effective_from is None:
            return False
        return head.effective_from <= day and (head.effective_to is None or day < head.effective_to)

    def governs(self, sectors: Collection[str]) -> bool:
        """Whether the cameras of one of these fields of work are its matter."""
        return self.profile.domain == "all" or self.profile.domain in sectors

    def entry(self, name: str) -> Entry | None:
        """A grant or an approval by its id."""
        return self._entries.get(name)

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

    @cached_property
    def _entries(self) -> dict[str, Entry]:
        return {entry.id: entry for entry in (*self.approvals, *self.grants)}

    def parameter(self, name: str) -> Parameter | None:
        return next((parameter for parameter in self.parameters if parameter.id == name), None)

    def closed(self, action: str) -> list[Parameter]:
        """What must be settled before anybody may do this under the regulation."""
        return [one for one in self.parameters if action in one.closes and one.value is None]

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
