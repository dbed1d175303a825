"""Saved walls: one's own, and only of cameras that one may know."""

from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError

from tests import province
from thienly.core.access.actor import Actor
from thienly.core.access.refusal import NotAllowed, OutsideScope
from thienly.core.access.services import layouts_of, save_layout
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.registry.models import Camera
from thienly.core.units.models import Unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def port() -> Unit:
    return province.unit("Ban Quản lý cảng cá", ["camera_manager"])


@pytest.fixture
def camera(port: Unit) -> Camera:
    return province.camera(province.site(port, "Cảng cá"), "CC-001")


@pytest.fixture
def keeper(port: Unit) -> Actor:
    return province.holder(port, "cam_admin")


def test_a_layout_is_saved_under_its_name_replaced_and_told(
    keeper: Actor, camera: Camera, port: Unit
) -> None:
    save_layout(actor=keeper, name="Ca đêm", size=4, tiles=[None, camera.id.hex])
    save_layout(actor=keeper, name=" Ca  đêm ", size=1, tiles=[str(camera.id)])
    (layout,) = layouts_of(actor=keeper)
    assert (layout.name, layout.size, layout.tiles) == ("Ca đêm", 1, [camera.id.hex])
    assert Entry.objects.filter(kind=Kind.LAYOUT_SAVED).count() == 2
    assert not layouts_of(actor=province.holder(port, "cam_admin")).exists()


def test_a_layout_keeps_which_stream_each_tile_was_given(keeper: Actor, camera: Camera) -> None:
    chosen = {camera.id.hex: "main", "0" * 32: "sub", "x": "main"}
    save_layout(actor=keeper, name="Ca đêm", size=1, tiles=[camera.id.hex], streams=chosen)
    assert layouts_of(actor=keeper).get().streams == {camera.id.hex: "main"}
    save_layout(actor=keeper, name="Ca đêm", size=1, tiles=[camera.id.hex], streams={camera.id.hex: "khác"})
    assert layouts_of(actor=keeper).get().streams == {}


def test_a_camera_beyond_the_scope_and_one_that_never_was_are_refused_alike(keeper: Actor) -> None:
    elsewhere = province.site(province.unit("UBND xã", ["camera_manager"]), "Một cửa")
    foreign = province.camera(elsewhere, "MC-001")
    for tile in (foreign.id.hex, uuid4().hex):
        with pytest.raises(OutsideScope):
            save_layout(actor=keeper, name="Thử", size=1, tiles=[tile])
    assert not layouts_of(actor=keeper).exists()


def test_impossible_layouts_and_strangers_are_refused(keeper: Actor, camera: Camera) -> None:
    tile = camera.id.hex
    cases = [
        ("", 1, [tile], "name"),
        ("A", 5, [tile], "size"),
        ("A", 1, [tile, tile], "size"),
        ("A", 1, ["x"], "tiles"),
    ]
    for name, size, tiles, field in cases:
        with pytest.raises(ValidationError) as wrong:
            save_layout(actor=keeper, name=name, size=size, tiles=tiles)
        assert field in wrong.value.error_dict
    with pytest.raises(NotAllowed):
        save_layout(actor=Actor.anonymous(), name="A", size=1, tiles=[tile])
