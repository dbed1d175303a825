"""A port and a mine under Quảng Ninh's regulation (QN), and people who ask for footage and decide on it."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from tests import province
from tests.core.world import World, person
from thienly.core.access.actor import Actor
from thienly.core.access.document import Document
from thienly.core.documents.models import StoredDocument
from thienly.core.documents.services import store
from thienly.core.extraction import deciding, sending
from thienly.core.extraction.asked import RequestFields
from thienly.core.extraction.facts import wanted_of
from thienly.core.extraction.models import Extraction
from thienly.core.registry.models import Camera
from thienly.core.units.models import Unit
from thienly.rules.extraction import Gate

LETTER = Document("45/CV-CAT", date(2026, 3, 2), "Công an tỉnh", "Trần Văn An, Phó Giám đốc")
CONSENT = Document("9/UBND-NC", date(2026, 3, 5), "UBND tỉnh", "Lê Văn Chủ, Phó Chủ tịch")


def wish(*cameras: Camera, **changes: Any) -> RequestFields:
    """Half an hour of two hours ago."""
    now = timezone.now().replace(microsecond=0)
    given: dict[str, Any] = {
        "cameras": tuple(camera.id.hex for camera in cameras),
        "start": now - timedelta(hours=2),
        "end": now - timedelta(hours=1, minutes=30),
        "purpose": "QN:traffic_safety",
        "why": "Va chạm tại cổng Đông",
        "basis": "45/CV-CAT",
        "declared": True,
    }
    return RequestFields(**(given | changes))


def paper(actor: Actor, words: Document = LETTER) -> StoredDocument:
    return store(actor=actor, words=words, file=None)


def agree(
    actor: Actor,
    request: Extraction,
    *gates: Gate,
    document: StoredDocument | None = None,
    agreed: bool = True,
    note: str = "",
    version: int | None = None,
) -> Extraction:
    """Decides on every need of these gates (of the extraction, where none is named)."""
    request.case.refresh_from_db()
    needs = wanted_of(request, timezone.now()).needs
    return deciding.decide(
        actor=actor,
        case_id=request.case_id,
        decision=deciding.Decision(
            needs=[need.key for need in needs if need.gate in (gates or ("extract",))],
            agreed=agreed,
            note=note,
            document=document,
        ),
        version=request.case.version if version is None else version,
    )


@dataclass
class Scene:
    """`asker` watches the port's cameras and is no member of it; `head` leads the port's contact; `keeper`
    administers its system; `operator` sees everything for command."""

    world: World
    office: Unit
    asker: Actor
    head: Actor
    keeper: Actor
    operator: Actor

    @classmethod
    def build(cls, world: World) -> "Scene":
        office = province.unit("Phòng Giao thông", ["data_user"])
        account = province.person("giaothong", "Đỗ Thị Giao")
        province.seat(account, office, "user_member", sites=[world.quay.site, world.gate.site])
        return cls(
            world=world,
            office=office,
            asker=Actor.person(account, address="192.0.2.10"),
            head=person("daumoi", "Lê Văn Đầu", role="cam_contact", unit=world.port),
            keeper=person("cangca", "Phạm Minh Hải", role="cam_admin", unit=world.port),
            operator=person("trucban", "Nguyễn Văn Trực", role="central_operator", unit=world.centre),
        )

    def ask(self, **changes: Any) -> Extraction:
        return sending.send(actor=self.asker, fields=wish(self.world.quay, **changes))
