"""Asking for footage: what is shown before, what goes at once, what cannot be asked for (QN, and NB)."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from tests import province
from tests.core.extraction.scene import LETTER, Scene, agree, paper, wish
from tests.core.world import person
from tests.guard import setting_the_scene
from tests.regulations import beside_qn
from thienly.core.access.document import Document
from thienly.core.access.refusal import NotAllowed, OutsideScope
from thienly.core.documents.services import NewDocument
from thienly.core.extraction import deciding, ordering, reading, sending
from thienly.core.extraction.asked import look
from thienly.core.extraction.facts import wanted_of
from thienly.core.extraction.models import Extraction
from thienly.core.extraction.reminding import remind
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.recording.models import Gap
from thienly.core.registry.models import Camera
from thienly.core.regulation.models import Settlement


def test_before_it_is_sent_it_is_shown_who_decides_what_is_missing_and_who_has_asked_already(
    scene: Scene,
) -> None:
    earlier = scene.ask()
    assert earlier.start and earlier.end
    with setting_the_scene():
        Gap.objects.create(
            gap="g1",
            known_at=timezone.now(),
            camera=scene.world.quay,
            recorder="r1",
            start=earlier.start,
            end=earlier.start + timedelta(minutes=5),
            reason="unreachable",
        )
    seen = look(
        actor=scene.asker,
        cameras=[scene.world.quay],
        start=earlier.start - timedelta(minutes=5),
        end=earlier.end,
        outside=False,
        others=False,
    )
    assert [need.cite for need in seen.wanted.needs] == ["QN Đ20.4"]
    assert list(seen.overlapping) == [earlier]
    (covered,) = seen.covered
    assert covered.seen and "unreachable" in {gap.reason for gap in covered.missing}
    assert not seen.emergency and not seen.may_intake


def test_an_extraction_of_ones_own_right_is_ordered_at_once_written_down_and_told_to_a_second_person(
    scene: Scene,
) -> None:
    request = sending.send(actor=scene.keeper, fields=wish(scene.world.quay))
    assert request.case.state == "ordered" and request.standing == ["QN Đ11.2, Đ20"]
    assert request.told == scene.head.account
    assert [one.pk for one in reading.told_of(actor=scene.head)] == [request.pk]
    with pytest.raises(OutsideScope):
        reading.see_told(actor=scene.operator, case_id=request.case_id)
    reading.see_told(actor=scene.head, case_id=request.case_id)
    assert not reading.told_of(actor=scene.head).exists()
    order = ordering.order_of(request, now=timezone.now())
    assert order.standing == ("QN Đ11.2, Đ20",) and order.agreed == () and order.release == "own"


def test_in_an_emergency_who_commands_goes_ahead_and_justifies_it_afterwards(scene: Scene) -> None:
    with pytest.raises(ValidationError) as wrong:
        scene.ask(urgency="emergency")
    assert set(wrong.value.message_dict) == {"urgency"}
    request = sending.send(actor=scene.operator, fields=wish(scene.world.quay, urgency="emergency"))
    assert request.case.state == "ordered" and request.justify_by is not None
    assert request.standing == ["QN Đ6.1"] and request.told == scene.head.account
    assert ordering.order_of(request, now=timezone.now()).justify_by == request.justify_by
    with pytest.raises(ValidationError):
        sending.justify(actor=scene.operator, case_id=request.case_id, reason=" ")
    with pytest.raises(OutsideScope):
        sending.justify(actor=scene.head, case_id=request.case_id, reason="x")
    sending.justify(actor=scene.operator, case_id=request.case_id, reason="Cháy tại cảng")
    request.refresh_from_db()
    assert request.justification == "Cháy tại cảng"
    assert Entry.objects.get(kind=Kind.EXTRACTION_JUSTIFIED).detail["late"] is False


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"why": " "}, "why"),
        ({"basis": ""}, "basis"),
        ({"purpose": "QN:anything"}, "purpose"),
        ({"purpose": "BDM:mining_supervision"}, "purpose"),
        ({"declared": False}, "declared"),
        ({"start": None}, "start"),
        ({"end": None}, "end"),
        ({"start": timezone.now() + timedelta(hours=1), "end": timezone.now() + timedelta(hours=2)}, "start"),
        ({"start": timezone.now() - timedelta(days=40)}, "end"),
        ({"urgency": "sofort"}, "urgency"),
        ({"sort": "friend"}, "sort"),
        ({"sound": True}, "sound"),
        ({"cameras": ()}, "cameras"),
    ],
)
def test_what_is_missing_is_said_by_field_and_leaves_nothing(
    scene: Scene, changes: dict[str, Any], field: str
) -> None:
    before = Entry.objects.count()
    with pytest.raises(ValidationError) as wrong:
        scene.ask(**changes)
    assert field in wrong.value.message_dict
    assert not Extraction.objects.exists() and Entry.objects.count() == before


def test_a_second_click_does_not_ask_twice(scene: Scene) -> None:
    fields = wish(scene.world.quay)
    sending.send(actor=scene.asker, fields=fields)
    with pytest.raises(ValidationError) as wrong:
        sending.send(actor=scene.asker, fields=fields)
    assert wrong.value.error_dict["__all__"][0].code == "same"
    assert Extraction.objects.count() == 1


def test_what_one_does_not_know_one_cannot_ask_for_and_a_state_secret_nobody(scene: Scene) -> None:
    miner = person("mo", "Hoàng Văn Mỏ", role="cam_admin", unit=scene.world.mine)
    with pytest.raises(OutsideScope):
        sending.send(actor=miner, fields=wish(scene.world.quay))
    with pytest.raises(OutsideScope):
        sending.send(actor=miner, fields=wish(scene.world.gate, scene.world.quay))
    with setting_the_scene():
        Camera.objects.filter(pk=scene.world.quay.pk).update(secret=True)
    with pytest.raises(NotAllowed) as refused:
        scene.ask()
    assert refused.value.reasons and not Extraction.objects.exists()


def test_a_document_serves_only_inside_its_scope_and_is_not_kept_when_the_request_fails(scene: Scene) -> None:
    old = Document("9/CV", date(2026, 3, 2), "Công an tỉnh", "Trần Văn An")
    with pytest.raises(ValidationError):
        sending.send(actor=scene.asker, fields=wish(scene.world.quay, why=""), attach=NewDocument(old))
    document = paper(scene.asker)
    with setting_the_scene():
        type(document).objects.filter(pk=document.pk).update(until=date(2026, 4, 1))
    document.refresh_from_db()
    with pytest.raises(ValidationError) as wrong:
        scene.ask(application=document)
    assert set(wrong.value.message_dict) == {"application"}
    assert [one.number for one in type(document).objects.all()] == [LETTER.number]


def test_whoever_is_in_the_picture_is_answered_within_two_working_days(scene: Scene) -> None:
    with setting_the_scene():
        Settlement.objects.create(
            profile="QN",
            parameter="par-competent-external",
            value="UBND tỉnh",
            number="5/QĐ",
            issued=LETTER.issued,
            issuer="UBND tỉnh",
            at=timezone.now(),
        )
    fields = wish(
        scene.world.quay, sort="subject", applicant="Ông Nguyễn Văn Dân", application=paper(scene.keeper)
    )
    request = sending.send(actor=scene.keeper, fields=fields)
    assert request.due_cite == "QN NĐ 356/2025/NĐ-CP" and request.due_at is not None
    left = request.due_at - timezone.now()
    assert timedelta(days=2) < left <= timedelta(days=5) and request.due_provisional
    assert [one.pk for one, _n in reading.waiting_for(actor=scene.head, now=timezone.now())] == [request.pk]
    assert remind(now=request.due_at - timedelta(days=1, minutes=1)) == 0
    for moment, kind in (
        (request.due_at - timedelta(hours=2), Kind.EXTRACTION_REMINDED),
        (request.due_at + timedelta(seconds=1), Kind.EXTRACTION_OVERDUE),
    ):
        assert (remind(now=moment), remind(now=moment)) == (1, 0)  # told once
        assert "Lê Văn Đầu" in Entry.objects.get(kind=kind).detail["person"]


def test_of_two_regulations_over_one_camera_the_approvals_add_up(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    with beside_qn(monkeypatch, "NB"):
        commune = province.unit("UBND xã Ninh Hải", ["ubnd_xa", "camera_manager"])
        counter = province.camera(
            province.site(commune, "Một cửa xã Ninh Hải", kind="one_stop"), "MC-009", sector="one_stop"
        )
        asker = person("trucban2", "Vũ Văn Trực", role="central_operator", unit=scene.world.centre)
        contact = person("daumoixa", "Lê Thị Mối", role="cam_contact", unit=commune)
        account = province.person("chutich", "Đinh Văn Chủ")
        province.seat(account, commune, "commune_leader", profile="NB")
        leader = type(contact).person(account)
        request = sending.send(
            actor=asker, fields=wish(counter, purpose="QN:state_management", application=paper(asker))
        )
        wanted = wanted_of(request, timezone.now())
        assert {need.cite for need in wanted.needs} == {"QN Đ20.4", "NB Đ9.2"}
        with pytest.raises(NotAllowed):
            agree(contact, request)  # both, of which one is not his
        for actor in (contact, leader):
            (need,) = reading.decidable(actor, request, timezone.now())
            request.case.refresh_from_db()
            deciding.decide(
                actor=actor,
                case_id=request.case_id,
                decision=deciding.Decision([need.key], agreed=True),
                version=request.case.version,
            )
        request.refresh_from_db()
        assert request.case.state == "ordered" and request.verdicts.count() == 2
