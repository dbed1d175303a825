"""Requests for footage in every state that a page shows, for `scene`."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from tests import province
from thienly.core.access.actor import Actor
from thienly.core.access.document import Document
from thienly.core.accounts.models import Account
from thienly.core.documents.services import NewDocument
from thienly.core.extraction import deciding, ordering, sending
from thienly.core.extraction.asked import RequestFields
from thienly.core.extraction.facts import wanted_of
from thienly.core.extraction.models import Extraction
from thienly.core.packages.models import Handling, Package
from thienly.core.registry.models import Camera
from thienly.core.regulation.settling import settle

LETTER = Document(
    "145/CV-CSĐT", date(2026, 11, 20), "Cơ quan CSĐT Công an tỉnh", "Trần Văn An, Phó Thủ trưởng"
)


def requests(now: datetime) -> list[tuple[str, str, str]]:
    """Lays them down; the pages to look at: name, user name, path."""
    operator, keeper, admin = (_actor(name) for name in ("trucban", "cangca", "quantri"))
    quay = Camera.objects.get(code="CC-001")
    account = province.person("daumoi", "Lê Văn Đầu")
    assert operator.account is not None
    account.password = operator.account.password
    account.save()
    province.seat(account, quay.site.unit, "cam_contact")
    settle(
        actor=admin,
        profile="QN",
        parameter="par-competent-external",
        value="UBND tỉnh",
        number="12/QĐ-UBND",
        issued=date(2026, 3, 2),
        issuer="UBND tỉnh",
    )
    fields = RequestFields(
        cameras=(quay.id.hex, Camera.objects.get(code="CC-002").id.hex),
        start=now - timedelta(hours=5),
        end=now - timedelta(hours=4, minutes=30),
        purpose="QN:traffic_safety",
        why="Va chạm giữa hai xe tải tại cổng Đông lúc 14:20",
        basis="Kế hoạch 12/KH-TTGS ngày 02/11/2026",
        declared=True,
    )
    done = sending.send(actor=operator, fields=fields)
    _agree(Actor.person(account), done, now)
    _packed(done, now)
    waiting = sending.send(actor=operator, fields=_but(fields, quay, why="Xe quá tải vào cảng trong đêm"))
    sending.send(
        actor=keeper,
        fields=_but(fields, quay, sort="procedural", applicant="Cơ quan CSĐT Công an tỉnh"),
        attach=NewDocument(LETTER),
    )
    sending.send(
        actor=keeper,
        fields=_but(fields, quay, sort="subject", applicant="Ông Nguyễn Văn Dân", why="Xin hình của mình"),
        attach=NewDocument(Document("Đơn", date(2026, 11, 23), "Nguyễn Văn Dân", "Nguyễn Văn Dân")),
    )
    path = f"/extraction/{waiting.case_id.hex}/"
    return [
        ("extraction-ask", "trucban", f"/cameras/{quay.id.hex}/extraction/"),
        ("extractions", "daumoi", "/extraction/"),
        ("extractions-own", "trucban", "/extraction/?all"),
        ("extraction-decide", "daumoi", path),
        ("extraction-own", "trucban", path),
        ("extraction-done", "trucban", f"/extraction/{done.case_id.hex}/"),
        ("extraction-register", "trucban", "/extraction/register/"),
        ("extraction-desk", "cangca", "/extraction/desk/"),
    ]


def _but(fields: RequestFields, camera: Camera, **changes: str) -> RequestFields:
    return replace(fields, cameras=(camera.id.hex,), **changes)  # type: ignore[arg-type]


def _agree(actor: Actor, request: Extraction, now: datetime) -> None:
    needs = [need.key for need in wanted_of(request, now).needs]
    deciding.decide(
        actor=actor,
        case_id=request.case_id,
        decision=deciding.Decision(needs, agreed=True, note="Đồng ý theo đề nghị"),
        version=request.case.version,
    )


def _packed(request: Extraction, now: datetime) -> None:
    """Its package was made and handed over; the file itself is not there."""
    package = Package.objects.create(
        request=request, sha256="5e" * 32, size=268_435_456, clips=3, missing_us=42_000_000, made_at=now
    )
    request.refresh_from_db()
    ordering.note_extracted(request, now=now)
    assert request.performer is not None
    for act, more in (
        ("taken", {}),
        ("handed_over", {"recipient": "Trung tá Trần Văn An, Công an tỉnh", "receipt": "07/BB, 25/11/2026"}),
    ):
        Handling.objects.create(package=package, act=act, by=request.performer, at=now, **more)


def _actor(name: str) -> Actor:
    return Actor.person(Account.objects.get(username=name))
