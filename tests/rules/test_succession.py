"""What a reorganisation comes to, and what is refused."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from thienly.core.regulation.shelf import shelf
from thienly.rules.profile import Profile
from thienly.rules.reorganisation import (
    Act,
    Attach,
    End,
    Found,
    Move,
    Pass,
    Rename,
    read_plan,
    write_plan,
)
from thienly.rules.succession import reckon
from thienly.rules.succession_facts import (
    Fault,
    Outcome,
    SeatEnds,
    SeatNow,
    SiteNow,
    Situation,
    UnitNow,
)

DAY = date(2025, 7, 1)
FOUNDED = date(2020, 1, 1)


def regulation(name: str) -> Profile:
    book = shelf().book(name)
    assert book is not None
    return book.profile


def hexed(number: int) -> str:
    return f"{number:032x}"


def unit(number: int, *functions: str, parent: int | None = None, **more: object) -> UnitNow:
    facts: dict[str, object] = {"begun": FOUNDED, "since": FOUNDED} | more
    above = hexed(parent) if parent is not None else None
    return UnitNow(hexed(number), f"Đơn vị {number}", "unit", frozenset(functions), above, **facts)  # type: ignore[arg-type]


def world(*units: UnitNow, seats: tuple[SeatNow, ...] = (), sites: dict[int, int] | None = None) -> Situation:
    """`sites`: by number, to which unit; each has two cameras."""
    return Situation(
        {one.id: one for one in units},
        {
            hexed(site): SiteNow(hexed(site), f"Điểm {site}", hexed(owner), 2)
            for site, owner in (sites or {}).items()
        },
        seats,
    )


def seat(number: int, at: int, role: str, *, profile: str = "QN", person: int = 0) -> SeatNow:
    return SeatNow(hexed(number), hexed(person or number), hexed(at), profile, role)


def come_to(situation: Situation, *acts: Act, day: date = DAY) -> Outcome:
    rules = {name: regulation(name) for name in ("QN", "NB")}
    return reckon(acts=acts, situation=situation, profiles=rules, day=day)


def faults(outcome: Outcome) -> set[Fault]:
    return {problem.code for problem in outcome.problems}


def test_a_merger_hands_on_functions_sites_children_and_people() -> None:
    now = world(
        unit(1, "camera_manager"),
        unit(2, "data_user"),
        unit(3, parent=1),
        seats=(seat(50, 1, "cam_admin"), seat(51, 2, "user_member")),
        sites={10: 1, 11: 2},
    )
    outcome = come_to(now, End(unit=hexed(1), successors=[hexed(2)]))
    assert not outcome.problems
    assert outcome.after[hexed(2)].functions == {"camera_manager", "data_user"}
    assert outcome.sites == {hexed(10): hexed(2)}
    assert outcome.after[hexed(3)].parent == hexed(2)
    assert [(one.seat.id, one.to) for one in outcome.seats] == [(hexed(50), hexed(2))]
    assert hexed(1) not in outcome.after


def test_a_split_without_saying_who_gets_the_cameras_is_refused_with_the_article() -> None:
    now = world(unit(1, "camera_manager"), unit(2), unit(3), sites={10: 1})
    parts = End(unit=hexed(1), successors=[hexed(2), hexed(3)])
    (problem,) = come_to(now, parts).problems
    assert (problem.code, problem.cite) == (Fault.ORPHANED_SITE, "QN Đ3.6, Đ20")
    assert problem.facts["cameras"] == "2"
    shared = come_to(now, parts, Move(site=hexed(10), to=hexed(3)))
    assert not shared.problems
    assert shared.sites == {hexed(10): hexed(3)}


def test_an_abolished_unit_leaves_no_camera_and_no_unit_below_it_behind() -> None:
    now = world(unit(1), unit(2, parent=1), unit(3), sites={10: 1})
    assert faults(come_to(now, End(unit=hexed(1)))) == {Fault.ORPHANED_SITE, Fault.ORPHANED_UNIT}
    outcome = come_to(
        now,
        End(unit=hexed(1)),
        Attach(unit=hexed(2), parent=None),
        Move(site=hexed(10), to=hexed(3)),
    )
    assert not outcome.problems
    assert outcome.after[hexed(2)].parent is None


def test_nobody_keeps_a_right_that_the_function_lost() -> None:
    """A function that goes to two units takes its people to one only if somebody says to which."""
    people = (seat(50, 1, "tttt_guide"),)
    now = world(unit(1, "so_tttt"), unit(2), unit(3), seats=people)
    split = {"unit": hexed(1), "function": "so_tttt", "to": [hexed(2), hexed(3)]}
    (lost,) = come_to(now, Pass(**split)).seats
    assert (lost.to, lost.why) == (None, SeatEnds.FUNCTION_LOST)
    assert lost.cite.startswith("QN Đ")
    (moved,) = come_to(now, Pass(**split, seats=hexed(3))).seats
    assert moved.to == hexed(3)
    (ended,) = come_to(now, Pass(**split | {"to": [hexed(2)]}, seats="none")).seats
    assert ended.to is None
    after = come_to(now, Pass(**split)).after
    assert [sorted(after[hexed(n)].functions) for n in (1, 2, 3)] == [[], ["so_tttt"], ["so_tttt"]]


def test_more_people_than_places_means_that_nobody_is_chosen_by_a_machine() -> None:
    """NB Đ6.3c: one leader and one specialist a commune."""
    now = world(
        unit(1, "ubnd_xa"),
        unit(2, "ubnd_xa"),
        seats=(seat(50, 1, "commune_leader", profile="NB"), seat(51, 2, "commune_leader", profile="NB")),
    )
    merge = [End(unit=hexed(n), successors=["new:xa"]) for n in (1, 2)]
    outcome = come_to(now, Found(key="xa", name="Xã mới", kind="government"), *merge)
    assert not outcome.problems
    assert {(one.to, one.why, one.cite) for one in outcome.seats} == {(None, SeatEnds.QUOTA_FULL, "NB Đ6.3c")}


def test_one_person_is_not_seated_twice() -> None:
    now = world(
        unit(1, "camera_manager"),
        unit(2, "camera_manager"),
        seats=(seat(50, 1, "cam_admin", person=9), seat(51, 2, "cam_admin", person=9)),
    )
    (only,) = come_to(now, End(unit=hexed(1), successors=[hexed(2)])).seats
    assert (only.seat.id, only.to, only.why) == (hexed(50), None, SeatEnds.HELD_ALREADY)


CENTRE = unit(1, "central_manager")
REFUSED: list[tuple[str, Situation, list[Act], set[Fault]]] = [
    ("nothing", world(unit(1)), [], {Fault.EMPTY}),
    ("a stranger", world(unit(1)), [End(unit=hexed(7))], {Fault.UNKNOWN_UNIT}),
    ("no such site", world(unit(1)), [Move(site=hexed(9), to=hexed(1))], {Fault.UNKNOWN_SITE}),
    (
        "a cycle",
        world(unit(1), unit(2, parent=1), unit(3, parent=2)),
        [Attach(unit=hexed(1), parent=hexed(3))],
        {Fault.CYCLE},
    ),
    (
        "a cycle by a merger into what stands below",
        world(unit(1), unit(2, parent=1)),
        [End(unit=hexed(1), successors=[hexed(2)]), Found(key="a", name="A", kind="k", parent="new:a")],
        {Fault.CYCLE, Fault.ORPHANED_UNIT},
    ),
    (
        "overlapping validity",
        world(unit(1, since=DAY)),
        [Rename(unit=hexed(1), name="Khác")],
        {Fault.OVERLAP},
    ),
    (
        "gone already",
        world(unit(1, until=date(2024, 1, 1))),
        [Rename(unit=hexed(1), name="Khác")],
        {Fault.NOT_IN_BEING},
    ),
    (
        "two of one name",
        world(unit(1), unit(2)),
        [Rename(unit=hexed(1), name="đơn vị 2")],
        {Fault.NAME_TAKEN},
    ),
    (
        "to one that ends",
        world(unit(1), unit(2)),
        [End(unit=hexed(1), successors=[hexed(2)]), End(unit=hexed(2))],
        {Fault.ENDED_SUCCESSOR},
    ),
    (
        "below one that ends",
        world(unit(1), unit(2)),
        [End(unit=hexed(1)), Attach(unit=hexed(2), parent=hexed(1))],
        {Fault.ENDED_PARENT},
    ),
    (
        "cameras without a keeper",
        world(unit(1, "camera_manager"), unit(2), sites={10: 1}),
        [Pass(unit=hexed(1), function="camera_manager", to=[hexed(2)])],
        {Fault.KEEPERLESS},
    ),
    (
        "a function that nobody knows",
        world(unit(1)),
        [Found(key="a", name="A", kind="k", functions=frozenset({"khong_co"}))],
        {Fault.UNKNOWN_FUNCTION},
    ),
    (
        "a function that it does not have",
        world(unit(1), unit(2)),
        [Pass(unit=hexed(1), function="so_tttt", to=[hexed(2)])],
        {Fault.NOT_HELD},
    ),
    (
        "a second managing unit of the central system (QN Đ3.7)",
        world(CENTRE),
        [Found(key="a", name="A", kind="k", functions=frozenset({"central_manager"}))],
        {Fault.SINGLE},
    ),
    (
        "said twice",
        world(unit(1)),
        [Rename(unit=hexed(1), name="A"), Rename(unit=hexed(1), name="B")],
        {Fault.TWICE},
    ),
]


@pytest.mark.parametrize(("why", "situation", "acts", "expected"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_cannot_be_is_refused(
    why: str, situation: Situation, acts: list[Act], expected: set[Fault]
) -> None:
    assert faults(come_to(situation, *acts)) == expected, why


def test_a_plan_is_the_same_after_it_was_written_down() -> None:
    acts: list[Act] = [
        Found(key="xa", name="Xã mới", kind="government", functions=frozenset({"ubnd_xa", "data_user"})),
        End(unit=hexed(1), successors=["new:xa"]),
        Pass(unit=hexed(1), function="ubnd_xa", to=["new:xa"], seats="none"),
    ]
    assert read_plan(write_plan(acts)) == acts
    for wrong in ([{"act": "burn", "unit": hexed(1)}], [{"act": "end", "unit": "x"}], {}, [{"act": "end"}]):
        with pytest.raises(ValidationError):
            read_plan(wrong)


# --- any sequence ---
NUMBERS = st.integers(0, 5)
FUNCTIONS = ("camera_manager", "data_user", "so_tttt", "central_manager", "ubnd_xa")


@st.composite
def plans(draw: st.DrawFn) -> list[Act]:
    def ref() -> str:
        return hexed(draw(NUMBERS)) if draw(st.integers(0, 4)) else "new:a"

    makers = {
        "found": lambda: Found(key="a", name="Mới", kind="k", parent=ref() if draw(st.booleans()) else None),
        "rename": lambda: Rename(unit=hexed(draw(NUMBERS)), name=f"Tên {draw(NUMBERS)}"),
        "attach": lambda: Attach(unit=hexed(draw(NUMBERS)), parent=ref() if draw(st.booleans()) else None),
        "end": lambda: End(
            unit=hexed(draw(NUMBERS)), successors=[ref() for _ in range(draw(st.integers(0, 2)))]
        ),
        "pass": lambda: Pass(
            unit=hexed(draw(NUMBERS)),
            function=draw(st.sampled_from(FUNCTIONS)),
            to=[ref() for _ in range(draw(st.integers(1, 2)))],
        ),
        "move": lambda: Move(site=hexed(10 + draw(NUMBERS)), to=ref()),
    }
    return [makers[draw(st.sampled_from(sorted(makers)))]() for _ in range(draw(st.integers(1, 4)))]


def after(situation: Situation, outcome: Outcome, day: date) -> Situation:
    """The next situation: new units get ids that no later plan names."""
    number = 1000 + len(situation.units)
    fresh = {ref: hexed(number + place) for place, ref in enumerate(outcome.founded)}

    def known(ref: str | None) -> str | None:
        return fresh.get(ref, ref) if ref else None

    units: dict[str, UnitNow] = {}
    for ref, one in outcome.after.items():
        touched = ref in outcome.changed or ref in fresh
        key = fresh.get(ref, ref)
        since = day if touched else one.since
        units[key] = UnitNow(key, one.name, one.kind, one.functions, known(one.parent), one.begun, since)
    for ref in outcome.ended:
        one = situation.units[ref]
        units[ref] = UnitNow(
            ref, one.name, one.kind, one.functions, one.parent, one.begun, one.since, until=day
        )
    sites = {
        key: SiteNow(key, site.name, str(known(outcome.sites.get(key, site.unit))), site.cameras)
        for key, site in situation.sites.items()
    }
    moved = {one.seat.id: one.to for one in outcome.seats}
    seats = tuple(
        SeatNow(one.id, one.account, str(known(moved.get(one.id, one.unit))), one.profile, one.role)
        for one in situation.seats
        if moved.get(one.id, one.unit) is not None
    )
    return Situation(units, sites, seats)


@pytest.mark.req("QN-012")
@settings(max_examples=150, deadline=None)
@given(st.lists(plans(), min_size=1, max_size=6))
def test_after_any_lawful_reorganisations_every_camera_has_one_unit_in_being_and_nobody_stands_below_himself(
    sequence: list[list[Act]],
) -> None:
    now = world(
        *(unit(n, FUNCTIONS[n % 5], parent=n - 1 if n % 3 else None) for n in range(6)),
        seats=(seat(50, 0, "cam_admin"), seat(51, 1, "user_member"), seat(52, 2, "tttt_guide")),
        sites={10 + n: n for n in range(6)},
    )
    rules = {name: regulation(name) for name in ("QN", "NB")}
    for place, acts in enumerate(sequence):
        day = date(2025, 7, 1 + place)
        outcome = reckon(acts=acts, situation=now, profiles=rules, day=day)
        if outcome.problems:
            continue
        now = after(now, outcome, day)
        living = {key: one for key, one in now.units.items() if one.until is None}
        for site in now.sites.values():
            assert site.unit in living
        for one in now.seats:
            role = rules[one.profile].role(one.role)
            assert role is not None
            assert role.unit in living[one.unit].functions, "a right survived its function"
        for one_unit in living.values():
            step, steps = one_unit.parent, 0
            while step is not None:
                assert step in living
                step, steps = living[step].parent, steps + 1
                assert steps <= len(living), "stands below itself"
