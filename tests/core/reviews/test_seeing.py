"""Who can see what: of each unit its persons and cameras, and what changed since the quarter began."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests import province
from tests.core.world import World, person
from thienly.core.access.services import end_seat
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.reviews.models import SeeingCount
from thienly.core.reviews.seeing import count_quarter, export, seeing


def test_the_picture_counts_persons_and_cameras_of_each_unit_and_what_changed(world: World) -> None:
    admin = person("quantri", "Đặng Thị Nhung", role="central_admin", unit=world.centre)
    person("trucban", "Trần Thị Bình", role="central_operator", unit=world.centre)
    keeper = person("cangca", "Lê Văn Cảng", role="cam_admin", unit=world.port)
    now = timezone.now()
    rows = {row.unit: row for row in seeing(actor=admin, now=now)}
    assert {unit: (row.persons, row.cameras, row.pairs) for unit, row in rows.items()} == {
        world.centre: (1, 2, 2),  # who administers accounts sees nothing
        world.port: (1, 1, 1),
    }
    assert rows[world.port].persons_change is None
    assert (count_quarter(now=now), count_quarter(now=now)) == (2, 0)
    assert SeeingCount.objects.count() == 2
    assert keeper.account is not None
    end_seat(actor=admin, seat=keeper.account.seats.get(), reason="Chuyển công tác")
    person("mo", "Vũ Thị Mỏ", role="cam_admin", unit=world.mine)
    later = {row.unit: row for row in seeing(actor=admin, now=timezone.now())}
    assert world.port not in later
    assert (later[world.mine].persons_change, later[world.mine].cameras_change) == (1, 1)
    assert later[world.centre].persons_change == 0


def test_whoever_keeps_one_unit_sees_the_row_of_that_unit_and_taking_it_out_is_recorded(world: World) -> None:
    keeper = person("cangca", "Lê Văn Cảng", role="cam_admin", unit=world.port)
    person("mo", "Vũ Thị Mỏ", role="cam_admin", unit=world.mine)
    rows = export(actor=keeper, now=timezone.now())
    assert [row.unit for row in rows] == [world.port]
    assert Entry.objects.get(kind=Kind.REVIEW_EXPORTED).detail["units"] == 1


@pytest.mark.parametrize("days", [0, 1])
def test_a_seat_that_has_not_begun_or_has_ended_sees_nothing(world: World, days: int) -> None:
    account = province.person("canbo")
    now = timezone.now()
    began, ended = now + timedelta(days=days), now + timedelta(days=9)
    province.seat(account, world.port, "cam_admin", valid_from=began, valid_to=ended)
    admin = person("quantri", "Đặng Thị Nhung", role="central_admin", unit=world.centre)
    found = {row.unit: row.persons for row in seeing(actor=admin, now=now)}
    assert found.get(world.port) == (None if days else 1)
