"""A province to walk through: a port and a mine, each with a camera, a fault and a person in a post."""

from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Literal

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.test import Client
from django.utils import timezone

from tests import province
from tests.guard import setting_the_scene
from thienly.bus.vault import Vault
from thienly.core.access.models import Right, Seat
from thienly.core.accounts.models import Account
from thienly.core.bookmarks.models import Bookmark
from thienly.core.cases.models import Case
from thienly.core.registry.models import Camera
from thienly.core.storage.models import Hold
from thienly.core.units.models import Unit

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
PASSWORD = "mot-mat-khau-dai-2026"  # of everybody
CAMERA_PASSWORD = "Mat-Khau-Camera-7"
NOBODY = "0" * 31 + "1"  # an id that never was

Where = Literal["inside", "outside", "unknown"]
Noun = Literal["camera", "site", "case", "hold", "person", "seat", "right", "bookmark"]

ACTORS = (
    "anonymous",
    "admin",
    "operator",
    "leader",
    "sector",
    "keeper",
    "member",
    "inspector",
    "ended",
    "suspended",
)
"""Who walks; the columns of `expected.TABLE`. Roles of the profile QN, see `World.__post_init__`."""

BOUNDED = ("sector", "keeper", "member", "ended", "suspended")
"""To these the mine (for `sector`: the port) lies outside; to the others nothing does."""


@dataclass
class Place:
    """What a route may be asked about."""

    camera: Camera
    case: Case
    hold: Hold
    person: Account
    seat: Seat
    bookmark: Bookmark
    contact: Seat
    right: Right


@dataclass
class World:
    committee: Unit = field(default_factory=lambda: province.unit("UBND tỉnh", ["province_leadership"]))
    centre: Unit = field(default_factory=lambda: province.unit("Trung tâm Giám sát", ["central_manager"]))
    department: Unit = field(default_factory=lambda: province.unit("Sở KH&CN", ["so_tttt"]))
    sector: Unit = field(default_factory=lambda: province.unit("Sở NN&MT", ["sector_center"]))
    board: Unit = field(
        default_factory=lambda: province.unit("Ban Quản lý cảng cá", ["camera_manager", "data_user"])
    )
    miners: Unit = field(
        default_factory=lambda: province.unit("Công ty Than Hà Tu", ["camera_manager", "data_user"])
    )

    def __post_init__(self) -> None:
        self.port = _place(self.board, "Cảng cá Đề Gi", "CC-001", "fishing_port", "giu-cang")
        self.mine = _place(self.miners, "Mỏ than Hà Tu", "MO-001", "mining", "giu-mo")
        people: dict[str, Account] = {name: province.person(name) for name in ACTORS if name != "anonymous"}
        province.seat(people["admin"], self.centre, "central_admin")
        province.seat(people["operator"], self.centre, "central_operator")
        province.seat(people["leader"], self.committee, "command_user")
        province.seat(people["sector"], self.sector, "sector_user", sector="mining")
        province.seat(people["keeper"], self.board, "cam_admin")
        province.seat(people["member"], self.board, "user_member", sites=[self.port.camera.site])
        province.seat(people["inspector"], self.department, "tttt_guide")
        province.seat(people["ended"], self.board, "cam_admin", valid_to=province.yesterday())
        province.seat(people["suspended"], self.board, "cam_admin")
        self.people = people
        with setting_the_scene():
            Account.objects.update(password=_hash())
            # Shared, so that others of the board see it and still cannot remove it.
            Bookmark.objects.filter(pk=self.port.bookmark.pk).update(
                account=people["keeper"], unit=self.board
            )
        self.sessions = {name: _sign_in(account) for name, account in people.items()}
        with setting_the_scene():  # while the person's session lives: nothing may rest on its absence
            Account.objects.filter(pk=people["suspended"].pk).update(
                suspended_at=timezone.now(), is_active=False
            )

    def browser(self, actor: str) -> Client:
        """A fresh browser, with the actor's session when he has one. Faults come as answers of 500."""
        browser = Client(raise_request_exception=False)
        if actor in self.sessions:
            browser.cookies[settings.SESSION_COOKIE_NAME] = self.sessions[actor]
        return browser

    def place(self, actor: str, where: Where) -> Place:
        """Of the port and the mine the one that lies there for this actor."""
        near, far = (self.mine, self.port) if actor == "sector" else (self.port, self.mine)
        return near if where == "inside" else far

    def id_of(self, noun: Noun, actor: str, where: Where) -> str:
        """32 hexadecimal digits."""
        if where == "unknown":
            return NOBODY
        if noun == "site":
            return self.place(actor, where).camera.site_id.hex
        found: Camera | Case | Hold | Account | Seat | Right | Bookmark = getattr(
            self.place(actor, where), noun
        )
        return found.pk.hex


def _place(unit: Unit, name: str, code: str, sector: str, keeper: str) -> Place:
    camera = province.camera(province.site(unit, name), code, sector=sector)
    camera.username, camera.sealed_password = "giamsat", _vault().seal(CAMERA_PASSWORD)
    person = province.person(keeper)
    with setting_the_scene():
        camera.save()
        case = Case.objects.create(
            kind="camera_fault",
            year=2026,
            number=Case.objects.count() + 1,
            state="open",
            camera=camera,
            title="Mất hình",
            opened_by=person,
            opened_at=province.yesterday(),
        )
        held = Case.objects.create(
            kind="hold",
            year=2026,
            number=Case.objects.count() + 1,
            state="held",
            camera=camera,
            title="Va chạm",
            opened_by=person,
            opened_at=province.yesterday(),
        )
        hold = Hold.objects.create(
            case=held,
            camera=camera,
            start=province.yesterday() - timedelta(hours=1),
            end=province.yesterday(),
            purpose="Va chạm",
            basis="1/CV",
            until=timezone.now() + timedelta(days=90),
        )
        bookmark = Bookmark.objects.create(
            camera=camera,
            account=person,
            at=province.yesterday(),
            title="Va chạm",
            created_at=province.yesterday(),
        )
    contact = province.seat(person, unit, "user_contact")
    right = province.right(contact, kind=Right.Kind.CONSENT, entry="a-out-of-scope", cameras=[camera])
    return Place(
        camera, case, hold, person, province.seat(person, unit, "cam_admin"), bookmark, contact, right
    )


def _vault() -> Vault:
    return Vault.from_file(settings.CONF.vault_key)


@cache
def _hash() -> str:
    """Reckoned once, because that is slow by design."""
    return make_password(PASSWORD)


def _sign_in(account: Account) -> str:
    browser = Client()
    account.refresh_from_db()
    browser.force_login(account, backend=BACKEND)
    key = browser.session.session_key
    assert key
    return key
