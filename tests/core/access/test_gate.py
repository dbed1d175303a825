"""The gate at single doors: time, ended seats, unknown ids, accounts, machines, and what a question costs."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from tests import province
from tests.guard import setting_the_scene
from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.access.refusal import NotAllowed, OutsideScope
from thienly.core.accounts.models import Account
from thienly.core.registry.models import Camera, Site
from thienly.core.regulation import in_force
from thienly.core.units.models import Unit
from thienly.rules.access import ReasonCode
from thienly.rules.actions import Action

pytestmark = pytest.mark.django_db


@pytest.fixture
def centre() -> Unit:
    return province.unit("Trung tâm điều hành", ["central_manager", "camera_manager"])


@pytest.fixture
def camera(centre: Unit) -> Camera:
    return province.camera(province.site(centre, "Ngã tư Lê Lợi"), "GT-001", sector="traffic")


def why_not(actor: Actor, camera: Camera, action: Action = Action.VIEW_LIVE) -> list[str]:
    decision = gate.decide(actor=actor, action=action, obj=camera)
    assert not decision.allow
    return [reason.code for reason in decision.reasons]


def test_a_seat_counts_from_its_first_moment_to_its_last(centre: Unit, camera: Camera) -> None:
    account = province.person("trucban")
    begins = timezone.now() - timedelta(hours=2)
    ends = timezone.now() + timedelta(hours=2)
    province.seat(account, centre, "central_operator", valid_from=begins, valid_to=ends)
    actor = Actor.person(account)

    def allowed(moment: timedelta) -> bool:
        return gate.decide(actor=actor, action=Action.VIEW_LIVE, obj=camera, now=begins + moment).allow

    second = timedelta(seconds=1)
    assert not allowed(-second)
    assert allowed(timedelta())
    assert allowed(ends - begins - second)
    assert not allowed(ends - begins)
    assert gate.decide(actor=actor, action=Action.VIEW_LIVE, obj=camera).until == ends


def test_a_permission_lasts_as_long_as_the_longest_seat_that_gives_it(centre: Unit, camera: Camera) -> None:
    account = province.person("trucban")
    province.seat(account, centre, "central_operator", valid_to=province.tomorrow())
    province.seat(account, centre, "cam_admin")
    decision = gate.require(actor=Actor.person(account), action=Action.VIEW_LIVE, obj=camera)
    assert decision.until is None
    assert {grant.cite for grant in decision.grants} == {"QN Đ6.1", "QN Đ11.2, Đ20"}


def test_a_permission_ends_with_the_last_day_of_the_unit(camera: Camera) -> None:
    last = timezone.localdate() + timedelta(days=3)
    leaving = province.unit("Trung tâm sắp giải thể", ["central_manager"], valid_to=last)
    actor = province.holder(leaving, "central_operator")
    until = gate.require(actor=actor, action=Action.VIEW_LIVE, obj=camera).until
    assert until is not None
    assert timezone.localtime(until).date() == last
    for moment, allowed in ((until - timedelta(seconds=1), True), (until, False)):
        assert gate.decide(actor=actor, action=Action.VIEW_LIVE, obj=camera, now=moment).allow is allowed


def test_administering_a_person_lasts_only_while_every_unit_of_theirs_is_reached(centre: Unit) -> None:
    port = province.unit("Ban Quản lý cảng cá", ["camera_manager"])
    keeper, employee, soon = province.person("cangca"), province.person("nhanvien"), province.tomorrow()
    province.seat(keeper, port, "cam_admin")
    province.seat(keeper, centre, "cam_admin", valid_to=soon)
    province.seat(employee, port, "cam_contact")
    province.seat(employee, centre, "cam_contact")
    decision = gate.require(actor=Actor.person(keeper), action=Action.ADMIN_ACCOUNTS, obj=employee)
    assert decision.until == soon


def test_an_ended_a_future_and_a_missing_seat_are_told_apart(centre: Unit, camera: Camera) -> None:
    nobody, former, coming = (province.person(name) for name in ("aida", "cuu", "moi"))
    province.seat(former, centre, "central_operator", valid_to=province.yesterday())
    province.seat(coming, centre, "central_operator", valid_from=province.tomorrow())
    assert why_not(Actor.person(nobody), camera) == [ReasonCode.NO_SEAT]
    assert why_not(Actor.person(former), camera) == [ReasonCode.SEAT_ENDED]
    assert why_not(Actor.person(coming), camera) == [ReasonCode.SEAT_NOT_YET]
    for account in (nobody, former, coming):
        with pytest.raises(OutsideScope):
            gate.require(actor=Actor.person(account), action=Action.VIEW_LIVE, obj=camera)


def test_a_suspended_account_has_no_rights_however_old_the_actor_object_is(
    centre: Unit, camera: Camera
) -> None:
    actor = province.holder(centre, "central_operator")
    assert gate.decide(actor=actor, action=Action.VIEW_LIVE, obj=camera).allow
    with setting_the_scene():
        Account.objects.filter(pk=actor.id).update(suspended_at=timezone.now())
    assert why_not(actor, camera) == [ReasonCode.SUSPENDED]
    assert not gate.visible(actor=actor).exists()
    assert not gate.who_can(action=Action.VIEW_LIVE, obj=camera)


def test_a_unit_that_loses_its_function_takes_the_rights_of_its_seats_along(
    centre: Unit, camera: Camera
) -> None:
    actor = province.holder(centre, "central_operator")
    with setting_the_scene():
        Unit.objects.filter(pk=centre.pk).update(functions=["camera_manager"])
    assert why_not(actor, camera) == [ReasonCode.FUNCTION_LOST]


def test_an_abolished_unit_gives_no_rights(camera: Camera) -> None:
    gone = province.unit("Trung tâm cũ", ["central_manager"], valid_to=timezone.localdate())
    assert why_not(province.holder(gone, "central_operator"), camera) == [ReasonCode.UNIT_NOT_IN_BEING]


def test_a_refusal_names_the_roles_that_could_and_their_articles(centre: Unit, camera: Camera) -> None:
    admin = province.holder(centre, "central_admin")
    with pytest.raises(NotAllowed) as refused:
        gate.require(actor=admin, action=Action.EXTRACT, obj=camera)
    (reason,) = refused.value.reasons
    assert reason.code == ReasonCode.NOT_GRANTED
    assert "QN Đ6.1" in reason.cite
    assert "QN:central_operator" in reason.facts["role_ids"]


def test_who_can_names_the_persons_to_ask(centre: Unit, camera: Camera) -> None:
    elsewhere = province.unit("Ban Quản lý cảng cá", ["camera_manager"])
    operator = province.holder(centre, "central_operator", name="trucban")
    province.holder(centre, "central_admin", name="quantri")
    province.holder(elsewhere, "cam_admin", name="cangca")
    keeper = province.holder(centre, "cam_admin", name="thietbi")
    seats = gate.who_can(action=Action.EXTRACT, obj=camera)
    assert {seat.account for seat in seats} == {operator.account, keeper.account}
    assert {seat.unit for seat in seats} == {centre}


def test_an_unknown_id_and_one_beyond_the_scope_are_refused_alike(centre: Unit, camera: Camera) -> None:
    elsewhere = province.holder(province.unit("Ban Quản lý cảng cá", ["camera_manager"]), "cam_admin")
    messages = set()
    for id in (camera.id, uuid4(), "no-uuid", ""):
        with pytest.raises(OutsideScope) as hidden:
            gate.fetch(actor=elsewhere, action=Action.VIEW_LIVE, model=Camera, id=id)
        messages.add((type(hidden.value), hidden.value.status))
    assert len(messages) == 1
    mine = province.holder(centre, "cam_admin")
    assert gate.fetch(actor=mine, action=Action.VIEW_LIVE, model=Camera, id=camera.id.hex) == camera


def test_nobody_unknown_at_the_door_may_know_or_do_anything(camera: Camera) -> None:
    stranger = Actor.anonymous()
    for action in Action:
        for obj in (camera, camera.site, camera.site.unit, None):
            with pytest.raises(OutsideScope):
                gate.require(actor=stranger, action=action, obj=obj)
    for model in (Camera, Site, Unit, Account):
        assert not gate.visible(actor=stranger, model=model).exists()


def test_a_process_keeps_books_but_never_looks_at_footage(camera: Camera) -> None:
    machine = Actor.machine("steward")
    assert gate.decide(actor=machine, action=Action.CONFIG_DEVICE, obj=camera).allow
    assert gate.visible(actor=machine, action=Action.INSPECT_META).get() == camera
    for action in (Action.VIEW_LIVE, Action.VIEW_PLAYBACK, Action.EXTRACT, Action.PTZ):
        with pytest.raises(NotAllowed):
            gate.require(actor=machine, action=action, obj=camera)
        assert not gate.visible(actor=machine, action=action).exists()


def test_a_retired_camera_has_no_live_picture_but_its_recordings(centre: Unit, camera: Camera) -> None:
    old = province.camera(camera.site, "GT-000", retired_at=province.yesterday())
    actor = province.holder(centre, "central_operator")
    assert why_not(actor, old) == [ReasonCode.RETIRED]
    assert gate.require(actor=actor, action=Action.VIEW_PLAYBACK, obj=old).allow
    assert set(gate.visible(actor=actor, action=Action.VIEW_LIVE)) == {camera}


def test_the_administrator_of_one_unit_cannot_take_over_a_person_who_also_sits_elsewhere(
    centre: Unit,
) -> None:
    port = province.unit("Ban Quản lý cảng cá", ["camera_manager", "data_user"])
    keeper = province.holder(port, "cam_admin")
    simple, mighty = province.person("nhanvien"), province.person("trucban")
    for account in (simple, mighty):
        province.seat(account, port, "user_contact")
    province.seat(mighty, centre, "central_operator")
    assert gate.require(actor=keeper, action=Action.ADMIN_ACCOUNTS, obj=simple).allow
    with pytest.raises(NotAllowed):
        gate.require(actor=keeper, action=Action.ADMIN_ACCOUNTS, obj=mighty)
    known = gate.visible(actor=keeper, model=Account)
    assert {simple, mighty, keeper.account} == set(known)


def test_everybody_knows_himself_and_no_stranger(centre: Unit) -> None:
    actor, other = province.holder(centre, "central_operator"), province.holder(centre, "central_operator")
    assert set(gate.visible(actor=actor, model=Account)) == {actor.account}
    assert other.account is not None
    with pytest.raises(OutsideScope):
        gate.require(actor=actor, action=Action.INSPECT_META, obj=other.account)


def test_a_list_costs_the_same_for_one_camera_and_for_fifty(
    centre: Unit,
    camera: Camera,
    django_assert_max_num_queries: DjangoAssertNumQueries,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    actor = province.holder(centre, "cam_admin")
    for number in range(49):
        province.camera(camera.site, f"GT-1{number:02}")
    # Which regulations count is asked about once a second.
    monkeypatch.setattr(in_force, "LOOK_EVERY_S", 3600.0)
    in_force.today()
    # On PostgreSQL the epoch is asked past the cursors.
    with django_assert_max_num_queries(6):  # epoch, seats, their sites, remits and rights, the cameras
        assert len(gate.visible(actor=actor, action=Action.VIEW_LIVE)) == 50
    fresh = Camera.objects.select_related("site__unit").get(pk=camera.pk)
    with django_assert_max_num_queries(6):
        assert Action.PTZ in gate.allowed_actions(actor=actor, obj=fresh)
