"""A reorganisation: composed, seen before, decided by somebody else, applied on its day or undone."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from tests import province
from tests.core.units.reorganised import administrators, applied, decided, end, noon, paper, reread
from tests.guard import setting_the_scene
from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.access.models import Seat
from thienly.core.access.refusal import NotAllowed
from thienly.core.cases.models import Case
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.registry.services import create_site
from thienly.core.units import history, reorganising
from thienly.core.units.applying import apply_due
from thienly.core.units.models import PastUnit, Reorganisation, Succession, Unit
from thienly.core.units.previewing import preview
from thienly.core.units.services import create_unit
from thienly.core.units.situation import midnight, situation
from thienly.rules.actions import Action
from thienly.rules.cases import IllegalStep
from thienly.rules.succession_facts import SeatEnds

pytestmark = pytest.mark.django_db

By = tuple[Actor, Actor]


@pytest.fixture
def by() -> By:
    return administrators()


@pytest.fixture
def tomorrow() -> date:
    return timezone.localdate() + timedelta(days=1)


def test_whoever_composed_it_does_not_decide_and_nothing_changes_before_its_day(
    by: By, tomorrow: date
) -> None:
    port, mine = province.unit("Cảng", ["camera_manager"]), province.unit("Mỏ", ["camera_manager"])
    province.site(port, "Cầu cảng")
    row = reorganising.compose(actor=by[0], title="Nhập", paper=paper(tomorrow), acts=[end(port, mine)])
    row = reorganising.submit(actor=by[0], case_id=row.pk, version=1)
    with pytest.raises(NotAllowed) as own:
        reorganising.decide(actor=by[0], case_id=row.pk, version=2)
    assert own.value.reasons[0].code == "own_case"
    reorganising.decide(actor=by[1], case_id=row.pk, version=2)
    assert apply_due(now=timezone.now()) == 0
    assert reread(port).valid_to is None
    assert apply_due(now=noon(tomorrow)) == 1
    assert reread(port).valid_to == tomorrow
    assert [
        kind
        for kind in Entry.objects.order_by("seq").values_list("kind", flat=True)
        if "unit" in kind or "reorg" in kind
    ] == [
        Kind.REORGANISATION_DECIDED,
        Kind.UNIT_ENDED,
        Kind.REORGANISATION_APPLIED,
    ]


def test_until_its_day_it_can_be_undone_and_afterwards_not(by: By, tomorrow: date) -> None:
    unit = province.unit("Sở Y tế", [])
    rename: list[dict[str, object]] = [{"act": "rename", "unit": unit.id.hex, "name": "Sở Y tế và Dân số"}]
    row = decided(by, rename, day=tomorrow)
    reorganising.step(
        actor=by[0], case_id=row.pk, action="undo", version=row.case.version, note="Chờ bản sửa"
    )
    assert apply_due(now=noon(tomorrow)) == 0
    assert reread(unit).name == "Sở Y tế"
    row = Reorganisation.objects.select_related("case").get(pk=row.pk)
    assert row.decided_at is None
    row = reorganising.submit(actor=by[0], case_id=row.pk, version=row.case.version)
    row = reorganising.decide(actor=by[1], case_id=row.pk, version=row.case.version)
    assert apply_due(now=noon(tomorrow)) == 1
    case = Case.objects.get(pk=row.pk)
    with pytest.raises(IllegalStep):
        reorganising.step(actor=by[1], case_id=row.pk, action="undo", version=case.version, note="Muộn")
    assert reread(unit).name == "Sở Y tế và Dân số"


def test_what_cannot_be_carried_out_is_refused_with_the_article_and_nothing_is_half_saved(
    by: By, tomorrow: date
) -> None:
    """Cameras without an owner, a cycle, overlapping validity, a decision without number."""
    port, other = province.unit("Cảng", ["camera_manager"]), province.unit("Khác", [], parent=None)
    below = province.unit("Tổ", [], parent=port)
    province.camera(province.site(port, "Cầu cảng"), "CC-001")
    fresh = province.unit("Mới lập", [], valid_from=tomorrow)
    refused = [
        ([end(port)], "QN Đ3.6, Đ20"),
        ([{"act": "attach", "unit": port.id.hex, "parent": below.id.hex}], "QN Đ3.6, Đ20"),
        ([{"act": "rename", "unit": fresh.id.hex, "name": "Khác hẳn"}], "Mới lập"),
        ([{"act": "rename", "unit": port.id.hex, "name": "khác"}], "khác"),
    ]
    for acts, told in refused:
        row = reorganising.compose(actor=by[0], title="Thử", paper=paper(tomorrow), acts=acts)
        with pytest.raises(ValidationError) as wrong:
            reorganising.submit(actor=by[0], case_id=row.pk, version=1)
        assert told in " ".join(wrong.value.messages)
        assert Case.objects.get(pk=row.pk).state == "draft"
    bare = reorganising.compose(actor=by[0], title="Thử", paper=reorganising.Paper(), acts=[end(other)])
    with pytest.raises(ValidationError) as wrong:
        reorganising.submit(actor=by[0], case_id=bare.pk, version=1)
    assert set(wrong.value.error_dict) == {"number", "signed", "effective"}
    with pytest.raises(ValidationError, match="1"):
        reorganising.compose(actor=by[0], title="Thử", paper=paper(tomorrow), acts=[{"act": "burn"}])
    assert not PastUnit.objects.exists()
    assert not Succession.objects.exists()
    assert Unit.objects.filter(valid_to=None).count() == 5


def test_on_its_day_it_is_looked_at_again_and_goes_back_when_it_no_longer_fits(
    by: By, tomorrow: date
) -> None:
    port, mine = province.unit("Cảng", ["camera_manager"]), province.unit("Mỏ", ["camera_manager"])
    row = decided(by, [end(port)], day=tomorrow)
    province.camera(province.site(port, "Cầu cảng mới"), "CC-009")  # since then
    assert apply_due(now=noon(tomorrow)) == 0
    row = Reorganisation.objects.select_related("case").get(pk=row.pk)
    assert row.case.state == "draft"
    assert "Cầu cảng mới" in row.stalled
    assert reread(port).valid_to is None
    row = reorganising.revise(actor=by[0], case_id=row.pk, version=row.case.version, acts=[end(port, mine)])
    assert row.stalled == ""


def test_two_decisions_about_one_unit_wait_one_after_the_other(by: By, tomorrow: date) -> None:
    port, mine = province.unit("Cảng", []), province.unit("Mỏ", [])
    decided(by, [end(port, mine)], day=tomorrow)
    later = reorganising.compose(
        actor=by[0], title="Nữa", paper=paper(tomorrow + timedelta(days=9)), acts=[end(mine)]
    )
    with pytest.raises(ValidationError, match="202/2025/QH15"):
        reorganising.submit(actor=by[0], case_id=later.pk, version=1)


@pytest.mark.req("QN-013")
def test_the_central_system_has_one_managing_unit_changed_by_a_decision_and_the_old_one_loses_its_rights(
    by: By, tomorrow: date
) -> None:
    """QN Đ3.7: the role is given by a numbered decision; the old holder's rights end at that moment."""
    centre = Unit.objects.get(name="Trung tâm điều hành")
    new = province.unit("Sở KH&CN", [])
    operator = province.holder(centre, "central_operator")
    camera = province.camera(province.site(new, "Ngã tư"), "GT-001")
    handover: list[dict[str, object]] = [
        {
            "act": "pass",
            "unit": centre.id.hex,
            "function": "central_manager",
            "to": [new.id.hex],
            "seats": "none",
        }
    ]
    without = reorganising.compose(
        actor=by[0], title="Giao quản lý", paper=reorganising.Paper(effective=tomorrow), acts=handover
    )
    with pytest.raises(ValidationError, match="number"):
        reorganising.submit(actor=by[0], case_id=without.pk, version=1)
    second: dict[str, object] = {
        "act": "found",
        "key": "a",
        "name": "Trung tâm hai",
        "kind": "office",
        "functions": ["central_manager"],
    }
    doubled = reorganising.compose(actor=by[0], title="Hai", paper=paper(tomorrow), acts=[second])
    with pytest.raises(ValidationError, match=r"QN Đ3\.7, Đ17"):
        reorganising.submit(actor=by[0], case_id=doubled.pk, version=1)

    assert gate.decide(actor=operator, action=Action.VIEW_LIVE, obj=camera).allow
    decided(by, handover, day=tomorrow)
    assert gate.decide(actor=operator, action=Action.VIEW_LIVE, obj=camera).allow, "not before its day"
    assert apply_due(now=noon(tomorrow)) == 1
    assert not gate.decide(actor=operator, action=Action.VIEW_LIVE, obj=camera, now=noon(tomorrow)).allow
    assert Seat.objects.get(account=operator.account).valid_to == midnight(tomorrow)
    lost = Entry.objects.get(kind=Kind.UNIT_CHANGED, object_id=centre.id.hex)
    assert lost.detail["before"] == {"functions": ["central_manager"]}
    assert lost.detail["document"].startswith("202/2025/QH15")
    assert "central_manager" in reread(new).functions


