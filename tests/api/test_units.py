"""Units and reorganisations through the interface: as on the pages, with the same rights."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests import province
from tests.api.world import World, client, got
from tests.core.units.reorganised import end, noon
from thienly.core.access.actor import Actor
from thienly.core.units.applying import apply_due
from thienly.core.units.models import Reorganisation

pytestmark = pytest.mark.django_db


def sent(actor: Actor, method: str, path: str, body: object) -> tuple[int, Any]:
    ask = getattr(client(actor), method)
    answer = ask(f"/api/{path}", body, content_type="application/json")
    return answer.status_code, answer.json()


def test_a_reorganisation_from_composing_to_what_was_true_before() -> None:
    world = World()
    composer, decider = (province.holder(world.centre, "central_admin") for _ in range(2))
    day = timezone.localdate() + timedelta(days=1)
    body = {"title": "Nhập mỏ", "acts": [end(world.miners, world.board)]}
    status, plan = sent(composer, "post", "reorganisations", body)
    assert status == 201 and plan["state"] == "draft"
    address = f"reorganisations/{plan['id']}"
    status, wrong = sent(composer, "post", f"{address}/step", {"action": "submit", "version": 1})
    assert status == 422 and set(wrong["fields"]) == {"number", "signed", "effective"}
    paper = {"number": "7/NQ", "signed": "2026-03-01", "effective": day.isoformat(), "version": 1}
    status, plan = sent(composer, "put", address, body | paper)
    assert (status, plan["document"], plan["version"]) == (200, "7/NQ, 01/03/2026", 2)
    status, seen = got(composer, f"{address}/preview")
    assert (status, seen["problems"], seen["units"]["ended"]) == (200, [], ["Mỏ Núi Gai"])
    assert [(line["site"], line["after"]) for line in seen["sites"]] == [
        ("Mỏ đá Núi Gai", "Ban quản lý cảng cá")
    ]
    assert sent(composer, "post", f"{address}/step", {"action": "submit", "version": 2})[0] == 200
    status, own = sent(composer, "post", f"{address}/step", {"action": "decide", "version": 3})
    assert (status, own["reasons"][0]["code"]) == (403, "own_case")
    assert sent(decider, "post", f"{address}/step", {"action": "decide", "version": 3})[0] == 200
    late = sent(composer, "put", address, body | paper)
    assert late == (409, {"error": "not_now", "state": "decided"}) or late[0] == 409
    assert apply_due(now=noon(day)) == 1
    assert got(decider, address)[1]["state"] == "applied"
    status, unit = got(decider, f"units/{world.miners.id.hex}?day={timezone.localdate()}")
    assert (status, unit["now"]["until"], unit["went_to"]) == (200, day.isoformat(), [world.board.id.hex])
    names = {
        name: {one["name"] for one in got(decider, f"units?day={name}")[1]} for name in ("2026-01-01", day)
    }
    assert "Mỏ Núi Gai" in names["2026-01-01"] and "Mỏ Núi Gai" not in names[day]


def test_who_does_not_administer_the_system_neither_composes_nor_reads() -> None:
    world = World()
    admin, keeper = province.holder(world.centre, "central_admin"), world.keeper()
    _, plan = sent(admin, "post", "reorganisations", {"title": "Nhập"})
    for method, path, body in (
        ("post", "reorganisations", {"title": "Nhập"}),
        ("put", f"reorganisations/{plan['id']}", {"version": 1}),
        ("post", f"reorganisations/{plan['id']}/step", {"action": "withdraw", "version": 1, "note": "x"}),
    ):
        assert sent(keeper, method, path, body)[0] == 403
    assert got(keeper, "reorganisations") == (200, [])
    assert got(keeper, f"reorganisations/{plan['id']}/preview")[0] == 403
    unknown = "0" * 31 + "9"
    assert got(admin, f"reorganisations/{unknown}")[0] == got(admin, f"units/{unknown}")[0] == 404
    assert got(keeper, f"units/{world.miners.id.hex}")[0] == got(keeper, "units/x")[0] == 404
    assert Reorganisation.objects.count() == 1


@pytest.mark.parametrize(
    "acts",
    [[{"act": "burn"}], [{"act": "end", "unit": "x"}], [{"act": "rename", "unit": "0" * 32, "name": ""}]],
)
def test_acts_that_mean_nothing_are_refused(acts: object) -> None:
    admin = province.holder(World().centre, "central_admin")
    status, wrong = sent(admin, "post", "reorganisations", {"title": "Nhập", "acts": acts})
    assert status == 422 and "acts" in wrong["fields"]
    assert not Reorganisation.objects.exists()
