"""What a regulation leaves open closes what depends on it, until a document settles it (F2)."""

from datetime import date

import pytest

from tests import province
from tests.core.world import World, person
from tests.core.world import camera as made
from tests.regulations import beside_qn
from thienly.core.access.actor import Actor
from thienly.core.access.refusal import NotAllowed
from thienly.core.registry.cameras import CameraFields
from thienly.core.registry.services import change_camera, retire_camera
from thienly.core.regulation import settling


@pytest.mark.req_part("NB-029")
def test_a_device_of_the_shops_is_not_changed_before_it_is_said_who_agrees(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = person("cangca", "Lê Văn Cảng", role="cam_admin", unit=world.port)
    assert keeper.account is not None
    office = province.unit("Văn phòng UBND tỉnh", ["vp_ubnd_tinh"])
    province.seat(keeper.account, office, "sys_admin", profile="NB")
    counter = made("MC-001", "Quầy số 1", unit=world.port, sector="one_stop")
    with beside_qn(monkeypatch, "NB"):
        for act in (
            lambda: change_camera(
                actor=keeper, camera=counter, fields=CameraFields(transport="udp"), why="Đổi thiết bị"
            ),
            lambda: retire_camera(actor=keeper, camera=counter, reason="Hỏng"),
        ):
            with pytest.raises(NotAllowed) as closed:
                act()
            (reason,) = closed.value.reasons
            assert (reason.code, reason.cite) == ("left_open", "NB Đ5.9")
        counter.refresh_from_db()
        assert (counter.transport, counter.retired_at, counter.revision) == ("tcp", None, 1)
        # A name is no device, and the port is no one-stop shop.
        change_camera(actor=keeper, camera=counter, fields=CameraFields(name="Quầy số một"))
        change_camera(actor=keeper, camera=world.quay, fields=CameraFields(transport="udp"), why="Đổi")
        settling.settle(
            actor=Actor.machine("test"),
            profile="NB",
            parameter="par-competent-change",
            value="Văn phòng UBND tỉnh",
            number="3/QĐ-UBND",
            issued=date(2026, 3, 2),
            issuer="UBND tỉnh",
        )
        changed = change_camera(
            actor=keeper, camera=counter, fields=CameraFields(transport="udp"), why="Đổi thiết bị"
        )
        assert changed.transport == "udp"