def test_people_go_on_with_the_function_by_the_decision_and_end_with_it(by: By, tomorrow: date) -> None:
    port, mine = province.unit("Cảng", ["camera_manager"]), province.unit("Mỏ", [])
    keeper, ended = province.holder(port, "cam_admin"), province.holder(port, "cam_contact")
    mid = [
        {"act": "pass", "unit": port.id.hex, "function": "camera_manager", "to": [mine.id.hex]},
    ]
    province.seat(ended.account, mine, "cam_contact")  # type: ignore[arg-type]  # sits there already
    province.camera(province.site(mine, "Cổng mỏ"), "MO-001")
    applied(by, mid, day=tomorrow)
    old, new = Seat.objects.filter(account=keeper.account).order_by("valid_from")
    assert old.valid_to == new.valid_from
    assert (new.unit, new.document) == (mine, "202/2025/QH15, 12/06/2025")
    assert Seat.objects.get(account=ended.account, unit=port).valid_to is not None
    assert Seat.objects.get(account=ended.account, unit=mine).valid_to is None
    moved = Entry.objects.filter(kind=Kind.SEAT_APPOINTED).get()
    assert moved.detail["instead_of"] == old.id.hex


def test_the_preview_names_everything_that_moves_is_lost_or_has_nobody(by: By, tomorrow: date) -> None:
    port = province.unit("Cảng", ["camera_manager", "data_user"])
    mine = province.unit("Mỏ", [])
    keeper = province.holder(port, "cam_admin", name="Người giữ")
    camera = province.camera(province.site(port, "Cầu cảng"), "CC-001")
    with setting_the_scene():
        Case.objects.create(
            kind="camera_fault",
            year=2026,
            number=1,
            state="open",
            camera=camera,
            title="Mất hình",
            opened_by=keeper.account,
            opened_at=province.yesterday(),
        )
    split = [
        end(port, mine, "new:b"),
        {"act": "found", "key": "b", "name": "Ban mới", "kind": "office"},
        {"act": "move", "site": camera.site_id.hex, "to": "new:b"},
    ]
    row = reorganising.compose(actor=by[0], title="Chia", paper=paper(tomorrow), acts=split)
    seen = preview(row)
    assert not seen.outcome.problems
    assert [(line.site, line.before, line.after, line.cameras, dict(line.cases)) for line in seen.sites] == [
        ("Cầu cảng", "Cảng", "Ban mới", 1, {"camera_fault": 1})
    ]
    (line,) = seen.seats_lost
    assert (line.person, line.outcome.why, line.reach_before, line.reach_after) == (
        "Người giữ",
        SeatEnds.UNIT_ENDED,
        1,
        0,
    )
    assert {function for _unit, function, _cite in seen.lost} == {
        "Đơn vị quản lý hệ thống camera giám sát",
        "Đơn vị sử dụng dữ liệu",
    }
    (orphan,) = seen.orphans
    assert (orphan.unit, orphan.cameras, orphan.cases) == ("Ban mới", 1, 1)
    assert not PastUnit.objects.exists(), "a preview changes nothing"


