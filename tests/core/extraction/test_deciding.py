"""A request for footage under QN: decided by the unit that keeps the camera, and by nobody else."""

from dataclasses import replace

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from tests import province
from tests.core.extraction.scene import CONSENT, LETTER, Scene, agree, paper, wish
from tests.core.world import person
from tests.guard import setting_the_scene
from thienly.core.access.models import Seat
from thienly.core.access.refusal import NotAllowed, OutsideScope
from thienly.core.cases.engine import Conflict
from thienly.core.documents import services as documents
from thienly.core.extraction import deciding, ordering, reading, sending
from thienly.core.extraction.models import Extraction
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.registry.models import Camera
from thienly.core.regulation.models import Settlement
from thienly.rules.access import ReasonCode
from thienly.rules.cases import IllegalStep


def reasons(refused: pytest.ExceptionInfo[NotAllowed]) -> set[str]:
    return {reason.code for reason in refused.value.reasons}


def test_whoever_speaks_for_the_unit_of_the_camera_agrees_and_the_order_stands_with_all_it_needs(
    scene: Scene,
) -> None:
    request = scene.ask()
    assert request.case.state == "sent"
    assert [one.pk for one, _needs in reading.waiting_for(actor=scene.head, now=timezone.now())] == [
        request.pk
    ]
    agree(scene.head, request)
    request.refresh_from_db()
    assert (request.case.state, request.ordered_at is not None) == ("ordered", True)
    order = ordering.order_of(request, now=timezone.now())
    (stretch,) = order.stretches
    assert (stretch.code, stretch.unit) == ("CC-001", "Ban Quản lý cảng cá Đề Gi")
    assert (stretch.start, stretch.end) == (request.start, request.end)
    assert (order.purpose_words, order.purpose_cite) == ("an toàn giao thông", "QN Đ4.3")
    assert order.asked_by.name == order.performed_by.name == "Đỗ Thị Giao"
    assert order.asked_by.post == "cá nhân được cấp tài khoản, Phòng Giao thông"
    (agreed,) = order.agreed
    assert (agreed.by.name, agreed.cite, agreed.form) == ("Lê Văn Đầu", "QN Đ20.4", "in_app")
    assert agreed.by.post == "01 cán bộ lãnh đạo làm đầu mối, Ban Quản lý cảng cá Đề Gi"
    assert order.articles == ("QN Đ20.4",) and order.release == "own"
    told = Entry.objects.get(kind=Kind.EXTRACTION_ORDERED)
    # QN Đ20.4: purpose, time, who performs, who asks.
    assert told.purpose == "traffic_safety" and told.detail["from"] == request.start.isoformat()
    assert told.detail["performer"].startswith("Đỗ Thị Giao") and told.detail["requester"] == "Đỗ Thị Giao"


def test_nobody_else_decides_and_the_refusal_names_who_does(scene: Scene) -> None:
    request = scene.ask()
    other = person("mo", "Hoàng Văn Mỏ", role="cam_contact", unit=scene.world.mine)
    with pytest.raises((NotAllowed, OutsideScope)):
        agree(other, request)
    for actor in (scene.operator, scene.keeper):  # may extract, but speak for no unit
        with pytest.raises(NotAllowed) as refused:
            agree(actor, request)
        assert reasons(refused) == {ReasonCode.NOT_APPROVER}
        assert refused.value.reasons[0].cite == "QN Đ20.4"
    with pytest.raises(NotAllowed) as refused:
        agree(scene.asker, request)
    assert reasons(refused) == {ReasonCode.OWN_CASE}
    request.refresh_from_db()
    assert request.case.state == "sent" and not request.verdicts.exists()


def test_nobody_approves_what_he_has_asked_for_himself_even_if_the_post_could(scene: Scene) -> None:
    account = scene.head.account
    assert account is not None
    province.seat(account, scene.office, "user_member", sites=[scene.world.quay.site])
    request = sending.send(actor=scene.head, fields=wish(scene.world.quay))
    with pytest.raises(NotAllowed) as refused:
        agree(scene.head, request)
    assert reasons(refused) == {ReasonCode.OWN_CASE}


def test_an_approver_who_lost_the_seat_meanwhile_decides_no_more(scene: Scene) -> None:
    request = scene.ask()
    with setting_the_scene():
        Seat.objects.filter(account=scene.head.account).update(valid_to=timezone.now())
    with pytest.raises((NotAllowed, OutsideScope)):
        agree(scene.head, request)
    request.refresh_from_db()
    assert request.case.state == "sent"


def test_of_two_approvers_at_once_the_second_is_told_and_a_decision_is_not_taken_twice(scene: Scene) -> None:
    request, second = scene.ask(), person("pho", "Võ Văn Phó", role="cam_contact", unit=scene.world.port)
    version = request.case.version
    agree(scene.head, request, version=version)
    for actor in (second, scene.head):
        with pytest.raises(Conflict):
            agree(actor, request, version=version)
    with pytest.raises((Conflict, IllegalStep)):
        agree(second, request)
    assert request.verdicts.count() == 1
    assert Entry.objects.filter(kind=Kind.EXTRACTION_ORDERED).count() == 1


