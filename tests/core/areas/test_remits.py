"""Areas and works of a unit, given by a document; scopes decide by them and by where sites lie."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from tests import province
from tests.core.units.reorganised import administrators, applied, end
from tests.regulations import beside_qn
from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.access.document import Document
from thienly.core.access.refusal import NotAllowed, OutsideScope
from thienly.core.areas.models import Area, Remit
from thienly.core.areas.remits import Wanted, end_remit, give_remit
from thienly.core.areas.services import place_site
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.registry.models import Camera, Site
from thienly.core.units.models import Unit
from thienly.rules.actions import Action

pytestmark = pytest.mark.django_db

PAPER = Document("12/QĐ-UBND", date(2026, 3, 2), "UBND tỉnh", "Lê Văn Chủ")


@pytest.fixture
def admin() -> Actor:
    return province.holder(province.unit("Trung tâm", ["central_manager"]), "central_admin")


def seen(actor: Actor, action: Action | None = Action.VIEW_LIVE) -> set[str]:
    """The same however it is asked."""
    found = set(gate.visible(actor=actor, action=action).values_list("code", flat=True))
    for camera in Camera.objects.select_related("site__unit"):
        decision = gate.decide(actor=actor, action=action or Action.VIEW_LIVE, obj=camera)
        assert (camera.code in found) == (decision.visible if action is None else decision.allow)
    return found


def commune(code: str, name: str) -> Area:
    above = Area.objects.filter(level="province").first() or province.area(
        "22", "Quảng Ninh", level="province"
    )
    return province.area(code, name, parent=above)


@pytest.mark.req_part("QN-033")
def test_an_area_is_decided_by_confirmed_places_not_by_who_manages_them(admin: Actor) -> None:
    hall = province.unit("UBND phường", ["local_ioc"])
    school = province.unit("Trường học", ["camera_manager"])
    here, there = commune("6652", "Phường Hà Tu"), commune("6655", "Phường Hà Lầm")
    own, near, far = (
        province.site(unit, name) for unit, name in ((hall, "Trụ sở"), (school, "Cổng"), (school, "Sân"))
    )
    for site, code in ((own, "A"), (near, "B"), (far, "C")):
        province.camera(site, code)
    watcher = province.holder(hall, "ioc_user")
    keeper = province.holder(school, "cam_admin")
    assert seen(watcher) == {"A"}, "as long as it has no area, what it manages"
    place_site(actor=keeper, site=near, area=here)
    place_site(actor=keeper, site=far, area=there)
    assert seen(watcher) == {"A"}
    remit = give_remit(actor=admin, unit=hall, wanted=Wanted(PAPER, area=here))
    assert seen(watcher) == seen(watcher, None) == {"A", "B"}, "its own place was confirmed nowhere yet"
    assert set(gate.visible(actor=watcher, model=Site)) == {own, near}
    assert set(gate.visible(actor=watcher, model=Unit)) == {hall, school}
    camera = Camera.objects.select_related("site__unit").get(code="B")
    able = {one.account for one in gate.who_can(action=Action.VIEW_LIVE, obj=camera)}
    assert able == {watcher.account, keeper.account}
    with_province = Wanted(PAPER, area=here.parent, valid_to=timezone.localdate() + timedelta(days=3))
    give_remit(actor=admin, unit=hall, wanted=with_province)
    assert seen(watcher) == {"A", "B", "C"}, "a province with all its communes"
    decision = gate.decide(actor=watcher, action=Action.VIEW_LIVE, obj=camera)
    assert decision.until is not None and timezone.localdate(decision.until) == with_province.valid_to
    end_remit(actor=admin, remit=remit, reason="điều chỉnh địa bàn")
    end_remit(actor=admin, remit=Remit.objects.get(valid_to=with_province.valid_to), reason="điều chỉnh")
    assert seen(watcher) == {"A"}
    told = [entry.kind for entry in Entry.objects.filter(kind__startswith="remit.").order_by("seq")]
    assert told == [Kind.REMIT_GIVEN, Kind.REMIT_GIVEN, Kind.REMIT_ENDED, Kind.REMIT_ENDED]


@pytest.mark.req_part("BDM-029")
def test_a_contractor_sees_the_places_of_the_works_that_he_is_linked_to(
    admin: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    with beside_qn(monkeypatch, "BDM", apart=True):
        board, builder = (
            province.unit("Ban QLDA", ["investor_pmu"]),
            province.unit("Nhà thầu", ["works_contractor"]),
        )
        keeper = province.unit("Công ty Đá", ["licensee"])
        mine, other = (province.site(keeper, name, kind="mine") for name in ("Mỏ 1", "Mỏ 2"))
        gate_house = province.site(keeper, "Cổng")
        province.camera(mine, "M1", sector="mining")
        province.camera(other, "M2", sector="mining")
        account = province.person("nhathau")
        province.seat(account, builder, "contractor_user", profile="BDM")
        worker = Actor.person(account)
        assert seen(worker, None) == set()
        tomorrow = timezone.localdate() + timedelta(days=1)
        give_remit(actor=admin, unit=builder, wanted=Wanted(PAPER, site=mine, work="Đường ven biển"))
        give_remit(
            actor=admin, unit=builder, wanted=Wanted(PAPER, site=other, work="Đê", valid_from=tomorrow)
        )
        assert seen(worker) == {"M1"}
        later = timezone.now() + timedelta(days=1)
        assert set(
            gate.visible(actor=worker, action=Action.VIEW_LIVE, now=later).values_list("code", flat=True)
        ) == {
            "M1",
            "M2",
        }
        with pytest.raises(NotAllowed) as wrong:
            give_remit(actor=admin, unit=board, wanted=Wanted(PAPER, site=gate_house, work="Đê"))
        assert (wrong.value.reasons[0].code, wrong.value.reasons[0].cite) == ("wrong_place", "BDM Đ3.8")


def test_nobody_gives_to_his_own_unit_nor_what_he_does_not_administer(admin: Actor) -> None:
    port = province.unit("Cảng", ["camera_manager"])
    site, area = province.site(port, "Cầu cảng"), commune("6652", "Phường Hà Tu")
    keeper = province.holder(port, "cam_admin")
    with pytest.raises(NotAllowed):
        give_remit(actor=keeper, unit=port, wanted=Wanted(PAPER, area=area))
    with pytest.raises(NotAllowed) as own:
        give_remit(actor=keeper, unit=port, wanted=Wanted(PAPER, site=site, work="Đê"))
    assert own.value.reasons[0].code == "own_case"
    with pytest.raises(OutsideScope):
        give_remit(
            actor=province.holder(province.unit("Mỏ", ["camera_manager"]), "cam_admin"),
            unit=port,
            wanted=Wanted(PAPER, area=area),
        )
    paperless = Document("", None, "", "")
    for wanted, field in (
        (Wanted(paperless, area=area), "number"),
        (Wanted(PAPER), "area"),
        (Wanted(PAPER, site=site), "work"),
        (Wanted(PAPER, area=area, valid_to=date(2020, 1, 1)), "valid_to"),
    ):
        with pytest.raises(ValidationError) as refused:
            give_remit(actor=admin, unit=port, wanted=wanted)
        assert field in refused.value.error_dict
    give_remit(actor=admin, unit=port, wanted=Wanted(PAPER, area=area))
    with pytest.raises(ValidationError) as twice:
        give_remit(actor=admin, unit=port, wanted=Wanted(PAPER, area=area))
    assert twice.value.code == "overlap" and Remit.objects.count() == 1


def test_the_one_successor_of_a_unit_has_its_areas() -> None:
    by = administrators()
    old, new = province.unit("UBND xã A", ["local_ioc"]), province.unit("UBND xã B")
    give_remit(actor=by[0], unit=old, wanted=Wanted(PAPER, area=commune("6652", "Phường Hà Tu")))
    tomorrow = timezone.localdate() + timedelta(days=1)
    applied(by, [end(old, new)], day=tomorrow)
    before, after = Remit.objects.order_by("valid_from")
    assert (before.unit, before.valid_to) == (old, tomorrow)
    assert (after.unit, after.valid_from, after.number) == (new, tomorrow, "12/QĐ-UBND")
