"""Finding cameras and places: diacritics never matter, and nothing outside the scope is found."""

import unicodedata

import pytest

from tests import province
from tests.guard import setting_the_scene
from thienly.core.access.actor import Actor
from thienly.core.recording.models import CameraState
from thienly.core.registry.models import Camera
from thienly.core.registry.search import search_cameras, search_sites
from thienly.core.registry.services import create_site
from thienly.core.units.models import Unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def centre() -> Unit:
    return province.unit("Trung tâm điều hành", ["central_manager"])


@pytest.fixture
def port(centre: Unit) -> Unit:
    return province.unit("Ban Quản lý cảng cá", ["camera_manager"], parent=centre)


@pytest.fixture
def operator(centre: Unit) -> Actor:
    return province.holder(centre, "central_operator")


@pytest.mark.req("BDP-032")
def test_a_place_is_found_under_every_spelling_of_its_name(operator: Actor, port: Unit) -> None:
    keeper = province.holder(port, "cam_admin")
    degi = create_site(
        actor=keeper, unit=port, name="Cảng cá Đề Gi", kind="fishing_port", aliases=["Cửa Đê Gi"]
    )
    create_site(actor=keeper, unit=port, name="Cảng cá Quy Nhơn", kind="fishing_port")
    for text in (
        "de gi",
        "Đê Gi",
        "Đề Gi",
        "ĐỀ GI",
        "gi đề",
        unicodedata.normalize("NFD", "Đề Gi"),
        "cửa đê gi",
    ):
        assert list(search_sites(actor=operator, text=text)) == [degi]


def test_a_name_typed_on_a_phone_is_stored_like_one_typed_at_a_desk(port: Unit) -> None:
    keeper = province.holder(port, "cam_admin")
    name = unicodedata.normalize("NFD", "  Cảng cá   Đề Gi ")
    assert create_site(actor=keeper, unit=port, name=name, kind="fishing_port").name == "Cảng cá Đề Gi"


def test_cameras_are_found_by_code_name_place_and_unit(operator: Actor, port: Unit) -> None:
    camera = province.camera(province.site(port, "Cảng cá Đề Gi"), "CC-001", sector="fishing_port")
    province.camera(province.site(province.unit("Công an tỉnh"), "Ngã tư Lê Lợi"), "GT-001", sector="traffic")
    for text in ("cc-001", "de gi", "cang ca", "quan ly cc", "CC 001"):
        assert list(search_cameras(actor=operator, text=text)) == [camera], text
    assert not search_cameras(actor=operator, text="%").exists()


def test_filters_narrow_by_unit_with_those_below_by_place_sector_and_state(
    operator: Actor, centre: Unit, port: Unit
) -> None:
    quay = province.site(port, "Cảng cá")
    recording, dark = province.camera(quay, "CC-001"), province.camera(quay, "CC-002", sector="traffic")
    retired = province.camera(quay, "CC-003", retired_at=province.yesterday())
    with setting_the_scene():
        CameraState.objects.create(
            camera=recording,
            recorder="r1",
            state="recording",
            since=province.yesterday(),
            reported_at=province.yesterday(),
        )

    def found(**narrow: object) -> set[Camera]:
        return set(search_cameras(actor=operator, **narrow))  # type: ignore[arg-type]

    assert found() == found(unit=centre) == found(unit=port) == found(site=quay) == {recording, dark}
    assert found(unit=province.unit("Nơi khác")) == set()
    assert found(sector="traffic") == {dark}
    assert found(state="recording") == {recording}
    assert found(state="unknown") == {dark}
    assert found(state="offline") == set()
    assert found(state="retired") == {retired}


def test_nothing_outside_the_scope_is_found(port: Unit) -> None:
    own = province.camera(province.site(port, "Cảng cá Đề Gi"), "CC-001")
    province.camera(province.site(province.unit("UBND xã Đề Gi"), "Một cửa Đề Gi"), "MC-001")
    keeper = province.holder(port, "cam_admin")
    assert list(search_cameras(actor=keeper, text="de gi")) == [own]
    assert list(search_sites(actor=keeper, text="de gi")) == [own.site]
    assert not search_cameras(actor=Actor.person(province.person("la"))).exists()
