"""Appointing and ending: by whom, on what document, within which limits."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from tests import province
from thienly.core.access import epoch, gate
from thienly.core.access.actor import Actor
from thienly.core.access.document import Document
from thienly.core.access.models import Seat
from thienly.core.access.refusal import NotAllowed, OutsideScope, Refused
from thienly.core.access.services import appoint, end_seat
from thienly.core.accounts.models import Account
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.units.models import Unit
from thienly.rules.access import ReasonCode
from thienly.rules.actions import Action

pytestmark = pytest.mark.django_db

DOCUMENT = Document("45/QĐ-SNNMT", date(2026, 3, 2), "UBND tỉnh", "Lê Văn Chủ, Chủ tịch")


@pytest.fixture
def centre() -> Unit:
    return province.unit("Trung tâm điều hành", ["central_manager"])


@pytest.fixture
def port() -> Unit:
    return province.unit("Ban Quản lý cảng cá", ["camera_manager", "data_user"])


@pytest.fixture
def admin(centre: Unit) -> Actor:
    return province.holder(centre, "central_admin", name="quantri")


@pytest.fixture
def hai() -> Account:
    return province.person("hai", "Phạm Minh Hải")


def put(actor: Actor, account: Account, unit: Unit, role: str, **more: object) -> Seat:
    return appoint(**{"actor": actor, "account": account, "unit": unit, "profile": "QN", "role": role,
                      "document": DOCUMENT, **more})  # type: ignore[arg-type]  # fmt: skip


def refusal(refused: pytest.ExceptionInfo[Refused]) -> tuple[str, str]:
    (reason,) = refused.value.reasons
    return reason.code, reason.cite


def test_an_appointment_gives_the_right_moves_the_epoch_and_is_told_with_its_document(
    admin: Actor, hai: Account, port: Unit
) -> None:
    camera, before = province.camera(province.site(port, "Cảng cá"), "CC-001"), epoch.value()
    seat = put(admin, hai, port, "cam_admin")
    assert gate.decide(actor=Actor.person(hai), action=Action.VIEW_LIVE, obj=camera).allow
    assert epoch.value() == before + 1
    entry = Entry.objects.get(kind=Kind.SEAT_APPOINTED)
    assert (entry.actor_label, entry.object_id) == ("quantri", seat.id.hex)
    told = entry.detail
    assert told["document"] == "45/QĐ-SNNMT, 02/03/2026, UBND tỉnh"
    assert (told["number"], told["issued"]) == ("45/QĐ-SNNMT", "2026-03-02")
    assert told["signatory"] == "Lê Văn Chủ, Chủ tịch"


def test_an_ended_seat_gives_nothing_from_that_moment_and_the_reason_is_told(
    admin: Actor, hai: Account, port: Unit
) -> None:
    camera = province.camera(province.site(port, "Cảng cá"), "CC-001")
    seat, before = put(admin, hai, port, "cam_admin"), epoch.value()
    end_seat(actor=admin, seat=seat, reason="chuyển công tác")
    assert not gate.visible(actor=Actor.person(hai)).exists()
    assert not gate.decide(actor=Actor.person(hai), action=Action.VIEW_LIVE, obj=camera).allow
    assert epoch.value() == before + 1
    assert Entry.objects.get(kind=Kind.SEAT_ENDED).detail["reason"] == "chuyển công tác"
    with pytest.raises(ValidationError):
        end_seat(actor=admin, seat=seat, reason="lần nữa")


def test_a_seat_needs_a_document_and_its_end_a_reason(admin: Actor, hai: Account, port: Unit) -> None:
    with pytest.raises(ValidationError) as wrong:
        put(admin, hai, port, "cam_admin", document="12/QĐ-UBND ngày 02/3/2026")
    assert "document" in wrong.value.error_dict
    with pytest.raises(ValidationError) as wrong:
        put(admin, hai, port, "cam_admin", document=Document(" ", None, "", ""))
    assert {"number", "issued", "issuer", "signatory"} <= wrong.value.error_dict.keys()
    assert not hai.seats.exists()
    seat = put(admin, hai, port, "cam_admin")
    with pytest.raises(ValidationError) as wrong:
        end_seat(actor=admin, seat=seat, reason=" ")
    assert "reason" in wrong.value.error_dict


def test_a_role_is_held_only_in_a_unit_that_has_its_function(admin: Actor, hai: Account, port: Unit) -> None:
    with pytest.raises(NotAllowed) as refused:
        put(admin, hai, port, "central_operator")
    assert refusal(refused) == (ReasonCode.WRONG_FUNCTION, "QN Đ6.1")
    assert not hai.seats.exists()
    assert Entry.objects.get(kind=Kind.REFUSED).detail["reasons"][0]["cite"] == "QN Đ6.1"


def test_a_unit_has_exactly_one_leader_as_contact_at_a_time(admin: Actor, hai: Account, port: Unit) -> None:
    nga = province.person("nga")
    first = put(admin, nga, port, "cam_contact")
    with pytest.raises(NotAllowed) as refused:
        put(admin, hai, port, "cam_contact")
    assert refusal(refused) == (ReasonCode.QUOTA_FULL, "QN Đ20.1")
    end_seat(actor=admin, seat=first, reason="nghỉ hưu")
    assert put(admin, hai, port, "cam_contact")


def test_a_successor_may_be_appointed_ahead_of_time(admin: Actor, hai: Account, port: Unit) -> None:
    leaves = timezone.now() + timedelta(days=30)
    province.seat(province.person("nga"), port, "cam_contact", valid_to=leaves)
    with pytest.raises(NotAllowed):
        put(admin, hai, port, "cam_contact", valid_from=leaves - timedelta(seconds=1))
    assert put(admin, hai, port, "cam_contact", valid_from=leaves)


def test_nobody_appoints_or_ends_himself(admin: Actor, centre: Unit, port: Unit) -> None:
    assert admin.account is not None
    with pytest.raises(NotAllowed) as refused:
        put(admin, admin.account, port, "cam_contact")
    assert refusal(refused)[0] == ReasonCode.OWN_CASE
    with pytest.raises(NotAllowed):
        end_seat(actor=admin, seat=admin.account.seats.get(), reason="tự ý")


def test_who_administers_accounts_is_kept_apart_from_who_watches(
    admin: Actor, hai: Account, centre: Unit
) -> None:
    put(admin, hai, centre, "central_operator")
    with pytest.raises(NotAllowed) as refused:
        put(admin, hai, centre, "central_admin")
    assert refusal(refused) == (ReasonCode.SEPARATED, "QN Đ6.4, Đ17.1")
    other = province.holder(centre, "central_admin")
    assert admin.account is not None
    with pytest.raises(NotAllowed):
        put(other, admin.account, centre, "central_operator")


def test_the_administrator_of_a_unit_appoints_there_and_nowhere_else(hai: Account, port: Unit) -> None:
    keeper = province.holder(port, "cam_admin")
    assert put(keeper, hai, port, "cam_contact")
    with pytest.raises(OutsideScope):
        put(keeper, hai, province.unit("Ban khác", ["camera_manager"]), "cam_contact")


def test_nobody_gives_a_right_that_reaches_further_than_his_own(
    admin: Actor, hai: Account, port: Unit
) -> None:
    both = province.unit(
        "Trung tâm kiêm nhiệm", ["central_manager", "camera_manager", "data_user", "local_ioc"]
    )
    below = province.unit("Tổ vận hành", parent=both)
    keeper = province.holder(both, "cam_admin")
    foreign = province.site(port, "Cảng cá")
    for role, sites in (("central_operator", []), ("user_member", [foreign]), ("ioc_user", [])):
        with pytest.raises(Refused):
            put(keeper, hai, both, role, sites=sites)
    assert not hai.seats.exists()
    assert below.parent == both
    assert put(keeper, hai, both, "user_member", sites=[province.site(both, "Trụ sở")])
    assert put(admin, province.person("an"), both, "central_operator")


def test_an_operator_appoints_nobody(centre: Unit, hai: Account, port: Unit) -> None:
    operator = province.holder(centre, "central_operator")
    with pytest.raises(NotAllowed):
        put(operator, hai, port, "cam_admin")


def test_scopes_are_asked_for_what_they_need(admin: Actor, hai: Account, port: Unit) -> None:
    sector_centre = province.unit("Trung tâm ngành", ["sector_center"])
    cases = [
        (sector_centre, "sector_user", {}, "sector"),
        (sector_centre, "sector_user", {"sector": "không có"}, "sector"),
        (port, "user_member", {}, "sites"),
        (port, "cam_admin", {"sector": "mining"}, "sector"),
        (port, "cam_admin", {"valid_to": province.yesterday()}, "valid_to"),
        (port, "không có", {}, "role"),
    ]
    for unit, role, more, field in cases:
        with pytest.raises(ValidationError) as wrong:
            put(admin, hai, unit, role, **more)
        assert field in wrong.value.error_dict


def test_the_same_seat_is_not_given_twice(admin: Actor, hai: Account, port: Unit) -> None:
    put(admin, hai, port, "cam_admin")
    with pytest.raises(ValidationError):
        put(admin, hai, port, "cam_admin")


def test_the_epoch_moves_only_inside_a_transaction_and_undoes_with_it(
    admin: Actor, hai: Account, port: Unit
) -> None:
    before = epoch.value()
    with pytest.raises(NotAllowed):
        put(admin, hai, port, "central_operator")
    assert epoch.value() == before


@pytest.mark.req("QN-031", "QN-046")
def test_the_health_centre_sees_only_cameras_of_its_sector_and_only_by_a_decision(
    admin: Actor, hai: Account, port: Unit
) -> None:
    health = province.unit("Trung tâm điều hành y tế", ["sector_center"])
    place = province.site(port, "Bệnh viện Đề Gi")
    own = province.camera(place, "YT-001", sector="health")
    foreign = province.camera(place, "GT-001", sector="traffic")
    with pytest.raises(ValidationError) as wrong:
        put(admin, hai, health, "sector_user", sector="health", document="")
    assert "document" in wrong.value.error_dict
    assert not gate.visible(actor=Actor.person(hai)).exists()
    put(admin, hai, health, "sector_user", sector="health")
    officer = Actor.person(hai)
    assert set(gate.visible(actor=officer)) == {own}
    for action in (Action.VIEW_LIVE, Action.VIEW_PLAYBACK):
        assert gate.require(actor=officer, action=action, obj=own).allow
        with pytest.raises(OutsideScope):
            gate.require(actor=officer, action=action, obj=foreign)


def test_the_administrator_of_a_unit_does_not_end_seats_that_reach_the_whole_province(admin: Actor) -> None:
    both = province.unit("Trung tâm kiêm nhiệm", ["central_manager", "camera_manager"])
    keeper, operator = province.holder(both, "cam_admin"), province.person("trucban")
    seat = province.seat(operator, both, "central_operator")
    with pytest.raises(NotAllowed):
        end_seat(actor=keeper, seat=seat, reason="thử")
    assert end_seat(actor=admin, seat=seat, reason="điều động").valid_to is not None


def test_a_seat_of_a_role_that_no_regulation_knows_any_more_can_be_ended(
    admin: Actor, hai: Account, port: Unit
) -> None:
    for profile, role in (("QN", "vai_cu"), ("CU", "cam_admin")):
        seat = province.seat(hai, port, role, profile=profile)
        assert not gate.visible(actor=Actor.person(hai)).exists()
        assert end_seat(actor=admin, seat=seat, reason="quy chế mới").ended_reason == "quy chế mới"
