"""People at their browsers: a port, a mine, and posts of Quảng Ninh's regulation (QN)."""

import gettext
from dataclasses import dataclass

import pytest
from django.test import Client
from django.utils.translation import trans_real
from scripts import messages

from tests import province
from tests.guard import setting_the_scene
from thienly.core.access.models import Seat
from thienly.core.accounts.models import Account
from thienly.core.registry.models import Camera
from thienly.core.text import fold
from thienly.core.units.models import Unit

PASSWORD = "mot-mat-khau-dai-2026"
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"

messages.compile_catalogue()
trans_real._translations.clear()  # what another module had loaded before …
gettext._translations.clear()  # type: ignore[attr-defined]  # … and the library under it keeps, by path


@dataclass
class Town:
    port: Unit
    mine: Unit
    centre: Unit
    quay: Camera
    gate: Camera


@pytest.fixture
def town(db: None) -> Town:
    port = province.unit("Ban Quản lý cảng cá Đề Gi", ["camera_manager"])
    mine = province.unit("Công ty Than Hà Tu", ["camera_manager"])
    centre = province.unit("Trung tâm Giám sát, điều hành", ["central_manager", "so_tttt"])
    quay = province.camera(
        province.site(port, "Cảng cá Đề Gi", aliases=["Đê Gi"]), "CC-001", sector="fishing_port"
    )
    gate = province.camera(province.site(mine, "Mỏ than Hà Tu"), "MO-001", sector="mining")
    return Town(port, mine, centre, quay, gate)


class Browser(Client):
    """A browser in which somebody is signed in."""

    account: Account | None = None


@dataclass
class People:
    """Signs somebody in with a role; the role's rights are those of the profile QN."""

    town: Town

    def keeper(self) -> Browser:
        """cam_admin of the port: devices, pictures and accounts of his own unit (Đ11.2, Đ20)."""
        return self.of("cangca", "Phạm Minh Hải", "cam_admin", self.town.port)

    def operator(self) -> Browser:
        """central_operator: every camera (Đ6.1)."""
        return self.of("trucban", "Nguyễn Văn Trực", "central_operator", self.town.centre)

    def admin(self) -> Browser:
        """central_admin: accounts and records of the whole province, no pictures (Đ6.4, Đ17.1)."""
        return self.of("quantri", "Đặng Thị Hồng Nhung", "central_admin", self.town.centre)

    def nobody(self) -> Browser:
        return self.of("moi", "Đỗ Văn Mới", "", None)

    def of(self, username: str, name: str, role: str, unit: Unit | None) -> Browser:
        browser = Browser()
        browser.account = account(username, name, role, unit)
        browser.force_login(browser.account, backend=BACKEND)
        return browser


def account(username: str, name: str, role: str = "", unit: Unit | None = None) -> Account:
    made = Account(username=username, full_name=name, folded=fold(f"{username} {name}"))
    made.set_password(PASSWORD)
    with setting_the_scene():
        made.save()
        if unit:
            Seat.objects.create(
                account=made,
                unit=unit,
                profile="QN",
                role=role,
                document="15/QĐ",
                valid_from=province.LONG_AGO,
            )
    return province.settled(made)


@pytest.fixture
def people(town: Town) -> People:
    return People(town)
