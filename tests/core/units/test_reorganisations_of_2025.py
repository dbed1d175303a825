"""What the country did in 2025 (requirements part C), as scenarios: what was before stays true at its date,
and nobody keeps a right that their function lost."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from tests import province
from tests.core.units.reorganised import administrators, applied, end, paper, reread
from tests.regulations import beside_qn
from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.access.models import Seat
from thienly.core.registry.models import Camera
from thienly.core.units import history, reorganising
from thienly.core.units.models import Succession, Unit
from thienly.rules.actions import Action

pytestmark = pytest.mark.django_db

DAY = date(2025, 7, 1)
BEFORE = DAY - timedelta(days=1)
By = tuple[Actor, Actor]


@pytest.fixture
def by() -> By:
    return administrators()


@pytest.fixture
def nb(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with beside_qn(monkeypatch, "NB", apart=True):
        yield


@pytest.fixture
def bdm(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with beside_qn(monkeypatch, "BDM", apart=True):
        yield


def seated(unit: Unit, role: str, profile: str, name: str) -> Actor:
    account = province.person(name)
    province.seat(account, unit, role, profile=profile)
    return Actor.person(account)


def sees(actor: Actor, camera: Camera) -> bool:
    return gate.decide(actor=actor, action=Action.VIEW_LIVE, obj=camera).allow


def name_at(unit: Unit, day: date) -> str:
    then = history.unit_at(reread(unit), day)
    assert then is not None
    return then.name


def test_binh_dinh_is_merged_into_gia_lai(by: By, bdm: None) -> None:
    """C1: its departments and mines follow; asked for a day before, everything is as it was."""
    binh_dinh = province.unit("UBND tỉnh Bình Định", ["ubnd_tinh"])
    gia_lai = province.unit("UBND tỉnh Gia Lai", ["ubnd_tinh"])
    tnmt = province.unit("Sở NN&MT Bình Định", ["so_tnmt"], parent=binh_dinh)
    same = province.unit("Sở NN&MT Gia Lai", [], parent=gia_lai)
    mine = province.camera(province.site(binh_dinh, "Mỏ đá Núi Ông"), "MO-001", sector="mining")
    watcher = seated(tnmt, "tnmt_user", "BDM", "khoang-san")
    assert sees(watcher, mine)
    applied(by, [end(binh_dinh, gia_lai), end(tnmt, same)], day=DAY)
    mine.refresh_from_db()
    assert history.camera_owner_at(mine, BEFORE) == binh_dinh
    assert history.camera_owner_at(mine, DAY) == gia_lai
    assert {then.name for then in history.units_at(BEFORE)} >= {"UBND tỉnh Bình Định", "Sở NN&MT Bình Định"}
    assert {then.name for then in history.units_at(DAY)}.isdisjoint({"UBND tỉnh Bình Định"})
    assert reread(same).functions == ["so_tnmt"]
    assert sees(watcher, mine), "the function passed whole, and the person with it"
    assert Seat.objects.get(account=watcher.account, valid_to=None).unit == same
    heirs = set(Succession.objects.values_list("before__name", "after__name"))
    assert ("UBND tỉnh Bình Định", "UBND tỉnh Gia Lai") in heirs


@pytest.mark.parametrize(
    ("kept", "ended"), [("Ninh Bình", ("Hà Nam", "Nam Định")), ("Đồng Nai", ("Bình Phước",))]
)
def test_a_province_takes_its_neighbours_in(by: By, kept: str, ended: tuple[str, ...]) -> None:
    """C1: offices of one name would stand below one province, so the decision says what becomes of them."""
    stays = province.unit(f"UBND tỉnh {kept}", ["ubnd_tinh"])
    office = province.unit("Văn phòng UBND tỉnh", [], parent=stays)
    gone = [province.unit(f"UBND tỉnh {name}", ["ubnd_tinh"]) for name in ended]
    offices = [province.unit("Văn phòng UBND tỉnh", [], parent=unit) for unit in gone]
    cameras = [
        province.camera(province.site(unit, f"Trung tâm HCC {unit.name}"), f"HCC-{number}")
        for number, unit in enumerate(offices)
    ]
    merger = [end(unit, stays) for unit in gone]
    row = reorganising.compose(actor=by[0], title="Sáp nhập", paper=paper(DAY), acts=merger)
    with pytest.raises(ValidationError, match="Văn phòng UBND tỉnh"):
        reorganising.submit(actor=by[0], case_id=row.pk, version=1)
    applied(by, [*merger, *(end(unit, office) for unit in offices)], day=DAY)
    for camera, before in zip(cameras, offices, strict=True):
        camera.refresh_from_db()
        assert history.camera_owner_at(camera, BEFORE) == before
        assert history.camera_owner_at(camera, DAY) == office
    assert office.name == name_at(office, BEFORE) == name_at(office, DAY)
    assert {one.before for one in reread(stays).predecessions.all()} == set(gone)


def test_districts_are_abolished(by: By, nb: None) -> None:
    """C2, F5: the three seats of a district end, communes stand below the province, some are merged."""
    committee = province.unit("UBND tỉnh Ninh Bình", ["ubnd_tinh"])
    district = province.unit("UBND huyện Hoa Lư", ["ubnd_huyen"], parent=committee)
    communes = [province.unit(f"UBND xã {name}", ["ubnd_xa"], parent=district) for name in ("Một", "Hai")]
    alone = province.unit("UBND xã Ba", ["ubnd_xa"], parent=district)
    cameras = [
        province.camera(province.site(unit, f"Bộ phận Một cửa {unit.name}"), f"MC-{n}", sector="one_stop")
        for n, unit in enumerate((*communes, alone, district))
    ]
    leader = seated(district, "district_leader", "NB", "chu-tich-huyen")
    specialist = seated(communes[0], "commune_specialist", "NB", "chuyen-vien-xa")
    others = [seated(unit, "commune_leader", "NB", f"chu-tich-{n}") for n, unit in enumerate(communes)]
    assert all(sees(leader, camera) for camera in cameras)
    acts = [
        {
            "act": "found",
            "key": "xa",
            "name": "UBND xã Hoa Lư",
            "kind": "government",
            "functions": ["ubnd_xa"],
            "parent": committee.id.hex,
        },
        *(end(unit, "new:xa") for unit in communes),
        end(district),
        {"act": "attach", "unit": alone.id.hex, "parent": committee.id.hex},
        {"act": "move", "site": cameras[3].site_id.hex, "to": "new:xa"},
    ]
    applied(by, acts, day=DAY)
    for camera in cameras:
        camera.refresh_from_db()
    new = Unit.objects.get(name="UBND xã Hoa Lư")
    assert not any(sees(leader, camera) for camera in cameras), "the district's right ended with it"
    assert [sees(specialist, camera) for camera in cameras] == [True, True, False, True]
    assert not any(sees(one, camera) for one in others for camera in cameras), "two leaders, one place"
    assert {reread(alone).parent, new.parent} == {committee}
    assert reread(alone).path == f"{committee.path}{alone.id.hex}/"
    then = history.unit_at(reread(alone), BEFORE)
    assert then is not None
    assert then.parent == district.pk
    assert [history.camera_owner_at(camera, BEFORE).name for camera in cameras] == [
        "UBND xã Một",
        "UBND xã Hai",
        "UBND xã Ba",
        "UBND huyện Hoa Lư",
    ]
    living = Unit.objects.filter(valid_to=None)
    assert all(camera.site.unit in living for camera in cameras)


def test_the_functions_of_the_department_of_information_are_split(by: By, bdm: None) -> None:
    """C3, C4, F6: guidance and operation to Sở KH&CN, information security to the provincial police."""
    tttt = province.unit("Sở TTTT", ["so_tttt"])
    khcn, police = province.unit("Sở KH&CN", []), province.unit("Công an tỉnh", ["cong_an_tinh"])
    guide = seated(tttt, "tttt_guide", "QN", "huong-dan")
    manager = seated(tttt, "tttt_lead", "BDM", "van-hanh")
    officer = seated(police, "police_user", "BDM", "can-bo")
    for actor in (guide, manager):
        assert gate.decide(actor=actor, action=Action.INSPECT_META, obj=None).allow
    applied(
        by,
        [
            {
                "act": "pass",
                "unit": tttt.id.hex,
                "function": "so_tttt",
                "to": [khcn.id.hex, police.id.hex],
                "seats": khcn.id.hex,
            },
            end(tttt),
        ],
        day=date(2025, 3, 1),
    )
    assert reread(khcn).functions == ["so_tttt"]
    assert reread(police).functions == ["cong_an_tinh", "so_tttt"]
    for actor in (guide, manager):
        decision = gate.decide(actor=actor, action=Action.INSPECT_META, obj=None)
        assert decision.allow
        assert decision.reasons[0].facts["unit"] == "Sở KH&CN"
    assert Seat.objects.get(account=officer.account).valid_to is None
    then = history.unit_at(reread(tttt), date(2025, 2, 28))
    assert then is not None
    assert then.functions == ("so_tttt",)
    assert not Seat.objects.filter(unit=tttt, valid_to=None).exists()
    # Asked for a moment before the decision was carried out, the history says what was true then.
    earlier = timezone.make_aware(datetime.combine(date(2025, 2, 1), time(9)))
    assert Seat.objects.filter(account=guide.account, unit=tttt, valid_from__lte=earlier).exists()
