"""Grants, consents and delegations: by whom, on what document, within which limits; and how they end."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from tests import province
from tests.guard import setting_the_scene
from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.access.document import Document
from thienly.core.access.handover import hand_over
from thienly.core.access.models import Right, Seat
from thienly.core.access.refusal import NotAllowed, Refused
from thienly.core.access.rights import Given, delegate, end_right, give_consent, give_grant, known_rights
from thienly.core.access.services import end_seat
from thienly.core.accounts.models import Account
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.registry.models import Camera
from thienly.core.units.models import Unit
from thienly.rules.access import ReasonCode
from thienly.rules.actions import Action

pytestmark = pytest.mark.django_db

PAPER = Document("45/QĐ-UBND", date(2026, 3, 2), "UBND tỉnh", "Lê Văn Chủ, Chủ tịch")


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
def quay(port: Unit) -> Camera:
    return province.camera(province.site(port, "Cảng cá"), "CC-001", sector="fishing_port")


@pytest.fixture
def mine() -> Camera:
    miners = province.unit("Công ty Than", ["camera_manager"])
    return province.camera(province.site(miners, "Mỏ than", kind="mine"), "MO-001", sector="mining")


@pytest.fixture
def hai(port: Unit, quay: Camera) -> Seat:
    return province.seat(province.person("hai", "Phạm Minh Hải"), port, "user_member", sites=[quay.site])


def told(**more: Any) -> Given:
    facts: dict[str, Any] = {
        "actions": {Action.VIEW_LIVE},
        "reason": "theo dõi bão số 5",
        "document": PAPER,
        "valid_to": timezone.now() + timedelta(days=3),
    }
    return Given(**facts | more)


def may(seat: Seat, camera: Camera, action: Action = Action.VIEW_LIVE, **more: Any) -> bool:
    actor = Actor.person(seat.account)
    listed = camera in gate.visible(actor=actor, action=action, **more)
    decision = gate.decide(actor=actor, action=action, obj=camera, **more)
    able = {one.account_id for one in gate.who_can(action=action, obj=camera, **more)}
    assert listed == decision.allow == (seat.account_id in able)
    return decision.allow


def refusal(refused: pytest.ExceptionInfo[Refused]) -> tuple[str, str]:
    (reason,) = refused.value.reasons
    return reason.code, reason.cite


def nothing_was_given() -> bool:
    return not Right.objects.exists() and not Entry.objects.filter(kind=Kind.RIGHT_GIVEN).exists()


def test_a_grant_adds_places_for_a_time_and_ends_by_the_clock(admin: Actor, hai: Seat, mine: Camera) -> None:
    right = give_grant(actor=admin, seat=hai, given=told(sites=[mine.site]))
    assert may(hai, mine) and not may(hai, mine, Action.VIEW_PLAYBACK)
    assert not may(hai, mine, now=right.valid_to)
    entry = Entry.objects.get(kind=Kind.RIGHT_GIVEN)
    assert entry.object_id == right.id.hex and entry.detail["signatory"] == "Lê Văn Chủ, Chủ tịch"
    assert known_rights(actor=admin).get() == right


@pytest.mark.req("QN-048")
def test_use_outside_the_remit_needs_the_written_consent_of_the_province_and_ends_with_it(
    admin: Actor, hai: Seat, mine: Camera
) -> None:
    with pytest.raises(ValidationError) as wrong:
        give_consent(
            actor=admin,
            seat=hai,
            given=told(cameras=[mine], document=Document("", None, "", ""), valid_to=None),
        )
    assert {"number", "issued", "issuer", "signatory", "valid_to"} == wrong.value.error_dict.keys()
    board = Document("9/CV", date(2026, 3, 2), "Ban Quản lý cảng cá", "Trưởng ban")
    with pytest.raises(NotAllowed) as refused:
        give_consent(actor=admin, seat=hai, given=told(cameras=[mine], document=board))
    assert refusal(refused) == (ReasonCode.NOT_COMPETENT, "QN Đ9.1")
    assert nothing_was_given()
    right = give_consent(actor=admin, seat=hai, given=told(cameras=[mine]))
    beside = province.camera(mine.site, "MO-002", sector="mining")
    assert may(hai, mine) and not may(hai, beside) and not may(hai, mine, Action.EXTRACT)
    assert not may(hai, mine, now=right.valid_to)
    refused_then = gate.decide(
        actor=Actor.person(hai.account), action=Action.VIEW_LIVE, obj=mine, now=right.valid_to
    )
    assert ("given_ended", "QN Đ9.1") in [(str(r.code), r.cite) for r in refused_then.reasons]
    assert list(known_rights(actor=admin).filter(valid_to__gt=timezone.now())) == [right]


def test_nothing_is_given_that_the_regulation_does_not_let_be_given(
    admin: Actor, port: Unit, hai: Seat, mine: Camera
) -> None:
    contact = province.seat(province.person("nga"), port, "cam_contact")
    with pytest.raises(NotAllowed) as refused:
        give_grant(actor=admin, seat=contact, given=told(sites=[mine.site]))
    assert refusal(refused) == (ReasonCode.NOT_TO_BE_GIVEN, "QN Đ20.1")
    for giving, actions in ((give_grant, {Action.VIEW_LIVE, Action.EXTRACT}), (give_consent, {Action.PTZ})):
        with pytest.raises(NotAllowed) as refused:
            giving(actor=admin, seat=hai, given=told(sites=[mine.site], actions=actions))
        assert refusal(refused)[0] == ReasonCode.NOT_TO_BE_GIVEN
    assert nothing_was_given()


def test_nobody_gives_to_himself_nor_signs_for_himself_nor_gives_what_he_does_not_administer(
    admin: Actor, port: Unit, hai: Seat, quay: Camera, mine: Camera
) -> None:
    keeper = province.holder(port, "cam_admin", name="giu-cang")
    assert keeper.account is not None
    own = province.seat(keeper.account, port, "user_member", sites=[quay.site])
    with pytest.raises(NotAllowed) as refused:
        give_grant(actor=keeper, seat=own, given=told(sites=[quay.site]))
    assert refusal(refused)[0] == ReasonCode.OWN_CASE
    signed = Document("45/QĐ-UBND", date(2026, 3, 2), "UBND tỉnh", "Phạm Minh Hải, Trưởng ban")
    with pytest.raises(NotAllowed) as refused:
        give_consent(actor=admin, seat=hai, given=told(cameras=[mine], document=signed))
    assert refusal(refused)[0] == ReasonCode.OWN_CASE
    with pytest.raises(Refused):
        give_grant(actor=keeper, seat=hai, given=told(sites=[mine.site]))
    assert nothing_was_given()


def test_the_same_right_is_not_given_twice_at_a_time(admin: Actor, hai: Seat, mine: Camera) -> None:
    give_grant(actor=admin, seat=hai, given=told(sites=[mine.site]))
    with pytest.raises(ValidationError, match=r"45/QĐ-UBND"):
        give_grant(actor=admin, seat=hai, given=told(sites=[mine.site]))
    assert Right.objects.count() == 1


def test_a_right_does_not_outlast_its_seat_and_ends_with_it(admin: Actor, hai: Seat, mine: Camera) -> None:
    ending = province.seat(hai.account, hai.unit, "user_contact", valid_to=province.tomorrow())
    with pytest.raises(ValidationError) as wrong:
        give_consent(actor=admin, seat=ending, given=told(cameras=[mine]))
    assert "valid_to" in wrong.value.error_dict
    right = give_grant(actor=admin, seat=hai, given=told(sites=[mine.site]))
    end_seat(actor=admin, seat=hai, reason="điều động")
    right.refresh_from_db()
    assert right.valid_to <= timezone.now() and right.ended_reason == "điều động"
    assert Entry.objects.get(kind=Kind.RIGHT_ENDED).object_id == right.id.hex


def test_a_holder_lends_his_own_right_to_somebody_of_his_unit(port: Unit, quay: Camera) -> None:
    keeper = province.holder(port, "cam_admin", name="giu-cang")
    assert keeper.account is not None
    lender = keeper.account.seats.get()
    clerk = province.seat(province.person("nga"), port, "cam_contact")
    lend = {Action.VIEW_LIVE, Action.PTZ}
    right = delegate(actor=keeper, lender=lender, seat=clerk, given=told(actions=lend))
    assert may(clerk, quay) and may(clerk, quay, Action.PTZ) and not may(clerk, quay, Action.VIEW_PLAYBACK)
    end_right(actor=keeper, right=right, reason="đã về")
    assert not may(clerk, quay)
    with pytest.raises(ValidationError):
        end_right(actor=keeper, right=right, reason="lần nữa")


def test_limits_of_a_delegation_each_with_its_rule(port: Unit, quay: Camera, mine: Camera) -> None:
    keeper = province.holder(port, "cam_admin", name="giu-cang")
    assert keeper.account is not None
    lender = keeper.account.seats.get()
    clerk = province.seat(province.person("nga"), port, "cam_contact")
    foreign = province.seat(province.person("la"), mine.site.unit, "cam_contact")
    other = Actor.person(clerk.account)
    own = province.seat(keeper.account, port, "user_contact")
    cases: list[tuple[Actor, Seat, set[Action], str]] = [
        (other, clerk, {Action.VIEW_LIVE}, ReasonCode.WIDER_THAN_OWN),  # not his seat
        (keeper, own, {Action.VIEW_LIVE}, ReasonCode.OWN_CASE),
        (keeper, foreign, {Action.VIEW_LIVE}, ReasonCode.NOT_BELOW),
        (keeper, clerk, {Action.INSPECT_META}, ReasonCode.WIDER_THAN_OWN),
        (keeper, clerk, {Action.ADMIN_ACCOUNTS}, ReasonCode.NOT_TO_BE_GIVEN),
    ]
    for actor, to, actions, code in cases:
        with pytest.raises(NotAllowed) as refused:
            delegate(actor=actor, lender=lender, seat=to, given=told(actions=actions))
        assert refusal(refused)[0] == code
    assert nothing_was_given()
    # What was lent is not his own: it cannot be passed on.
    delegate(actor=keeper, lender=lender, seat=clerk, given=told())
    third = province.seat(province.person("ba"), port, "user_contact")
    with pytest.raises(NotAllowed) as refused:
        delegate(actor=other, lender=clerk, seat=third, given=told())
    assert refusal(refused)[0] == ReasonCode.WIDER_THAN_OWN


def test_a_delegation_does_not_join_what_is_kept_apart(centre: Unit, admin: Actor) -> None:
    operator = province.holder(centre, "central_operator", name="trucban")
    assert operator.account is not None and admin.account is not None
    with pytest.raises(NotAllowed) as refused:
        delegate(
            actor=operator, lender=operator.account.seats.get(), seat=admin.account.seats.get(), given=told()
        )
    assert refusal(refused) == (ReasonCode.SEPARATED, "QN Đ6.4, Đ17.1")


@pytest.fixture
def leaving(port: Unit, quay: Camera) -> Account:
    person = province.person("nga", "Lê Thị Nga")
    province.seat(person, port, "cam_contact")
    province.seat(person, port, "user_member", sites=[quay.site])
    return person


def test_who_leaves_loses_everything_at_one_moment_and_the_successor_has_it(
    admin: Actor, hai: Seat, leaving: Account, quay: Camera
) -> None:
    seat = leaving.seats.get(role="user_member")
    lent = delegate(actor=Actor.person(leaving), lender=seat, seat=hai, given=told())
    heir = province.person("ke-nhiem", "Đỗ Văn Kế")
    done = hand_over(actor=admin, account=leaving, reason="nghỉ hưu", document=PAPER, successor=heir)
    ends = set(leaving.seats.values_list("valid_to", flat=True))
    lent.refresh_from_db()
    assert len(ends) == 1 and lent.valid_to in ends
    assert not gate.visible(actor=Actor.person(leaving)).exists()
    assert may(heir.seats.get(role="user_member"), quay)
    assert {(one.role, one.succeeds_id) for one in done.begun} == {
        (one.role, one.pk) for one in leaving.seats.all()
    }
    entry = Entry.objects.get(kind=Kind.SEATS_HANDED_OVER)
    assert entry.detail["successor"] == heir.id.hex and entry.detail["number"] == "45/QĐ-UBND"


def test_a_hand_over_that_cannot_be_done_wholly_is_not_done_at_all(
    admin: Actor, port: Unit, leaving: Account
) -> None:
    board = province.seat(province.person("tan"), port, "user_contact")
    elsewhere = province.unit("Trung tâm khác", ["central_manager"])
    other = province.holder(elsewhere, "central_admin", name="quantri2").account
    with pytest.raises(NotAllowed):  # the successor would sit in roles that are kept apart
        hand_over(actor=admin, account=leaving, reason="nghỉ hưu", document=PAPER, successor=other)
    with pytest.raises(ValidationError) as wrong:
        hand_over(
            actor=admin,
            account=board.account,
            reason=" ",
            document=Document("", None, "", ""),
            successor=board.account,
        )
    assert {"reason", "number", "successor"} <= wrong.value.error_dict.keys()
    assert not Seat.objects.exclude(valid_to=None).exists()
    assert not Entry.objects.filter(kind__in=[Kind.SEAT_ENDED, Kind.SEATS_HANDED_OVER]).exists()


def test_of_two_who_sit_alike_only_the_one_who_was_given_something_can(port: Unit, mine: Camera) -> None:
    first, second = (province.holder(port, "user_member", name=name) for name in ("a-truoc", "b-sau"))
    for receiver in (second, first):
        seat = receiver.account.seats.get()  # type: ignore[union-attr]  # a person
        right = province.right(seat, actions=["view.live"], cameras=[mine])
        able = {one.account for one in gate.who_can(action=Action.VIEW_LIVE, obj=mine)}
        assert able == {receiver.account}
        right.valid_to = province.yesterday()
        with setting_the_scene():
            right.save()
            Seat.objects.filter(pk=seat.pk).update(
                must_receive=True
            )  # and who has not received counts for none
    with setting_the_scene():
        Seat.objects.update(must_receive=False)
        for actor in (first, second):
            province.right(actor.account.seats.get(), actions=["view.live"], cameras=[mine])  # type: ignore[union-attr]
        Seat.objects.filter(account=first.account).update(must_receive=True)
    assert {one.account for one in gate.who_can(action=Action.VIEW_LIVE, obj=mine)} == {second.account}
