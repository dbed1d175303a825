"""Versions of a regulation on the pages: proposed with their effects, decided by another person."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from tests.web.conftest import People
from thienly.core.regulation import activation, in_force, shelf
from thienly.core.regulation.models import Version

QN = shelf.shelf().books["QN", 1]
SECOND = QN.text.replace("  version: 1\n", "  version: 2\n").replace(
    "to: cam_admin, actions: [config.device, admin.accounts]", "to: cam_admin, actions: [admin.accounts]"
)
DECIDED = {"document": "31/2026/QĐ-UBND", "issued": "2026-11-01", "issuer": "UBND tỉnh"}


@pytest.fixture(autouse=True)
def adopted(db: None) -> None:
    activation.adopt_first(now=timezone.now())
    in_force.forget()


def upload(text: str) -> SimpleUploadedFile:
    return SimpleUploadedFile("qn.yaml", text.encode())


def test_a_draft_shows_what_it_changes_and_another_person_puts_it_in_force(people: People) -> None:
    people.keeper()
    composer = people.admin()
    decider = people.of("duyet", "Lê Văn Duyệt", "central_admin", people.town.centre)
    day = timezone.localdate() + timedelta(days=2)
    sent = composer.post("/regulation/propose/", {"text": upload(SECOND), "begins": day.isoformat()})
    page = composer.get(sent["Location"])
    told = page.content.decode()
    assert "Phạm Minh Hải" in told and day.strftime("%d/%m/%Y") in told
    assert "Sửa: quyền “nhân sự phụ trách quản trị”" in told
    assert 'value="approve"' not in told and "việc của chính mình" in told.lower()
    act = sent["Location"] + "act/"
    assert composer.post(act, {"act": "approve", "version": "1", **DECIDED}).status_code == 403
    wrong = decider.post(act, {"act": "approve", "version": "1", **DECIDED, "issued": ""})
    assert wrong.status_code == 400 and "31/2026/QĐ-UBND" in wrong.content.decode()
    assert decider.post(act, {"act": "approve", "version": "1", **DECIDED}).status_code == 302
    in_force.forget()
    assert in_force.versions(day) == {"QN": 2}
    told = decider.get("/regulation/QN/").content.decode()
    assert "31/2026/QĐ-UBND" in told
    held = decider.get(f"/api/regulations/in-force?day={day.isoformat()}").json()
    assert [(one["id"], one["version"], one["in_force"]) for one in held] == [("QN", 2, True)]
    told = decider.get("/regulation/QN/changes/").content.decode()
    assert "quản trị tài khoản, quản trị thiết bị” thành" in told


def test_a_draft_with_errors_comes_back_with_their_lines_and_nothing_is_kept(people: People) -> None:
    composer = people.admin()
    line = next(n for n, words in enumerate(SECOND.splitlines(), 1) if "to: sector_user" in words)
    broken = SECOND.replace("to: sector_user", "to: sector_usr")
    page = composer.post("/regulation/propose/", {"text": upload(broken), "begins": "2199-01-01"})
    told = page.content.decode()
    assert page.status_code == 400 and f"dòng {line}" in told and "sector_usr" in told
    for sent in ({"text": SimpleUploadedFile("x.yaml", b"\xff\xfe")}, {"source": "XX@1"}, {}):
        assert composer.post("/regulation/propose/", {**sent, "begins": "2199-01-01"}).status_code == 400
    assert Version.objects.count() == 1


def test_two_decisions_at_once_the_second_is_told_and_changes_nothing(people: People) -> None:
    composer = people.admin()
    decider = people.of("duyet", "Lê Văn Duyệt", "central_admin", people.town.centre)
    sent = composer.post("/regulation/propose/", {"text": upload(SECOND), "begins": "2199-01-01"})
    act = sent["Location"] + "act/"
    assert decider.post(act, {"act": "refuse", "version": "1", "note": "Chưa đủ hồ sơ"}).status_code == 302
    late = decider.post(act, {"act": "approve", "version": "1", **DECIDED}, follow=True)
    assert "nhanh hơn" in late.content.decode() or "trước" in late.content.decode()
    assert Version.objects.get(number=2).decided_at is None
