"""The reorganisation wizard and the pages of units."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests import province
from tests.api.world import World, client
from tests.core.units.reorganised import noon
from tests.guard import setting_the_scene
from tests.regulations import beside_qn
from thienly.core.access.actor import Actor
from thienly.core.areas.models import Area
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.units.applying import apply_due
from thienly.core.units.models import Reorganisation, Unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return World()


def admins(world: World) -> tuple[Client, Client]:
    first, second = (province.holder(world.centre, "central_admin") for _ in range(2))
    return client(first), client(second)


def composed(browser: Client, **paper: str) -> str:
    answer = browser.post("/reorganisations/", {"title": "Chia ban quản lý"} | paper)
    assert answer.status_code == 302
    return str(answer["Location"])


def add(browser: Client, address: str, act: str, **fields: object) -> str:
    """Adds one act; the page as it is then."""
    version = Reorganisation.objects.get(pk=address.rstrip("/").split("/")[-1]).case.version
    browser.post(f"{address}act/", {"version": version, "act": act} | fields)
    return browser.get(address).content.decode()


def test_a_split_is_composed_shared_out_decided_and_seen_in_the_history(world: World) -> None:
    composer, decider = admins(world)
    day = timezone.localdate() + timedelta(days=1)
    paper = {"number": "12/QĐ-UBND", "signed": "2026-03-02", "effective": day.isoformat()}
    address = composed(composer, **paper)
    add(composer, address, "found", name="Ban mới", kind="office", functions=["camera_manager"])
    board, miners = world.board.id.hex, world.miners.id.hex
    page = add(composer, address, "split", unit=board, successors=["new:u1", miners])
    assert "Cảng cá Đề Gi (1 camera) sẽ không thuộc đơn vị nào" in page
    assert "QN Đ3.6, Đ20" in page
    assert 'value="submit" disabled' in page
    page = add(composer, address, "move", site=[world.port.id.hex], to=["new:u1"])
    assert "sẽ không thuộc đơn vị nào" not in page
    assert "Chức năng này" not in page
    version = Reorganisation.objects.get().case.version
    composer.post(f"{address}step/", {"version": version, "action": "submit"})
    own = composer.get(address).content.decode()
    assert 'value="decide"' not in own
    assert "quyết định" in own.lower()
    decider.post(f"{address}step/", {"version": version + 1, "action": "decide"})
    assert apply_due(now=noon(day)) == 1
    new = Unit.objects.get(name="Ban mới")
    assert new.sites.get() == world.port
    old = decider.get(f"/units/{board}/?day={timezone.localdate()}").content.decode()
    assert "Cảng cá Đề Gi" in old and "12/QĐ-UBND" in old and "Ban mới" in old
    then = decider.get(f"/units/?day={timezone.localdate()}").content.decode()
    assert "Ban quản lý cảng cá" in then and "Ban mới" not in then
    found = decider.get("/units/?q=quan+ly+cang").content.decode()
    assert "Ban quản lý cảng cá" in found
    assert "đưa phương án sắp xếp vào hiệu lực" in decider.get("/history/").content.decode()


def test_where_a_site_lies_proposes_who_gets_it_and_a_person_confirms(world: World) -> None:
    """By the boundary of the commune: the heir that is called by it is chosen beforehand, nothing more."""
    ring = [[109.0, 14.0], [109.2, 14.0], [109.2, 14.2], [109.0, 14.2], [109.0, 14.0]]
    with setting_the_scene():
        area = Area(code="00001", name="Xã Đề Gi", folded="xa de gi", level="commune", boundary=[[ring]])
        area.west, area.south, area.east, area.north = 109.0, 14.0, 109.2, 14.2
        area.save()
        world.port.longitude, world.port.latitude = 109.1, 14.1
        world.port.save()
    browser, _ = admins(world)
    address = composed(browser)
    add(browser, address, "found", name="UBND xã Đề Gi", kind="government", functions=["camera_manager"])
    add(browser, address, "found", name="UBND xã Khác", kind="government")
    page = add(browser, address, "split", unit=world.board.id.hex, successors=["new:u1", "new:u2"])
    assert "nằm tại Xã Đề Gi" in page
    assert '<option value="new:u1" selected>' in page
    assert "sẽ không thuộc đơn vị nào" in page, "a proposal decides nothing"


def test_an_act_is_removed_again_and_wrong_input_is_told(world: World) -> None:
    browser, _ = admins(world)
    address = composed(browser)
    page = add(browser, address, "rename", unit=world.board.id.hex, name="Cảng")
    assert "đổi tên thành Cảng" in page
    assert "Hãy ghi" not in page
    for act, fields in (
        ("burn", {}),
        ("rename", {"unit": "x", "name": "y"}),
        ("merge", {}),
        ("pass", {"held": "x"}),
    ):
        assert 'class="notice bad"' in add(browser, address, act, **fields)
    row = Reorganisation.objects.get()
    assert len(row.acts) == 1
    browser.post(f"{address}act/", {"version": row.case.version, "remove": "0"})
    assert Reorganisation.objects.get().acts == []
    browser.post(f"{address}act/", {"version": "1", "act": "abolish", "unit": world.board.id.hex})
    assert Reorganisation.objects.get().acts == [], "somebody looked at an older version"
    assert browser.post("/reorganisations/", {"title": " "}).status_code == 400


def test_a_decided_one_is_undone_with_a_reason(world: World) -> None:
    composer, decider = admins(world)
    day = timezone.localdate() + timedelta(days=9)
    address = composed(composer, number="1/NQ", signed="2026-03-02", effective=day.isoformat())
    add(composer, address, "rename", unit=world.board.id.hex, name="Cảng")
    composer.post(f"{address}step/", {"version": 2, "action": "submit"})
    decider.post(f"{address}step/", {"version": 3, "action": "decide"})
    assert "Hủy quyết định" in composer.get(address).content.decode()
    composer.post(f"{address}step/", {"version": 4, "action": "undo", "note": ""})
    assert Reorganisation.objects.get().case.state == "decided"
    composer.post(f"{address}step/", {"version": 4, "action": "undo", "note": "Chờ bản sửa"})
    assert apply_due(now=noon(day)) == 0
    assert Unit.objects.get(pk=world.board.pk).name == "Ban quản lý cảng cá"


@pytest.mark.req_part("BDM-020")
def test_persons_assigned_by_a_district_see_the_mines_of_their_area_and_stand_there_with_their_assignment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """BDM Đ3.5 g1. Outside the area a camera does not exist for them (404), which is told in the history."""
    with beside_qn(monkeypatch, "BDM", apart=True):
        districts = [province.unit(f"UBND huyện {name}", ["ubnd_huyen"]) for name in ("Phù Cát", "Tây Sơn")]
        mines = [
            province.camera(province.site(unit, f"Mỏ {n}", kind="mine"), f"DA-{n}00", sector="mining")
            for n, unit in enumerate(districts)
        ]
        account = province.person("can-bo-huyen", "Lê Thị Huyện")
        province.seat(account, districts[0], "district_user", profile="BDM")
        browser = client(Actor.person(account))
        listed = browser.get("/cameras/").content.decode()
        assert "DA-000" in listed and "DA-100" not in listed
        assert browser.get(f"/cameras/{mines[0].id.hex}/").status_code == 200
        assert browser.get(f"/cameras/{mines[1].id.hex}/").status_code == 404
        refusal = Entry.objects.get(kind=Kind.REFUSED)
        assert (refusal.actor_id, refusal.camera_id) == (account.id.hex, mines[1].id.hex)
        lead = province.person("phu-trach")
        province.seat(lead, province.unit("Sở TTTT", ["so_tttt"]), "tttt_lead", profile="BDM")
        page = client(Actor.person(lead)).get(f"/units/{districts[0].id.hex}/").content.decode()
        assert "Lê Thị Huyện" in page and "12/QĐ-UBND ngày 05/01/2024" in page


def test_a_unit_shows_its_people_with_the_document_that_assigned_them_to_who_may_know_them(
    world: World,
) -> None:
    keeper = province.holder(world.board, "cam_admin", name="Lê Văn Giữ")
    admin, _ = admins(world)
    page = admin.get(f"/units/{world.board.id.hex}/").content.decode()
    assert "Lê Văn Giữ" in page and "12/QĐ-UBND ngày 05/01/2024" in page
    own = client(keeper).get(f"/units/{world.board.id.hex}/")
    assert own.status_code == 200
    watcher = Actor.person(province.person("nguoi-xem"))
    province.seat(watcher.account, world.board, "cam_contact")  # type: ignore[arg-type]  # a person has one
    assert "Lê Văn Giữ" not in client(watcher).get(f"/units/{world.board.id.hex}/").content.decode()


def test_a_camera_names_the_unit_that_managed_it_on_the_day_looked_at(world: World) -> None:
    composer, decider = admins(world)
    day = timezone.localdate()
    before = (day - timedelta(days=1)).isoformat()
    address = composed(composer, number="1/NQ", signed="2026-03-02", effective=day.isoformat())
    add(composer, address, "rename", unit=world.board.id.hex, name="Ban mới của cảng")
    composer.post(f"{address}step/", {"version": 2, "action": "submit"})
    decider.post(f"{address}step/", {"version": 3, "action": "decide"})
    assert apply_due(now=timezone.now()) == 1
    page = decider.get(f"/cameras/{world.quay.id.hex}/").content.decode()
    assert "Ban mới của cảng" in page and "Ban quản lý cảng cá" not in page
    then = decider.get(f"/cameras/{world.quay.id.hex}/?day={before}").content.decode()
    assert "Ban quản lý cảng cá" in then


def test_what_later_law_changed_is_shown_as_a_proposal_only(world: World) -> None:
    browser, _ = admins(world)
    page = browser.get("/reorganisations/").content.decode()
    assert "Sở Khoa học và Công nghệ" in page and "QN Đ18.4" in page
    assert not Reorganisation.objects.exists()


@pytest.mark.req_part("NB-005")
def test_the_tree_shows_a_one_stop_office_below_its_committee(world: World) -> None:
    committee = province.unit("UBND xã Hoa Lư", [])
    office = province.unit("Bộ phận Một cửa xã Hoa Lư", [], parent=committee)
    browser, _ = admins(world)
    page = browser.get("/units/").content.decode()
    above, below = page.index(f"/units/{committee.id.hex}/"), page.index(f"/units/{office.id.hex}/")
    assert above < below
    assert page[above:below].count("<ul>") == 1, "nested in it"
