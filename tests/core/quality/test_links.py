"""Reports of recorders about links become days, once, and are judged by the installation's limits."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from tests.api.world import World, got
from thienly.bus.messages import LinkReport, SegmentClosed
from thienly.core.quality.links import links_of
from thienly.core.quality.models import ArrivalDay, LinkDay
from thienly.core.recording.apply import Poison, apply_facts
from thienly.core.recording.moments import microseconds
from thienly.core.registry.models import Camera
from thienly.rules.link import Grade, Measure

pytestmark = pytest.mark.django_db

S = 1_000_000


def report(camera: Camera, *, held: int = 0, minutes: float = 60, day: date | None = None, **more: object):  # type: ignore[no-untyped-def]
    """A good hour of a camera of 25 frames a second, unless `more` says otherwise."""
    now = microseconds(timezone.now()) - 7200 * S
    media_us = round(minutes * 60 * S)
    fields: dict[str, object] = {
        "id": uuid4().hex,
        "camera": camera.id.hex,
        "recorder": "r1",
        "held_us": now + held,
        "day": day or timezone.localdate(),
        "from_us": now + held,
        "until_us": now + held + media_us,
        "received": 100_000,
        "lost": 0,
        "bytes": 500_000_000,
        "frames": round(25 * media_us / S),
        "media_us": media_us,
        "declared_fps": 25.0,
        "disconnects": 0,
        "reconnects": 0,
        "jitter_windows": 60,
        "jitter_sum_us": 60 * 4000,
        "jitter_worst_us": 9000,
        "clock_worst_ms": 120,
    }
    return LinkReport.model_validate(fields | more)


def apply(*facts: LinkReport | SegmentClosed) -> None:
    apply_facts(facts, now=timezone.now())


def the_day(camera: Camera):  # type: ignore[no-untyped-def]
    today = timezone.localdate()
    (found,) = links_of(Camera.objects.filter(pk=camera.pk), today, today)
    return found


def test_a_later_report_replaces_an_earlier_one_and_holds_of_a_day_add_up() -> None:
    camera = World().quay
    early, late = report(camera, minutes=30, received=50_000), report(camera, minutes=60)
    late = late.model_copy(update={"held_us": early.held_us, "from_us": early.from_us})
    apply(late)
    apply(early, early)  # delivered late, and twice
    other = report(camera, held=10 * S, recorder="r2", received=100_000, lost=1000, disconnects=2)
    apply(other)
    apply(other)
    assert LinkDay.objects.count() == 2
    day = the_day(camera)
    assert (day.received, day.lost, day.disconnects) == (200_000, 1000, 2)
    assert day.loss == pytest.approx(1000 / 201_000)
    assert day.jitter_ms == 4.0
    assert day.fps == pytest.approx(25)
    assert day.bitrate == pytest.approx(1e9 * 8 / 7200, rel=0.01)


@pytest.mark.parametrize(
    ("more", "grade", "reasons"),
    [
        ({}, Grade.GOOD, []),
        ({"lost": 200}, Grade.WATCH, [Measure.LOSS]),
        ({"lost": 2000}, Grade.BAD, [Measure.LOSS]),
        ({"jitter_sum_us": 60 * 60_000}, Grade.WATCH, [Measure.JITTER]),
        ({"disconnects": 12, "lost": 200}, Grade.BAD, [Measure.DROPS, Measure.LOSS]),
        ({"frames": 25 * 3600 * 7 // 10}, Grade.BAD, [Measure.FPS]),
        ({"clock_worst_ms": 2000}, Grade.GOOD, []),
        ({"clock_worst_ms": -2001}, Grade.BAD, [Measure.CLOCK]),
        (
            {"received": 0, "frames": 0, "media_us": 0, "jitter_windows": 0, "clock_worst_ms": None},
            Grade.UNKNOWN,
            [],
        ),
    ],
)
def test_a_day_is_good_worth_watching_or_bad(
    more: dict[str, object], grade: Grade, reasons: list[Measure]
) -> None:
    camera = World().quay
    apply(report(camera, **more))
    judgement = the_day(camera).judgement
    assert (judgement.grade, judgement.reasons) == (grade, reasons)


@pytest.mark.parametrize(
    "nonsense", [{"until_us": 0}, {"disconnects": 2**40}, {"bytes": 2**70}, {"recorder": "no such name"}]
)
def test_what_no_recorder_reports_is_refused(nonsense: dict[str, object]) -> None:
    camera = World().quay
    with pytest.raises(Poison):
        apply(report(camera, **nonsense))
    assert not LinkDay.objects.exists()


@pytest.mark.req_part("BDM-027")
def test_link_quality_per_camera_and_day_is_available_by_the_interface() -> None:
    world = World()
    yesterday = timezone.localdate() - timedelta(days=1)
    apply(report(world.quay, lost=2000), report(world.quay, day=yesterday), report(world.gate))
    keeper = world.keeper()
    status, days = got(keeper, f"cameras/{world.quay.id.hex}/link")
    assert status == 200
    assert [(day["day"], day["grade"]) for day in days] == [
        (timezone.localdate().isoformat(), "bad"),
        (yesterday.isoformat(), "good"),
    ]
    assert days[0]["packets_expected"] == 102_000 and days[0]["packets_lost"] == 2000
    assert days[0]["jitter_ms"] == 4.0 and days[0]["reasons"] == ["loss"]
    seer = world.operator()
    status, page = got(seer, "links")
    assert (status, page["total"]) == (200, 3)
    assert page["items"][0]["code"] == "CA-001"  # the worst of the newest day
    assert got(seer, "links", grade="bad")[1]["total"] == 1
    span = {"from": yesterday.isoformat(), "to": yesterday.isoformat()}
    assert [item["day"] for item in got(seer, "links", **span)[1]["items"]] == [yesterday.isoformat()]
    assert {item["code"] for item in got(keeper, "links")[1]["items"]} == {"CA-001"}
    assert got(keeper, f"cameras/{world.gate.id.hex}/link")[0] == 404
    assert got(seer, "links", **{"from": "2026-11-02", "to": "2026-11-01"})[0] == 422


def test_segments_of_which_the_centre_learns_too_late_are_counted_once() -> None:
    camera = World().quay
    now = microseconds(timezone.now())

    def closed(number: int, ago_s: int) -> SegmentClosed:
        return SegmentClosed(
            id=uuid4().hex, camera=camera.id.hex, recorder="r1", segment=number,
            start_us=now - (ago_s + 60) * S, end_us=now - ago_s * S, bytes=1, fragments=1,
            root="0" * 64, end_reason="duration",
        )  # fmt: skip

    facts = [closed(1, 3600), closed(2, 30), closed(3, 5)]
    apply(*facts)
    apply(*facts)
    sums = [(row.segments, row.late) for row in ArrivalDay.objects.all()]
    assert (sum(n for n, _ in sums), sum(late for _, late in sums)) == (3, 1)