def test_a_camera_that_passed_to_another_unit_is_decided_by_that_unit(scene: Scene) -> None:
    request = scene.ask()
    with setting_the_scene():
        scene.world.quay.site.unit = scene.world.mine
        scene.world.quay.site.save()
    with pytest.raises((NotAllowed, OutsideScope)):
        agree(scene.head, request)
    now_head = person("mo", "Hoàng Văn Mỏ", role="cam_contact", unit=scene.world.mine)
    agree(now_head, request)
    request.refresh_from_db()
    assert request.case.state == "ordered"


def test_every_unit_agrees_for_its_own_cameras(scene: Scene) -> None:
    request = sending.send(actor=scene.asker, fields=wish(scene.world.quay, scene.world.gate))
    (of_port,) = reading.decidable(scene.head, request, timezone.now())
    assert of_port.unit == scene.world.port.id.hex
    deciding.decide(
        actor=scene.head,
        case_id=request.case_id,
        decision=deciding.Decision([of_port.key], agreed=True),
        version=request.case.version,
    )
    request.refresh_from_db()
    assert request.case.state == "received" and request.ordered_at is None
    miner = person("mo", "Hoàng Văn Mỏ", role="cam_contact", unit=scene.world.mine)
    (of_mine,) = reading.decidable(miner, request, timezone.now())
    request.case.refresh_from_db()
    deciding.decide(
        actor=miner,
        case_id=request.case_id,
        decision=deciding.Decision([of_mine.key], agreed=True),
        version=request.case.version,
    )
    request.refresh_from_db()
    assert request.case.state == "ordered" and request.verdicts.count() == 2


def test_a_refusal_says_why_and_what_is_refused_is_over(scene: Scene) -> None:
    request = scene.ask()
    with pytest.raises(ValidationError) as wrong:
        agree(scene.head, request, agreed=False)
    assert set(wrong.value.message_dict) == {"note"} and not request.verdicts.exists()
    agree(scene.head, request, agreed=False, note="Không thuộc nhiệm vụ được giao")
    request.refresh_from_db()
    assert request.case.state == "refused" and request.case.closed_at is not None
    with pytest.raises(IllegalStep):
        agree(scene.head, request)
    assert request.ordered_at is None


def test_what_is_given_back_is_completed_and_sent_anew_and_agreed_to_anew(scene: Scene) -> None:
    request = scene.ask()
    deciding.give_back(
        actor=scene.head, case_id=request.case_id, version=request.case.version, note="Ghi rõ vụ việc"
    )
    request.refresh_from_db()
    assert request.case.state == "returned"
    fields = wish(scene.world.quay, why="Va chạm lúc 14:20, biên bản số 3")
    sending.resend(actor=scene.asker, case_id=request.case_id, fields=fields, version=request.case.version)
    request.refresh_from_db()
    assert (request.case.state, request.why) == ("sent", "Va chạm lúc 14:20, biên bản số 3")
    agree(scene.head, request)
    request.refresh_from_db()
    assert request.case.state == "ordered"


def test_a_request_is_withdrawn_by_its_sender_alone_and_not_once_it_is_ordered(scene: Scene) -> None:
    request = scene.ask()
    with pytest.raises(OutsideScope):
        sending.withdraw(actor=scene.head, case_id=request.case_id, version=1, note="")
    sending.withdraw(actor=scene.asker, case_id=request.case_id, version=1, note="Đã đủ")
    request.refresh_from_db()
    assert request.case.state == "withdrawn"
    other = scene.ask(why="Việc khác")
    agree(scene.head, other)
    other.case.refresh_from_db()
    with pytest.raises(IllegalStep):
        sending.withdraw(actor=scene.asker, case_id=other.case_id, version=other.case.version, note="")


def test_providing_it_to_others_is_a_gate_of_its_own_and_wants_the_written_approval_of_the_competent_body(
    scene: Scene,
) -> None:
    with pytest.raises(NotAllowed) as refused:
        scene.ask(recipient="Công ty Bảo hiểm Hạ Long")
    assert reasons(refused) == {ReasonCode.LEFT_OPEN}  # nobody is named yet (Đ21.3)
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
    request = scene.ask(recipient="Công ty Bảo hiểm Hạ Long")
    agree(scene.head, request)
    request.refresh_from_db()
    assert request.case.state == "ordered" and ordering.release_of(request, timezone.now()) == "waits"
    with pytest.raises(NotAllowed) as refused:
        ordering.require_release(actor=scene.asker, case_id=request.case_id)
    assert [reason.cite for reason in refused.value.reasons] == ["QN Đ21.3"]
    # The keeper of the records enters the document; a letter of another body does not do, nor does none.
    with pytest.raises(NotAllowed):
        agree(scene.keeper, request, "provide")
    with pytest.raises(ValidationError) as wrong:
        agree(scene.keeper, request, "provide", document=paper(scene.keeper, LETTER))
    assert set(wrong.value.message_dict) == {"document"}
    agree(scene.keeper, request, "provide", document=paper(scene.keeper, CONSENT))
    order = ordering.require_release(actor=scene.asker, case_id=request.case_id)
    assert order.release == "allowed" and [one.form for one in order.agreed] == ["in_app", "written"]
    assert order.agreed[1].paper is not None and order.agreed[1].paper.number == "9/UBND-NC"


