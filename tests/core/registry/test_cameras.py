"""Registering, changing and retiring cameras: who may, what is refused in words, what history keeps."""

import json
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError

from tests import province
from thienly.bus.vault import Vault
from thienly.conf import Conf
from thienly.core.access import epoch, gate
from thienly.core.access.actor import Actor
from thienly.core.access.refusal import NotAllowed, OutsideScope
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.registry.cameras import CameraFields
from thienly.core.registry.models import Camera, Site
from thienly.core.registry.services import change_camera, register_camera, retire_camera
from thienly.core.units.models import Unit
from thienly.rules.actions import Action
from thienly.rules.problems import Problem

pytestmark = pytest.mark.django_db

SECRET = "m@t-khau/Rieng:9"


@pytest.fixture
def port() -> Unit:
    return province.unit("Ban Quản lý cảng cá", ["camera_manager"])


@pytest.fixture
def quay(port: Unit) -> Site:
    return province.site(port, "Cảng cá Đề Gi")


@pytest.fixture
def keeper(port: Unit) -> Actor:
    return province.holder(port, "cam_admin", name="cangca")


def register(actor: Actor, site: Site, **more: object) -> Camera:
    fields = {
        "code": "CC-001",
        "name": "Cầu cảng số 1",
        "sector": "fishing_port",
        "url": "rtsp://10.1.2.3/live",
    }
    return register_camera(**{"actor": actor, "site": site, **fields, **more})  # type: ignore[arg-type]


def change(actor: Actor, camera: Camera, **fields: object) -> Camera:
    wanted = CameraFields(**fields)  # type: ignore[arg-type]
    return change_camera(actor=actor, camera=camera, fields=wanted, why="Thay thiết bị")


def opened(camera: Camera) -> str:
    return Vault.from_file(settings.CONF.vault_key).open(camera.sealed_password)


def codes(error: pytest.ExceptionInfo[ValidationError]) -> dict[str, list[str | None]]:
    return {field: [one.code for one in errors] for field, errors in error.value.error_dict.items()}


def test_credentials_in_the_address_move_into_their_fields_and_the_password_is_sealed(
    keeper: Actor, quay: Site
) -> None:
    camera = register(keeper, quay, url="rtsp://admin:m%40t-khau%2FRieng%3A9@10.1.2.3:554/s?channel=1")
    camera.refresh_from_db()
    assert (camera.url, camera.username) == ("rtsp://10.1.2.3/s?channel=1", "admin")
    assert opened(camera) == SECRET
    assert SECRET not in camera.sealed_password


def test_a_stored_password_is_not_sent_to_another_device_unless_it_is_entered_again(
    keeper: Actor, quay: Site
) -> None:
    camera = register(keeper, quay, url="rtsp://10.1.2.3/s", username="giamsat", password=SECRET)
    assert change(keeper, camera, url="rtsp://10.1.2.3/other").url == "rtsp://10.1.2.3/other"
    for url in ("rtsp://10.6.6.6/s", "rtsp://10.1.2.3:8554/s"):
        with pytest.raises(ValidationError) as wrong:
            change(keeper, camera, url=url)
        assert codes(wrong) == {"password": ["again"]}
    assert opened(change(keeper, camera, url="rtsp://10.6.6.6/s", password=SECRET)) == SECRET
    assert SECRET not in repr(CameraFields(password=SECRET))


def test_a_filled_field_wins_over_what_stands_in_the_address(keeper: Actor, quay: Site) -> None:
    camera = register(keeper, quay, url="rtsp://a:b@10.1.2.3/s", username="giamsat", password=SECRET)
    assert (camera.username, opened(camera)) == ("giamsat", SECRET)


