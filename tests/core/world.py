"""A small world to act in: two boards with a camera each, and people in posts of Quảng Ninh's regulation."""

from dataclasses import dataclass

from tests import province
from tests.guard import setting_the_scene
from thienly.core.access.actor import Actor
from thienly.core.registry.models import Camera
from thienly.core.text import fold
from thienly.core.units.models import Unit


@dataclass
class World:
    """Roles (QN): cam_admin keeps his own unit's devices; central_operator sees all cameras;
    central_admin administers accounts and sees none; tttt_guide inspects metadata."""

    port: Unit
    mine: Unit
    centre: Unit
    quay: Camera
    gate: Camera

    @classmethod
    def build(cls) -> "World":
        port = province.unit("Ban Quản lý cảng cá Đề Gi", ["camera_manager"])
        mine = province.unit("Công ty Than Hà Tu", ["camera_manager"])
        centre = province.unit("Trung tâm Giám sát, điều hành", ["central_manager", "so_tttt"])
        quay = camera("CC-001", "Cầu cảng số 1", unit=port, sector="fishing_port")
        gate = camera("MO-001", "Cổng mỏ", unit=mine, sector="mining")
        return cls(port, mine, centre, quay, gate)


def camera(code: str, name: str, *, unit: Unit, sector: str) -> Camera:
    made = province.camera(province.site(unit, name), code, sector=sector)
    made.name, made.folded = name, fold(f"{code} {name}")
    with setting_the_scene():
        made.save()
    return made


def person(username: str, full_name: str, *, role: str = "", unit: Unit | None = None) -> Actor:
    account = province.person(username, full_name)
    if unit is not None:
        province.seat(account, unit, role)
    return Actor.person(account, address="192.0.2.10")
