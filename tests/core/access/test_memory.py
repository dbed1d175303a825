"""What is remembered of rights in a process: nothing that another process has withdrawn, nothing undone."""

import pytest
from django.db import connection, transaction
from django.utils import timezone

from tests import province
from tests.guard import setting_the_scene
from thienly.core.access import epoch, gate, memory
from thienly.core.access.actor import Actor
from thienly.core.access.models import Seat
from thienly.core.access.services import appoint, end_seat
from thienly.core.areas.services import place_site
from thienly.core.registry.models import Camera
from thienly.core.units.models import Unit
from thienly.rules.actions import Action

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def centre() -> Unit:
    return province.unit("Trung tâm", ["central_manager"])


@pytest.fixture
def camera(centre: Unit) -> Camera:
    return province.camera(province.site(centre, "Ngã tư"), "GT-001", sector="traffic")


CURSORS = 0 if connection.vendor == "postgresql" else 1
"""The reading of the epoch, which on PostgreSQL goes past the cursors that can be counted."""


def sees(actor: Actor, camera: Camera) -> bool:
    allowed = gate.decide(actor=actor, action=Action.VIEW_LIVE, obj=camera).allow
    assert allowed == gate.visible(actor=actor, action=Action.VIEW_LIVE).filter(pk=camera.pk).exists()
    return allowed


def queries_of_a_question(actor: Actor, camera: Camera) -> int:
    asked: list[str] = []

    def count(execute, sql, params, many, context):  # type: ignore[no-untyped-def]  # Django's own signature
        asked.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        gate.require(actor=actor, action=Action.VIEW_LIVE, obj=camera)
    return len(asked)


def test_a_warm_question_asks_the_database_for_the_epoch_and_nothing_else(
    centre: Unit, camera: Camera
) -> None:
    actor = province.holder(centre, "central_operator")
    gate.require(actor=actor, action=Action.VIEW_LIVE, obj=camera)
    assert queries_of_a_question(actor, camera) == CURSORS


def test_where_a_place_lies_is_remembered_until_somebody_confirms_it_anew(
    centre: Unit, camera: Camera
) -> None:
    hall = province.unit("UBND phường", ["local_ioc"])
    here, there = province.area("6652", "Phường Hà Tu"), province.area("6655", "Phường Hà Lầm")
    province.remit(hall, area=here)
    watcher = province.holder(hall, "ioc_user")
    with setting_the_scene():
        Unit.objects.filter(pk=centre.pk).update(functions=["central_manager", "camera_manager"])
    keeper = province.holder(centre, "cam_admin")
    place_site(actor=keeper, site=camera.site, area=here)
    assert sees(watcher, camera)
    assert queries_of_a_question(watcher, camera) == CURSORS
    place_site(actor=keeper, site=camera.site, area=there)
    assert not sees(watcher, camera)


def test_a_right_that_another_process_withdraws_has_ended_at_the_next_question(
    centre: Unit, camera: Camera
) -> None:
    actor = province.holder(centre, "central_operator")
    admin = province.holder(centre, "central_admin", name="quantri")
    assert sees(actor, camera) and sees(actor, camera)
    assert actor.account is not None
    kept = memory._kept.copy()
    end_seat(actor=admin, seat=actor.account.seats.get(), reason="điều động")
    # Whatever this process still remembers of before, as it would when another one had ended the seat:
    memory._kept.update(kept)
    assert not sees(actor, camera)


def test_what_was_read_in_a_transaction_that_is_undone_is_not_remembered(
    centre: Unit, camera: Camera
) -> None:
    actor = Actor.person(province.person("hai"))
    assert actor.account is not None and not sees(actor, camera)
    with transaction.atomic():
        appoint(
            actor=Actor.machine("init"),
            account=actor.account,
            unit=centre,
            profile="QN",
            role="central_operator",
            document="1/QĐ",
        )
        assert sees(actor, camera)
        transaction.set_rollback(True)
    assert not Seat.objects.filter(account=actor.account).exists()
    assert not sees(actor, camera)


def test_a_seat_that_ends_by_the_clock_ends_although_nothing_moved_the_epoch(
    centre: Unit, camera: Camera
) -> None:
    account = province.person("trucban")
    seat = province.seat(account, centre, "central_operator", valid_to=province.tomorrow())
    actor = Actor.person(account)
    before = epoch.value()
    assert sees(actor, camera)
    assert not gate.decide(actor=actor, action=Action.VIEW_LIVE, obj=camera, now=seat.valid_to).allow
    assert epoch.value() == before


def test_the_mark_of_the_gateways_moves_when_a_right_given_for_a_time_begins_and_ends(centre: Unit) -> None:
    seat = province.seat(province.person("hai"), centre, "central_operator")
    now = timezone.now()
    begins, ends = province.tomorrow(), province.tomorrow() + (province.tomorrow() - now)
    province.right(seat, valid_from=begins, valid_to=ends)
    marks = {epoch.mark(now), epoch.mark(begins), epoch.mark(ends)}
    assert len(marks) == 3
