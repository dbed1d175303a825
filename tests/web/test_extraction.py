"""Asking for footage and deciding on it, on the pages (QN)."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from tests import province
from tests.guard import setting_the_scene
from tests.web.conftest import PASSWORD, Browser, People, Town
from thienly.core.documents.models import StoredDocument
from thienly.core.extraction.models import Extraction, RequestDraft
from thienly.core.regulation.models import Settlement

PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Count 1/Kids[3 0 R]>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)


def form(town: Town, **changes: object) -> dict[str, object]:
    now = timezone.localtime().replace(microsecond=0)
    return {
        "cameras": [town.quay.id.hex],
        "start": f"{now - timedelta(hours=2):%Y-%m-%dT%H:%M:%S}",
        "end": f"{now - timedelta(hours=1):%Y-%m-%dT%H:%M:%S}",
        "purpose": "QN:traffic_safety",
        "why": "Va chạm tại cổng Đông",
        "basis": "45/CV-CAT",
        "sort": "service",
        "urgency": "ordinary",
        "declared": "yes",
        "act": "send",
    } | changes


@pytest.fixture
def operator(people: People) -> Browser:
    return people.operator()


@pytest.fixture
def head(people: People, town: Town) -> Browser:
    return people.of("daumoi", "Lê Văn Đầu", "cam_contact", town.port)


def test_the_form_is_filled_in_with_the_span_that_was_selected_and_says_who_decides(
    operator: Browser, head: Browser, town: Town
) -> None:
    start = int((timezone.now() - timedelta(hours=3)).timestamp()) * 1_000_000
    query = {"from_us": str(start), "to_us": str(start + 600_000_000)}
    page = operator.get(f"/cameras/{town.quay.id.hex}/extraction/", query)
    shown = page.content.decode()
    local = timezone.localtime(timezone.now() - timedelta(hours=3))
    assert f'value="{local:%Y-%m-%dT%H:%M}' in shown
    assert "QN Đ20.4" in shown and "Lê Văn Đầu" in shown and "an toàn giao thông" in shown
    camera = operator.get(f"/cameras/{town.quay.id.hex}/").content.decode()
    assert 'id="span-ask"' in camera and f"/cameras/{town.quay.id.hex}/extraction/" in camera


def test_from_the_form_over_the_decision_to_the_log(operator: Browser, head: Browser, town: Town) -> None:
    sent = operator.post(f"/cameras/{town.quay.id.hex}/extraction/", form(town))
    request = Extraction.objects.get()
    path = f"/extraction/{request.case_id.hex}/"
    assert (sent.status_code, sent["Location"]) == (302, path)
    for page_of in ("/extraction/", "/"):
        assert "Va chạm tại cổng Đông" in head.get(page_of).content.decode()
    assert "Có đề nghị trích xuất chờ bạn" not in operator.get("/").content.decode()
    page = head.get(path).content.decode()
    for words in ("Nguyễn Văn Trực", "CC-001", "an toàn giao thông", "QN Đ20.4", "45/CV-CAT"):
        assert words in page, words
    decision = {"version": "1", "verdict": "agree", "needs": [f"extract:QN:a-extract:{town.port.id.hex}"]}
    assert operator.post(f"{path}decide/", decision).status_code == 403  # his own
    for proof in ("", "sai-mat-khau"):  # a decision is signed
        assert head.post(f"{path}decide/", decision | {"proof": proof}).status_code == 400
    request.refresh_from_db()
    assert request.case.state == "sent"
    decision["proof"] = PASSWORD
    assert head.post(f"{path}decide/", decision).status_code == 302
    request.refresh_from_db()
    assert request.case.state == "ordered"
    again = head.post(f"{path}decide/", decision, follow=True).content.decode()
    assert "Có người vừa xử lý trước" in again
    log = operator.get("/extraction/register/").content.decode()
    assert "an toàn giao thông" in log and "Nguyễn Văn Trực" in log
    sheet = operator.post("/extraction/register/sheet/").content.decode("utf-8-sig").splitlines()
    assert sheet[0].split(",")[:4] == ["Mục đích", "Thời gian", "Người thực hiện", "Người yêu cầu"]
    assert sheet[1].startswith("an toàn giao thông,") and "Va chạm tại cổng Đông" in sheet[1]


def test_what_is_missing_stands_beside_its_field_and_nothing_is_sent(operator: Browser, town: Town) -> None:
    answer = operator.post(
        f"/cameras/{town.quay.id.hex}/extraction/", form(town, why="", purpose="QN:doi_tu", declared="")
    )
    page = answer.content.decode()
    assert answer.status_code == 400 and page.count('<span class="wrong">') == 3
    assert "45/CV-CAT" in page and not Extraction.objects.exists()


def test_a_draft_is_kept_for_its_author_and_goes_when_it_is_sent(
    operator: Browser, head: Browser, town: Town
) -> None:
    kept = operator.post(f"/cameras/{town.quay.id.hex}/extraction/", form(town, act="save", basis=""))
    draft = RequestDraft.objects.get()
    assert kept["Location"].endswith(f"?draft={draft.id.hex}")
    assert "Va chạm tại cổng Đông" in operator.get(kept["Location"]).content.decode()
    assert head.get(kept["Location"]).status_code == 404
    operator.post(f"/cameras/{town.quay.id.hex}/extraction/", form(town, draft=draft.id.hex))
    assert Extraction.objects.count() == 1 and not RequestDraft.objects.exists()


def test_a_letter_is_kept_with_its_file_and_given_to_who_may_read_the_request_alone(
    people: People, head: Browser, town: Town
) -> None:
    keeper, stranger = people.keeper(), people.of("mo", "Hoàng Văn Mỏ", "cam_admin", town.mine)
    letter = {
        "number": "45/CV-CAT",
        "issued": "2026-03-02",
        "issuer": "Công an tỉnh",
        "signatory": "Trần Văn An",
        "file": SimpleUploadedFile("../../Thư.pdf", PDF, content_type="text/html"),
        "certified": "yes",
    }
    camera = f"/cameras/{town.quay.id.hex}/extraction/"
    assert keeper.post(camera, form(town) | letter).status_code == 302
    document = StoredDocument.objects.get()
    assert (document.name, document.media) == ("Thư.pdf", "application/pdf")
    path = f"/documents/{document.id.hex}/"
    for reader in (keeper, head):
        answer = reader.get(path)
        assert answer.status_code == 200 and answer.content == PDF
        offered = answer["Content-Disposition"]
        assert offered.startswith("attachment;") and "Th" not in offered and "/" not in offered
    assert stranger.get(path).status_code == 404
    assert keeper.post(f"{path}revoke/", {"note": "Nhầm"}).status_code == 302
    assert head.post(f"{path}revoke/", {"note": "Nhầm"}).status_code == 404


def test_a_refused_file_leaves_neither_document_nor_request(operator: Browser, town: Town) -> None:
    letter = {
        "number": "45/CV",
        "issued": "2026-03-02",
        "issuer": "Công an tỉnh",
        "signatory": "Trần Văn An",
        "file": SimpleUploadedFile("thu.pdf", b"#!/bin/sh\nrm -rf /\n"),
        "certified": "yes",
    }
    answer = operator.post(f"/cameras/{town.quay.id.hex}/extraction/", form(town) | letter)
    assert answer.status_code == 400
    assert not StoredDocument.objects.exists() and not Extraction.objects.exists()


def test_the_desk_shows_what_others_ask_for_and_until_when(people: People, head: Browser, town: Town) -> None:
    keeper = people.keeper()
    province.unit("UBND tỉnh", ["province_leadership"])
    page = keeper.get("/extraction/desk/")
    assert page.status_code == 200
    assert people.nobody().get("/extraction/desk/").status_code == 403


def test_whoever_keeps_the_records_enters_the_written_decision_of_a_body_without_a_seat(
    people: People, operator: Browser, head: Browser, town: Town
) -> None:
    with setting_the_scene():
        Settlement.objects.create(
            profile="QN",
            parameter="par-competent-external",
            value="UBND tỉnh",
            number="5/QĐ",
            issued="2026-03-02",
            issuer="UBND tỉnh",
            at=timezone.now(),
        )
    operator.post(f"/cameras/{town.quay.id.hex}/extraction/", form(town, recipient="Công ty Bảo hiểm"))
    request = Extraction.objects.get()
    path = f"/extraction/{request.case_id.hex}/"
    agree = {"version": "1", "verdict": "agree", "proof": PASSWORD}
    head.post(f"{path}decide/", agree | {"needs": [f"extract:QN:a-extract:{town.port.id.hex}"]})
    assert "Chưa giao bản trích xuất" in operator.get(path).content.decode()
    keeper = people.keeper()
    page = keeper.get(path).content.decode()
    need = f"provide:QN:a-external:{town.port.id.hex}"
    assert need in page and "Nhập văn bản quyết định" in page
    request.case.refresh_from_db()
    letter = {"number": "9/UBND-NC", "issued": "2026-03-05", "signatory": "Lê Văn Chủ", "needs": [need]}
    given = agree | letter | {"version": str(request.case.version)}
    wrong = keeper.post(f"{path}decide/", given | {"issuer": "Công an tỉnh"})
    assert wrong.status_code == 400 and "9/UBND-NC" in wrong.content.decode()
    assert keeper.post(f"{path}decide/", given | {"issuer": "UBND tỉnh"}).status_code == 302
    assert "Được giao bản trích xuất" in operator.get(path).content.decode()
