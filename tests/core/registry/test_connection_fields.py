"""How a camera is reached: ways of its pictures, schemes, the certificate that is believed."""

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from tests import province
from thienly.core.access.actor import Actor
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.recording.desired import desired_cameras
from thienly.core.registry.cameras import CameraFields
from thienly.core.registry.models import Camera, Site
from thienly.core.registry.services import change_camera, register_camera
from thienly.core.units.models import Unit

pytestmark = pytest.mark.django_db

PRINT = "0A:1b:" + "cd:" * 29 + "EF"
KEPT = "0a1b" + "cd" * 29 + "ef"


@pytest.fixture
def port() -> Unit:
    return province.unit("Ban Quản lý cảng cá", ["camera_manager"])


@pytest.fixture
def quay(port: Unit) -> Site:
    return province.site(port, "Cảng cá Đề Gi")


@pytest.fixture
def keeper(port: Unit) -> Actor:
    return province.holder(port, "cam_admin", name="cangca")


def register(actor: Actor, site: Site, **more: str) -> Camera:
    fields = {"code": "CC-001", "name": "Cầu", "sector": "fishing_port", "url": "rtsps://10.1.2.3/live"}
    return register_camera(actor=actor, site=site, **{**fields, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("rtsps://a:b@10.1.2.3:322/x", "rtsps://10.1.2.3/x"),
        ("http://10.1.2.3:80/mjpg", "http://10.1.2.3/mjpg"),
        ("https://10.1.2.3/", "https://10.1.2.3/"),
        ("rtmp://10.1.2.3/live/a", "rtmp://10.1.2.3/live/a"),
        ("srt://10.1.2.3:9000?streamid=a", "srt://10.1.2.3:9000/?streamid=a"),
    ],
)
def test_every_scheme_that_recorders_fetch_is_an_address(
    keeper: Actor, quay: Site, typed: str, kept: str
) -> None:
    assert register(keeper, quay, url=typed).url == kept


@pytest.mark.parametrize(
    "typed",
    ["file:///etc/passwd", "ftp://10.1.2.3/", "srt://10.1.2.3/", "udp://10.1.2.3:1/", "srt://10.1.2.3:9000?passphrase=x"],
)  # fmt: skip
def test_other_schemes_and_this_machine_are_none(keeper: Actor, quay: Site, typed: str) -> None:
    with pytest.raises(ValidationError) as caught:
        register(keeper, quay, url=typed)
    assert list(caught.value.message_dict) == ["url"]


def test_transport_and_fingerprint_reach_the_recorder_and_history(keeper: Actor, quay: Site) -> None:
    camera = register(keeper, quay, transport="auto", fingerprint=PRINT)
    (desired,) = desired_cameras(allow_local=False, keep_days=7, today=timezone.localdate()).values()
    assert (desired.transport, desired.fingerprint) == ("auto", KEPT)
    change_camera(
        actor=keeper, camera=camera, fields=CameraFields(fingerprint="ab" * 32), why="Chứng thư mới"
    )
    detail = Entry.objects.get(kind=Kind.CAMERA_CHANGED).detail
    assert (detail["before"], detail["after"]) == ({"fingerprint": KEPT}, {"fingerprint": "ab" * 32})


@pytest.mark.parametrize(
    ("field", "value"), [("transport", "carrier pigeon"), ("fingerprint", "abc"), ("fingerprint", "g" * 64)]
)
def test_what_is_neither_is_refused_beside_its_field(
    keeper: Actor, quay: Site, field: str, value: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        register(keeper, quay, **{field: value})
    assert list(caught.value.message_dict) == [field]


def test_a_fingerprint_is_forgotten_where_no_certificate_is_shown(keeper: Actor, quay: Site) -> None:
    camera = register(keeper, quay, fingerprint=PRINT)
    fields = CameraFields(url="rtsp://10.1.2.3/live", password="")
    assert change_camera(actor=keeper, camera=camera, fields=fields, why="x").fingerprint == ""


def test_a_stored_password_is_not_sent_without_encryption_unasked(keeper: Actor, quay: Site) -> None:
    camera = register(keeper, quay, url="rtsps://10.1.2.3:554/live", password="kín")
    with pytest.raises(ValidationError) as caught:
        change_camera(actor=keeper, camera=camera, fields=CameraFields(url="rtsp://10.1.2.3/live"))
    assert list(caught.value.message_dict) == ["password"]
