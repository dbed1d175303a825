"""Several regulations over one camera, as the gate decides: what all of them give, and what prevails."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from thienly.conf import RegulationConf
from thienly.core.regulation import shelf
from thienly.rules import access
from thienly.rules.access import ReasonCode
from thienly.rules.actions import Action
from thienly.rules.profile import Profile
from thienly.rules.scope import GivenFacts, ObjectFacts, Reach, SeatFacts, UnitFacts

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
COMMUNE = UnitFacts("xã", "tỉnh/xã/")
CAMERA = ObjectFacts(
    kind="camera",
    id="MC-1",
    units=(COMMUNE,),
    sites=frozenset({"một cửa"}),
    sectors=frozenset({"one_stop"}),
)
MINE = replace(CAMERA, id="MO-1", sites=frozenset({"mỏ"}), sectors=frozenset({"mining"}))


def held(*names: str) -> dict[str, Profile]:
    choices = []
    for name in names:
        book = shelf.shelf().book(name)
        assert book is not None
        undated = book.profile.profile.effective_from is None
        choices.append(
            RegulationConf(id=name, effective_from="2024-02-01" if undated else "", document="1/QĐ")
        )
    return shelf.adopt(shelf.shelf(), tuple(choices))


def seat(profile: Profile, role: str, **more: object) -> SeatFacts:
    post = profile.role(role)
    assert post is not None
    made = SeatFacts(
        id=f"{profile.id}:{role}",
        profile=profile.id,
        role=role,
        unit=COMMUNE,
        unit_name="UBND xã",
        unit_functions=frozenset({post.unit}),
        unit_from=date(2020, 1, 1),
        unit_to=None,
        valid_from=datetime(2024, 3, 1, tzinfo=UTC),
        valid_to=None,
    )
    return replace(made, **more)  # type: ignore[arg-type]  # fields of SeatFacts


def inside(reach: Reach, obj: ObjectFacts) -> bool:
    """Whether the camera lies in the set, as `core.access.scopes` asks the database."""
    if obj.secret and reach.without_secret:
        return False
    (sector,) = obj.sectors
    parts = [own for domain, own in reach.within if domain == sector]
    if reach.elsewhere is not None and sector not in reach.elsewhere[0]:
        parts.append(reach.elsewhere[1])
    return _in_parts(reach, obj) or any(_in_parts(part, obj) for part in parts)


def _in_parts(reach: Reach, obj: ObjectFacts) -> bool:
    return (
        reach.everything
        or any(unit.id in reach.units for unit in obj.units)
        or any(unit.path.startswith(path) for unit in obj.units for path in reach.subtrees)
        or not reach.sectors.isdisjoint(obj.sectors)
        or not reach.sites.isdisjoint(obj.sites)
        or obj.id in reach.cameras
        or any(all(_in_parts(one, obj) for one in every) for every in reach.all_of)
    )


def answer(
    action: Action, obj: ObjectFacts, seats: list[SeatFacts], profiles: dict[str, Profile]
) -> access.Decision:
    """The single answer, after making sure that the list gives the same."""
    decision = access.decide(action=action, obj=obj, seats=seats, profiles=profiles, now=NOW)
    for wanted, said in ((action, decision.allow), (None, decision.visible)):
        reach = access.reach(action=wanted, kind="camera", seats=seats, profiles=profiles, now=NOW)
        assert inside(reach, obj) == said, (wanted, decision)
    return decision


def test_a_right_of_one_regulation_does_not_hold_where_another_governs_the_camera_too() -> None:
    both = held("NB", "QN")
    leader = [seat(both["NB"], "commune_leader")]
    assert answer(Action.VIEW_LIVE, CAMERA, leader, held("NB")).allow
    refused = answer(Action.VIEW_LIVE, CAMERA, leader, both)
    assert not refused.allow and refused.visible
    (reason,) = refused.reasons
    assert (reason.code, reason.facts["profile"]) == (ReasonCode.NOT_BY_ALL, "QN")
    assert "QN Đ6.1" in reason.cite and "QN:user_member" in reason.facts["role_ids"]


def test_a_right_that_both_give_holds_with_both_articles_and_ends_with_the_first() -> None:
    both = held("NB", "QN")
    soon = NOW + timedelta(days=2)
    seats = [
        seat(both["NB"], "commune_leader"),
        seat(both["QN"], "user_member", sites=frozenset({"một cửa"}), valid_to=soon),
    ]
    allowed = answer(Action.VIEW_LIVE, CAMERA, seats, both)
    assert [granted.cite for granted in allowed.grants] == ["NB Đ6.3c", "QN Đ6.2, Đ9.1"]
    assert allowed.until == soon
    assert not answer(Action.VIEW_LIVE, replace(CAMERA, sites=frozenset({"khác"})), seats, both).allow


def test_the_command_right_prevails_and_what_is_only_derived_from_it_does_not() -> None:
    both = held("NB", "QN")
    operator = [seat(both["QN"], "central_operator")]
    assert answer(Action.VIEW_LIVE, CAMERA, operator, both).allow
    assert not answer(Action.EXTRACT, CAMERA, operator, both).allow
    assert answer(Action.EXTRACT, MINE, operator, both).allow  # no other regulation over mines holds here
    assert not answer(Action.VIEW_LIVE, replace(CAMERA, secret=True), operator, both).allow


def test_who_approves_under_one_regulation_does_so_whatever_the_other_says() -> None:
    both = held("NB", "QN")
    assert answer(Action.APPROVE, CAMERA, [seat(both["NB"], "commune_leader")], both).allow


def test_with_all_five_in_force_the_list_and_the_single_answer_agree_for_every_two_posts() -> None:
    five = held("BDM", "BDP", "QN", "NB", "DN")
    objects = [CAMERA, MINE, replace(MINE, sectors=frozenset({"traffic"})), replace(CAMERA, secret=True)]
    places = frozenset({"mỏ"})
    seats = [
        seat(profile, role.id, sector="mining", sites=places)
        for profile in five.values()
        for role in profile.roles
    ]
    for number, one in enumerate(seats):
        other = seats[(number * 7 + 3) % len(seats)]
        for obj in objects:
            for action in (Action.VIEW_LIVE, Action.EXTRACT, Action.CONFIG_DEVICE):
                answer(action, obj, [one, other], five)


def given(kind: str, **more: object) -> GivenFacts:
    made = GivenFacts(
        id="q1",
        kind=kind,  # type: ignore[arg-type]  # one of the three
        actions=frozenset({Action.VIEW_LIVE}),
        purpose="",
        document="13/QĐ-UBND",
        valid_from=NOW - timedelta(days=1),
        valid_to=NOW + timedelta(days=1),
    )
    return replace(made, **more)  # type: ignore[arg-type]  # fields of GivenFacts


def test_a_consent_counts_inside_its_cameras_and_its_time_and_nowhere_else() -> None:
    rules = held("QN")
    consent = given("consent", entry="a-out-of-scope", cameras=frozenset({"MO-1"}))

    def asked(consent: GivenFacts, obj: ObjectFacts, action: Action = Action.VIEW_LIVE) -> access.Decision:
        member = seat(rules["QN"], "user_member", sites=frozenset({"chợ"}), given=(consent,))
        return answer(action, obj, [member], rules)

    allowed = asked(consent, MINE)
    assert allowed.allow and allowed.grants[0].given == "q1" and allowed.until == consent.valid_to
    assert (allowed.reasons[0].code, allowed.reasons[0].cite) == (ReasonCode.GIVEN, "QN Đ9.1")
    assert not asked(consent, CAMERA).visible
    assert not asked(consent, MINE, Action.VIEW_PLAYBACK).allow
    over = asked(replace(consent, valid_to=NOW), MINE)
    assert not over.allow
    assert ReasonCode.GIVEN_ENDED in [reason.code for reason in over.reasons]
    assert any("13/QĐ-UBND" in reason.facts.get("document", "") for reason in over.reasons)
    extract = replace(consent, actions=frozenset({Action.EXTRACT}))
    assert not asked(extract, MINE, Action.EXTRACT).allow, "no consent lets footage leave"


def test_a_grant_gives_no_more_than_the_entry_it_rests_on() -> None:
    rules = held("QN")
    wide = frozenset({Action.VIEW_LIVE, Action.EXTRACT, Action.ADMIN_ACCOUNTS})
    right = given("grant", entry="g-user", actions=wide, sites=frozenset({"mỏ"}))
    member = [seat(rules["QN"], "user_member", given=(right,))]
    assert answer(Action.VIEW_LIVE, MINE, member, rules).allow
    assert not answer(Action.EXTRACT, MINE, member, rules).allow
    elsewhere = [seat(rules["QN"], "cam_contact", given=(right,))]
    assert not answer(Action.VIEW_LIVE, MINE, elsewhere, rules).allow, "the entry is another role's"


@pytest.mark.parametrize("end", ["lender", "own", "moved", "none"])
def test_a_delegation_ends_with_the_lender_with_the_own_seat_and_outside_the_unit(end: str) -> None:
    rules = held("QN")
    lender = seat(rules["QN"], "cam_admin", valid_to=NOW if end == "lender" else None)
    lent = given("delegation", actions=frozenset({Action.PTZ, Action.EXTRACT, Action.ADMIN_ACCOUNTS}))
    contact = seat(
        rules["QN"],
        "cam_contact",
        given=(replace(lent, lender=lender),),
        valid_to=NOW if end == "own" else None,
        unit=UnitFacts("khác", "tỉnh/khác/") if end == "moved" else COMMUNE,
    )
    assert answer(Action.PTZ, MINE, [contact], rules).allow == (end == "none")
    assert not answer(Action.VIEW_LIVE, MINE, [contact], rules).allow, "this was not lent"
    unit = replace(MINE, kind="unit", id="xã")
    asked = access.decide(action=Action.ADMIN_ACCOUNTS, obj=unit, seats=[contact], profiles=rules, now=NOW)
    assert not asked.allow, "who gives rights answers himself"


def test_what_was_lent_cannot_be_lent_again() -> None:
    rules = held("QN")
    first = seat(rules["QN"], "cam_admin")
    second = seat(rules["QN"], "cam_contact", given=(given("delegation", lender=first),))
    third = seat(rules["QN"], "user_contact", given=(given("delegation", lender=second),))
    assert answer(Action.VIEW_LIVE, MINE, [second], rules).allow
    assert not answer(Action.VIEW_LIVE, MINE, [third], rules).allow


def test_a_seat_that_must_be_received_gives_nothing_before() -> None:
    rules = held("BDP")
    port = replace(CAMERA, sectors=frozenset({"fishing_port"}))
    user = seat(rules["BDP"], "ca_pc_user", sites=CAMERA.sites)
    assert answer(Action.VIEW_LIVE, port, [user], rules).allow
    waiting = answer(Action.VIEW_LIVE, port, [replace(user, received=False)], rules)
    assert [reason.code for reason in waiting.reasons] == [ReasonCode.NOT_RECEIVED]
    assert not waiting.visible
