"""Thumbnails are footage: gated picture by picture, told once for each camera, recorded day and session."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.test import Client

from tests import province
from tests.core.world import World, person
from tests.guard import setting_the_scene
from thienly.core.access.actor import Actor
from thienly.core.access.models import Seat
from thienly.core.access.refusal import NotAllowed, OutsideScope
from thienly.core.footage import thumbnails
from thienly.core.footage.thumbnails import RecorderAway, thumbnail
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.recording.models import CameraState

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 17, 5, tzinfo=UTC)  # in Viet Nam


@pytest.fixture(autouse=True)
def fresh() -> None:
    cache.clear()


def keeper(world: World, session: str = "s1") -> Actor:
    return replace(person("cangca", "Trần Văn Bờ", role="cam_admin", unit=world.port), session=session)


def told() -> list[Entry]:
    return list(Entry.objects.filter(kind=Kind.THUMBNAILS_SHOWN).order_by("seq"))


def test_moving_over_a_day_is_one_row_of_history_another_day_or_session_another() -> None:
    world = World.build()
    actor = keeper(world)
    for minutes in range(0, 600, 60):
        assert thumbnail(actor=actor, camera_id=world.quay.id, at=NOON + timedelta(minutes=minutes)) is None
    (row,) = told()
    assert row.camera_id == world.quay.id.hex
    assert row.detail["from"] == "2026-11-17T00:00:00+07:00"
    assert row.detail["cite"]
    thumbnail(actor=actor, camera_id=world.quay.id, at=NOON + timedelta(days=1))
    thumbnail(actor=replace(actor, session="s2"), camera_id=world.quay.id, at=NOON)
    thumbnail(actor=replace(actor, session=""), camera_id=world.quay.id, at=NOON)
    thumbnail(actor=replace(actor, session=""), camera_id=world.quay.id, at=NOON)
    assert len(told()) == 5


def test_a_right_that_ends_stops_the_very_next_picture_and_leaves_no_row() -> None:
    world = World.build()
    actor = keeper(world)
    thumbnail(actor=actor, camera_id=world.quay.id, at=NOON)
    with setting_the_scene():
        Seat.objects.update(valid_to=province.yesterday())
    with pytest.raises(OutsideScope):
        thumbnail(actor=actor, camera_id=world.quay.id, at=NOON)
    assert len(told()) == 1


def test_who_may_not_play_gets_no_picture_and_the_refusal_is_told() -> None:
    world = World.build()
    miner = person("mo", "Vũ Văn Lò", role="cam_admin", unit=world.mine)
    admin = person("quantri", "Lê Thị Quản", role="central_admin", unit=world.centre)
    with pytest.raises(OutsideScope):
        thumbnail(actor=miner, camera_id=world.quay.id, at=NOON)
    with pytest.raises(NotAllowed):
        thumbnail(actor=admin, camera_id=world.quay.id, at=NOON)
    assert told() == []
    assert Entry.objects.filter(kind=Kind.REFUSED).count() == 2


def test_history_is_written_before_a_recorder_is_asked_for_a_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World.build()
    actor = keeper(world)
    with setting_the_scene():
        CameraState.objects.create(
            camera=world.quay,
            recorder="r1",
            state="recording",
            since=province.yesterday(),
            reported_at=province.yesterday(),
        )
    monkeypatch.setattr(thumbnails, "TIMEOUT_S", 0.1)
    with pytest.raises(RecorderAway):  # no bus runs here
        thumbnail(actor=actor, camera_id=world.quay.id, at=NOON)
    assert len(told()) == 1


@pytest.mark.parametrize("at", ["", "x", "-1", "1e9", "9" * 30, "0", "99999999999999999"])
def test_a_moment_that_cannot_be_is_a_bad_request(at: str) -> None:
    world = World.build()
    actor = keeper(world)
    assert actor.account is not None
    browser = Client()
    browser.force_login(actor.account, backend="allauth.account.auth_backends.AuthenticationBackend")
    answer = browser.get(f"/cameras/{world.quay.id.hex}/thumbnail/", {"at_us": at})
    assert answer.status_code == 400
    assert told() == []
