"""The line of time through the interface: any span, in an answer of bounded size."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests import province
from tests.api.world import World, got
from tests.core.recording.scene import closed, deleted, gap
from tests.guard import setting_the_scene
from thienly.bus.messages import Fact
from thienly.core.access.actor import Actor
from thienly.core.recording.apply import apply_facts
from thienly.core.recording.models import CoverageDay, PlannedOutage
from thienly.core.recording.moments import microseconds
from thienly.core.registry.models import Camera
from thienly.rules.problems import Problem

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def moved(fact: Fact, by_us: int) -> Fact:
    fields = {name: getattr(fact, name) + by_us for name in ("start_us", "end_us")}
    return fact.model_copy(update=fields)


def take(*facts: Fact, at: datetime) -> None:
    """The facts of the scene's day, told as of the day that begins at `at`."""
    from tests.core.recording.scene import BASE

    apply_facts([moved(fact, microseconds(at) - BASE) for fact in facts], now=timezone.now())


def line(actor: Actor, camera: Camera, start: datetime, end: datetime) -> dict[str, Any]:
    query = {"from": start.isoformat(), "to": end.isoformat()}
    status, body = got(actor, f"cameras/{camera.id.hex}/timeline", **query)
    assert status == 200, body
    assert isinstance(body, dict)
    return body


def kinds(body: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [(stretch["kind"], stretch["reason"]) for stretch in body["stretches"]]


def hour_ago(hours: int) -> datetime:
    return NOW.replace(minute=0, second=0, microsecond=0) - timedelta(hours=hours)


def test_a_narrow_span_is_exact_and_a_wide_one_adds_the_seconds_of_each_kind() -> None:
    world = World()
    operator, camera, start = world.operator(), world.quay, hour_ago(50)
    take(
        closed(camera, 0, 3600),
        gap(camera, "g", 3600, 5400, Problem.STALLED),
        closed(camera, 5400, 7200),
        at=start,
    )
    exact = line(operator, camera, start, start + timedelta(hours=2))
    assert (exact["resolution"], exact["bucket_s"], exact["buckets"]) == ("exact", 0, [])
    assert kinds(exact) == [("recorded", None), ("gap", "stalled"), ("recorded", None)]
    assert exact["share"] == pytest.approx(0.75)
    wide = line(operator, camera, start - timedelta(days=14), start + timedelta(days=16))
    assert (wide["resolution"], wide["bucket_s"], wide["stretches"]) == ("buckets", 3600, [])
    assert len(wide["buckets"]) <= 800
    for bucket in wide["buckets"]:
        length = datetime.fromisoformat(bucket["end"]) - datetime.fromisoformat(bucket["start"])
        whole = sum(bucket[kind] for kind in ("recorded", "deleted", "gap", "planned", "off", "unknown"))
        assert whole == pytest.approx(length.total_seconds(), abs=0.01)
    assert sum(bucket["recorded"] for bucket in wide["buckets"]) == pytest.approx(5400)
    assert sum(bucket["gap"] for bucket in wide["buckets"]) == pytest.approx(1800)
    dark = [bucket for bucket in wide["buckets"] if bucket["gap"]]
    assert [bucket["reasons"] for bucket in dark] == [{"stalled": 1800.0}]
    assert datetime.fromisoformat(wide["buckets"][-1]["end"]) <= timezone.now()


def test_what_was_recorded_and_deleted_since_is_neither_there_nor_unknown() -> None:
    world = World()
    camera, start = world.quay, hour_ago(20)
    take(closed(camera, 0, 60), closed(camera, 60, 120), deleted(camera, 0, 60), at=start)
    body = line(world.operator(), camera, start, start + timedelta(seconds=120))
    assert kinds(body) == [("deleted", None), ("recorded", None)]
    assert body["share"] == 1


def test_an_announced_outage_is_planned_from_the_announcement_on_and_hides_no_recording() -> None:
    world = World()
    keeper, camera, start = world.keeper(), world.quay, hour_ago(20)
    take(closed(camera, 0, 600), gap(camera, "g", 600, 3000), closed(camera, 3000, 3600), at=start)
    with setting_the_scene():
        PlannedOutage.objects.create(
            site=camera.site,
            start=start,
            end=start + timedelta(seconds=3300),
            reason="Thay tủ điện",
            document="12/TB",
            announced_by=keeper.account,
            announced_at=start + timedelta(seconds=1200),
        )
    body = line(keeper, camera, start, start + timedelta(hours=1))
    assert kinds(body) == [
        ("recorded", None),
        ("gap", "stalled"),
        ("planned", "stalled"),
        ("recorded", None),
    ]
    first = datetime.fromisoformat(body["stretches"][2]["start"])
    assert first == start + timedelta(seconds=1200)
    (announced,) = body["planned"]
    assert (announced["reason"], announced["site_wide"]) == ("Thay tủ điện", True)
    assert line(world.operator(), world.gate, start, start + timedelta(hours=1))["planned"] == []


def test_a_year_is_answered_from_the_days_that_are_added_up() -> None:
    world = World()
    camera, today = world.quay, timezone.localdate()
    with setting_the_scene():
        for ago in range(1, 300):
            day = today - timedelta(days=ago)
            CoverageDay.objects.create(
                camera=camera,
                day=day,
                as_of=timezone.make_aware(datetime.combine(day + timedelta(days=1), datetime.min.time())),
                stale=False,
                expected=86_400,
                recorded=80_000,
                gap_network=6_400,
                reasons={"corrupt": 6400},
            )
    body = line(world.operator(), camera, NOW - timedelta(days=365), NOW)
    assert (body["resolution"], body["bucket_s"]) == ("buckets", 86_400)
    assert len(body["buckets"]) in (365, 366, 367)
    full = [bucket for bucket in body["buckets"] if bucket["recorded"]]
    assert len(full) == 299
    assert (full[0]["recorded"], full[0]["gap"], full[0]["reasons"]) == (80_000, 6_400, {"corrupt": 6400})


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"from": "2026-11-17T00:00:00Z"},
        {"from": "2026-11-17T00:00:00Z", "to": "2026-11-17T00:00:00Z"},
        {"from": "2026-11-17T00:00:00Z", "to": "2029-11-17T00:00:00Z"},
        {"from": "2026-11-17T00:00:00", "to": "2026-11-18T00:00:00"},
        {"from": "0001-01-01T00:00:00Z", "to": "0001-01-02T00:00:00Z"},
        {"from": "9999-12-30T00:00:00Z", "to": "9999-12-31T23:00:00Z"},
        {"day": "2026-11-17", "from": "2026-11-17T00:00:00Z", "to": "2026-11-18T00:00:00Z"},
    ],
)
def test_a_span_that_is_none_is_refused(query: dict[str, str]) -> None:
    world = World()
    assert got(world.operator(), f"cameras/{world.quay.id.hex}/timeline", **query)[0] == 422


def test_a_span_is_refused_like_a_day_to_who_may_not_know() -> None:
    world = World()
    query = {"from": "2026-11-17T00:00:00Z", "to": "2026-11-18T00:00:00Z"}
    assert got(world.keeper(), f"cameras/{world.gate.id.hex}/timeline", **query)[0] == 404
    secret = province.camera(world.port, "CA-002", sector="fishing_port", secret=True)
    assert got(world.operator(), f"cameras/{secret.id.hex}/timeline", **query)[0] == 403
    assert got(world.administrator(), f"cameras/{secret.id.hex}/timeline", **query)[0] == 200
