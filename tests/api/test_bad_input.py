"""Whatever is asked of the interface, the answer is never a fault of ours."""

import json

import pytest

from tests.api.world import World, client

pytestmark = pytest.mark.django_db

NASTY = [
    "%00",
    "a%00b",
    "%ff%fe",
    "'%20OR%201=1--",
    "%F0%9F%98%80" * 20,
    "..%2F..%2Fetc%2Fpasswd",
    "9" * 60,
    "-1",
    "%E2%80%AE",
    "x" * 5000,
]
PLACES = [
    "cameras?q={}",
    "cameras?sector={}",
    "cameras?unit={}",
    "cameras?state={}",
    "cameras?offset={}",
    "cameras/{}",
    "cameras/{}/state",
    "cameras/{camera}/timeline?day={}",
    "cameras/{camera}/bookmarks?start={}&end={}",
    "cameras/{camera}/events?start={}&end=9999-12-31T00:00:00Z",
    "cameras/{camera}/nearest?sort=gap&at={}",
    "ledger?text={}",
    "ledger?person={}",
    "ledger?camera={}",
    "ledger?kind={}",
    "ledger?from={}",
    "ledger?before={}",
]


@pytest.mark.parametrize("place", PLACES)
def test_nothing_that_is_asked_breaks_the_interface(place: str) -> None:
    world = World()
    browser = client(world.administrator())
    for nasty in NASTY:
        path = place.replace("{camera}", world.quay.id.hex).replace("{}", nasty)
        assert browser.get(f"/api/{path}").status_code in (200, 404, 422), path


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2026-02-30", "hôm nay"])
def test_a_day_that_cannot_be_is_said_to_be_wrong(day: str) -> None:
    world = World()
    answer = client(world.operator()).get(f"/api/cameras/{world.quay.id.hex}/timeline?day={day}")
    assert answer.status_code == 422


def test_a_layout_that_cannot_be_is_refused_and_nothing_is_saved() -> None:
    world = World()
    browser = client(world.keeper())
    bodies = ["", "[]", "null", "{", '{"size": 1e9, "tiles": []}', '{"size": 1, "tiles": ["\\u0000"]}']
    bodies += [json.dumps({"size": 16, "tiles": [None] * 17}), json.dumps({"size": 4, "tiles": ["x" * 9000]})]
    for body in bodies:
        answer = browser.put("/api/layouts/a", body, content_type="application/json")
        assert answer.status_code in (400, 404, 422), body
    for name in ("%00", "x" * 400):
        answer = browser.put(
            f"/api/layouts/{name}", '{"size": 1, "tiles": []}', content_type="application/json"
        )
        assert answer.status_code in (200, 404, 422), name