def test_no_password_ever_stands_in_history(keeper: Actor, quay: Site) -> None:
    camera = register(keeper, quay, url="rtsp://admin:Dau-tien-1@10.1.2.3/s")
    change(keeper, camera, password=SECRET)
    change(keeper, camera, url="rtsp://admin:Thu-ba-3@10.1.2.4/s")
    with pytest.raises(ValidationError):
        change(keeper, camera, url="rtsp://admin:Thu-tu-4@10.1.2.4:99999/s")
    history = json.dumps([entry.detail for entry in Entry.objects.all()], ensure_ascii=False)
    for secret in (SECRET, "Dau-tien-1", "Thu-ba-3", "Thu-tu-4", camera.sealed_password):
        assert secret not in history
    assert Entry.objects.filter(kind=Kind.CAMERA_CHANGED).order_by("seq")[0].detail["password"] == "changed"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"url": "ftp://10.1.2.3/"}, {"url": [Problem.BAD_URL]}),
        ({"url": "rtsp://10.1.2.3:99999/"}, {"url": [Problem.BAD_URL]}),
        ({"url": ""}, {"url": [Problem.BAD_URL]}),
        ({"url": "rtsp://10.1.2.3/?user=a&password=b"}, {"url": [Problem.BAD_URL]}),
        ({"code": ""}, {"code": ["invalid"]}),
        ({"code": "MO 001"}, {"code": ["invalid"]}),
        ({"code": "X" * 41}, {"code": ["invalid"]}),
        ({"name": "  "}, {"name": ["required"]}),
        ({"sector": "không có"}, {"sector": ["invalid"]}),
        ({"zone": "không-có"}, {"zone": ["invalid"]}),
        ({"audio": True}, {"audio": ["not_granted"]}),
        ({"username": "a\nb"}, {"username": ["invalid"]}),
        (
            {"code": "", "name": "", "url": "x"},
            {"code": ["invalid"], "name": ["required"], "url": ["bad_url"]},
        ),
    ],
)
def test_every_wrong_field_is_named_at_once_and_nothing_is_written(
    keeper: Actor, quay: Site, fields: dict[str, object], expected: dict[str, list[str]]
) -> None:
    with pytest.raises(ValidationError) as wrong:
        register(keeper, quay, **fields)
    assert codes(wrong) == expected
    assert not Camera.objects.exists()
    assert not Entry.objects.exists()


