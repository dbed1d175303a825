"""From what a person holds to the set of objects that it reaches; `rules.access.reach` asks for it.

Cameras under several regulations (requirements B6): see `rules.combine`. What is said here of whole sets is
what `access.decide` says of one object; a property test holds the two together.
"""

from collections.abc import Sequence
from dataclasses import replace

from thienly.rules.held import Held
from thienly.rules.profile import Profile, Scope
from thienly.rules.scope import Reach, join, meet


def any_of(held: Sequence[Held]) -> Reach:
    """Cameras that one regulation at least gives."""
    by_domain: dict[str, list[Held]] = {}
    for piece in held:
        by_domain.setdefault(piece.profile.profile.domain, []).append(piece)
    return replace(
        reach_of(by_domain.pop("all", [])),
        within=tuple((domain, reach_of(own)) for domain, own in sorted(by_domain.items())),
    )


def all_of(held: Sequence[Held], in_force: Sequence[Profile]) -> Reach:
    """Cameras that every regulation gives which governs them, and those over which a right prevails."""
    general = [profile for profile in in_force if profile.profile.domain == "all"]
    fields = sorted({profile.profile.domain for profile in in_force} - {"all"})

    def over(governing: Sequence[Profile], prevailing: Sequence[Held]) -> Reach:
        each = [reach_of([one for one in held if one.profile is profile]) for profile in governing]
        return join(meet(each), reach_of(prevailing))

    prevailing = [piece for piece in held if piece.prevails]
    everywhere = [piece for piece in prevailing if piece.profile.profile.domain == "all"]
    rest = over(general, everywhere)
    if not fields:
        return rest
    within = []
    for field_ in fields:
        own = [profile for profile in in_force if profile.profile.domain == field_]
        mighty = [piece for piece in prevailing if piece.profile.profile.domain in ("all", field_)]
        within.append((field_, over([*general, *own], mighty)))
    if rest.everything and all(one.everything for _, one in within):
        return rest
    return Reach(
        within=tuple((name, one) for name, one in within if not one.nothing),
        elsewhere=None if rest.nothing else (frozenset(fields), rest),
    )


def reach_of(
    held: Sequence[Held],
    *,
    by_sector: bool = True,
    by_site: bool = True,
    by_area: bool = True,
    knowing: bool = False,
) -> Reach:
    """`by_area`: confirmed places decide whether something lies in the territory of a unit."""
    lists = [piece.seat for piece in held if piece.scope is Scope.GRANT_LIST and by_site]
    territories = [
        (piece.seat.unit.path, piece.seat.areas)
        for piece in held
        if piece.scope is Scope.AREA and piece.seat.areas is not None
    ]
    return Reach(
        everything=any(piece.scope is Scope.ALL for piece in held),
        units=frozenset(piece.seat.unit.id for piece in held if piece.scope is Scope.OWN_UNIT),
        subtrees=frozenset(
            piece.seat.unit.path
            for piece in held
            if piece.scope is Scope.OWN_AND_SUB
            or (piece.scope is Scope.AREA and not (by_area and piece.seat.areas is not None))
        ),
        sectors=frozenset(piece.seat.sector for piece in held if piece.scope is Scope.SECTOR and by_sector),
        sites=frozenset().union(
            *(seat.sites | seat.camera_sites if knowing else seat.sites for seat in lists),
            *(piece.seat.linked for piece in held if piece.scope is Scope.LINKED_WORKS and by_site),
        ),
        cameras=frozenset().union(*(seat.cameras for seat in lists)),
        areas=frozenset().union(*(areas for _, areas in territories if by_area or knowing)),
        unplaced=frozenset(path for path, _ in territories if by_area),
    )