def test_nothing_is_laid_to_a_unit_that_ended_nor_behind_what_holds_already(by: By, tomorrow: date) -> None:
    """No new unit or site at an abolished one; no decision that would reach behind an applied one."""
    port, mine, other = (province.unit(name, ["camera_manager"]) for name in ("Cảng", "Mỏ", "Kho"))
    quay = province.site(port, "Cầu cảng")
    today = timezone.localdate()
    applied(by, [end(port, mine)], day=today)
    machine = Actor.machine("init")
    with pytest.raises(ValidationError) as ended:
        create_site(actor=machine, unit=reread(port), name="Cầu cảng 2", kind="fishing_port")
    assert set(ended.value.error_dict) == {"unit"}
    with pytest.raises(ValidationError) as below:
        create_unit(actor=machine, name="Tổ", kind="team", parent=reread(port), valid_from=tomorrow)
    assert set(below.value.error_dict) == {"parent"}
    yesterday = today - timedelta(days=1)
    behind: list[dict[str, object]] = [{"act": "move", "site": quay.id.hex, "to": other.id.hex}]
    row = reorganising.compose(actor=by[0], title="Lùi", paper=paper(yesterday), acts=behind)
    with pytest.raises(ValidationError, match="Cầu cảng"):
        reorganising.submit(actor=by[0], case_id=row.pk, version=1)