def test_a_code_is_given_once_whatever_its_case(keeper: Actor, quay: Site) -> None:
    register(keeper, quay)
    with pytest.raises(ValidationError) as wrong:
        register(keeper, quay, code="cc-001")
    assert codes(wrong) == {"code": ["duplicate"]}


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "169.254.1.1", "0.0.0.0"])  # noqa: S104
def test_the_server_itself_is_no_camera_unless_the_demo_says_so(
    keeper: Actor, quay: Site, host: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert settings.CONF.demo
    register(keeper, quay, code="MAU", url=f"rtsp://{host}:8554/live")
    real = Conf(tmp_path, {})
    real.keys.mkdir()
    real.vault_key.write_bytes(Vault.new_key())
    monkeypatch.setattr(settings, "CONF", real)
    with pytest.raises(ValidationError) as wrong:
        register(keeper, quay, url=f"rtsp://{host}:8554/live")
    assert codes(wrong) == {"url": [Problem.ADDRESS_REFUSED]}
    assert register(keeper, quay, url="rtsp://192.168.1.10/live")


def test_only_who_administers_devices_there_registers_changes_and_retires(keeper: Actor, quay: Site) -> None:
    camera = register(keeper, quay)
    centre = province.unit("Trung tâm điều hành", ["central_manager"])
    operator, stranger = province.holder(centre, "central_operator"), province.person("la")
    for actor, refusal in ((operator, NotAllowed), (Actor.person(stranger), OutsideScope)):
        with pytest.raises(refusal):
            register(actor, quay, code="CC-002")
        with pytest.raises(refusal):
            change(actor, camera, name="Tên khác")
        with pytest.raises(refusal):
            retire_camera(actor=actor, camera=camera, reason="thử")
    assert Camera.objects.get().name == "Cầu cảng số 1"
    assert Entry.objects.filter(kind=Kind.REFUSED).count() == 6


def test_a_change_bumps_the_revision_and_keeps_before_and_after(keeper: Actor, quay: Site) -> None:
    camera = register(keeper, quay)
    changed = change(keeper, camera, name="Cầu cảng số 1 (mới)", url="rtsp://10.1.2.9/live")
    assert changed.revision == 2
    entry = Entry.objects.get(kind=Kind.CAMERA_CHANGED)
    assert entry.detail["before"] == {"name": "Cầu cảng số 1", "url": "rtsp://10.1.2.3/live"}
    assert entry.detail["after"] == {"name": "Cầu cảng số 1 (mới)", "url": "rtsp://10.1.2.9/live"}
    assert change(keeper, camera, name="Cầu cảng số 1 (mới)").revision == 2
    assert Entry.objects.filter(kind=Kind.CAMERA_CHANGED).count() == 1


def test_a_camera_moves_only_to_a_place_that_the_person_administers_too(keeper: Actor, quay: Site) -> None:
    camera, before = register(keeper, quay), epoch.value()
    foreign = province.site(province.unit("UBND xã", ["camera_manager"]), "Bến xã")
    with pytest.raises(OutsideScope):
        change(keeper, camera, site=foreign)
    own = province.site(quay.unit, "Bến thứ hai")
    assert change(keeper, camera, site=own).site == own
    assert epoch.value() == before + 1


@pytest.mark.req_part("QN-003")
def test_a_camera_marked_as_state_secret_is_no_longer_recorded_or_seen(keeper: Actor, quay: Site) -> None:
    camera = register(keeper, quay)
    assert gate.visible(actor=keeper, action=Action.VIEW_LIVE).exists()
    secret = change(keeper, camera, secret=True)
    assert (secret.secret, secret.record) == (True, False)
    for action in (Action.VIEW_LIVE, Action.VIEW_PLAYBACK, Action.EXTRACT):
        assert not gate.visible(actor=keeper, action=action).exists()
    with pytest.raises(ValidationError) as wrong:
        change(keeper, camera, record=True)
    assert codes(wrong) == {"record": ["secret"]}
    assert register(keeper, quay, code="CC-002", secret=True).record is False


def test_a_retired_camera_keeps_its_record_and_needs_a_reason(keeper: Actor, quay: Site) -> None:
    camera = register(keeper, quay)
    with pytest.raises(ValidationError):
        retire_camera(actor=keeper, camera=camera, reason=" ")
    retired = retire_camera(actor=keeper, camera=camera, reason="hỏng, không sửa được")
    assert retired.retired_at is not None
    assert (retired.record, retired.revision) == (False, 2)
    assert Entry.objects.get(kind=Kind.CAMERA_RETIRED).detail["reason"] == "hỏng, không sửa được"
    with pytest.raises(ValidationError):
        retire_camera(actor=keeper, camera=camera, reason="lần nữa")


def test_a_second_address_leads_to_the_same_device_and_can_be_taken_away(keeper: Actor, quay: Site) -> None:
    camera = register(keeper, quay, sub_url="rtsp://10.1.2.3:554/live2")
    assert camera.sub_url == "rtsp://10.1.2.3/live2"
    for wrong, code in (
        ("rtsp://10.1.2.4/live2", "elsewhere"),  # the stored password would be sent there
        ("rtsp://10.1.2.3:8554/live2", "elsewhere"),
        ("rtsp://10.1.2.3/live", "same"),
        ("ftp://10.1.2.3/live2", Problem.BAD_URL),
    ):
        with pytest.raises(ValidationError) as refused:
            change(keeper, camera, sub_url=wrong)
        assert refused.value.error_dict["sub_url"][0].code == code
    with pytest.raises(ValidationError) as moved:  # the second would be left behind on the old device
        change(keeper, camera, url="rtsp://10.9.9.9/live")
    assert "sub_url" in moved.value.error_dict
    assert change(keeper, camera, sub_url="").sub_url == ""
    last = Entry.objects.order_by("-seq")[0]
    assert last.detail["before"] == {"sub_url": "rtsp://10.1.2.3/live2"}
