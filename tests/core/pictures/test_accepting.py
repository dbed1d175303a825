"""Who keeps the device may say, with a reason, that what it shows is normal; nobody else may."""

import json
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from tests.core.pictures.scene import judged
from tests.core.world import World, person
from tests.guard import setting_the_scene
from thienly.bus.messages import DesiredCamera, PictureWish
from thienly.conf import Conf
from thienly.core.access.refusal import NotAllowed, OutsideScope
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.pictures.models import PictureAcceptance
from thienly.core.pictures.services import accept, open_findings
from thienly.core.pictures.wishes import Rules, picture_wishes
from thienly.core.recording.apply import apply_facts
from thienly.core.recording.desired import desired_cameras
from thienly.core.recording.moments import microseconds
from thienly.core.registry.models import Camera
from thienly.core.regulation import shelf
from thienly.rules.picture import PictureProblem
from thienly.rules.profile_sections import Parameter

REASON = "Camera đã xoay về quầy số 2 theo Công văn 12/VP"


def wish_of(camera: Camera, conf: Conf) -> PictureWish | None:
    today = timezone.localdate()
    wishes = desired_cameras(
        allow_local=False, keep_days=7, today=today, pictures=picture_wishes(conf, today=today)
    )
    return wishes[camera.id.hex].picture


@pytest.fixture
def conf(tmp_path: Path) -> Conf:
    (tmp_path / "thienly.toml").write_text("")
    return Conf(tmp_path, env={})


def test_the_keeper_calls_it_normal_and_the_recorder_is_told_to_learn_anew(world: World, conf: Conf) -> None:
    keeper = person("cangca", "Phạm Minh Hải", role="cam_admin", unit=world.port)
    before = wish_of(world.quay, conf)
    assert before is not None and before.accepted_us == 0
    apply_facts([judged(world.quay, "f1", 3600, problem=PictureProblem.MOVED)], now=timezone.now())
    now = timezone.now()
    row = accept(actor=keeper, camera_id=world.quay.id, reason=f"  {REASON} ", now=now)
    assert (row.reason, row.problem, row.by) == (REASON, "moved", keeper.account)
    entry = Entry.objects.get(kind=Kind.PICTURE_ACCEPTED)
    assert entry.detail["note"] == REASON and entry.camera_id == world.quay.id.hex
    assert entry.detail["cite"].startswith("QN Đ")
    after, other = wish_of(world.quay, conf), wish_of(world.gate, conf)
    assert after is not None and after.accepted_us == microseconds(now) and after.limits == before.limits
    assert other is not None and other.accepted_us == 0


def test_nobody_else_does_and_a_reason_is_asked_for(world: World) -> None:
    keeper = person("cangca", "Phạm Minh Hải", role="cam_admin", unit=world.port)
    operator = person("trucban", "Nguyễn Văn Trực", role="central_operator", unit=world.centre)
    now = timezone.now()
    with pytest.raises(NotAllowed):
        accept(actor=operator, camera_id=world.quay.id, reason=REASON, now=now)
    with pytest.raises(OutsideScope):
        accept(actor=keeper, camera_id=world.gate.id, reason=REASON, now=now)
    with pytest.raises(ValidationError) as without:
        accept(actor=keeper, camera_id=world.quay.id, reason=" \n", now=now)
    assert without.value.error_dict["reason"][0].code == "required"
    with setting_the_scene():
        Camera.objects.filter(pk=world.quay.pk).update(record=False)
    with pytest.raises(ValidationError) as unrecorded:
        accept(actor=keeper, camera_id=world.quay.id, reason=REASON, now=now)
    assert unrecorded.value.error_dict["reason"][0].code == "not_recorded"
    assert not PictureAcceptance.objects.exists()
    assert Entry.objects.filter(kind=Kind.REFUSED).count() == 2


def test_a_still_picture_called_normal_is_not_asked_about_again(world: World, conf: Conf) -> None:
    keeper = person("cangca", "Phạm Minh Hải", role="cam_admin", unit=world.port)
    apply_facts([judged(world.quay, "f1", 3600, problem=PictureProblem.FROZEN)], now=timezone.now())
    accept(actor=keeper, camera_id=world.quay.id, reason="Kho đóng cửa, không có người", now=timezone.now())
    wish, other = wish_of(world.quay, conf), wish_of(world.gate, conf)
    assert wish and other and other.limits.checks - wish.limits.checks == {PictureProblem.FROZEN}


