"""Why and what if through the interface."""

import pytest

from tests import province
from tests.api.world import World, client, got
from thienly.core.access.models import Seat
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry

pytestmark = pytest.mark.django_db


def test_the_answer_brings_its_articles_whom_to_ask_and_who_can() -> None:
    world = World()
    keeper, admin = world.keeper(), world.administrator()
    status, answer = got(keeper, "why", camera=world.quay.id.hex, action="extract")
    assert status == 200
    (decision,) = answer["decisions"]
    assert decision["allow"] and decision["grants"] == ["QN Đ11.2, Đ20"]
    assert [post["role"] for post in answer["can"]] == ["cam_admin"] and answer["ways"] == []
    assert [one["cite"] for one in answer["wanted"]] == ["QN Đ20.4"]
    status, answer = got(keeper, "why", camera=world.quay.id.hex, action="provide")
    assert status == 200 and answer["ways"] == ["regulation"]
    assert answer["allowers"] == [str(admin.account)]
    assert [(one["cite"], one["left_open"]) for one in answer["wanted"]] == [
        ("QN Đ21.3", "par-competent-external")
    ]


def test_what_the_asker_may_not_know_is_not_found_alike() -> None:
    world = World()
    keeper = world.keeper()
    stranger = province.holder(world.miners, "cam_admin", name="mo").account
    assert stranger is not None
    for query in (
        {"camera": world.gate.id.hex},
        {"camera": "0" * 32},
        {"unit": world.miners.id.hex},
        {"account": stranger.pk.hex},
        {"person": stranger.pk.hex},
        {"person": "0" * 32},
    ):
        assert got(keeper, "why", **query) == (404, {"error": "not_found"})
    assert Entry.objects.filter(kind=Kind.REFUSED).count() == 6
    assert got(keeper, "why", action="dance")[0] == 422


def test_a_draft_seat_and_a_draft_regulation_are_looked_at_and_not_saved() -> None:
    world = World()
    admin, newcomer = world.administrator(), province.person("moi", "Đỗ Văn Mới")
    seats = Seat.objects.count()
    body = {"person": newcomer.pk.hex, "unit": world.board.id.hex, "profile": "QN", "role": "cam_admin"}
    answer = client(admin).post("/api/why/seat", body, content_type="application/json")
    assert answer.status_code == 200
    live = next(one for one in answer.json()["moved"] if "view.live" in one["actions"])
    assert live["gained"] == [{"unit": "Ban quản lý cảng cá", "count": 1, "cameras": ["CA-001"]}]
    assert live["gained_by"] == ["QN Đ11.2, Đ20"] and answer.json()["obstacles"] == []
    draft = {"person": newcomer.pk.hex, "text": "profile: {id: QN"}
    answer = client(admin).post("/api/why/profile", draft, content_type="application/json")
    assert answer.status_code == 200 and answer.json()["outcome"] is None
    assert answer.json()["findings"][0]["line"] == 1
    far = body | {"from": "0001-01-01T00:00:00Z"}
    assert client(admin).post("/api/why/seat", far, content_type="application/json").status_code == 422
    assert Seat.objects.count() == seats
