"""A port board and a centre, each with a person; the board's port and another's mine, each with a camera."""

from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from tests import province
from thienly.core.access.actor import Actor
from thienly.core.registry.models import Camera
from thienly.core.units.models import Unit


def client(actor: Actor, *, csrf: bool = False) -> Client:
    """A browser in which the person is signed in."""
    browser = Client(enforce_csrf_checks=csrf)
    assert actor.account is not None
    browser.force_login(actor.account, backend="allauth.account.auth_backends.AuthenticationBackend")
    return browser


@dataclass
class World:
    centre: Unit = field(default_factory=lambda: province.unit("Trung tâm Giám sát", ["central_manager"]))
    board: Unit = field(default_factory=lambda: province.unit("Ban quản lý cảng cá", ["camera_manager"]))
    guide: Unit = field(default_factory=lambda: province.unit("Sở Khoa học và Công nghệ", ["so_tttt"]))
    miners: Unit = field(default_factory=lambda: province.unit("Mỏ Núi Gai", ["camera_manager"]))

    def __post_init__(self) -> None:
        self.port = province.site(self.board, "Cảng cá Đề Gi", aliases=["Đê Gi"], kind="fishing_port")
        self.mine = province.site(self.miners, "Mỏ đá Núi Gai", kind="mine")
        self.quay: Camera = province.camera(self.port, "CA-001", sector="fishing_port")
        self.gate: Camera = province.camera(self.mine, "MO-001", sector="mining")

    def operator(self) -> Actor:
        """Sees every camera (QN Đ6.1)."""
        return province.holder(self.centre, "central_operator", name="trucban")

    def keeper(self) -> Actor:
        """Keeps the devices of the port board alone (QN Đ11.2)."""
        return province.holder(self.board, "cam_admin", name="cangca")

    def administrator(self) -> Actor:
        """Administers the installation and sees no picture (QN Đ6.4)."""
        return province.holder(self.centre, "central_admin", name="quantri")

    def nobody(self) -> Actor:
        """A person without a seat."""
        return Actor.person(province.person("khach", "Nguyễn Văn Khách"))


def got(actor: Actor, path: str, **query: Any) -> tuple[int, Any]:
    """Status and body of a GET."""
    answer = client(actor).get(f"/api/{path}", query)
    return answer.status_code, answer.json()
