"""A review of rights: listed to the head of each unit, answered one by one, and never by their holder."""

from datetime import datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from tests import province
from tests.core.world import World, person
from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.access.models import Seat
from thienly.core.access.refusal import NotAllowed, OutsideScope
from thienly.core.access.services import end_seat
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.regulation import activation
from thienly.core.reviews import services
from thienly.core.reviews.models import Campaign, Item, UnitReview
from thienly.core.reviews.responsible import fetch_review, reviews_of
from thienly.core.reviews.services import Stale
from thienly.core.units.models import Unit
from thienly.rules.actions import Action


@pytest.fixture
def user_unit(world: World) -> Unit:
    above = province.unit("Văn phòng UBND tỉnh", ["data_user"])
    return province.unit("Sở Giao thông vận tải", ["data_user"], parent=above)


@pytest.fixture
def head(user_unit: Unit) -> Actor:
    return person("truong", "Nguyễn Văn Trưởng", role="unit_head", unit=user_unit)


@pytest.fixture
def admin(world: World) -> Actor:
    return person("quantri", "Đặng Thị Nhung", role="central_admin", unit=world.centre)


@pytest.fixture
def member(world: World, user_unit: Unit) -> Actor:
    account = province.person("canbo", "Trần Thị Bình")
    province.seat(account, user_unit, "user_member", sites=[world.quay.site])
    return Actor.person(account)


def opened(admin: Actor, now: datetime | None = None) -> Campaign:
    return services.open_campaign(actor=admin, now=now or timezone.now())


def answer(actor: Actor, item: Item, decision: str, *, seen: str = "", now: datetime | None = None) -> Item:
    return services.decide(
        actor=actor,
        review_id=item.review_id,
        item_id=item.pk,
        decision=decision,
        reason="Đã đối chiếu quyết định phân công",
        seen=seen,
        now=now or timezone.now(),
    )


def item_of(person: Actor) -> Item:
    assert person.account is not None
    return Item.objects.select_related("review").get(holder=person.account)


@pytest.mark.req_part("QN-035")
def test_every_seat_is_listed_to_the_head_of_its_unit_and_he_certifies_or_takes_away(
    world: World, user_unit: Unit, head: Actor, member: Actor, admin: Actor
) -> None:
    campaign = opened(admin)
    assert Item.objects.count() == Seat.objects.count() == 3
    assert campaign.cite == "QN Đ6.4; QN Đ17.1"
    (mine,) = reviews_of(head, timezone.now())
    assert mine.unit == user_unit and mine.case.unit == user_unit
    watching = gate.decide(actor=member, action=Action.VIEW_LIVE, obj=world.quay)
    assert watching.allow
    answer(head, item_of(member), "revoked")
    assert not gate.decide(actor=member, action=Action.VIEW_LIVE, obj=world.quay).allow
    answer(admin, item_of(head), "certified")
    mine = UnitReview.objects.select_related("case").get(pk=mine.pk)
    assert mine.case.state == "completed" and mine.case.closed_at
    counts = services.counts([mine])[mine.pk]
    assert (counts.certified, counts.revoked, counts.pending) == (1, 1, 0)
    told = list(Entry.objects.filter(kind=Kind.REVIEW_DECIDED).order_by("seq"))
    assert [entry.detail["decision"] for entry in told] == ["revoked", "certified"]
    assert told[0].detail["cite"] == "QN Đ6.4; QN Đ17.1"


def test_nobody_answers_for_his_own_right_nor_for_another_unit(
    world: World, head: Actor, member: Actor, admin: Actor
) -> None:
    opened(admin)
    stranger = person("cangca", "Lê Văn Cảng", role="cam_admin", unit=world.port)
    for own in (head, admin):
        with pytest.raises(NotAllowed) as refused:
            answer(own, item_of(own), "certified")
        assert [reason.code for reason in refused.value.reasons] == ["own_case"]
        assert refused.value.reasons[0].cite == "QN Đ6.4; QN Đ17.1"
    for outsider in (stranger, member):
        with pytest.raises(OutsideScope):
            answer(outsider, item_of(member), "certified")
    inspector = person("thanhtra", "Vũ Thanh Tra", role="tttt_guide", unit=world.centre)
    assert fetch_review(actor=inspector, id=item_of(member).review_id, now=timezone.now())
    with pytest.raises(NotAllowed) as looking:
        answer(inspector, item_of(member), "revoked")
    assert [reason.code for reason in looking.value.reasons] == ["not_responsible"]
    assert not Item.objects.exclude(decision="").exists()
    with pytest.raises(NotAllowed):
        services.open_campaign(actor=head, now=timezone.now())


def test_two_answers_at_once_one_is_stale_and_an_answer_needs_a_reason(
    world: World, head: Actor, member: Actor, admin: Actor
) -> None:
    opened(admin)
    item = item_of(member)
    with pytest.raises(ValidationError):
        services.decide(
            actor=head,
            review_id=item.review_id,
            item_id=item.pk,
            decision="certified",
            reason="  ",
            seen="",
            now=timezone.now(),
        )
    answer(head, item, "certified")
    with pytest.raises(Stale):
        answer(admin, item, "revoked")
    assert Seat.objects.get(pk=item.right).valid_to is None
    with pytest.raises(ValidationError):
        opened(admin)  # one is open