def test_everybody_sees_the_findings_of_his_own_cameras_only(world: World) -> None:
    apply_facts([judged(world.quay, "f1", 3600), judged(world.gate, "f2", 3000)], now=timezone.now())
    keeper = person("cangca", "Phạm Minh Hải", role="cam_admin", unit=world.port)
    operator = person("trucban", "Nguyễn Văn Trực", role="central_operator", unit=world.centre)
    idle = person("moi", "Đỗ Văn Mới")
    now = timezone.now()
    assert [row.finding for row in open_findings(actor=keeper, now=now)] == ["f1"]
    assert [row.finding for row in open_findings(actor=operator, now=now)] == ["f2", "f1"]
    assert not open_findings(actor=idle, now=now).exists()


def parameter(name: str, value: str) -> Parameter:
    return Parameter(id=name, vi=name, kind="text", value=value, basis="derived", cite="Đ10.8")


def test_the_installation_sets_classes_and_a_regulation_is_not_undercut(
    world: World, conf: Conf, monkeypatch: pytest.MonkeyPatch
) -> None:
    qn = shelf.profiles()["QN"]
    stated = qn.model_copy(
        update={
            "parameters": [
                parameter("par-office-hours", "Mon-Fri 07:30-17:00"),
                parameter("par-luma", "độ chói trung bình 40–220 trên 255"),
            ]
        }
    )
    monkeypatch.setattr("thienly.core.pictures.wishes.profiles", lambda: {"QN": stated})
    (conf.data / "thienly.toml").write_text(
        """
[[pictures.classes]]
limits = {dark_luma = 20, gone_share = 0.6}
[[pictures.classes]]
scope = "sector:fishing_port"
hours = "always"
document = "7/QĐ-CC"
limits = {dark_luma = 60}
checks = ["dark", "covered"]
[[pictures.classes]]
scope = "camera:MO-001"
limits = {gone_share = 0.7}
"""
    )
    quay, gate = wish_of(world.quay, conf), wish_of(world.gate, conf)
    assert quay and gate
    assert (quay.hours, quay.limits.dark_luma, quay.limits.gone_share) == ("always", 60, 0.6)
    assert quay.limits.checks == {PictureProblem.DARK, PictureProblem.COVERED}
    rules = Rules(conf, today=timezone.localdate())
    of_quay, of_gate = rules.of(world.quay), rules.of(world.gate)
    assert (of_quay.hours_cite, of_gate.hours_cite, of_gate.light_cite) == ("7/QĐ-CC", "QN Đ10.8", "QN Đ10.8")
    # 20 is less than the regulation's 40.
    assert (gate.hours, gate.limits.dark_luma, gate.limits.gone_share) == ("Mon-Fri 07:30-17:00", 40, 0.7)
    assert gate.limits.glare_luma == 220
    # Equal wishes are equal bytes: nothing is published again.
    text = DesiredCamera(camera="0" * 32, label="x", url="rtsp://x/", picture=gate).encode()
    assert json.loads(text)["picture"]["limits"]["checks"] == sorted(PictureProblem)


def test_checks_can_be_switched_off_for_all_and_for_one(world: World, conf: Conf) -> None:
    (conf.data / "thienly.toml").write_text('[[pictures.classes]]\nscope = "camera:MO-001"\ncheck = false\n')
    assert wish_of(world.gate, conf) is None and wish_of(world.quay, conf) is not None
    (conf.data / "thienly.toml").write_text("[pictures]\nevery_s = 0\n")
    assert wish_of(world.quay, Conf(conf.data, env={})) is None


@pytest.mark.parametrize(
    "wrong",
    [
        'hours = "Thứ 2"',
        'scope = "tỉnh"',
        "limits = {darkness = 3}",
        "limits = {gone_share = 7}",
        'checks = ["ugly"]',
    ],
)
def test_settings_that_make_no_sense_are_refused_at_start(conf: Conf, wrong: str) -> None:
    (conf.data / "thienly.toml").write_text(f"[[pictures.classes]]\n{wrong}\n")
    with pytest.raises(ValueError, match="pictures"):
        _ = conf.file
