"""Several regulations over one camera. Read as a lawyer would: given these articles, then this holds.

The cameras of a commune's one-stop shop that are integrated into a provincial hub are under two regulations:
that of the one-stop shops (here Ninh Bình's NB or Đồng Nai's DN) and that of the hub (here Quảng Ninh's QN).
"""

from datetime import UTC, datetime, timedelta

import pytest

from thienly.core.regulation.shelf import shelf
from thienly.rules import combine
from thienly.rules.actions import Action
from thienly.rules.profile import Grant, Profile, Retention
from thienly.rules.profile_sections import Limit


def regulation(name: str) -> Profile:
    book = shelf().book(name)
    assert book is not None
    return book.profile


QN, NB, DN, BDM, BDP = (regulation(name) for name in ("QN", "NB", "DN", "BDM", "BDP"))


def of(profile: Profile, *roles: str) -> dict[str, list[Grant]]:
    """What persons in these roles hold."""
    return {profile.id: [grant for role in roles for grant in profile.grants_of(role)]}


def test_given_one_regulation_then_its_rights_hold_with_their_articles() -> None:
    found = combine.rights(governing=[NB], held=of(NB, "commune_leader"))
    assert found.allowed[Action.VIEW_LIVE] == ("NB Đ6.3c",)
    assert found.allowed[Action.APPROVE] == ("NB Đ9.2",)
    assert Action.EXTRACT not in found.allowed and found.not_given[Action.EXTRACT] == ("NB",)


def test_given_a_right_of_the_hub_only_then_it_does_not_hold_where_the_one_stop_regulation_is_silent() -> (
    None
):
    found = combine.rights(governing=[NB, QN], held=of(QN, "sector_user"))
    assert not found.allowed
    assert found.not_given[Action.VIEW_LIVE] == ("NB",)


def test_given_a_right_of_the_one_stop_regulation_only_then_the_hub_must_give_it_too() -> None:
    found = combine.rights(governing=[NB, QN], held=of(NB, "commune_leader"))
    assert found.not_given[Action.VIEW_LIVE] == ("QN",)


def test_given_both_rights_then_only_what_both_give_holds_and_both_articles_are_named() -> None:
    held = of(DN, "unit_xa") | of(QN, "user_member")
    found = combine.rights(governing=[DN, QN], held=held)
    assert set(found.allowed) == {Action.VIEW_LIVE, Action.VIEW_PLAYBACK}
    assert found.allowed[Action.VIEW_LIVE] == ("DN Đ5.3", "QN Đ6.2, Đ9.1")
    assert found.not_given[Action.EXTRACT] == ("QN",)  # Đồng Nai gives it, the hub does not widen it
    assert found.not_given[Action.STATISTICS] == ("DN",)


def test_given_the_command_right_of_article_6_1_then_it_holds_whatever_the_others_say() -> None:
    found = combine.rights(governing=[NB, QN], held=of(QN, "central_operator"))
    assert found.allowed[Action.VIEW_LIVE] == found.allowed[Action.PTZ] == ("QN Đ6.1",)
    # What is only derived from Đ6.1 (extraction) is no command right.
    assert Action.EXTRACT not in found.allowed


def test_given_a_prohibition_of_any_of_them_then_no_right_prevails_over_it() -> None:
    found = combine.rights(governing=[NB, QN], held=of(QN, "central_operator"), secret=True)
    assert not found.allowed
    assert found.forbidden[Action.VIEW_LIVE] == ("NB Đ1.2", "QN Đ1.2")
    everything = combine.prohibitions([NB, QN])
    assert len(everything) == len(NB.prohibitions) + len(QN.prohibitions)


def test_nobody_gains_by_a_further_regulation_save_by_a_right_that_prevails() -> None:
    for role in (role.id for role in DN.roles):
        alone = combine.rights(governing=[DN], held=of(DN, role)).allowed
        for other in (QN, NB):
            for post in (post.id for post in other.roles):
                held = of(DN, role) | of(other, post)
                prevailing = {a for g in held[other.id] if g.prevails for a in g.actions}
                both = set(combine.rights(governing=[DN, other], held=held).allowed)
                assert both <= set(alone) | prevailing