@pytest.mark.req("QN-097", "NB-034", "NB-065")
def test_nobody_answers_so_it_goes_up_and_the_rest_is_suspended_and_counted(
    world: World, user_unit: Unit, head: Actor, member: Actor, admin: Actor
) -> None:
    begun = timezone.now()
    opened(admin, begun)
    above = person("chanhvp", "Phạm Chánh Văn Phòng", role="unit_head", unit=user_unit.parent)
    review = item_of(member).review
    services.tick(now=begun + timedelta(days=10))
    assert not Entry.objects.filter(kind=Kind.REVIEW_REMINDED).exists()
    services.tick(now=begun + timedelta(days=17))
    services.tick(now=begun + timedelta(days=18))
    reminded = Entry.objects.filter(kind=Kind.REVIEW_REMINDED, object_label=user_unit.name)
    assert [entry.detail["persons"] for entry in reminded] == [["Nguyễn Văn Trưởng"]]
    assert review not in reviews_of(above, begun)
    services.tick(now=begun + timedelta(days=24))
    services.tick(now=begun + timedelta(days=25))
    assert Entry.objects.filter(kind=Kind.REVIEW_ESCALATED).count() == UnitReview.objects.count()
    assert review in reviews_of(above, begun)
    answer(above, item_of(head), "certified")
    assert gate.decide(actor=member, action=Action.VIEW_LIVE, obj=world.quay).allow
    due = begun + timedelta(days=30)
    services.tick(now=due)
    assert not gate.decide(actor=member, action=Action.VIEW_LIVE, obj=world.quay, now=due).allow
    review = UnitReview.objects.select_related("case").get(pk=review.pk)
    assert review.case.state == "lapsed"
    counts = services.counts([review])[review.pk]
    assert (counts.certified, counts.lapsed, counts.pending, counts.total) == (1, 1, 0, 2)
    told = Entry.objects.get(kind=Kind.REVIEW_LAPSED, object_label=user_unit.name)
    assert told.detail["suspended"] == 1 and told.actor_kind == "machine"
    answer(above, item_of(member), "revoked", seen="lapsed")
    counts = services.counts([review])[review.pk]
    assert (counts.certified, counts.revoked, counts.lapsed) == (1, 1, 0)


def test_what_was_suspended_lives_again_once_somebody_answers(
    world: World, user_unit: Unit, head: Actor, member: Actor, admin: Actor
) -> None:
    begun = timezone.now() - timedelta(days=31)
    opened(admin, begun)
    services.tick(now=timezone.now())
    deputy = person("pho", "Lê Thị Phó", role="central_admin", unit=world.centre)
    item = item_of(member)
    assert item.decision == "lapsed"
    with pytest.raises(Stale):
        answer(deputy, item, "certified", seen="")
    answer(deputy, item, "certified", seen="lapsed")
    assert Seat.objects.get(pk=item.right).valid_to is None
    assert gate.decide(actor=member, action=Action.VIEW_LIVE, obj=world.quay).allow
    answer(deputy, item_of(head), "revoked", seen="lapsed")
    assert UnitReview.objects.get(pk=item.review_id).case.state == "completed"


def test_a_right_that_ended_by_itself_needs_no_answer(
    world: World, head: Actor, member: Actor, admin: Actor
) -> None:
    opened(admin)
    item = item_of(member)
    end_seat(actor=admin, seat=Seat.objects.get(pk=item.right), reason="Chuyển công tác")
    services.tick(now=timezone.now())
    item.refresh_from_db()
    assert item.decision == "ended"


@pytest.mark.req_part("QN-097")
def test_the_clock_opens_a_review_when_the_interval_is_over_and_says_so(world: World, admin: Actor) -> None:
    now = timezone.now()
    activation.adopt_first(now=now)
    services.tick(now=now + timedelta(days=100))
    assert not Campaign.objects.exists()
    services.tick(now=now + timedelta(days=187))
    services.tick(now=now + timedelta(days=188))
    campaign = Campaign.objects.get()
    assert campaign.opened_by is None and campaign.reviews.count() == 1
    assert Entry.objects.get(kind=Kind.REVIEW_OPENED).detail["rights"] == 1


def test_what_stands_beside_a_role_is_answered_for_as_well_and_the_ledger_tells_it(
    world: World, user_unit: Unit, head: Actor, member: Actor, admin: Actor
) -> None:
    assert member.account is not None
    seat = member.account.seats.get()
    ends = timezone.now() + timedelta(days=90)
    further = [
        province.right(seat, actions=["view.live"], cameras=[camera], valid_to=ends)
        for camera in (world.gate, province.camera(world.gate.site, "MO-002"))
    ]
    opened(admin)
    items = {item.right: item for item in Item.objects.filter(kind="right").select_related("review")}
    assert set(items) == {right.pk for right in further}
    revoked, suspended = (items[right.pk] for right in further)
    assert "QN Đ6.2" in revoked.label and revoked.document == further[0].document
    answer(head, revoked, "revoked")
    answer(admin, item_of(head), "certified")
    assert not gate.decide(actor=member, action=Action.VIEW_LIVE, obj=world.gate).allow
    later = timezone.now() + services.LASTS + timedelta(minutes=1)
    services.tick(now=later)
    suspended.refresh_from_db()
    assert (suspended.decision, suspended.lasted_until) == ("lapsed", ends)
    with pytest.raises(ValidationError) as role_ended:  # its role was suspended with it
        answer(head, suspended, "certified", seen="lapsed", now=later)
    assert role_ended.value.code == "ended"
    mine = Item.objects.select_related("review").get(right=seat.pk)
    answer(head, mine, "certified", seen="lapsed", now=later)
    answer(head, suspended, "certified", seen="lapsed", now=later)
    further[1].refresh_from_db()
    assert further[1].valid_to == ends
    with pytest.raises(ValidationError):
        services.SORTS["right"].revive(admin, further[1].pk, later, "quá hạn", later)
    told = Entry.objects.filter(object_id=further[1].id.hex).order_by("seq")
    assert [entry.kind for entry in told] == [Kind.RIGHT_ENDED, Kind.RIGHT_GIVEN]
