"""Holds through the interface: listed, placed and released with the rights of the pages."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests import province
from tests.api.world import World, client, got
from thienly.core.access.actor import Actor
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.storage.holds import close_ended
from thienly.core.storage.models import Hold

pytestmark = pytest.mark.django_db
BODY = {
    "start": "2026-11-16T14:00:00+07:00",
    "end": "2026-11-16T15:00:00+07:00",
    "purpose": "Va chạm tại cổng Đông",
    "basis": "123/CV-CAT",
    "until": "2199-01-01T00:00:00+07:00",
}


def post(actor: Actor, path: str, body: object) -> tuple[int, dict[str, object]]:
    answer = client(actor).post(f"/api/{path}", body, content_type="application/json")
    return answer.status_code, answer.json()


def test_who_may_extract_places_sees_and_releases_a_hold() -> None:
    world = World()
    keeper = world.keeper()
    status, placed = post(keeper, f"cameras/{world.quay.id.hex}/holds", BODY)
    assert status == 201 and placed["state"] == "held" and placed["in_force"] is True
    assert got(keeper, "holds") == (200, [placed])
    address = f"holds/{placed['id']}/release"
    assert post(keeper, address, {"version": 1, "note": " "})[0] == 422
    status, released = post(keeper, address, {"version": 1, "note": "Đã bàn giao"})
    assert (status, released["state"], released["in_force"]) == (200, "released", False)
    assert post(keeper, address, {"version": 1, "note": "lần nữa"})[0] == 409
    assert post(keeper, address, {"version": 2, "note": "lần nữa"}) == (
        409,
        {"error": "over", "state": "released"},
    )
    assert got(keeper, "holds") == (200, [])
    assert got(keeper, "holds", everything="true") == (200, [released])
    assert Entry.objects.filter(kind=Kind.HOLD_PLACED).count() == 1


def test_who_may_not_extract_neither_sees_places_nor_releases() -> None:
    world = World()
    status, placed = post(world.keeper(), f"cameras/{world.quay.id.hex}/holds", BODY)
    assert status == 201
    committee = province.unit("UBND tỉnh", ["province_leadership"])
    leader = province.holder(committee, "command_user", name="lanhdao")
    miner = province.holder(world.miners, "cam_admin", name="mo")
    release = {"version": 1, "note": "bỏ"}
    for actor, refused in ((leader, 403), (miner, 404), (world.nobody(), 404)):
        before = Entry.objects.filter(kind=Kind.REFUSED).count()
        assert post(actor, f"cameras/{world.quay.id.hex}/holds", BODY)[0] == refused
        assert post(actor, f"holds/{placed['id']}/release", release)[0] == refused
        assert Entry.objects.filter(kind=Kind.REFUSED).count() == before + 2
        assert got(actor, "holds", everything="true")[1] == []
    assert Hold.objects.get().case.state == "held"


def test_what_is_wrong_in_it_is_said_by_field_and_one_that_ended_says_so() -> None:
    world = World()
    keeper = world.keeper()
    path = f"cameras/{world.quay.id.hex}/holds"
    status, answer = post(keeper, path, BODY | {"end": BODY["start"], "purpose": " "})
    assert status == 422 and isinstance(answer["fields"], dict)
    assert set(answer["fields"]) == {"end", "purpose"} and not Hold.objects.exists()
    assert post(keeper, path, BODY | {"until": "hôm nào đó"})[0] == 422
    soon = timezone.now() + timedelta(hours=1)
    _, placed = post(keeper, path, BODY | {"until": soon.isoformat()})
    close_ended(now=soon)
    assert post(keeper, f"holds/{placed['id']}/release", {"version": 2, "note": "x"}) == (
        409,
        {"error": "over", "state": "expired"},
    )
