"""Cameras through the interface: each person finds what he may know, and nothing else."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from tests import province
from tests.api.world import World, got
from tests.core.recording.scene import gap
from tests.guard import setting_the_scene
from thienly.bus.messages import SegmentClosed
from thienly.core.ledger.models import Entry
from thienly.core.recording.apply import apply_facts
from thienly.core.recording.moments import microseconds
from thienly.core.registry.models import Camera
from thienly.rules.problems import Problem

pytestmark = pytest.mark.django_db


def codes(answer: tuple[int, dict[str, list[dict[str, str]]]]) -> list[str]:
    assert answer[0] == 200
    return [camera["code"] for camera in answer[1]["items"]]


def test_a_search_finds_only_what_the_person_may_know_and_ignores_diacritics() -> None:
    world = World()
    operator, keeper, nobody = world.operator(), world.keeper(), world.nobody()
    assert codes(got(operator, "cameras")) == ["CA-001", "MO-001"]
    assert codes(got(keeper, "cameras")) == ["CA-001"]
    assert codes(got(nobody, "cameras")) == []
    assert codes(got(operator, "cameras", q="de gi")) == ["CA-001"]
    assert codes(got(operator, "cameras", site=world.mine.id)) == ["MO-001"]
    assert codes(got(keeper, "cameras", site=world.mine.id)) == []
    assert codes(got(operator, "cameras", unit=world.miners.id)) == ["MO-001"]
    assert codes(got(operator, "cameras", state="unknown")) == ["CA-001", "MO-001"]
    assert codes(got(operator, "cameras", state="recording")) == []


def test_pages_of_a_search_have_a_bound() -> None:
    world = World()
    operator = world.operator()
    status, body = got(operator, "cameras", limit=1, offset=1)
    assert (status, body["total"], len(body["items"])) == (200, 2, 1)
    assert got(operator, "cameras", limit=501)[0] == 422
    assert got(operator, "cameras", state="exploded")[0] == 422


def test_a_camera_says_what_the_person_may_do_and_its_address_only_to_who_keeps_it() -> None:
    world = World()
    _, seen = got(world.operator(), f"cameras/{world.quay.id.hex}")
    assert {"view.live", "view.playback", "ptz"} <= set(seen["actions"])
    assert seen["url"] is None
    assert (seen["state"]["state"], seen["state"]["why_unknown"]) == ("unknown", "never_reported")
    _, kept = got(world.keeper(), f"cameras/{world.quay.id.hex}")
    assert "config.device" in kept["actions"]
    assert kept["url"] == world.quay.url
    assert "password" not in str(kept)


def test_a_file_in_the_place_of_a_camera_says_so() -> None:
    world = World()
    with setting_the_scene():
        Camera.objects.filter(pk=world.quay.pk).update(url="file:///dien-tap/cong.mp4")
    operator = world.operator()
    _, listed = got(operator, "cameras")
    assert [one["from_file"] for one in listed["items"]] == [True, False]
    assert got(operator, f"cameras/{world.quay.id.hex}")[1]["from_file"] is True


@pytest.mark.parametrize("what", ["", "/state", "/timeline?day=2026-11-17"])
def test_a_camera_outside_the_scope_is_not_found_like_one_that_never_was_and_the_refusal_is_recorded(
    what: str,
) -> None:
    world = World()
    keeper = world.keeper()
    outside = got(keeper, f"cameras/{world.gate.id.hex}{what}")
    assert outside == got(keeper, f"cameras/{uuid4().hex}{what}")
    assert outside == got(keeper, f"cameras/not-an-id{what}")
    assert outside == (404, {"error": "not_found"})
    refusal = Entry.objects.filter(kind="access.refused").order_by("seq").first()
    assert refusal is not None
    assert (refusal.object_id, refusal.actor_label) == (world.gate.id.hex, "cangca")
    assert got(keeper, f"cameras/{world.quay.id.hex}{what}")[0] == 200


def test_a_day_shows_what_is_recorded_and_what_is_not_with_its_reason() -> None:
    world = World()
    now = timezone.now()
    start = microseconds(now - timedelta(seconds=100)) // 1_000_000 * 1_000_000
    segment = SegmentClosed(
        id="s",
        camera=world.quay.id.hex,
        recorder="r1",
        segment=1,
        start_us=start,
        end_us=start + 60_000_000,
        bytes=1,
        fragments=1,
        root="0",
        end_reason="full",
    )
    hole = gap(world.quay, "g", 0, None, Problem.UNREACHABLE).model_copy(update={"start_us": segment.end_us})
    apply_facts([segment, hole], now=now)
    today = timezone.localdate(now).isoformat()
    _, day = got(world.operator(), f"cameras/{world.quay.id.hex}/timeline", day=today)
    kinds = [(s["kind"], s["reason"]) for s in day["stretches"][-2:]]
    assert kinds == [("recorded", None), ("gap", "unreachable")]
    assert 0 < day["share"] <= 1
    assert got(world.administrator(), f"cameras/{world.quay.id.hex}/timeline", day="heute")[0] == 422


def test_who_may_neither_play_nor_inspect_nor_keep_a_camera_is_refused_its_days_with_the_rule() -> None:
    world = World()
    secret = province.camera(world.port, "CA-002", sector="fishing_port", secret=True)
    status, body = got(world.operator(), f"cameras/{secret.id.hex}/timeline", day="2026-11-17")
    assert (status, body["error"], body["action"]) == (403, "not_allowed", "view.playback")
    assert body["reasons"][0]["cite"]
    assert got(world.administrator(), f"cameras/{secret.id.hex}/timeline", day="2026-11-17")[0] == 200