def test_a_document_that_is_revoked_ends_the_release(scene: Scene) -> None:
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
    request = scene.ask(recipient="Công ty Bảo hiểm Hạ Long")
    agree(scene.head, request)
    consent = paper(scene.keeper, CONSENT)
    agree(scene.keeper, request, "provide", document=consent)
    documents.revoke(actor=scene.keeper, id=consent.id, reason="UBND tỉnh thu hồi")
    request.refresh_from_db()
    assert ordering.release_of(request, timezone.now()) == "waits"
    with pytest.raises(NotAllowed):
        ordering.require_release(actor=scene.asker, case_id=request.case_id)


def test_what_is_approved_is_not_ordered_when_the_asker_lost_the_post_or_the_camera_is_secret_now(
    scene: Scene,
) -> None:
    first, second = scene.ask(), scene.ask(why="Việc khác")
    account = scene.asker.account
    assert account is not None
    with setting_the_scene():
        type(account).objects.filter(pk=account.pk).update(suspended_at=timezone.now())
    agree(scene.head, first)
    first.refresh_from_db()
    assert first.case.state == "approved" and first.held_up == [["asker", ""]] and not first.ordered_at
    with setting_the_scene():
        type(account).objects.filter(pk=account.pk).update(suspended_at=None)
        Camera.objects.filter(pk=scene.world.quay.pk).update(secret=True)
    with pytest.raises(NotAllowed) as refused:
        agree(scene.head, second)
    assert ReasonCode.SECRET in reasons(refused)
    with pytest.raises((ValidationError, NotAllowed)):
        ordering.perform(actor=scene.keeper, case_id=first.case_id, version=first.case.version)
    with setting_the_scene():
        Camera.objects.filter(pk=scene.world.quay.pk).update(secret=False)
    ordering.perform(actor=scene.keeper, case_id=first.case_id, version=first.case.version)
    first.refresh_from_db()
    assert first.case.state == "ordered" and first.performer == scene.keeper.account


def test_an_approval_is_revoked_by_who_could_give_it(scene: Scene) -> None:
    request = scene.ask()
    agree(scene.head, request)
    request.case.refresh_from_db()
    with pytest.raises(NotAllowed):
        deciding.revoke(
            actor=scene.keeper, case_id=request.case_id, version=request.case.version, note="nhầm"
        )
    deciding.revoke(
        actor=scene.head, case_id=request.case_id, version=request.case.version, note="Văn bản giả"
    )
    assert Extraction.objects.get(pk=request.pk).case.state == "revoked"


def test_a_letter_by_procedural_law_is_refused_only_by_a_written_answer(scene: Scene) -> None:
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
    fields = wish(scene.world.quay, sort="procedural", applicant="Cơ quan CSĐT Công an tỉnh")
    with pytest.raises(ValidationError) as wrong:
        sending.send(actor=scene.asker, fields=fields)
    assert set(wrong.value.message_dict) == {"sort"}  # who only watches enters nothing for others
    with pytest.raises(ValidationError) as wrong:
        sending.send(actor=scene.keeper, fields=fields)
    assert set(wrong.value.message_dict) == {"application"}
    request = sending.send(actor=scene.keeper, fields=replace(fields, application=paper(scene.keeper)))
    assert (request.unit, request.recipient) == (None, "Cơ quan CSĐT Công an tỉnh")
    with pytest.raises(ValidationError) as wrong:
        agree(scene.head, request, agreed=False, note="Không")
    assert set(wrong.value.message_dict) == {"document"}
    answer = replace(LETTER, number="12/BQL", issuer="Ban Quản lý cảng cá Đề Gi")
    agree(scene.head, request, agreed=False, note="Hết hạn lưu", document=paper(scene.head, answer))
    request.refresh_from_db()
    assert request.case.state == "refused"


def test_what_failed_is_told_and_ordered_again_and_what_is_extracted_is_over(scene: Scene) -> None:
    request = scene.ask()
    agree(scene.head, request)
    request.refresh_from_db()
    assert [one.pk for one in ordering.orders_waiting()] == [request.pk]
    ordering.note_failed(request, why="đĩa đầy", now=timezone.now())
    request.refresh_from_db()
    assert (request.case.state, request.held_up) == ("failed", [["failed", "đĩa đầy"]])
    with pytest.raises((NotAllowed, OutsideScope)):
        ordering.perform(actor=scene.head, case_id=request.case_id, version=request.case.version)
    ordering.perform(actor=scene.asker, case_id=request.case_id, version=request.case.version)
    request.refresh_from_db()
    assert (request.case.state, request.held_up) == ("ordered", [])
    ordering.note_extracted(request, now=timezone.now())
    request.refresh_from_db()
    assert request.case.state == "extracted" and not ordering.orders_waiting()
    with pytest.raises(IllegalStep):
        ordering.note_extracted(request, now=timezone.now())
