"""Runs the cases of `<regulation>/rights.yaml`, which are written to be read by lawyers."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import province
from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.access.facts import Guarded
from thienly.core.access.refusal import NotAllowed, OutsideScope
from thienly.core.registry.models import Camera
from thienly.core.units.models import Unit
from thienly.rules.actions import Action

pytestmark = pytest.mark.django_db

CASES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "qn" / "rights.yaml").read_text())


@dataclass
class Land:
    units: dict[str, Unit]
    cameras: dict[str, Camera]

    def find(self, name: str) -> Guarded | None:
        if name == "installation":
            return None
        return self.units[name.removeprefix("unit ")] if name.startswith("unit ") else self.cameras[name]

    def post(self, *, role: str, unit: str, sector: str = "", sites: tuple[str, ...] = ()) -> Actor:
        places = [self.cameras[name].site for name in sites]
        return province.holder(self.units[unit], role, sector=sector, sites=places)


@pytest.fixture
def land() -> Land:
    ioc = province.unit("IOC huyện Vân Hà", ["local_ioc"])
    functions = {
        "Trung tâm Giám sát, điều hành": ["central_manager", "camera_manager"],
        "Trung tâm điều hành ngành Mỏ": ["sector_center"],
        "Ban Quản lý cảng cá": ["camera_manager", "data_user"],
        "Sở TT&TT": ["so_tttt"],
        "Công an tỉnh": ["cong_an_tinh"],
        "Lãnh đạo tỉnh": ["province_leadership"],
    }
    units = {ioc.name: ioc} | {name: province.unit(name, functions[name]) for name in functions}
    commune = province.unit("UBND xã Vân Hà", ["camera_manager"], parent=ioc)
    port, centre = units["Ban Quản lý cảng cá"], units["Trung tâm Giám sát, điều hành"]
    mine = province.site(commune, "Mỏ đá Vân Hà")
    return Land(
        units,
        {
            "mỏ": province.camera(mine, "MO-1", sector="mining"),
            "cảng": province.camera(province.site(port, "Cảng cá"), "CC-1", sector="fishing_port"),
            "phố": province.camera(province.site(centre, "Ngã tư"), "GT-1", sector="traffic"),
            "mật": province.camera(mine, "MAT-1", sector="mining", secret=True),
        },
    )


def articles(cite: str) -> set[str]:
    return set(cite.removeprefix("QN ").split(", "))


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_the_regulation_is_kept(case: dict[str, Any], land: Land) -> None:
    actor = land.post(**case["post"])
    for name, actions in case.get("may", {}).items():
        for action in actions:
            decision = gate.require(actor=actor, action=Action(action), obj=land.find(name))
            assert decision.purpose
            assert all(articles(grant.cite) <= articles(case["cite"]) for grant in decision.grants)
    for name, actions in case.get("refused", {}).items():
        for action in actions:
            with pytest.raises(NotAllowed) as refused:
                gate.require(actor=actor, action=Action(action), obj=land.find(name))
            assert refused.value.status == 403 and refused.value.reasons
            if name == "mật":
                assert case["cite"] in [reason.cite for reason in refused.value.reasons]
    for name in case.get("unknown", []):
        for action in Action:
            with pytest.raises(OutsideScope) as hidden:
                gate.require(actor=actor, action=action, obj=land.find(name))
            assert hidden.value.status == 404


def test_every_role_that_the_regulation_grants_something_has_a_case() -> None:
    tested = {case["post"]["role"] for case in CASES}
    profile = yaml.safe_load(Path("src/thienly/profiles/quang-ninh/qn.yaml").read_text())
    assert {grant["to"] for grant in profile["grants"]} - {"public"} <= tested


@pytest.mark.req_part("QN-010")
def test_playback_of_a_unit_without_a_grant_under_article_6_is_refused_with_403(land: Land) -> None:
    reviewer = land.post(role="police_reviewer", unit="Công an tỉnh")
    camera = land.cameras["cảng"]
    with pytest.raises(NotAllowed) as refused:
        gate.fetch(actor=reviewer, action=Action.VIEW_PLAYBACK, model=Camera, id=camera.id)
    assert refused.value.status == 403
    assert any("QN Đ6" in reason.cite for reason in refused.value.reasons)
    operator = land.post(role="central_operator", unit="Trung tâm Giám sát, điều hành")
    assert gate.fetch(actor=operator, action=Action.VIEW_PLAYBACK, model=Camera, id=camera.id) == camera
