"""A province to walk through: a port and a mine, each with a camera, a fault and a person in a post."""

import hashlib
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import Literal
from uuid import UUID

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.test import Client
from django.utils import timezone

from tests import province
from tests.guard import setting_the_scene
from thienly.bus.vault import Vault
from thienly.core.access.models import Right, Seat
from thienly.core.accounts.models import Account, OpenSession, ServiceKey
from thienly.core.bookmarks.models import Bookmark
from thienly.core.cases.models import Case
from thienly.core.documents import files
from thienly.core.documents.models import StoredDocument
from thienly.core.extraction.models import AskedCamera, Extraction
from thienly.core.registry.models import Camera
from thienly.core.regulation.models import Version
from thienly.core.regulation.shelf import shelf
from thienly.core.reviews.models import Campaign, Item, UnitReview
from thienly.core.storage.models import Hold
from thienly.core.units.models import Reorganisation, Unit

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
PASSWORD = "mot-mat-khau-dai-2026"  # of everybody
CAMERA_PASSWORD = "Mat-Khau-Camera-7"
NOBODY = "0" * 31 + "1"  # an id that never was

REORGANISATION = "0" * 30 + "17"  # the id of the one there is

Where = Literal["inside", "outside", "unknown"]
Noun = Literal[
    "camera",
    "site",
    "case",
    "hold",
    "person",
    "seat",
    "right",
    "bookmark",
    "unit",
    "review",
    "key",
    "extraction",
    "document",
]

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
    review: UnitReview
    key: ServiceKey
    extraction: Extraction
    document: StoredDocument
    opened: OpenSession  # of the person


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
        self.campaign = _campaign()
        self.port = _place(
            self.board, "Cảng cá Đề Gi", "CC-001", "fishing_port", keeper="giu-cang", campaign=self.campaign
        )
        self.mine = _place(
            self.miners, "Mỏ than Hà Tu", "MO-001", "mining", keeper="giu-mo", campaign=self.campaign
        )
        _draft(self.port.person)
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
        _reorganisation(people["admin"])
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

    def session_of(self, actor: str, where: Where) -> str:
        """Of the person who is asked about."""
        return NOBODY if where == "unknown" else self.place(actor, where).opened.id.hex

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
        place = self.place(actor, where)
        if noun == "unit":
            return place.camera.site.unit_id.hex
        found: (
            Camera
            | Case
            | Hold
            | Account
            | Seat
            | Right
            | Bookmark
            | UnitReview
            | ServiceKey
            | Extraction
            | StoredDocument
        )
        found = getattr(place, noun)
        return found.pk.hex


def _campaign() -> Campaign:
    with setting_the_scene():
        return Campaign.objects.create(
            opened_at=province.yesterday(), due_at=timezone.now() + timedelta(days=29), cite="QN Đ17.1"
        )


def _draft(person: Account) -> None:
    """A proposed version of a regulation, 1/2026 of its kind."""
    book = shelf().book("QN")
    assert book is not None
    with setting_the_scene():
        Version.objects.create(
            profile="QN",
            number=2,
            text=book.text.replace("  version: 1\n", "  version: 2\n"),
            words=book.words,
            sha256="0" * 64,
            begins=date(2199, 1, 1),
            case=Case.objects.create(
                kind="regulation_activation",
                year=2026,
                number=1,
                state="proposed",
                title="QN@2",
                opened_by=person,
                opened_at=province.yesterday(),
            ),
            made_at=province.yesterday(),
        )


def _review(unit: Unit, seat: Seat, campaign: Campaign) -> UnitReview:
    with setting_the_scene():
        review = UnitReview.objects.create(
            case=Case.objects.create(
                kind="access_review",
                year=2026,
                number=Case.objects.count() + 1,
                state="open",
                unit=unit,
                title="Rà soát",
                opened_at=province.yesterday(),
            ),
            campaign=campaign,
            unit=unit,
        )
        Item.objects.create(review=review, kind="seat", right=seat.pk, holder=seat.account, label="cam_admin")
    return review


def _place(unit: Unit, name: str, code: str, sector: str, *, keeper: str, campaign: Campaign) -> Place:
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
        opened = OpenSession.objects.create(
            account=person,
            key=f"cua-{keeper}",
            address="192.0.2.9",
            began_at=province.yesterday(),
            seen_at=province.yesterday(),
            active_at=province.yesterday(),
        )
        machine = Account.objects.create(username=f"key-{keeper}", full_name="Máy", folded="", machine=True)
        key = ServiceKey.objects.create(
            account=machine,
            unit=unit,
            name="Máy chủ báo cáo",
            prefix=f"tl_{keeper}",
            digest="0" * 64,
            document="45/QĐ-UBND",
            issued_at=province.yesterday(),
            issued_by=person,
            expires_at=province.tomorrow(),
        )
    contact = province.seat(person, unit, "user_contact")
    right = province.right(contact, kind=Right.Kind.CONSENT, entry="a-out-of-scope", cameras=[camera])
    seat = province.seat(person, unit, "cam_admin")
    review = _review(unit, seat, campaign)
    document, extraction = _request(camera, person)
    return Place(
        camera,
        case,
        hold,
        person,
        seat,
        bookmark,
        contact,
        right,
        review,
        key,
        extraction,
        document,
        opened,
    )


def _request(camera: Camera, person: Account) -> tuple[StoredDocument, Extraction]:
    """Somebody outside asks for footage by a letter; it waits for a decision."""
    letter = b"%PDF-1.4 letter"
    with setting_the_scene():
        document = StoredDocument.objects.create(
            number="45/CV",
            issued=date(2026, 3, 2),
            issuer="Công an tỉnh",
            signatory="Trần Văn An",
            media="application/pdf",
            sha256=hashlib.sha256(letter).hexdigest(),
            stored_by=person,
            stored_at=province.yesterday(),
        )
        files.keep(document.id, letter)
        request = Extraction.objects.create(
            case=Case.objects.create(
                kind="extraction",
                year=2026,
                number=Case.objects.count() + 1,
                state="sent",
                camera=camera,
                title="Va chạm",
                regulations={"QN": 1},
                opened_by=person,
                opened_at=province.yesterday(),
            ),
            sort="outside",
            urgency="ordinary",
            profile="QN",
            purpose="traffic_safety",
            why="Va chạm",
            basis="45/CV",
            start=province.yesterday() - timedelta(hours=1),
            end=province.yesterday(),
            applicant="Công an tỉnh",
            recipient="Công an tỉnh",
            application=document,
            sent_at=province.yesterday(),
        )
        AskedCamera.objects.create(request=request, camera=camera, unit=camera.site.unit)
    return document, request


def _reorganisation(composer: Account) -> None:
    with setting_the_scene():
        case = Case.objects.create(
            id=UUID(REORGANISATION),
            kind="reorganisation",
            year=2026,
            number=1,
            state="draft",
            title="Sắp xếp các sở",
            opened_by=composer,
            opened_at=province.yesterday(),
        )
        Reorganisation.objects.create(case=case)


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
