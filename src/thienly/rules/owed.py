"""What a regulation asks of a body (nhiệm vụ của đơn vị): duties, deadlines, what comes again, what it must
tell and keep running."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from thienly.rules.profile import Profile
from thienly.rules.profile_entry import Entry

SECTIONS = ("duties", "clocks", "recurrences", "notices", "quality")
EVERYBODY = "any"


@dataclass(frozen=True, slots=True)
class Owed:
    """`own`: asked of this kind of body by name, not of everybody whom the regulation concerns."""

    section: str
    entry: Entry
    own: bool


def concerned(profile: Profile, functions: Collection[str]) -> frozenset[str]:
    """Those of a unit's functions that the regulation knows; a unit without any it does not concern."""
    return frozenset(unit.id for unit in profile.unit_types) & frozenset(functions)


def is_bound(profile: Profile, functions: Collection[str]) -> str:
    """The article that names the unit among those who must carry the regulation out (chịu trách nhiệm thi
    hành), "" when none does."""
    return next((profile.cited(bound) for bound in profile.bound if bound.unit in functions), "")


def owed_by(profile: Profile, functions: Collection[str]) -> list[Owed]:
    """What is asked of the unit by name first, each in the order of the text."""
    own = concerned(profile, functions)
    if not own:
        return []
    posts = {role.id for role in profile.roles if role.unit in own}
    found = list(_asked(profile, own | posts))
    return [one for one in found if one.own] + [one for one in found if not one.own]


def _asked(profile: Profile, names: frozenset[str]) -> Iterator[Owed]:
    for section in SECTIONS:
        for entry in getattr(profile, section):
            whose = entry.sender if section == "notices" else entry.actor
            if whose in names:
                yield Owed(section, entry, own=True)
            elif whose == EVERYBODY:
                yield Owed(section, entry, own=False)