def test_the_day_does_what_the_preview_said(by: By, tomorrow: date) -> None:
    """Both rest on one reckoning; here the rows are compared with it."""
    top = province.unit("UBND", ["ubnd_tinh"])
    parts = [province.unit(f"Xã {n}", ["camera_manager"], parent=top) for n in range(3)]
    province.unit("Tổ", [], parent=parts[0])
    for n, part in enumerate(parts):
        province.camera(province.site(part, f"Điểm {n}"), f"C-{n}")
        province.holder(part, "cam_admin")
    found: dict[str, object] = {
        "act": "found",
        "key": "x",
        "name": "Xã mới",
        "kind": "government",
        "parent": top.id.hex,
    }
    row = decided(by, [found, end(parts[0], "new:x"), end(parts[1], "new:x")], day=tomorrow)
    said = preview(row).outcome
    names = {ref: unit.name for ref, unit in said.after.items()}
    assert apply_due(now=noon(tomorrow)) == 1
    now = situation(tomorrow)
    living = {unit.name: unit for unit in now.units.values() if unit.until is None}
    assert living.keys() == set(names.values())
    for unit in said.after.values():
        after = living[unit.name]
        above = now.units[after.parent].name if after.parent else None
        assert (after.functions, above) == (unit.functions, names[unit.parent] if unit.parent else None)
    owners = {site.name: now.units[site.unit].name for site in now.sites.values()}
    assert owners == {"Điểm 0": "Xã mới", "Điểm 1": "Xã mới", "Điểm 2": "Xã 2"}
    kept = {(seat.account, now.units[seat.unit].name) for seat in now.seats}
    assert kept >= {(one.seat.account, names[one.to]) for one in said.seats if one.to}
    for unit in Unit.objects.all():
        assert unit.path == f"{unit.parent.path if unit.parent else ''}{unit.id.hex}/"


def test_what_was_true_at_a_date_stays_true(by: By, tomorrow: date) -> None:
    """Name, place, functions, owner of a camera; also when the camera itself has been moved since."""
    port, mine = province.unit("Cảng", ["camera_manager"]), province.unit("Mỏ", ["camera_manager"])
    camera = province.camera(province.site(port, "Cầu cảng"), "CC-001")
    today = timezone.localdate()
    applied(by, [{"act": "rename", "unit": port.id.hex, "name": "Cảng mới"}], day=tomorrow)
    after = tomorrow + timedelta(days=1)
    row = decided(by, [end(reread(port), mine)], day=after)
    assert apply_due(now=noon(after)) == 1
    then, changed = history.unit_at(port, today), history.unit_at(reread(port), tomorrow)
    assert then is not None and changed is not None
    assert (then.name, changed.name) == ("Cảng", "Cảng mới")
    assert history.unit_at(reread(port), after) is None
    camera.refresh_from_db()
    owners = [history.camera_owner_at(camera, day) for day in (today, tomorrow, after)]
    assert owners == [port, port, mine]
    assert list(history.sites_at(port, tomorrow)) == [camera.site]
    assert not history.sites_at(port, after).exists()
    (passed,) = Succession.objects.all()
    assert (passed.before, passed.after, passed.whole, passed.by) == (port, mine, True, row)
    assert Unit.objects.filter(history.named("cang")).count() == 1
