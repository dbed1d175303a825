"""Bookmarks: one's own or the unit's, only where recordings may be played, each change in history."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from tests import province
from tests.core.world import World, person
from tests.guard import setting_the_scene
from thienly.core.access.models import Seat
from thienly.core.access.refusal import NotAllowed, OutsideScope
from thienly.core.bookmarks.models import Bookmark
from thienly.core.bookmarks.services import add_bookmark, bookmarks_between, remove_bookmark
from thienly.core.footage.landmarks import Sort, Way, events_between, nearest
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.recording.models import Gap

pytestmark = pytest.mark.django_db

AT = province.LONG_AGO
DAY = timedelta(days=1)


def titles(actor: object, camera: object) -> list[str]:
    found = bookmarks_between(actor=actor, camera_id=camera.id, start=AT - DAY, end=AT + DAY)  # type: ignore[arg-type,attr-defined]
    return [bookmark.title for bookmark in found]


def test_a_bookmark_is_its_makers_alone_until_he_shares_it_with_his_unit() -> None:
    world = World.build()
    keeper = person("cangca", "Trần Văn Bờ", role="cam_admin", unit=world.port)
    colleague = person("cangca2", "Lê Thị Sóng", role="cam_admin", unit=world.port)
    operator = person("trucban", "Hoàng Văn Trực", role="central_operator", unit=world.centre)
    add_bookmark(actor=keeper, camera_id=world.quay.id, at=AT, title="Va chạm", note="Tàu BĐ 123")
    add_bookmark(
        actor=keeper, camera_id=world.quay.id, at=AT, until=AT + DAY / 48, title="Đổ trộm", shared=True
    )
    assert titles(keeper, world.quay) == ["Va chạm", "Đổ trộm"]
    assert titles(colleague, world.quay) == ["Đổ trộm"]
    assert titles(operator, world.quay) == []
    told = Entry.objects.filter(kind=Kind.BOOKMARK_ADDED).order_by("seq")
    assert [entry.object_label for entry in told] == ["Va chạm", "Đổ trộm"]
    assert told[0].camera_id == world.quay.id.hex and told[0].detail["note"] == "Tàu BĐ 123"


def test_who_may_not_play_makes_and_sees_no_bookmark() -> None:
    world = World.build()
    keeper = person("cangca", "Trần Văn Bờ", role="cam_admin", unit=world.port)
    miner = person("mo", "Vũ Văn Lò", role="cam_admin", unit=world.mine)
    admin = person("quantri", "Lê Thị Quản", role="central_admin", unit=world.centre)
    add_bookmark(actor=keeper, camera_id=world.quay.id, at=AT, title="Va chạm", shared=True)
    for stranger, refusal in ((miner, OutsideScope), (admin, NotAllowed)):
        with pytest.raises(refusal):
            add_bookmark(actor=stranger, camera_id=world.quay.id, at=AT, title="x")
        with pytest.raises(refusal):
            bookmarks_between(actor=stranger, camera_id=world.quay.id, start=AT, end=AT + DAY)
        with pytest.raises(refusal):
            nearest(actor=stranger, camera_id=world.quay.id, sort=Sort.BOOKMARK, at=AT - DAY, way=Way.NEXT)
    with pytest.raises(OutsideScope):
        add_bookmark(actor=keeper, camera_id=uuid4(), at=AT, title="x")
    assert Bookmark.objects.count() == 1
    assert Entry.objects.filter(kind=Kind.REFUSED).count() == 7


def test_a_shared_bookmark_is_gone_for_who_leaves_the_unit() -> None:
    world = World.build()
    keeper = person("cangca", "Trần Văn Bờ", role="cam_admin", unit=world.port)
    colleague = person("cangca2", "Lê Thị Sóng", role="cam_admin", unit=world.port)
    assert colleague.account is not None
    province.seat(colleague.account, world.centre, "central_operator")
    add_bookmark(actor=keeper, camera_id=world.quay.id, at=AT, title="Va chạm", shared=True)
    assert titles(colleague, world.quay) == ["Va chạm"]
    with setting_the_scene():
        Seat.objects.filter(account=colleague.account, unit=world.port).update(valid_to=timezone.now())
    assert titles(colleague, world.quay) == []  # though he may still play the camera


def test_only_its_maker_removes_a_bookmark_and_it_is_told() -> None:
    world = World.build()
    keeper = person("cangca", "Trần Văn Bờ", role="cam_admin", unit=world.port)
    colleague = person("cangca2", "Lê Thị Sóng", role="cam_admin", unit=world.port)
    mark = add_bookmark(actor=keeper, camera_id=world.quay.id, at=AT, title="Va chạm", shared=True)
    for wrong in (mark.id, uuid4(), "khong-phai-ma"):
        with pytest.raises(OutsideScope):
            remove_bookmark(actor=colleague, bookmark_id=wrong)
    assert Bookmark.objects.count() == 1
    remove_bookmark(actor=keeper, bookmark_id=mark.id)
    assert not Bookmark.objects.exists()
    assert Entry.objects.get(kind=Kind.BOOKMARK_REMOVED).object_label == "Va chạm"


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("title", {"title": "  "}),
        ("title", {"title": "x" * 121}),
        ("note", {"note": "x" * 1001}),
        ("until", {"until": AT}),
    ],
)
def test_a_bookmark_that_cannot_be_is_refused_by_its_field(field: str, wrong: dict[str, object]) -> None:
    world = World.build()
    keeper = person("cangca", "Trần Văn Bờ", role="cam_admin", unit=world.port)
    with pytest.raises(ValidationError) as refused:
        add_bookmark(**{"actor": keeper, "camera_id": world.quay.id, "at": AT, "title": "a", **wrong})  # type: ignore[arg-type]
    assert list(refused.value.message_dict) == [field]
    assert not Bookmark.objects.exists()


def test_the_next_and_the_previous_gap_event_and_bookmark_are_found() -> None:
    world = World.build()
    keeper = person("cangca", "Trần Văn Bờ", role="cam_admin", unit=world.port)
    with setting_the_scene():
        for number in range(3):
            Gap.objects.create(
                gap=f"g{number}",
                camera=world.quay,
                recorder="r1",
                start=AT + number * DAY,
                end=AT + number * DAY + DAY / 24,
                reason="unreachable",
                known_at=AT,
            )
    for number in range(3):
        add_bookmark(actor=keeper, camera_id=world.quay.id, at=AT + number * DAY, title=str(number))

    def at(sort: Sort, moment: object, way: Way) -> object:
        found = nearest(actor=keeper, camera_id=world.quay.id, sort=sort, at=moment, way=way)  # type: ignore[arg-type]
        return found and found.at

    for sort in (Sort.GAP, Sort.BOOKMARK):
        assert at(sort, AT, Way.NEXT) == AT + DAY
        assert at(sort, AT + DAY, Way.PREVIOUS) == AT
        assert at(sort, AT + 2 * DAY, Way.NEXT) is None
        assert at(sort, AT, Way.PREVIOUS) is None
    assert at(Sort.EVENT, AT, Way.NEXT) is None
    assert events_between(actor=keeper, camera_id=world.quay.id, start=AT, end=AT + DAY) == []
    miner = person("mo", "Vũ Văn Lò", role="cam_admin", unit=world.mine)
    with pytest.raises(OutsideScope):
        nearest(actor=miner, camera_id=world.quay.id, sort=Sort.GAP, at=AT, way=Way.NEXT)
    with pytest.raises(OutsideScope):
        events_between(actor=miner, camera_id=world.quay.id, start=AT, end=AT + DAY)
