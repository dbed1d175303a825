"""Faults of cameras on the pages."""

from tests.web.conftest import People, Town
from thienly.core.cases.models import Case


def reported(people: People, town: Town) -> Case:
    address = f"/cameras/{town.quay.id.hex}/fault/"
    answer = people.operator().post(
        address, {"title": "Ống kính bị cành cây che khuất", "note": "từ sáng nay"}
    )
    assert answer.status_code == 302
    return Case.objects.get()


def test_whoever_may_watch_a_camera_may_report_its_fault(people: People, town: Town) -> None:
    case = reported(people, town)
    keeper = people.keeper()
    assert case.title in keeper.get("/faults/").content.decode()
    assert case.title in keeper.get("/").content.decode()
    assert case.title in keeper.get(f"/cameras/{town.quay.id.hex}/").content.decode()


def test_a_report_without_words_is_asked_for_them(people: People, town: Town) -> None:
    answer = people.operator().post(f"/cameras/{town.quay.id.hex}/fault/", {"title": " "})
    assert answer.status_code == 400
    assert 'id="title-wrong"' in answer.content.decode()


def test_a_camera_outside_the_scope_cannot_be_reported(people: People, town: Town) -> None:
    assert people.keeper().post(f"/cameras/{town.gate.id.hex}/fault/", {"title": "x"}).status_code == 404
    assert not Case.objects.exists()


def test_the_one_who_repaired_does_not_confirm_and_reads_why(people: People, town: Town) -> None:
    case, keeper = reported(people, town), people.keeper()
    address = f"/faults/{case.id.hex}/"
    keeper.post(f"{address}step/", {"action": "acknowledge", "version": 1})
    missing = keeper.post(f"{address}step/", {"action": "repair", "version": 2})
    assert missing.status_code == 400
    keeper.post(f"{address}step/", {"action": "repair", "version": 2, "note": "đã cắt cành cây"})
    page = keeper.get(address).content.decode()
    assert "Không ai được tự quyết định việc của chính mình." in page
    assert keeper.post(f"{address}step/", {"action": "close", "version": 3}).status_code == 403
    case.refresh_from_db()
    assert case.state == "repaired"


def test_whoever_was_slower_is_told_and_nothing_happens_twice(people: People, town: Town) -> None:
    case, keeper = reported(people, town), people.keeper()
    address = f"/faults/{case.id.hex}/"
    keeper.post(f"{address}step/", {"action": "acknowledge", "version": 1})
    answer = keeper.post(f"{address}step/", {"action": "acknowledge", "version": 1}, follow=True)
    assert "Có người vừa xử lý trước" in answer.content.decode()
    assert case.steps.count() == 2


def test_a_case_outside_the_scope_is_404(people: People, town: Town) -> None:
    case = reported(people, town)
    stranger = people.of("hatu", "Vũ Văn Mỏ", "cam_admin", town.mine)
    assert stranger.get(f"/faults/{case.id.hex}/").status_code == 404
    assert case.title not in stranger.get("/faults/").content.decode()
