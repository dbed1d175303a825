"""Many channels of one device become cameras together, or none does."""

import pytest
from django.core.exceptions import ValidationError

from tests import province
from thienly.core.access.actor import Actor
from thienly.core.access.refusal import NotAllowed, OutsideScope
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.registry.cameras import CameraFields
from thienly.core.registry.channels import MOST, Channel, channels, register_channels
from thienly.core.registry.models import Camera, Site
from thienly.core.registry.services import register_camera
from thienly.core.units.models import Unit

pytestmark = pytest.mark.django_db

URL = "rtsp://10.1.2.9/cam/realmonitor?channel={channel}&subtype=0"
FIELDS = CameraFields(sector="fishing_port", username="admin", password="kín", transport="udp")


@pytest.fixture
def port() -> Unit:
    return province.unit("Ban Quản lý cảng cá", ["camera_manager"])


@pytest.fixture
def quay(port: Unit) -> Site:
    return province.site(port, "Cảng cá Đề Gi")


@pytest.fixture
def keeper(port: Unit) -> Actor:
    return province.holder(port, "cam_admin", name="cangca")


def wanted(
    *, url: str = URL, code: str = "MO-008", name: str = "Cầu", first: int | None = 1, last: int | None = 4
) -> list[Channel]:
    return channels(url=url, code=code, name=name, first=first, last=last)


def test_each_channel_becomes_a_camera_with_a_code_counted_on(keeper: Actor, quay: Site) -> None:
    register_channels(actor=keeper, site=quay, wanted=wanted(), fields=FIELDS)
    cameras = list(Camera.objects.order_by("code"))
    assert [camera.code for camera in cameras] == ["MO-008", "MO-009", "MO-010", "MO-011"]
    assert [camera.name for camera in cameras] == ["Cầu 1", "Cầu 2", "Cầu 3", "Cầu 4"]
    assert cameras[2].url == "rtsp://10.1.2.9/cam/realmonitor?channel=3&subtype=0"
    assert {(camera.username, camera.transport, bool(camera.sealed_password)) for camera in cameras} == {
        ("admin", "udp", True)
    }
    entries = Entry.objects.filter(kind=Kind.CAMERA_REGISTERED)
    assert entries.count() == 4
    assert not any("kín" in str(entry.detail) for entry in entries)


def test_one_that_cannot_be_leaves_none_and_the_error_names_it(keeper: Actor, quay: Site) -> None:
    register_camera(
        actor=keeper, site=quay, code="MO-010", name="Cũ", sector="fishing_port", url="rtsp://10.1.2.3/a"
    )
    with pytest.raises(ValidationError) as caught:
        register_channels(actor=keeper, site=quay, wanted=wanted(), fields=FIELDS)
    assert "MO-010" in caught.value.message_dict["code"][0]
    assert "3" in caught.value.message_dict["code"][0]
    assert Camera.objects.count() == 1
    assert Entry.objects.filter(kind=Kind.CAMERA_REGISTERED).count() == 1


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"url": "rtsp://10.1.2.9/a"}, "url"),
        ({"code": "MO"}, "code"),
        ({"code": ""}, "code"),
        ({"first": None}, "first"),
        ({"first": -1}, "first"),
        ({"last": None}, "last"),
        ({"last": 0}, "last"),
        ({"last": MOST + 1}, "last"),
    ],
)
def test_a_pattern_that_makes_no_channels_is_refused_beside_its_field(
    given: dict[str, int | str | None], field: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        wanted(**given)  # type: ignore[arg-type]
    assert list(caught.value.message_dict) == [field]


def test_the_number_is_put_in_and_nothing_else_of_the_pattern_is_read() -> None:
    (channel,) = wanted(
        url="rtsp://h/{channel}01/{0}/{channel.__class__}", name="K{channel}", first=7, last=7
    )
    assert channel.url == "rtsp://h/701/{0}/{channel.__class__}"
    assert channel.name == "K7"


def test_who_may_not_administer_devices_there_enters_none(port: Unit, quay: Site) -> None:
    operator = province.holder(port, "cam_operator", name="truc")
    other = province.holder(province.unit("Mỏ", ["camera_manager"]), "cam_admin", name="mo")
    for actor in (operator, other):
        with pytest.raises((NotAllowed, OutsideScope)):
            register_channels(actor=actor, site=quay, wanted=wanted(), fields=FIELDS)
    assert not Camera.objects.exists()
