"""What pages are told of recordings: states, days, recorders."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from tests import province
from tests.core.recording.scene import DAY, camera, closed, gap, status
from thienly.bus.messages import Fact, RecorderAlive
from thienly.core.access.actor import Actor
from thienly.core.recording.apply import apply_facts
from thienly.core.recording.heartbeats import save_heartbeat
from thienly.core.recording.queries import (
    CameraNow,
    State,
    Unknown,
    day_timeline,
    overall,
    status_of,
)
from thienly.core.registry.models import Camera
from thienly.rules.coverage import Kind
from thienly.rules.problems import Problem

pytestmark = pytest.mark.django_db
NOW = DAY + timedelta(hours=1)
HANOI = ZoneInfo("Asia/Ho_Chi_Minh")


def take(*facts: Fact) -> None:
    apply_facts(facts, now=NOW)


def heard(recorder: str = "r1", *, ago_s: float = 1) -> None:
    beat = RecorderAlive(
        recorder=recorder,
        zone="main",
        at_us=0,
        started_us=0,
        cameras=1,
        capacity=9,
        disk_free=1,
        disk_total=2,
        facts_waiting=0,
    )
    save_heartbeat(beat, NOW - timedelta(seconds=ago_s))


def of(camera: Camera) -> CameraNow:
    return status_of([camera], NOW)[camera.id]


def test_a_camera_of_which_nobody_ever_spoke_is_unknown() -> None:
    assert of(camera()) == CameraNow(State.UNKNOWN, why_unknown=Unknown.NEVER_REPORTED)


def test_a_state_counts_as_long_as_its_recorder_is_heard() -> None:
    one = camera()
    take(status(one, "offline", 60, problem=Problem.UNREACHABLE))
    heard(ago_s=14)
    now = of(one)
    assert (now.state, now.problem, now.since) == (
        State.OFFLINE,
        Problem.UNREACHABLE,
        DAY + timedelta(minutes=1),
    )
    heard(ago_s=16)
    silent = of(one)
    assert (silent.state, silent.why_unknown) == (State.UNKNOWN, Unknown.RECORDER_SILENT)
    assert silent.since == NOW - timedelta(seconds=16)


def test_a_camera_that_is_switched_off_is_neither_offline_nor_unknown() -> None:
    assert of(camera(record=False)).state is State.STOPPED


def test_the_home_answer_counts_what_the_person_may_know_and_lists_the_longest_trouble_first() -> None:
    good, late, early, off = camera("A"), camera("B"), camera("C"), camera("D", record=False)
    take(
        status(good, "recording", 0),
        status(late, "offline", 600, problem=Problem.STALLED),
        status(early, "offline", 60, problem=Problem.AUTH_FAILED),
    )
    heard()
    answer = overall(Actor.machine("steward"), NOW)
    assert (answer.total, answer.recording, answer.switched_off, answer.fine) == (3, 1, 1, False)
    assert [t.camera for t in answer.troubled] == [early, late]
    assert off not in [t.camera for t in answer.troubled]
    stranger = Actor.person(province.person("la"))
    assert overall(stranger, NOW).total == 0
    assert not overall(stranger, NOW).fine


@pytest.mark.req_part("BDP-013", "NB-058")
def test_a_local_day_shows_recorded_gap_unknown_and_what_is_being_recorded() -> None:
    one = camera()
    now = DAY + timedelta(seconds=400)
    # The recorder says so when the first fragment is complete, two seconds after it began.
    take(status(one, "recording", 202), closed(one, 0, 60), gap(one, "g", 60, 200), closed(one, 200, 260))
    heard()
    line = day_timeline(one, date(2026, 11, 17), HANOI, NOW)
    assert line.start == DAY - timedelta(hours=7)
    assert [(s.kind, round(s.seconds)) for s in line.stretches] == [
        (Kind.UNKNOWN, 7 * 3600),
        (Kind.RECORDED, 60),
        (Kind.GAP, 140),
        (Kind.RECORDED, 60),
        (Kind.RECORDING, 3600 - 260),
    ]
    assert line.stretches[2].reason is Problem.STALLED
    assert line.share == pytest.approx((60 + 60 + 3340) / (8 * 3600))
    heard(ago_s=60)  # nobody vouches for the rest any more
    assert day_timeline(one, date(2026, 11, 17), HANOI, NOW).stretches[-1].kind is Kind.UNKNOWN
    assert day_timeline(one, date(2026, 11, 18), HANOI, now).stretches == []


def test_the_state_of_many_cameras_costs_two_questions(django_assert_num_queries: object) -> None:
    cameras = [camera(f"C-{n}") for n in range(10)]
    with django_assert_num_queries(2):  # type: ignore[operator]
        status_of(cameras, timezone.now())


def test_what_is_being_recorded_begins_where_the_last_gap_ended() -> None:
    one = camera()
    take(gap(one, "g", 0, 200), status(one, "recording", 202))
    heard()
    line = day_timeline(one, date(2026, 11, 17), HANOI, NOW)
    assert [(s.kind, round(s.seconds)) for s in line.stretches[1:]] == [
        (Kind.GAP, 200),
        (Kind.RECORDING, 3400),
    ]


@pytest.mark.parametrize("day", [date.min, date.max])
def test_the_ends_of_the_calendar_are_days_like_others(day: date) -> None:
    assert day_timeline(camera(), day, HANOI, NOW).share in (0, None)