def test_approvals_add_up_and_the_strictest_form_serves_for_all() -> None:
    conditions = combine.approvals(
        governing=[DN, QN], action="provide", holding=["recipient_outside_unit"], site="bpmc_xa_site"
    )
    assert [ruled.cite for ruled in conditions] == ["DN Đ5", "QN Đ21.3"]
    assert combine.strictest(conditions) == "written"
    inside = combine.approvals(governing=[DN, QN], action="provide", holding=[], site="bpmc_xa_site")
    assert inside == [] and combine.strictest(inside) is None


def test_the_provider_of_the_mines_needs_permission_and_opinion_before_it_extracts() -> None:
    needed = combine.approvals(governing=[BDM], action="extract", holding=["actor_is_provider"])
    assert [ruled.cite for ruled in needed] == ["BDM Đ2.2 g2", "BDM Đ3.6 g3"]
    assert combine.strictest(needed) == "opinion"
    others = combine.approvals(governing=[BDM], action="extract", holding=[])
    assert [ruled.cite for ruled in others] == ["BDM Đ2.2 g2"]


def test_in_ninh_binh_the_place_of_the_camera_decides_who_approves() -> None:
    for site, who in (("bpmc_huyen_site", ["district_leader"]), ("bpmc_xa_site", ["commune_leader"])):
        (needed,) = combine.approvals(
            governing=[NB], action="extract", holding=["requester_not_holder"], site=site
        )
        assert needed.cite == "NB Đ9.2"
        assert needed.entry.model_dump()["approver"] == who
        assert needed.entry.model_dump()["requires_application"]


def test_of_several_deadlines_the_earliest_holds() -> None:
    began = datetime(2026, 8, 20, 9, 0, tzinfo=UTC)

    def due(limit: Limit) -> datetime:
        return began + (timedelta(0) if limit.unit == "immediate" else timedelta(days=limit.n))

    strict = QN.clocks[2].model_copy(update={"limit": Limit(n=2, unit="day")})
    other = NB.model_copy(update={"clocks": [strict.model_copy(update={"cite": "Đ8.4"})]})
    found = combine.earliest(governing=[QN, other], trigger="fault_detected_or_notified", due_of=due)
    assert found is not None
    assert (found[0], found[1].cite) == (began + timedelta(days=2), "NB Đ8.4")
    alone = combine.earliest(governing=[QN], trigger="fault_detected_or_notified", due_of=due)
    assert alone is not None and alone[1].cite == "QN Đ14.2"
    assert combine.earliest(governing=[BDP], trigger="fault_detected_or_notified", due_of=due) is None


def test_the_highest_floor_and_the_lowest_ceiling_hold() -> None:
    def with_retention(low: str | None, high: str | None, cite: str) -> Profile:
        kept = Retention(id="r", scope="all", min=low, max=high, basis="explicit", cite=cite)
        return QN.model_copy(update={"retention": [kept]})

    found = combine.retention(
        governing=[DN, with_retention("P10D", "P90D", "Đ12.4")], sector="one_stop", site="one_stop"
    )
    assert (found.floor, found.floor_cite, found.ceiling, found.ceiling_cite) == (
        10,
        "QN Đ12.4",
        90,
        "QN Đ12.4",
    )
    plain = combine.retention(governing=[DN, QN], sector="one_stop", site="one_stop")
    assert (plain.floor, plain.floor_cite, plain.ceiling) == (7, "DN Đ6.2", None)
    assert combine.retention(governing=[DN], sector="mining", site="mine").floor is None
    with pytest.raises(combine.Contradiction, match="at least 7 days and at most 5") as refused:
        combine.retention(
            governing=[DN, with_retention(None, "P5D", "Đ12.4")], sector="one_stop", site="one_stop"
        )
    assert (refused.value.first, refused.value.second) == ("DN Đ6.2", "QN Đ12.4")


def test_a_register_holds_what_any_of_them_wants() -> None:
    more = NB.registers[0].model_copy(update={"fields_": ["using_units", "warranty"]})
    other = NB.model_copy(update={"registers": [more]})
    assert combine.fields(governing=[QN, other], register="reg-catalogue") == [
        "camera_device_info", "supplying_unit", "update_form", "update_frequency", "using_units", "warranty",
    ]  # fmt: skip
