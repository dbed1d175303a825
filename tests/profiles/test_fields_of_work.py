"""Several regulations in one installation: each gives rights over the cameras of its own field, no others."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import pytest

from tests import province
from tests.guard import setting_the_scene
from thienly.conf import RegulationConf
from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.registry.models import Camera
from thienly.core.regulation import shelf
from thienly.core.units.models import Unit
from thienly.rules.actions import Action

pytestmark = pytest.mark.django_db


@contextmanager
def holding(*names: str) -> Iterator[None]:
    chosen = {
        "QN": RegulationConf(id="QN"),
        "BDM": RegulationConf(id="BDM"),
        "NB": RegulationConf(id="NB", effective_from="2024-02-01", document="1/2024/QĐ-UBND"),
    }
    found = shelf.adopt(shelf.shelf(), tuple(chosen[name] for name in names))
    with patch("thienly.core.access.gate.profiles", lambda: found):
        yield


@pytest.fixture
def of_fields() -> Iterator[None]:
    """Two regulations, each of its own field of work."""
    with holding("BDM", "NB"):
        yield


@pytest.fixture
def with_hub() -> Iterator[None]:
    """Beside them one over every camera of the province."""
    with holding("BDM", "NB", "QN"):
        yield


def post(profile: str, role: str, unit: Unit) -> Actor:
    account = province.person(f"{role.replace('_', '.')}")
    province.seat(account, unit, role, profile=profile)
    return Actor.person(account, address="192.0.2.7")


def codes(actor: Actor, action: Action = Action.VIEW_LIVE) -> list[str]:
    return list(gate.visible(actor=actor, action=action).values_list("code", flat=True))


@pytest.fixture
def land() -> dict[str, Unit]:
    police = province.unit("Công an tỉnh", ["cong_an_tinh"])
    district = province.unit("UBND huyện", ["ubnd_huyen", "camera_manager"])
    commune = province.unit("UBND xã", ["ubnd_xa"], parent=district)
    centre = province.unit("Trung tâm", ["central_manager"])
    place = province.site(commune, "Xã Vân Hà")
    for code, sector in (("MO-1", "mining"), ("CC-1", "fishing_port"), ("MC-1", "one_stop")):
        province.camera(place, code, sector=sector)
    province.camera(province.site(district, "Một cửa huyện"), "MC-2", sector="one_stop")
    province.camera(province.site(centre, "Mỏ xa"), "MO-2", sector="mining")
    return {"police": police, "district": district, "commune": commune, "centre": centre}


@pytest.mark.req("BDM-018")
def test_police_list_the_cameras_of_every_mine_and_none_of_other_fields(
    of_fields: None, land: dict[str, Unit]
) -> None:
    police = post("BDM", "police_user", land["police"])
    assert codes(police) == ["MO-1", "MO-2"]
    port = Camera.objects.get(code="CC-1")
    decision = gate.decide(actor=police, action=Action.VIEW_LIVE, obj=port)
    assert not decision.allow and not decision.visible
    assert decision.reasons[0].cite == "BDM Đ3.3"


@pytest.mark.req_part("NB-002", "NB-061", "NB-062")
def test_the_regulation_of_one_stop_shops_gives_rights_over_their_cameras_only(
    of_fields: None, land: dict[str, Unit]
) -> None:
    leader = post("NB", "district_leader", land["district"])
    assert codes(leader) == ["MC-1", "MC-2"]
    assert codes(leader, Action.APPROVE) == ["MC-2"]  # Đ9.2: not for the data of the commune
    clerk = post("NB", "commune_specialist", land["commune"])
    assert codes(clerk) == ["MC-1"]
    assert codes(clerk, Action.EXTRACT) == codes(clerk, Action.APPROVE) == []


def test_the_command_right_of_the_hub_reaches_every_camera(with_hub: None, land: dict[str, Unit]) -> None:
    operator = post("QN", "central_operator", land["centre"])
    assert codes(operator) == ["CC-1", "MC-1", "MC-2", "MO-1", "MO-2"]
    # What is only derived from Đ6.1 does not prevail where another regulation gives it to nobody.
    assert codes(operator, Action.EXTRACT) == ["CC-1"]


def test_a_right_of_one_field_holds_under_the_hub_where_the_hub_gives_it_too(
    with_hub: None, land: dict[str, Unit]
) -> None:
    police = post("BDM", "police_user", land["police"])
    assert codes(police) == []
    mine = Camera.objects.get(code="MO-1")
    refused = gate.decide(actor=police, action=Action.VIEW_LIVE, obj=mine)
    assert refused.visible and refused.reasons[0].facts["profile"] == "QN"
    assert police.account is not None
    with setting_the_scene():
        Unit.objects.filter(pk=land["police"].pk).update(functions=["cong_an_tinh", "data_user"])
    province.seat(police.account, land["police"], "user_member", sites=[mine.site])
    assert codes(police) == ["CC-1", "MO-1"]  # the port is governed by the hub alone, the shop by NB too
    articles = [grant.cite for grant in gate.require(actor=police, action=Action.VIEW_LIVE, obj=mine).grants]
    assert articles == ["BDM Đ3.3", "QN Đ6.2, Đ9.1"]
