"""What can still be played is proven by reading, camera by camera, and a broken promise is told."""

from datetime import timedelta

import pytest

from tests.core.recording.scene import DAY, at, camera, closed, deleted
from thienly.bus.questions import OldestRead
from thienly.core.ledger.models import Entry
from thienly.core.recording.apply import apply_facts
from thienly.core.recording.models import OldestProof
from thienly.core.recording.moments import instant
from thienly.core.recording.proving import Question, broken, next_questions, save_answer
from thienly.core.registry.models import Camera

pytestmark = pytest.mark.django_db
H = 3600
NOW = DAY + timedelta(hours=12)


def read(start: float, *, ok: bool = True, detail: str = "") -> OldestRead:
    return OldestRead(
        found=True, ok=ok, segment=1, start_us=at(start), end_us=at(start + 2), bytes=9, detail=detail
    )


def judged(one: Camera, answer: OldestRead | None, recorder: str = "r1") -> str:
    return save_answer(question=Question(one, recorder), answer=answer, now=NOW).violation


def test_each_camera_has_its_turn_and_the_recorder_with_the_oldest_hour_is_asked() -> None:
    one, two, three = camera("A"), camera("B"), camera("C", retired_at=DAY)
    apply_facts([closed(one, H, H + 60), closed(one, 0, 60, recorder="r2")], now=NOW)
    asked = next_questions(now=NOW, limit=5)
    assert {(q.camera.code, q.recorder) for q in asked} == {("A", "r2"), ("B", "")}
    assert three not in [q.camera for q in asked]
    assert len(next_questions(now=NOW, limit=1)) == 1
    judged(one, read(0), "r2")
    assert [q.camera for q in next_questions(now=NOW, limit=5)] == [two]
    judged(two, OldestRead(found=False, ok=True))
    assert next_questions(now=NOW, limit=5) == []
    assert [q.camera for q in next_questions(now=NOW + timedelta(hours=21), limit=1)] == [one]


@pytest.mark.req_part("DN-021")
def test_a_camera_that_is_young_or_was_dark_breaks_nothing() -> None:
    one = camera()
    assert judged(one, OldestRead(found=False, ok=True)) == ""
    apply_facts([closed(one, 5 * H, 6 * H)], now=NOW)
    assert judged(one, read(5 * H)) == ""
    assert OldestProof.objects.get().oldest == instant(at(5 * H))
    assert not Entry.objects.filter(kind="keeping.judged").exists()


@pytest.mark.req_part("DN-021")
def test_what_cannot_be_read_or_is_gone_too_early_is_an_alarm_that_history_knows_until_it_ends() -> None:
    one = camera()
    apply_facts([closed(one, 0, H), closed(one, H, 2 * H)], now=NOW)
    assert judged(one, read(0, ok=False, detail="the file is missing")) == "unreadable"
    assert judged(one, read(H)) == "missing"
    assert list(broken(Camera.objects.all()).values_list("camera", flat=True)) == [one.pk]
    assert judged(one, read(0)) == ""
    assert not broken(Camera.objects.all()).exists()
    apply_facts([deleted(one, 0, H)], now=NOW)
    assert judged(one, read(H)) == "deleted_early"
    told = Entry.objects.filter(kind="keeping.judged").order_by("seq")
    assert [(entry.detail["before"], entry.detail["after"]) for entry in told] == [
        ("", "unreadable"),
        ("unreadable", "missing"),
        ("missing", ""),
        ("", "deleted_early"),
    ]


def test_what_one_recorder_deleted_and_another_has_is_not_gone() -> None:
    one = camera()
    apply_facts([closed(one, 0, H), closed(one, 0, H, recorder="r2"), deleted(one, 0, H)], now=NOW)
    assert judged(one, read(0), "r2") == ""


def test_a_recorder_that_does_not_answer_leaves_the_last_proof_as_it_was() -> None:
    one = camera()
    apply_facts([closed(one, 0, H)], now=NOW)
    judged(one, read(0))
    before = OldestProof.objects.get()
    later = NOW + timedelta(days=1)
    save_answer(question=Question(one, "r1"), answer=None, now=later)
    after = OldestProof.objects.get()
    assert (after.asked_at, after.proven_at, after.oldest) == (later, before.proven_at, before.oldest)


def test_deletion_after_the_promised_days_breaks_nothing() -> None:
    one = camera()
    apply_facts([closed(one, 0, H), closed(one, H, 2 * H)], now=NOW)
    late = NOW + timedelta(days=30)
    apply_facts([deleted(one, 0, H)], now=late)
    proof = save_answer(question=Question(one, "r1"), answer=read(H), now=late)
    assert (proof.violation, proof.floor_days) == ("", 7)
