"""What stands around a decision: ways out of a denial, posts that are given an act, what else is wanted."""

from datetime import UTC, date, datetime

from tests.profiles.land import regulation
from thienly.rules.access import APPLIES, Decision, Reason, ReasonCode, decide
from thienly.rules.actions import Action
from thienly.rules.profile import Profile
from thienly.rules.scope import ObjectFacts, SeatFacts, UnitFacts
from thienly.rules.why import GROUPS, Held, Way, changes, giving, wanted, ways

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
MINE = ObjectFacts(
    kind="camera",
    id="1",
    units=(UnitFacts("a", "a/"),),
    sites=frozenset({"s"}),
    sectors=frozenset({"mining"}),
)


def seat(profile: Profile, role: str, *, unit: str = "z", **more: object) -> SeatFacts:
    post = profile.role(role)
    assert post is not None
    facts: dict[str, object] = {
        "id": role,
        "profile": profile.id,
        "role": role,
        "unit": UnitFacts(unit, f"{unit}/"),
        "unit_name": unit,
        "unit_functions": frozenset({post.unit}),
        "unit_from": date(2020, 1, 1),
        "unit_to": None,
        "valid_from": datetime(2025, 3, 1, tzinfo=UTC),
        "valid_to": None,
    }
    return SeatFacts(**(facts | more))  # type: ignore[arg-type]


def asked(action: Action, *seats: SeatFacts, obj: ObjectFacts = MINE) -> Decision:
    mines = regulation("BDM")
    return decide(action=action, obj=obj, seats=seats, profiles={"BDM": mines}, now=NOW)


def test_every_verb_stands_in_exactly_one_of_the_four_groups() -> None:
    grouped = [action for actions in GROUPS.values() for action in actions]
    assert sorted(grouped) == sorted(Action) and len(grouped) == len(set(grouped))


def test_a_denial_names_the_ways_that_could_end_it() -> None:
    mines = regulation("BDM")
    police, secret = seat(mines, "police_user"), ObjectFacts(**{**_fields(MINE), "secret": True})
    assert ways(asked(Action.VIEW_LIVE, police)) == ()
    assert ways(asked(Action.VIEW_LIVE)) == (Way.SEAT,)
    assert ways(asked(Action.APPROVE, police)) == (Way.SEAT,)
    assert ways(asked(Action.PTZ, police)) == (Way.REGULATION,)  # nobody is given it
    assert ways(asked(Action.VIEW_LIVE, police, obj=secret)) == (Way.NOBODY,)
    assert ways(asked(Action.VIEW_LIVE, seat(mines, "police_user", suspended=True))) == (Way.RESTORE,)
    denied = Decision(allow=False, visible=True, reasons=[Reason(ReasonCode.LEFT_OPEN)])
    assert ways(denied) == (Way.DOCUMENT,)


def _fields(obj: ObjectFacts) -> dict[str, object]:
    return {name: getattr(obj, name) for name in ObjectFacts.__slots__}


def test_the_posts_that_are_given_an_act_are_those_of_the_regulations_over_the_camera() -> None:
    both = {name.upper(): regulation(name) for name in ("BDM", "NB")}
    posts = giving(Action.APPROVE, MINE, both, NOW)
    assert [(one.profile.id, one.role.id, one.cite) for one in posts] == [
        ("BDM", "tnmt_leader", "BDM Đ2.2 g3, Đ3.6 g3")
    ]
    shop = ObjectFacts(**{**_fields(MINE), "sectors": frozenset({"one_stop"})})
    assert {one.profile.id for one in giving(Action.APPROVE, shop, both, NOW)} == {"NB"}
    assert giving(Action.ADMIN_SYSTEM, MINE, both, NOW) == []
    assert Action.ADMIN_SYSTEM not in APPLIES["camera"]


def test_what_is_wanted_besides_stands_with_its_article_and_is_open_until_a_document_settles_it() -> None:
    mines = {"BDM": regulation("BDM")}
    found = wanted(Action.EXTRACT, MINE, mines, settled={}, now=NOW)
    first = next(one for one in found if one.approval.when == "always")
    assert first.cite == "BDM Đ2.2 g2" and first.open is not None and first.open.id == "par-competent"
    settled = wanted(Action.EXTRACT, MINE, mines, settled={"BDM": ["par-competent"]}, now=NOW)
    assert [one.open for one in settled] == [None] * len(settled)
    central = {"QN": regulation("QN")}
    beyond = wanted(Action.VIEW_LIVE, MINE, central, settled={}, outside=True, now=NOW)
    assert [one.cite for one in beyond] == ["QN Đ9.1"]  # outside the remit: in writing
    assert wanted(Action.VIEW_LIVE, MINE, central, settled={}, now=NOW) == []


def test_two_holdings_differ_in_the_acts_and_by_the_rules_in_which_they_differ() -> None:
    mines = {"BDM": regulation("BDM")}
    district, police = seat(mines["BDM"], "district_user"), seat(mines["BDM"], "police_user")
    found = changes("camera", before=Held([district], mines), after=Held([district, police], mines), now=NOW)
    by_action = {action: one for one in found for action in one.actions}
    assert set(by_action) == {Action.VIEW_LIVE, Action.VIEW_PLAYBACK, Action.STATISTICS}
    live = by_action[Action.VIEW_LIVE]
    assert "BDM Đ3.3" in [rule.cite for rule in live.gained]
    assert not changes("camera", before=Held([police], mines), after=Held([police], mines), now=NOW)
    ended = seat(mines["BDM"], "police_user", valid_to=datetime(2026, 1, 1, tzinfo=UTC))
    assert not changes("camera", before=Held([], mines), after=Held([ended], mines), now=NOW)
