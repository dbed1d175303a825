"""The backup plan chooses cameras by code, unit, function and class, and says who is covered and who not."""

from datetime import date

import pytest
from django.utils import timezone

from tests import province
from tests.core.world import World, person
from tests.guard import setting_the_scene
from thienly.conf_stores import BackupConf
from thienly.core.recording.desired import desired_cameras
from thienly.core.storage.backups import cover, plans_of
from thienly.core.units.models import Unit

TODAY = date(2026, 11, 17)


def plan(store: str = "du-phong", **chosen: list[str]) -> BackupConf:
    return BackupConf.model_validate({"store": store} | chosen)


def chosen(*plans: BackupConf) -> dict[str, list[str]]:
    """By code, what recorders are told."""
    desired = desired_cameras(allow_local=False, keep_days=7, today=TODAY, backups=plans_of(plans))
    return {camera.label: camera.backups for camera in desired.values() if camera.backups}


@pytest.mark.req_part("QN-021", "NB-018")
@pytest.mark.parametrize(
    ("choice", "codes"),
    [
        ({}, {"CC-001", "MO-001"}),  # nothing said: every camera
        ({"cameras": ["CC-*"]}, {"CC-001"}),
        ({"units": ["ban quan ly CANG CA de gi"]}, {"CC-001"}),
        ({"units": ["Tổng công ty"]}, {"MO-001"}),  # a unit above
        ({"functions": ["camera_manager"]}, {"CC-001", "MO-001"}),
        ({"functions": ["owner"]}, {"MO-001"}),
        ({"classes": ["sector:mining"]}, {"MO-001"}),
        ({"classes": ["sector:traffic"]}, set()),
        ({"cameras": ["CC-001"], "classes": ["sector:mining"]}, {"CC-001", "MO-001"}),
    ],
)
def test_a_camera_is_in_the_plan_when_any_of_its_lists_names_it(
    world: World, choice: dict[str, list[str]], codes: set[str]
) -> None:
    _above(world)
    assert set(chosen(plan(**choice))) == codes


def test_several_lines_add_up_and_none_chooses_nobody(world: World) -> None:
    lines = plan(cameras=["CC-*"]), plan("xa", classes=["all"]), plan(classes=["sector:fishing_port"])
    assert chosen(*lines) == {"CC-001": ["du-phong", "xa"], "MO-001": ["xa"]}
    assert chosen() == {}


def test_who_is_covered_and_who_is_not_is_said_with_names_that_nothing_bears(world: World) -> None:
    admin = person("quantri", "Bùi Văn Quản", role="central_admin", unit=world.centre)
    lines = [
        plan(units=["Ban Quản lý cảng cá Đề Gi", "Sở Không Có"], classes=["sector:minning"]),
        plan("xa", functions=["camera_manger"]),
    ]
    found = cover(actor=admin, backups=lines, today=timezone.localdate())
    assert (found.total, found.kept) == (2, 1)
    assert [camera.code for camera in found.bare] == ["MO-001"]
    assert [line.cameras for line in found.lines] == [1, 0]
    assert [line.unknown for line in found.lines] == [["Sở Không Có", "sector:minning"], ["camera_manger"]]
    # A camera that is not to be recorded needs no backup.
    with setting_the_scene():
        world.gate.record = False
        world.gate.save()
    assert cover(actor=admin, backups=lines, today=timezone.localdate()).bare == []


def test_nobody_learns_of_a_camera_that_he_may_not_know(world: World) -> None:
    miner = person("mo", "Hoàng Văn Mỏ", role="cam_admin", unit=world.mine)
    found = cover(actor=miner, backups=[plan(cameras=["X"])], today=timezone.localdate())
    assert [camera.code for camera in found.bare] == ["MO-001"]


def _above(world: World) -> None:
    """The mine's unit stands below another, which has a function of its own."""
    above: Unit = province.unit("Tổng công ty", ["owner"])
    with setting_the_scene():
        world.mine.parent = above
        world.mine.path = f"{above.path}{world.mine.id.hex}/"
        world.mine.save()
