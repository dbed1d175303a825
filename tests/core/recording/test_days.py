"""Days are added up by the steward, in bounded steps, and stay true whatever comes late."""

from datetime import date, datetime, timedelta

import pytest

from tests import province
from tests.core.recording.scene import DAY, at, camera, closed, deleted, gap, status
from tests.guard import setting_the_scene
from thienly.bus.messages import Fact
from thienly.core.access.actor import Actor
from thienly.core.recording.apply import apply_facts
from thienly.core.recording.days import HOURS_KEPT, add_up, begin_day, forget_hours
from thienly.core.recording.models import Coverage, CoverageDay, PlannedOutage
from thienly.core.recording.moments import instant
from thienly.core.recording.overview import cameras_with_coverage, coverage_of, whole_of
from thienly.core.registry.models import Camera
from thienly.rules.problems import Problem

pytestmark = pytest.mark.django_db
H = 3600
TODAY = date(2026, 11, 17)  # begins at 17:00 UTC of the 16th
LOCAL = DAY - timedelta(hours=7)
NOW = DAY + timedelta(hours=20)  # 03:00 of the next local day


def take(*facts: Fact, now: datetime = NOW) -> None:
    apply_facts(facts, now=now)


def settle(now: datetime = NOW) -> None:
    begin_day(now=now)
    for _ in range(100):
        if not add_up(now=now, limit=2):
            return
    raise AssertionError("it never ends")


def sums(of: Camera, day: date = TODAY) -> dict[str, int]:
    row = CoverageDay.objects.get(camera=of, day=day)
    names = ("expected", "recorded", "deleted", "planned", "off", "unknown")
    gaps = {f.name: getattr(row, f.name) for f in row._meta.concrete_fields if f.name.startswith("gap_")}
    return {name: getattr(row, name) for name in names} | {k: v for k, v in gaps.items() if v}


def old(code: str = "MO-001") -> Camera:
    return camera(code, created_at=DAY - timedelta(days=400))


def hours(of: Camera, first: int, last: int) -> list[Fact]:
    return [closed(of, hour * H, (hour + 1) * H) for hour in range(first, last)]


def test_a_day_holds_the_seconds_of_each_kind_and_every_second_once() -> None:
    one = old()
    take(*hours(one, 0, 5), gap(one, "g", 5 * H, 6 * H, Problem.CORRUPT), *hours(one, 6, 10))
    take(gap(one, "off", 10 * H, 12 * H, Problem.NOT_SCHEDULED))
    settle()
    assert sums(one) == {
        "expected": 22 * H,
        "recorded": 9 * H,
        "deleted": 0,
        "planned": 0,
        "off": 2 * H,
        "unknown": 12 * H,
        "gap_network": H,
    }
    assert CoverageDay.objects.get(camera=one, day=TODAY).reasons == {"corrupt": H}


def test_a_camera_counts_from_its_first_moment_and_a_day_until_now() -> None:
    one = camera()  # it came into being at 07:00 local
    settle(now=DAY + timedelta(hours=2))
    assert (sums(one)["expected"], sums(one)["unknown"]) == (2 * H, 2 * H)


def test_a_fact_that_comes_late_makes_only_its_days_stale_and_changes_them() -> None:
    one, two = old("A"), old("B")
    take(*hours(one, 0, 5), *hours(two, 0, 5))
    settle()
    assert add_up(now=NOW) == 0
    take(*hours(one, 5, 7), now=NOW)
    assert list(CoverageDay.objects.filter(stale=True).values_list("camera", "day")) == [(one.pk, TODAY)]
    settle()
    assert (sums(one)["recorded"], sums(two)["recorded"]) == (7 * H, 5 * H)


def test_a_day_is_finished_when_the_next_has_begun() -> None:
    one = old()
    take(*hours(one, 0, 2), status(one, "recording", 0), now=DAY + timedelta(hours=2))
    settle(now=DAY + timedelta(hours=2))
    assert sums(one)["expected"] == 9 * H
    settle(now=NOW)
    assert sums(one)["expected"] == 24 * H
    assert CoverageDay.objects.get(camera=one, day=TODAY).as_of == LOCAL + timedelta(hours=24)


def test_adding_up_is_bounded_and_doing_it_again_changes_nothing() -> None:
    cameras = [old(f"C-{n}") for n in range(5)]
    take(*(fact for one in cameras for fact in hours(one, 0, 2)))
    begin_day(now=NOW)
    assert add_up(now=NOW, limit=3) == 3
    settle()
    before = list(CoverageDay.objects.order_by("pk").values())
    CoverageDay.objects.update(stale=True)
    assert add_up(now=NOW, limit=1000) == 10
    assert list(CoverageDay.objects.order_by("pk").values()) == before
    assert begin_day(now=NOW) == 0


def test_what_was_deleted_by_the_rules_stays_recorded_in_the_sums() -> None:
    one = old()
    take(*hours(one, 0, 5))
    settle()
    take(deleted(one, 0, H))
    settle()
    assert (sums(one)["recorded"], sums(one)["deleted"]) == (5 * H, H)


def test_hours_that_nobody_can_play_are_forgotten_after_two_months_and_the_sums_stay() -> None:
    one = old()
    take(*hours(one, 0, 3))
    settle()
    late = NOW + HOURS_KEPT + timedelta(days=3)
    take(deleted(one, 0, H), now=NOW)
    assert forget_hours(now=late) == 1
    take(deleted(one, H, 2 * H), now=late)  # kept longer, and gone only now
    assert Coverage.objects.filter(camera=one).count() == 1
    settle(now=late)
    assert (sums(one)["recorded"], sums(one)["deleted"]) == (3 * H, 2 * H)


def test_an_announced_outage_is_not_expected() -> None:
    one = old()
    take(*hours(one, -7, 5), gap(one, "g", 5 * H, 8 * H), *hours(one, 8, 17))
    with setting_the_scene():
        PlannedOutage.objects.create(
            camera=one,
            start=instant(at(5 * H)),
            end=instant(at(7 * H)),
            reason="Bảo trì",
            document="5/TB",
            announced_by=province.person("ai"),
            announced_at=LOCAL,
        )
    settle()
    assert sums(one) == {
        "expected": 22 * H,
        "recorded": 21 * H,
        "deleted": 0,
        "planned": 2 * H,
        "off": 0,
        "unknown": 0,
        "gap_unknown": H,
    }


def test_many_cameras_are_listed_worst_first_and_only_to_who_may_know() -> None:
    good, bad = old("A"), old("B")
    take(*hours(good, 0, 5), *hours(bad, 0, 1))
    settle()
    stranger = province.person("la")

    machine = cameras_with_coverage(actor=Actor.machine("steward"), now=NOW)
    found = coverage_of(machine, TODAY, TODAY)
    assert [row.camera for row in found] == [bad.pk, good.pk]
    over_two = coverage_of(machine, TODAY, TODAY + timedelta(days=1))
    assert [row.days for row in over_two] == [2, 2]
    assert whole_of(machine, TODAY, TODAY)["recorded"] == 6 * H
    assert not cameras_with_coverage(actor=Actor.person(stranger), now=NOW).exists()
