"""An object that is named in a form, a body or a filter is asked about like one that is named in the path."""

import json
from collections.abc import Callable
from typing import Any, cast

import pytest
from django.http import HttpResponse
from django.test import Client

from tests.walk.answer import Answer, faults_of, observed
from tests.walk.routes import DECISION
from tests.walk.world import NOBODY, World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quiet")]

Named = Callable[[World, Client, str, str, str], Any]
"""(world, browser, id of a camera, of a site, of a unit) → the answer."""

CAMERA = {"code": "MOI-1", "name": "Mới", "sector": "mining", "url": "rtsp://10.0.0.9/a", "password": "x"}
CAMERA["why"] = "Chuyển chỗ"
PERSON = {"username": "nguoi.moi", "full_name": "Đỗ Văn Mới", "person_number": "037090001234"}


def _json(browser: Client, method: str, path: str, body: dict[str, Any]) -> Any:
    return browser.generic(method, path, json.dumps(body), content_type="application/json")


PLACES: dict[str, Named] = {
    "the tile of a wall": lambda w, b, camera, site, unit: _json(
        b, "POST", "/wall/layouts/", {"name": "Cảng", "size": 1, "tiles": [camera]}
    ),
    "the tile of a wall through the API": lambda w, b, camera, site, unit: _json(
        b, "PUT", "/api/layouts/cang", {"size": 1, "tiles": [camera]}
    ),
    "cameras of a wall": lambda w, b, camera, site, unit: b.get(f"/wall/?cameras={camera}"),
    "the site of a new camera": lambda w, b, camera, site, unit: b.post(
        "/cameras/new/", {**CAMERA, "site": site}
    ),
    "the site proposed for a new camera": lambda w, b, camera, site, unit: b.get(
        f"/cameras/new/?site={site}"
    ),
    "the new site of a camera": lambda w, b, camera, site, unit: b.post(
        f"/cameras/{w.port.camera.pk.hex}/edit/", {**CAMERA, "site": site}
    ),
    "the site of a camera to try": lambda w, b, camera, site, unit: b.post(
        "/cameras/probe/", {**CAMERA, "site": site}
    ),
    "the camera to try again": lambda w, b, camera, site, unit: b.post(
        "/cameras/probe/", {**CAMERA, "camera": camera, "site": w.port.camera.site_id.hex}
    ),
    "a unit to filter by": lambda w, b, camera, site, unit: b.get(f"/cameras/?unit={unit}"),
    "a site to filter by": lambda w, b, camera, site, unit: b.get(f"/cameras/?site={site}"),
    "a unit to filter by through the API": lambda w, b, camera, site, unit: b.get(
        f"/api/cameras?unit={unit}"
    ),
    "a site to filter by through the API": lambda w, b, camera, site, unit: b.get(
        f"/api/cameras?site={site}"
    ),
    "a camera whose history": lambda w, b, camera, site, unit: b.get(f"/history/?camera={camera}"),
    "a camera whose history through the API": lambda w, b, camera, site, unit: b.get(
        f"/api/ledger?camera={camera}"
    ),
    "the unit that issues an account": lambda w, b, camera, site, unit: b.post(
        "/people/new/", {**PERSON, "unit": unit}
    ),
    "a further camera of a request for footage": lambda w, b, camera, site, unit: b.post(
        f"/cameras/{w.port.camera.pk.hex}/extraction/",
        {
            "cameras": [w.port.camera.pk.hex, camera],
            "start": "2026-11-17T08:00:00",
            "end": "2026-11-17T08:30:00",
            "purpose": "QN:traffic_safety",
            "why": "Va chạm",
            "basis": "45/CV",
            "declared": "yes",
        },
    ),
    "the unit of a seat": lambda w, b, camera, site, unit: b.post(
        f"/people/{w.port.person.pk.hex}/appoint/", {"post": f"{unit}|QN|cam_contact", **DECISION}
    ),
}


@pytest.mark.parametrize("place", PLACES)
def test_outside_the_scope_and_unknown_cannot_be_told_apart_and_nothing_is_written(place: str) -> None:
    world = World()
    answers = []
    for camera, site, unit in (
        (world.mine.camera.pk.hex, world.mine.camera.site_id.hex, world.mine.camera.site.unit_id.hex),
        (NOBODY, NOBODY, NOBODY),
    ):
        answer = _say(world, place, camera, site, unit)
        assert not faults_of(answer, world)
        assert not answer.written
        assert "Hà Tu" not in answer.body
        names = (camera, site, unit)
        answers.append(answer.without_chance(next((n for n in names if n in answer.body), camera)))
    assert answers[0] == answers[1]


@pytest.mark.parametrize("place", PLACES)
def test_inside_the_scope_it_is_taken(place: str) -> None:
    world = World()
    near = world.port.camera
    answer = _say(world, place, near.pk.hex, near.site_id.hex, near.site.unit_id.hex)
    assert answer.status in (200, 302)
    assert answer.refusals == 0


def test_sites_given_with_a_seat_are_those_that_the_giver_may_know() -> None:
    world = World()
    world.browser("keeper").post(
        f"/people/{world.port.person.pk.hex}/appoint/",
        {
            "post": f"{world.board.pk.hex}|QN|user_member",
            **DECISION,
            "sites": [world.port.camera.site_id.hex, world.mine.camera.site_id.hex],
        },
    )
    seat = world.port.person.seats.get(role="user_member")
    assert [site.pk for site in seat.sites.all()] == [world.port.camera.site_id]


def _say(world: World, place: str, camera: str, site: str, unit: str) -> Answer:
    browser = world.browser("keeper")
    return observed(lambda: cast(HttpResponse, PLACES[place](world, browser, camera, site, unit)))
