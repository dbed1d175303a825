"""Every route of the interface, as a stranger and as every kind of person."""

import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests import province
from tests.api.world import World, client, got
from thienly.api.routes import api
from thienly.core.access.models import WallLayout
from thienly.core.ledger.models import Entry
from thienly.core.recording.models import RecorderState

pytestmark = pytest.mark.django_db

NOBODY = "0" * 32
MOMENT = "2026-11-17T14:20:05+07:00"
ASKED = {
    "day": "2026-11-17",
    "at": MOMENT,
    "start": MOMENT,
    "end": MOMENT,
    "until": MOMENT,
    "title": "Va chạm",
    "purpose": "Va chạm",
    "basis": "123/CV-CAT",
    "sort": "gap",
}
"""What some routes cannot do without."""


ELSE = {
    "name": "cang",
    "bookmark_id": NOBODY,
    "hold_id": NOBODY,
    "recording": "r1-1",
    "outage": "bus@1",
    "regulation": "QN",
    "unit_id": NOBODY,
    "reorganisation_id": NOBODY,
    "review_id": NOBODY,
    "session_id": NOBODY,
    "person_id": NOBODY,
    "right_id": NOBODY,
    "seat_id": NOBODY,
}
"""What the other parts of the paths are."""


def routes(world: World) -> list[tuple[str, str]]:
    """Method and path of every operation, about a camera of the port."""
    paths = api.get_openapi_schema(path_prefix="/api/")["paths"]
    return [
        (method, path.format(camera_id=world.quay.id.hex, **ELSE))
        for path, operations in paths.items()
        for method in operations
    ]


def test_a_stranger_reaches_nothing_but_the_word_that_all_is_well() -> None:
    world = World()
    walked = routes(world)
    assert len(walked) >= 10
    for method, path in [*walked, ("get", "/api/openapi.json")]:
        answer = getattr(Client(), method)(path)
        if path == "/api/health":
            assert (answer.status_code, answer.json()) == (200, {"ok": True})
        else:
            assert (answer.status_code, answer.json()) == (401, {"error": "not_signed_in"}), path


def test_every_route_about_a_camera_is_closed_to_who_has_no_seat() -> None:
    world = World()
    nobody = client(world.nobody())
    for method, path in routes(world):
        if world.quay.id.hex in path:
            if method == "get":
                answer = nobody.get(path, ASKED)
            else:
                answer = getattr(nobody, method)(path, ASKED, content_type="application/json")
            assert (answer.status_code, answer.json()) == (404, {"error": "not_found"}), path


def test_a_suspended_person_is_a_stranger_although_the_session_lives() -> None:
    world = World()
    person = province.person("cu", suspended=True)
    province.seat(person, world.centre, "central_operator")
    browser = Client()
    browser.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert browser.get("/api/cameras").status_code == 401


def test_the_description_names_every_route_and_there_is_no_viewer_with_foreign_scripts() -> None:
    browser = client(World().operator())
    paths = browser.get("/api/openapi.json").json()["paths"]
    assert {"/api/cameras", "/api/cameras/{camera_id}/timeline", "/api/ledger", "/api/health"} <= set(paths)
    assert browser.get("/api/docs").status_code == 404


def test_health_tells_details_only_to_who_inspects_or_runs_the_installation() -> None:
    world = World()
    RecorderState.objects.create(
        name="r1",
        zone="main",
        started_at=timezone.now(),
        seen_at=timezone.now(),
        cameras=1,
        capacity=2,
        disk_free=3,
        disk_total=4,
        facts_waiting=0,
    )
    assert got(world.operator(), "health") == (200, {"ok": True})
    status, body = got(world.administrator(), "health")
    assert status == 200
    assert [(r["name"], r["alive"]) for r in body["recorders"]] == [("r1", True)]
    assert body["bus"] is False  # none was started for this installation


def test_me_says_who_i_am_and_what_my_seats_let_me_do() -> None:
    world = World()
    _, keeper = got(world.keeper(), "me")
    assert (keeper["username"], keeper["seats"][0]["unit"]) == ("cangca", "Ban quản lý cảng cá")
    assert {"view.live", "config.device"} <= set(keeper["actions"])
    _, administrator = got(world.administrator(), "me")
    assert "admin.accounts" in administrator["actions"]
    assert "view.live" not in administrator["actions"]
    assert got(world.nobody(), "me")[1]["actions"] == []


def test_home_answers_over_the_cameras_that_the_person_may_know() -> None:
    world = World()
    _, operator = got(world.operator(), "home")
    assert (operator["fine"], operator["total"], len(operator["troubled"])) == (False, 2, 2)
    _, keeper = got(world.keeper(), "home")
    assert [camera["code"] for camera in keeper["troubled"]] == ["CA-001"]


def put(browser: Client, name: str, body: Any, **headers: str) -> tuple[int, Any]:
    answer = browser.put(
        f"/api/layouts/{name}", json.dumps(body), content_type="application/json", headers=headers
    )
    return answer.status_code, answer.json()


def test_a_layout_is_saved_for_oneself_and_never_shows_what_one_may_not_know() -> None:
    world = World()
    keeper = world.keeper()
    browser = client(keeper)
    layout = {"size": 4, "tiles": [world.quay.id.hex, None]}
    assert put(browser, "Cảng", layout)[0] == 200
    assert [(row["name"], row["tiles"]) for row in browser.get("/api/layouts").json()] == [
        ("Cảng", [world.quay.id.hex, None])
    ]
    assert Entry.objects.filter(kind="layout.saved").count() == 1
    assert put(browser, "Mỏ", {"size": 1, "tiles": [world.gate.id.hex]}) == (404, {"error": "not_found"})
    assert put(browser, "Lớn", {"size": 5, "tiles": []})[0] == 422
    assert WallLayout.objects.count() == 1
    assert got(world.operator(), "layouts") == (200, [])


def test_a_change_without_the_csrf_token_is_refused() -> None:
    browser = client(World().keeper(), csrf=True)
    status, _ = put(browser, "Cảng", {"size": 1, "tiles": []})
    assert status == 403
    assert not WallLayout.objects.exists()


def test_history_shows_ones_own_acts_and_to_who_inspects_those_of_others() -> None:
    world = World()
    keeper, inspector = world.keeper(), province.holder(world.guide, "tttt_guide", name="thanhtra")
    put(client(keeper), "Cảng", {"size": 1, "tiles": [world.quay.id.hex]})
    assert [e["kind"] for e in got(keeper, "ledger")[1]["entries"]] == ["layout.saved"]
    assert got(world.operator(), "ledger")[1]["entries"] == []
    found = got(inspector, "ledger", person="cangca")[1]["entries"]
    assert [(e["kind"], e["actor_label"]) for e in found] == [("layout.saved", "cangca")]
    assert Entry.objects.filter(kind="ledger.searched", actor_label="thanhtra").count() == 1
    assert got(inspector, "ledger", kind="nonsense")[0] == 422
    assert got(keeper, "ledger", camera=world.gate.id.hex)[0] == 404
